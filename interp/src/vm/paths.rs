//! File system paths: bytes to the system, str with undecodable bytes as lone surrogates to Python (PEP 383).

use super::Vm;
use super::special::Special;
use crate::object::bytes::Bytes;
use crate::object::header::Gc;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

impl Vm {
    /// A path: str, bytes or `os.PathLike`, as text with undecodable bytes as lone surrogates.
    pub fn fs_path_str(&self, v: Value) -> PyResult<Gc<Str>> {
        let path = if v.is::<Str>() || v.is::<Bytes>() {
            v
        } else {
            match self.call_special(v, Special::Fspath, &[])? {
                Some(path) => path,
                None => {
                    return Err(self.type_error(format!(
                        "expected str, bytes or os.PathLike object, not {}",
                        self.type_of(v).name()
                    )));
                }
            }
        };
        let text = match path.downcast::<Str>() {
            Some(text) => text,
            None => match path.downcast::<Bytes>() {
                Some(bytes) => self.fs_decode(&bytes),
                None => {
                    return Err(self.type_error(format!(
                        "expected {}.__fspath__() to return str or bytes, not {}",
                        self.type_of(v).name(),
                        self.type_of(path).name()
                    )));
                }
            },
        };
        if text.chars().any(|c| c == 0) {
            return Err(self.value_error("embedded null character"));
        }
        Ok(text)
    }

    /// Text of bytes from the system: UTF-8 with `surrogateescape`.
    pub fn fs_decode(&self, bytes: &[u8]) -> Gc<Str> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return self.str_from(text);
        }
        let mut points = Vec::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            points.extend(chunk.valid().chars().map(|c| c as u32));
            points.extend(chunk.invalid().iter().map(|&b| 0xDC00 + u32::from(b)));
        }
        Str::from_code_points(&self.heap, &points)
    }

    /// As [`Self::fs_decode`] of a path or argument.
    pub fn os_str(&self, s: impl AsRef<OsStr>) -> Value {
        self.fs_decode(s.as_ref().as_bytes()).value()
    }

    /// Bytes for the system: UTF-8 with `surrogateescape`.
    ///
    /// # Errors
    /// UnicodeEncodeError for other surrogates.
    pub fn fs_encode(&self, text: Gc<Str>) -> PyResult<Vec<u8>> {
        if let Some(ascii) = text.as_ascii() {
            return Ok(ascii.as_bytes().to_vec());
        }
        let mut out = Vec::with_capacity(text.len() * 2);
        for c in text.chars() {
            match (char::from_u32(c), c) {
                (Some(c), _) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                (None, 0xDC80..=0xDCFF) => out.push((c - 0xDC00) as u8),
                (None, _) => return Err(self.surrogates_not_allowed(text)),
            }
        }
        Ok(out)
    }
}
