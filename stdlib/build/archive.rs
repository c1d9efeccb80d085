//! The archive of the library's files: each one deflated on its own, in order of their paths.
//!
//! `count: u32`, then a row for each file, then paths, then data. A row is five u32: path (offset, length), data
//! (offset, packed length, length). All numbers are little-endian; offsets count from the start of the archive.

use flate2::{Compress, Compression, FlushCompress, Status};
use std::collections::BTreeMap;

const ROW: usize = 20;

/// Packs all files.
pub fn pack(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let paths: usize = files.keys().map(String::len).sum();
    let mut data_at = 4 + files.len() * ROW + paths;
    let mut path_at = 4 + files.len() * ROW;
    let mut out = (files.len() as u32).to_le_bytes().to_vec();
    let mut data = Vec::new();
    for (path, content) in files {
        let packed = deflate(content);
        for n in [path_at, path.len(), data_at, packed.len(), content.len()] {
            out.extend_from_slice(&(n as u32).to_le_bytes());
        }
        path_at += path.len();
        data_at += packed.len();
        data.extend_from_slice(&packed);
    }
    files.keys().for_each(|path| out.extend_from_slice(path.as_bytes()));
    out.extend_from_slice(&data);
    out
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 64);
    let mut state = Compress::new(Compression::best(), false);
    loop {
        let taken = state.total_in() as usize;
        let status = state.compress_vec(&content[taken..], &mut out, FlushCompress::Finish);
        match status.expect("deflating cannot fail") {
            Status::StreamEnd => return out,
            _ => out.reserve(content.len() / 2 + 64),
        }
    }
}
