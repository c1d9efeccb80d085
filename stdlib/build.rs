//! Compiles the pure-Python library into a code image and packs its sources.
//!
//! The library is that of the crate `rustpython-pylib`. Files in `lib/` are added to it or replace its files; diffs in `patches/`
//! change them. Results in `OUT_DIR`: `library.img` (see `adder_bytecode::image`) and `sources.bin` (see [`archive`]).
//! Everything is deterministic: files are sorted, the image holds no addresses and hashes.

#[path = "build/archive.rs"]
mod archive;
#[path = "build/patch.rs"]
mod patch;

use adder_bytecode::CodeUnit;
use adder_bytecode::image::ImageBuilder;
use adder_compiler::{Mode, Options};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Files by path below the library's root.
type Files = BTreeMap<String, Vec<u8>>;

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    for watched in ["build.rs", "build", "lib", "patches"] {
        println!("cargo:rerun-if-changed={}", here.join(watched).display());
    }
    let mut files = Files::new();
    collect(Path::new(rustpython_pylib::LIB_PATH), "", &mut files);
    apply_patches(&here.join("patches"), &mut files);
    collect(&here.join("lib"), "", &mut files);
    let image = compile_all(&files);
    let sources = archive::pack(&files);
    std::fs::write(out.join("library.img"), &image).expect("OUT_DIR is writable");
    std::fs::write(out.join("sources.bin"), &sources).expect("OUT_DIR is writable");
    println!("cargo:rustc-env=ADDER_LIBRARY_KEY={:016x}", fingerprint(&[&image, &sources]));
}

/// Adds the files below `folder`.
fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            if name != "__pycache__" {
                collect(&entry.path(), &format!("{path}/"), files);
            }
        } else if !name.ends_with(".pyc") {
            files.insert(path, std::fs::read(entry.path()).expect("library files are readable"));
        }
    }
}

fn apply_patches(folder: &Path, files: &mut Files) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut patches: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    patches.sort();
    for path in patches.iter().filter(|p| p.extension().is_some_and(|e| e == "patch")) {
        let text = std::fs::read_to_string(path).expect("patches are UTF-8");
        if let Err(problem) = patch::apply(&text, files) {
            panic!("{}: {problem}", path.display());
        }
    }
}

/// Module name and whether it is a package.
fn module_of(path: &str) -> Option<(String, bool)> {
    let stem = path.strip_suffix(".py")?;
    let valid = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !stem.split('/').all(valid) {
        return None;
    }
    Some(match stem.strip_suffix("/__init__") {
        Some(package) => (package.replace('/', "."), true),
        None => (stem.replace('/', "."), false),
    })
}

/// Sources of the modules that programs import at start-up and most often, in about that order. They come first in the image,
/// so that their code and their strings lie together and a short program maps few of its pages.
const FIRST: &[&str] = &[
    "_adder_startup.py",
    "importlib/_bootstrap.py",
    "importlib/_bootstrap_external.py",
    "encodings/__init__.py",
    "encodings/aliases.py",
    "encodings/utf_8.py",
    "codecs.py",
    "io.py",
    "abc.py",
    "site.py",
    "os.py",
    "stat.py",
    "posixpath.py",
    "genericpath.py",
    "_collections_abc.py",
    "_sitebuiltins.py",
    "warnings.py",
    "linecache.py",
    "types.py",
    "enum.py",
    "operator.py",
    "keyword.py",
    "reprlib.py",
    "functools.py",
    "collections/__init__.py",
    "re/__init__.py",
    "re/_constants.py",
    "re/_casefix.py",
    "re/_parser.py",
    "re/_compiler.py",
    "copyreg.py",
    "contextlib.py",
    "json/__init__.py",
    "json/scanner.py",
    "json/decoder.py",
    "json/encoder.py",
    "random.py",
    "bisect.py",
    "heapq.py",
    "dataclasses.py",
    "inspect.py",
    "typing.py",
    "argparse.py",
    "gettext.py",
    "string/__init__.py",
    "weakref.py",
    "threading.py",
    "datetime.py",
];

/// The filename that code objects of the import system's own modules carry.
fn code_filename(path: &str) -> String {
    match path {
        "importlib/_bootstrap.py" => "<frozen importlib._bootstrap>".into(),
        "importlib/_bootstrap_external.py" => "<frozen importlib._bootstrap_external>".into(),
        _ => path.into(),
    }
}

fn compile_all(files: &Files) -> Vec<u8> {
    let modules: Vec<(&String, &Vec<u8>, String, bool)> = files
        .iter()
        .filter_map(|(path, source)| module_of(path).map(|(name, package)| (path, source, name, package)))
        .collect();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut units: Vec<(usize, CodeUnit)> = std::thread::scope(|scope| {
        let spawn = |_| {
            let worker = || {
                let mut done = Vec::new();
                while let Some((path, source, ..)) = modules.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let index = modules.iter().position(|m| m.0 == *path).expect("taken from the list");
                    match adder_compiler::compile(
                        source,
                        &code_filename(path),
                        Mode::Exec,
                        &Options::default(),
                    ) {
                        Ok((unit, _)) => done.push((index, unit)),
                        Err(e) => println!("cargo:warning={path}:{}: {}", e.line, e.message),
                    }
                }
                done
            };
            let builder = std::thread::Builder::new().stack_size(256 << 20);
            builder.spawn_scoped(scope, worker).expect("threads can be started")
        };
        let threads: Vec<_> = (0..workers).map(spawn).collect();
        threads.into_iter().flat_map(|t| t.join().expect("the compiler does not panic")).collect()
    });
    units.sort_by_key(|&(index, _)| {
        let path = modules[index].0.as_str();
        (FIRST.iter().position(|first| *first == path).unwrap_or(FIRST.len()), index)
    });
    let mut builder = ImageBuilder::default();
    for (index, unit) in &units {
        let (path, _, name, package) = &modules[*index];
        builder.add(name, path, *package, unit);
    }
    builder.finish()
}

/// FNV-1a, for the name of the cache folder.
fn fingerprint(parts: &[&[u8]]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    parts.iter().flat_map(|p| p.iter()).fold(0xcbf2_9ce4_8422_2325, step)
}
