//! Numbers the instruction set and what the compiler makes of programs: a fingerprint of the sources of both.
//!
//! Cached code (`.pyc` files) carries the number, so that no build ever reads what another one means differently. By hand such a number is
//! forgotten: the files that it protects from are those of the users.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is"));
    let mut files = Vec::new();
    for folder in [own.join("src"), own.join("../compiler/src")] {
        println!("cargo:rerun-if-changed={}", folder.display());
        sources(&folder, &mut files)?;
    }
    files.sort();
    // FNV-1a.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for file in files {
        for byte in fs::read(file)? {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    let number = hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48);
    println!("cargo:rustc-env=ADDER_FORMAT={}", number & 0xffff);
    Ok(())
}
