//! Contexts of the zstd library: the only place that calls it.

use super::Progress;
use std::ffi::{CStr, c_char, c_int, c_uint};
use zstd_sys as z;

/// What the library reports instead of success: its own description.
pub type Failure = &'static str;

fn text(at: *const c_char) -> &'static str {
    // SAFETY: the library returns static strings that end in 0.
    unsafe { CStr::from_ptr(at) }.to_str().unwrap_or("unknown error")
}

fn checked(result: usize) -> Result<usize, Failure> {
    // SAFETY: pure functions of the number.
    unsafe {
        match z::ZSTD_isError(result) {
            0 => Ok(result),
            _ => Err(text(z::ZSTD_getErrorName(result))),
        }
    }
}

fn checked_dictionary(result: usize) -> Result<usize, Failure> {
    // SAFETY: pure functions of the number.
    unsafe {
        match z::ZDICT_isError(result) {
            0 => Ok(result),
            _ => Err(text(z::ZDICT_getErrorName(result))),
        }
    }
}

pub fn version() -> &'static str {
    // SAFETY: no arguments.
    text(unsafe { z::ZSTD_versionString() })
}

pub fn version_number() -> u32 {
    // SAFETY: no arguments.
    unsafe { z::ZSTD_versionNumber() }
}

/// Parameters are passed by their number: the enums of the bindings do not cover what Python may pass.
fn compression_parameter(key: i32) -> Option<z::ZSTD_cParameter> {
    use z::ZSTD_cParameter as P;
    Some(match key {
        100 => P::ZSTD_c_compressionLevel,
        101 => P::ZSTD_c_windowLog,
        102 => P::ZSTD_c_hashLog,
        103 => P::ZSTD_c_chainLog,
        104 => P::ZSTD_c_searchLog,
        105 => P::ZSTD_c_minMatch,
        106 => P::ZSTD_c_targetLength,
        107 => P::ZSTD_c_strategy,
        160 => P::ZSTD_c_enableLongDistanceMatching,
        161 => P::ZSTD_c_ldmHashLog,
        162 => P::ZSTD_c_ldmMinMatch,
        163 => P::ZSTD_c_ldmBucketSizeLog,
        164 => P::ZSTD_c_ldmHashRateLog,
        200 => P::ZSTD_c_contentSizeFlag,
        201 => P::ZSTD_c_checksumFlag,
        202 => P::ZSTD_c_dictIDFlag,
        400 => P::ZSTD_c_nbWorkers,
        401 => P::ZSTD_c_jobSize,
        402 => P::ZSTD_c_overlapLog,
        _ => return None,
    })
}

const WINDOW_LOG_MAX: i32 = 100;

/// The values a parameter may have.
pub fn bounds(key: i32, compression: bool) -> Result<(c_int, c_int), Failure> {
    const UNSUPPORTED: Failure = "Unsupported parameter";
    let bounds = match (compression, compression_parameter(key)) {
        // SAFETY: a pure function.
        (true, Some(parameter)) => unsafe { z::ZSTD_cParam_getBounds(parameter) },
        (false, _) if key == WINDOW_LOG_MAX => {
            // SAFETY: a pure function.
            unsafe { z::ZSTD_dParam_getBounds(z::ZSTD_dParameter::ZSTD_d_windowLogMax) }
        }
        _ => return Err(UNSUPPORTED),
    };
    checked(bounds.error)?;
    Ok((bounds.lowerBound, bounds.upperBound))
}

/// How a dictionary is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    Digested,
    Undigested,
    Prefix,
}

/// A compression context.
pub struct Compressor {
    raw: *mut z::ZSTD_CCtx,
    digested: *mut z::ZSTD_CDict,
}

impl Compressor {
    pub fn new() -> Option<Compressor> {
        // SAFETY: no arguments.
        let raw = unsafe { z::ZSTD_createCCtx() };
        (!raw.is_null()).then_some(Compressor { raw, digested: std::ptr::null_mut() })
    }

    pub fn set(&mut self, key: i32, value: i32) -> Result<(), Failure> {
        let parameter = compression_parameter(key).ok_or("Unsupported parameter")?;
        // SAFETY: a live context.
        checked(unsafe { z::ZSTD_CCtx_setParameter(self.raw, parameter, value) }).map(drop)
    }

    /// # Safety
    /// For a prefix, `content` has to stay where it is until the first frame has ended.
    pub unsafe fn load(&mut self, content: &[u8], how: Use, level: i32) -> Result<(), Failure> {
        let (data, len) = (content.as_ptr().cast(), content.len());
        // SAFETY: a live context; the library copies the content but for prefixes, which the caller keeps.
        checked(unsafe {
            match how {
                Use::Undigested => z::ZSTD_CCtx_loadDictionary(self.raw, data, len),
                Use::Prefix => z::ZSTD_CCtx_refPrefix(self.raw, data, len),
                Use::Digested => {
                    self.digested = z::ZSTD_createCDict(data, len, level);
                    if self.digested.is_null() {
                        return Err("Dictionary is corrupted");
                    }
                    z::ZSTD_CCtx_refCDict(self.raw, self.digested)
                }
            }
        })
        .map(drop)
    }

    pub fn set_size(&mut self, size: u64) -> Result<(), Failure> {
        // SAFETY: a live context.
        checked(unsafe { z::ZSTD_CCtx_setPledgedSrcSize(self.raw, size) }).map(drop)
    }

    /// Forgets the frame that was begun.
    pub fn reset(&mut self) {
        let what = z::ZSTD_ResetDirective::ZSTD_reset_session_only;
        // SAFETY: a live context.
        unsafe { z::ZSTD_CCtx_reset(self.raw, what) };
    }

    /// Compresses from the front of `input` into the capacity of `out`; how much is left to flush.
    pub fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>, mode: i32) -> Result<usize, Failure> {
        use z::ZSTD_EndDirective as E;
        let mode = match mode {
            0 => E::ZSTD_e_continue,
            1 => E::ZSTD_e_flush,
            _ => E::ZSTD_e_end,
        };
        let mut source = z::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let filled = out.len();
        let room = out.spare_capacity_mut();
        let mut target = z::ZSTD_outBuffer { dst: room.as_mut_ptr().cast(), size: room.len(), pos: 0 };
        // SAFETY: a live context, and buffers of the given sizes.
        let left = unsafe { z::ZSTD_compressStream2(self.raw, &mut target, &mut source, mode) };
        // SAFETY: the library has filled the front of the spare capacity.
        unsafe { out.set_len(filled + target.pos) };
        *input = &input[source.pos..];
        checked(left)
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: made by the library; null is allowed.
        unsafe {
            z::ZSTD_freeCCtx(self.raw);
            z::ZSTD_freeCDict(self.digested);
        }
    }
}

/// A decompression context.
pub struct Decompressor {
    raw: *mut z::ZSTD_DCtx,
    digested: *mut z::ZSTD_DDict,
}

impl Decompressor {
    pub fn new() -> Option<Decompressor> {
        // SAFETY: no arguments.
        let raw = unsafe { z::ZSTD_createDCtx() };
        (!raw.is_null()).then_some(Decompressor { raw, digested: std::ptr::null_mut() })
    }

    /// Sets the largest window that is accepted, as a power of two.
    pub fn set_window_log_max(&mut self, value: i32) -> Result<(), Failure> {
        let parameter = z::ZSTD_dParameter::ZSTD_d_windowLogMax;
        // SAFETY: a live context.
        checked(unsafe { z::ZSTD_DCtx_setParameter(self.raw, parameter, value) }).map(drop)
    }

    /// # Safety
    /// As for [`Compressor::load`].
    pub unsafe fn load(&mut self, content: &[u8], how: Use) -> Result<(), Failure> {
        let (data, len) = (content.as_ptr().cast(), content.len());
        // SAFETY: a live context; the library copies the content but for prefixes, which the caller keeps.
        checked(unsafe {
            match how {
                Use::Undigested => z::ZSTD_DCtx_loadDictionary(self.raw, data, len),
                Use::Prefix => z::ZSTD_DCtx_refPrefix(self.raw, data, len),
                Use::Digested => {
                    self.digested = z::ZSTD_createDDict(data, len);
                    if self.digested.is_null() {
                        return Err("Dictionary is corrupted");
                    }
                    z::ZSTD_DCtx_refDDict(self.raw, self.digested)
                }
            }
        })
        .map(drop)
    }

    /// Decompresses from the front of `input` into the capacity of `out`.
    pub fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<Progress, Failure> {
        let mut source = z::ZSTD_inBuffer { src: input.as_ptr().cast(), size: input.len(), pos: 0 };
        let filled = out.len();
        let room = out.spare_capacity_mut();
        let mut target = z::ZSTD_outBuffer { dst: room.as_mut_ptr().cast(), size: room.len(), pos: 0 };
        // SAFETY: a live context, and buffers of the given sizes.
        let hint = unsafe { z::ZSTD_decompressStream(self.raw, &mut target, &mut source) };
        // SAFETY: the library has filled the front of the spare capacity.
        unsafe { out.set_len(filled + target.pos) };
        *input = &input[source.pos..];
        let hint = checked(hint)?;
        Ok(Progress { ended: hint == 0, stuck: source.pos == 0 && target.pos == 0 })
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: made by the library; null is allowed.
        unsafe {
            z::ZSTD_freeDCtx(self.raw);
            z::ZSTD_freeDDict(self.digested);
        }
    }
}

/// The id of a dictionary; 0 of raw content.
pub fn dictionary_id(content: &[u8]) -> u32 {
    // SAFETY: memory of the given size.
    unsafe { z::ZSTD_getDictID_fromDict(content.as_ptr().cast(), content.len()) }
}

/// Size of the content of a frame and the id of its dictionary.
pub enum FrameInfo {
    Unreadable,
    UnknownSize(u32),
    Sized(u64, u32),
}

pub fn frame_info(frame: &[u8]) -> FrameInfo {
    const UNKNOWN: u64 = u64::MAX;
    const ERROR: u64 = u64::MAX - 1;
    // SAFETY: memory of the given size.
    let (size, id) = unsafe {
        let (data, len) = (frame.as_ptr().cast(), frame.len());
        (z::ZSTD_getFrameContentSize(data, len), z::ZSTD_getDictID_fromFrame(data, len))
    };
    match size {
        UNKNOWN => FrameInfo::UnknownSize(id),
        ERROR => FrameInfo::Unreadable,
        size => FrameInfo::Sized(size, id),
    }
}

/// Bytes of the frame at the start of `frame`.
pub fn frame_size(frame: &[u8]) -> Result<usize, Failure> {
    // SAFETY: memory of the given size.
    checked(unsafe { z::ZSTD_findFrameCompressedSize(frame.as_ptr().cast(), frame.len()) })
}

/// A dictionary of at most `capacity` bytes from samples that lie one behind the other.
pub fn train(samples: &[u8], sizes: &[usize], capacity: usize) -> Result<Vec<u8>, Failure> {
    let mut out: Vec<u8> = Vec::with_capacity(capacity);
    // SAFETY: the sizes add up to the samples' (the caller has checked); there is room for `capacity` bytes.
    unsafe {
        let size = checked_dictionary(z::ZDICT_trainFromBuffer(
            out.as_mut_ptr().cast(),
            capacity,
            samples.as_ptr().cast(),
            sizes.as_ptr(),
            sizes.len() as c_uint,
        ))?;
        out.set_len(size);
    }
    Ok(out)
}

/// A dictionary with this content and statistics of the samples.
pub fn finalize(
    content: &[u8],
    samples: &[u8],
    sizes: &[usize],
    capacity: usize,
    level: i32,
) -> Result<Vec<u8>, Failure> {
    let mut out: Vec<u8> = Vec::with_capacity(capacity);
    let parameters = z::ZDICT_params_t { compressionLevel: level, notificationLevel: 0, dictID: 0 };
    // SAFETY: as in `train`.
    unsafe {
        let size = checked_dictionary(z::ZDICT_finalizeDictionary(
            out.as_mut_ptr().cast(),
            capacity,
            content.as_ptr().cast(),
            content.len(),
            samples.as_ptr().cast(),
            sizes.as_ptr(),
            sizes.len() as c_uint,
            parameters,
        ))?;
        out.set_len(size);
    }
    Ok(out)
}
