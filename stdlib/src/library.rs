//! The embedded library as the interpreter sees it: code from the image, sources from the archive.
//!
//! The library stands for a directory, [`root`], in a per-user cache folder named after the build. Nothing needs to be
//! there: modules are imported from the image. The files are written when something opens a path below it
//! ([`ModuleSource::touch`]), all at once: into a temporary folder that is then renamed, so that no process sees half of them.

use crate::{MODULES, find};
use adder_bytecode::image::Image;
use adder_interp::native::ModuleDef;
use adder_interp::vm::{LibraryModule, ModuleSource};
use std::path::{Path, PathBuf};
use std::sync::{Once, OnceLock};

static IMAGE_BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.img"));
static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sources.bin"));

/// The native modules and the library.
pub fn library() -> &'static dyn ModuleSource {
    &Library
}

fn image() -> &'static Image {
    static IMAGE: OnceLock<Image> = OnceLock::new();
    // SAFETY: the build script has just made it.
    IMAGE.get_or_init(|| unsafe { Image::new(IMAGE_BYTES) })
}

struct Library;

impl ModuleSource for Library {
    fn native(&self, name: &str) -> Option<&'static ModuleDef> {
        find(name)
    }

    fn native_names(&self) -> Vec<&'static str> {
        MODULES.iter().map(|m| m.name).collect()
    }

    fn library(&self, name: &str) -> Option<LibraryModule> {
        let module = image().find(name)?;
        Some(LibraryModule {
            unit: module.code(),
            is_package: module.is_package,
            path: module.path.to_string(),
        })
    }

    fn library_names(&self) -> Vec<&'static str> {
        image().modules().map(|m| m.name).collect()
    }

    fn library_source(&self, path: &str) -> Option<Vec<u8>> {
        Entry::find(path)?.unpack()
    }

    fn library_root(&self) -> String {
        root().to_string_lossy().into_owned()
    }

    fn touch(&self, path: &[u8]) {
        use std::os::unix::ffi::OsStrExt;
        let root = root().as_os_str().as_bytes();
        if path.starts_with(root) && matches!(path.get(root.len()), None | Some(b'/')) {
            static WRITE: Once = Once::new();
            WRITE.call_once(|| {
                // Where the folder cannot be written, the paths do not exist: what opens them sees that.
                let _ = write_out();
            });
        }
    }
}

/// The directory that stands for the library.
fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| cache_folder().join(env!("ADDER_LIBRARY_KEY")).join("lib/python3.14"))
}

fn cache_folder() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    match (variable("XDG_CACHE_HOME"), variable("HOME")) {
        (Some(cache), _) => cache.join("adder"),
        (None, Some(home)) => home.join(".cache/adder"),
        // SAFETY: no arguments, cannot fail.
        (None, None) => std::env::temp_dir().join(format!("adder-{}", unsafe { libc::geteuid() })),
    }
}

/// Writes all files of the library, unless another process has done so.
fn write_out() -> std::io::Result<()> {
    let root = root();
    if root.is_dir() {
        return Ok(());
    }
    let parent = root.parent().unwrap_or(root);
    std::fs::create_dir_all(parent)?;
    let temporary = parent.join(format!(".python3.14-{}", std::process::id()));
    for entry in Entry::all() {
        let file = temporary.join(entry.path);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, entry.unpack().unwrap_or_default())?;
    }
    match std::fs::rename(&temporary, root) {
        Ok(()) => Ok(()),
        // Somebody else was faster.
        Err(_) => std::fs::remove_dir_all(&temporary),
    }
}

/// A file of the archive; see `build/archive.rs` for the format.
struct Entry {
    path: &'static str,
    packed: &'static [u8],
    len: usize,
}

impl Entry {
    fn count() -> usize {
        number(0)
    }

    fn at(index: usize) -> Entry {
        let field = |n: usize| number(4 + index * 20 + n * 4);
        let path = &ARCHIVE[field(0)..field(0) + field(1)];
        Entry {
            path: std::str::from_utf8(path).expect("paths are UTF-8"),
            packed: &ARCHIVE[field(2)..field(2) + field(3)],
            len: field(4),
        }
    }

    fn all() -> impl Iterator<Item = Entry> {
        (0..Entry::count()).map(Entry::at)
    }

    fn find(path: &str) -> Option<Entry> {
        let (mut low, mut high) = (0, Entry::count());
        while low < high {
            let middle = low + (high - low) / 2;
            let entry = Entry::at(middle);
            match entry.path.cmp(path) {
                std::cmp::Ordering::Equal => return Some(entry),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn unpack(&self) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(self.len);
        let mut state = flate2::Decompress::new(false);
        state.decompress_vec(self.packed, &mut out, flate2::FlushDecompress::Finish).ok()?;
        (out.len() == self.len).then_some(out)
    }
}

fn number(at: usize) -> usize {
    u32::from_le_bytes(ARCHIVE[at..at + 4].try_into().expect("four bytes")) as usize
}
