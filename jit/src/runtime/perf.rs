//! `-X perf`: names for machine code in `/tmp/perf-PID.map`, which the profiler `perf` reads.
//!
//! One line a piece of code: its address and size in hexadecimal digits and a name, in CPython's form `py::FUNCTION:FILE`. The
//! format is that of the Linux kernel's tools/perf/Documentation/jit-interface.txt. A child of a fork begins a file of its own.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

/// The file, once there is something to write.
#[derive(Default)]
pub struct PerfMap {
    file: RefCell<Option<(u32, File)>>,
}

impl PerfMap {
    /// Names code. Without a file nothing is written: profiles then lack the names, the program runs.
    pub fn add(&self, address: usize, size: usize, name: &str) {
        let process = std::process::id();
        let mut file = self.file.borrow_mut();
        if file.as_ref().is_none_or(|f| f.0 != process) {
            *file = create(process).ok().map(|f| (process, f));
        }
        if let Some((_, file)) = file.as_mut() {
            let _ = writeln!(file, "{address:x} {size:x} {name}");
        }
    }
}

/// The name is known in advance and the folder is everybody's, so links are not followed.
fn create(process: u32) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
        .open(format!("/tmp/perf-{process}.map"))
}
