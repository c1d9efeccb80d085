//! `-X jit-gdb`: machine code gets names in GDB and LLDB.
//!
//! The debuggers put a breakpoint on `__jit_debug_register_code` and read the list at `__jit_debug_descriptor` when it is reached
//! ("JIT Compilation Interface" in GDB's manual). Each entry is an ELF image in memory; here it has a section without contents
//! at the code's address and one symbol, so that backtraces and `disassemble` know the name.

use object::elf;
use object::write::elf::{FileHeader, SectionHeader, Sym, Writer};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// A link of the list of images.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    image: *const u8,
    size: u64,
}

/// What debuggers read.
#[repr(C)]
pub struct Descriptor {
    version: u32,
    /// 1: an image was added.
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

/// The descriptor in its static place.
#[repr(transparent)]
pub struct Shared(UnsafeCell<Descriptor>);

// SAFETY: changed by the thread that holds the GIL only; debuggers stop the program to read it.
unsafe impl Sync for Shared {}

/// The name is the interface.
#[unsafe(no_mangle)]
#[used]
pub static __jit_debug_descriptor: Shared =
    Shared(UnsafeCell::new(Descriptor { version: 1, action: 0, relevant: null_mut(), first: null_mut() }));

/// Debuggers stop here. The name is the interface.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn __jit_debug_register_code() {
    // A function without effect would not be called.
    std::hint::black_box(&__jit_debug_descriptor);
}

/// Tells debuggers about code. The image is never given back, as the code is not.
pub fn register(address: usize, size: usize, name: &str) {
    let Ok(image) = image(address as u64, size as u64, name) else { return };
    let image = Box::leak(image.into_boxed_slice());
    let descriptor = __jit_debug_descriptor.0.get();
    // SAFETY: only the holder of the GIL comes here; entries are never freed.
    unsafe {
        let entry = Entry {
            next: (*descriptor).first,
            previous: null_mut(),
            image: image.as_ptr(),
            size: image.len() as u64,
        };
        let entry = Box::into_raw(Box::new(entry));
        if !(*entry).next.is_null() {
            (*(*entry).next).previous = entry;
        }
        (*descriptor).first = entry;
        (*descriptor).relevant = entry;
        (*descriptor).action = 1;
    }
    __jit_debug_register_code();
}

/// An ELF file with a symbol for code that lies somewhere else.
fn image(address: u64, size: u64, name: &str) -> object::write::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut w = Writer::new(object::Endianness::Little, true, &mut bytes);
    w.reserve_file_header();
    let text_name = w.add_section_name(b".text");
    let text = w.reserve_section_index();
    let symbol_name = w.add_string(name.as_bytes());
    w.reserve_null_symbol_index();
    w.reserve_symbol_index(Some(text));
    w.reserve_symtab_section_index();
    w.reserve_symtab();
    w.reserve_strtab_section_index();
    w.reserve_strtab();
    w.reserve_shstrtab_section_index();
    w.reserve_shstrtab();
    w.reserve_section_headers();
    let machine = if cfg!(target_arch = "aarch64") { elf::EM_AARCH64 } else { elf::EM_X86_64 };
    w.write_file_header(&FileHeader {
        os_abi: elf::ELFOSABI_NONE,
        abi_version: 0,
        e_type: elf::ET_EXEC,
        e_machine: machine,
        e_entry: 0,
        e_flags: 0,
    })?;
    w.write_null_symbol();
    w.write_symbol(&Sym {
        name: Some(symbol_name),
        section: Some(text),
        st_info: elf::STB_GLOBAL << 4 | elf::STT_FUNC,
        st_other: 0,
        st_shndx: 0,
        st_value: address,
        st_size: size,
    });
    w.write_strtab();
    w.write_shstrtab();
    w.write_null_section_header();
    w.write_section_header(&SectionHeader {
        name: Some(text_name),
        sh_type: elf::SHT_NOBITS,
        sh_flags: u64::from(elf::SHF_ALLOC | elf::SHF_EXECINSTR),
        sh_addr: address,
        sh_offset: 0,
        sh_size: size,
        sh_link: 0,
        sh_info: 0,
        sh_addralign: 16,
        sh_entsize: 0,
    });
    w.write_symtab_section_header(1);
    w.write_strtab_section_header();
    w.write_shstrtab_section_header();
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use object::{Object, ObjectSymbol};

    #[test]
    fn images_name_the_code() {
        let image = super::image(0x7f00_1000, 64, "py::f:x.py").unwrap();
        let file = object::File::parse(&*image).unwrap();
        let symbol = file.symbols().find(|s| s.size() > 0).unwrap();
        assert_eq!((symbol.name(), symbol.address(), symbol.size()), (Ok("py::f:x.py"), 0x7f00_1000, 64));
    }
}
