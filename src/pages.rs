//! Pages of the executable that only start-up has needed: they are given back before the program runs.
//!
//! Starting touches most of the executable (the parser, the decoder of the library's image, the making of built-in classes), and
//! the system maps the neighbours of each page touched, too, so some ten megabytes of it are resident that the program hardly
//! uses. What it does use is mapped again from the page cache, without reading.

/// Gives back the pages of the executable's segments that cannot be written.
pub fn give_back() {
    // SAFETY: the callback has the signature wanted.
    unsafe { libc::dl_iterate_phdr(Some(visit), std::ptr::null_mut()) };
}

/// Called for the executable first; that is enough.
unsafe extern "C" fn visit(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    _data: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the loader describes an object that stays loaded.
    unsafe {
        let info = &*info;
        for header in std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) {
            if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
                let start = (info.dlpi_addr + header.p_vaddr).next_multiple_of(PAGE);
                let end = (info.dlpi_addr + header.p_vaddr + header.p_memsz) / PAGE * PAGE;
                if start < end {
                    // Private and never written: what is touched again comes from the file. Nothing depends on success.
                    libc::madvise(start as *mut libc::c_void, (end - start) as usize, libc::MADV_DONTNEED);
                }
            }
        }
    }
    1
}

/// At least the system's page size.
const PAGE: u64 = 1 << 16;
