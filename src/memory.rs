//! Memory that start-up or the compiling of units needed and the program does not: it is given back.
//!
//! Starting touches most of the executable (the parser, the decoder of the library's image, the making of built-in classes), and so
//! do imports and the generation of machine code. The system maps the neighbours of each page touched, too, so more than ten
//! megabytes of it are resident that the program hardly uses. What it does use is mapped again from the page cache, without
//! reading.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;

/// Gives back what can be had again: pages of the executable, and free memory of the allocator.
pub fn give_back() {
    give_back_pages();
    // SAFETY: may be called at any time. It sees to the pages of the calling thread, and to those that no thread uses.
    unsafe { mi_collect(true) };
}

unsafe extern "C" {
    /// Gives free memory back to the system. Left to itself, the allocator keeps it for a second.
    fn mi_collect(force: bool);
}

/// Gives back the pages of the executable and its libraries.
pub fn give_back_pages() {
    for range in UNWRITTEN.get().into_iter().flatten() {
        // SAFETY: these pages have never been written, so what is touched again comes from the file; and what was linked stays
        // loaded. Nothing depends on success.
        unsafe { libc::madvise(range.start as *mut libc::c_void, range.len(), libc::MADV_DONTNEED) };
    }
}

/// Addresses of the pages of the executable and its libraries that have not been written and never will be.
static UNWRITTEN: OnceLock<Vec<Range<usize>>> = OnceLock::new();

/// Finds out which pages can be given back. This is done once, by the first thread: to ask needs a file descriptor, and the numbers
/// of those belong to the program later.
pub fn find_pages() {
    let mut survey = Survey {
        // SAFETY: asks for a constant of the system.
        page: unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize,
        map: File::open("/proc/self/pagemap").ok(),
        unwritten: Vec::new(),
    };
    // SAFETY: the callback has the signature wanted, and gets what it expects.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut survey).cast()) };
    let _ = UNWRITTEN.set(survey.unwritten);
}

/// Called for each loaded object.
unsafe extern "C" fn visit(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    survey: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the loader describes an object that is loaded; the argument is that of `find_pages`.
    let (info, survey, headers) = unsafe {
        let info = &*info;
        let headers = std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum));
        (info, &mut *survey.cast::<Survey>(), headers)
    };
    for header in headers {
        let start = (info.dlpi_addr + header.p_vaddr) as usize;
        let end = start + header.p_memsz as usize;
        // Whole pages: what lies beside them may belong to something else.
        let pages = start.div_ceil(survey.page)..end / survey.page;
        match header.p_type {
            libc::PT_LOAD if header.p_flags & libc::PF_W == 0 => survey.add(pages),
            libc::PT_GNU_RELRO => survey.add_unwritten(pages),
            _ => {}
        }
    }
    0
}

struct Survey {
    /// Size of a page.
    page: usize,
    /// A word for each page of the address space (Linux, `Documentation/admin-guide/mm/pagemap.rst`).
    map: Option<File>,
    unwritten: Vec<Range<usize>>,
}

/// In such a word: the page is mapped from a file; it is in memory or swapped out.
const OF_FILE: u64 = 1 << 61;
const EXISTS: u64 = 3 << 62;

impl Survey {
    fn add(&mut self, pages: Range<usize>) {
        if !pages.is_empty() {
            self.unwritten.push(pages.start * self.page..pages.end * self.page);
        }
    }

    /// Adds those pages that were not written before they became read-only: most tables of an executable with a fixed address need no
    /// relocation.
    fn add_unwritten(&mut self, pages: Range<usize>) {
        let mut words = vec![0; pages.len() * 8];
        let read = self.map.as_ref().map(|map| map.read_exact_at(&mut words, (pages.start * 8) as u64));
        if !matches!(read, Some(Ok(()))) {
            return;
        }
        let words = words.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap_or_default()));
        let unwritten: Vec<bool> = words.map(|word| word & EXISTS == 0 || word & OF_FILE != 0).collect();
        let mut at = pages.start;
        for run in unwritten.chunk_by(PartialEq::eq) {
            if run[0] {
                self.add(at..at + run.len());
            }
            at += run.len();
        }
    }
}

#[cfg(test)]
mod tests {
    /// Holds addresses, which the loader may have had to relocate.
    static TABLE: [&(&str, fn(&str) -> usize); 2] = [&("one", str::len), &("three", |text| text.len() * 2)];

    #[test]
    fn what_is_given_back_is_there_again() {
        super::find_pages();
        let text = "kept on the heap".repeat(1000);
        for _ in 0..3 {
            super::give_back();
            let sum: usize = TABLE.iter().map(|(name, f)| f(name)).sum();
            assert_eq!((sum, text.len()), (13, 16_000));
        }
    }
}
