//! A stream of liblzma: the only place that calls the library.

use super::Progress;
use super::lzma_filters::Chain;
use liblzma_sys as x;
use std::mem::MaybeUninit;

/// An encoder or a decoder. It is freed when dropped.
pub struct Stream {
    raw: x::lzma_stream,
    /// The integrity check of the stream being decoded, once it is known.
    check: Option<u32>,
}

/// What the library reports instead of success.
pub type Failure = x::lzma_ret;

fn blank() -> Stream {
    // SAFETY: all zeros is the documented initial state (`LZMA_STREAM_INIT`).
    let raw = unsafe { MaybeUninit::<x::lzma_stream>::zeroed().assume_init() };
    Stream { raw, check: None }
}

fn opened(open: impl FnOnce(&mut x::lzma_stream) -> x::lzma_ret) -> Result<Stream, Failure> {
    let mut stream = blank();
    match open(&mut stream.raw) {
        x::LZMA_OK => Ok(stream),
        failure => Err(failure),
    }
}

impl Stream {
    pub fn easy_encoder(preset: u32, check: u32) -> Result<Stream, Failure> {
        // SAFETY: a blank stream.
        opened(|s| unsafe { x::lzma_easy_encoder(s, preset, check as x::lzma_check) })
    }
    pub fn encoder(chain: &Chain, check: u32) -> Result<Stream, Failure> {
        // SAFETY: a blank stream; the chain is terminated and outlives the call.
        opened(|s| unsafe { x::lzma_stream_encoder(s, chain.as_ptr(), check as x::lzma_check) })
    }
    pub fn alone_encoder(options: &x::lzma_options_lzma) -> Result<Stream, Failure> {
        // SAFETY: as above.
        opened(|s| unsafe { x::lzma_alone_encoder(s, options) })
    }
    pub fn raw_encoder(chain: &Chain) -> Result<Stream, Failure> {
        // SAFETY: as above.
        opened(|s| unsafe { x::lzma_raw_encoder(s, chain.as_ptr()) })
    }
    pub fn raw_decoder(chain: &Chain) -> Result<Stream, Failure> {
        // SAFETY: as above.
        opened(|s| unsafe { x::lzma_raw_decoder(s, chain.as_ptr()) })
    }
    pub fn auto_decoder(memlimit: u64) -> Result<Stream, Failure> {
        let flags = x::LZMA_TELL_ANY_CHECK | x::LZMA_TELL_NO_CHECK;
        // SAFETY: a blank stream.
        opened(|s| unsafe { x::lzma_auto_decoder(s, memlimit, flags) })
    }
    pub fn decoder(memlimit: u64) -> Result<Stream, Failure> {
        let flags = x::LZMA_TELL_ANY_CHECK | x::LZMA_TELL_NO_CHECK;
        // SAFETY: a blank stream.
        opened(|s| unsafe { x::lzma_stream_decoder(s, memlimit, flags) })
    }
    pub fn alone_decoder(memlimit: u64) -> Result<Stream, Failure> {
        // SAFETY: a blank stream.
        opened(|s| unsafe { x::lzma_alone_decoder(s, memlimit) })
    }

    /// Codes from the front of `input` into the capacity of `out`.
    pub fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>, finish: bool) -> Result<Progress, Failure> {
        let (read, written) = (input.len(), out.len());
        let room = out.spare_capacity_mut();
        self.raw.next_in = input.as_ptr();
        self.raw.avail_in = input.len();
        self.raw.next_out = room.as_mut_ptr().cast();
        self.raw.avail_out = room.len();
        let space = room.len();
        let action = if finish { x::LZMA_FINISH } else { x::LZMA_RUN };
        // SAFETY: an open stream, whose pointers were just set to live memory of the given sizes.
        let code = unsafe { x::lzma_code(&mut self.raw, action) };
        *input = &input[read - self.raw.avail_in..];
        // SAFETY: the library has filled the front of the spare capacity.
        unsafe { out.set_len(written + space - self.raw.avail_out) };
        let stuck = input.len() == read && out.len() == written;
        match code {
            x::LZMA_STREAM_END => Ok(Progress { ended: true, stuck }),
            // With nothing to read or no room nothing can happen: that is no error.
            x::LZMA_BUF_ERROR if self.raw.avail_in == 0 || self.raw.avail_out == 0 => {
                Ok(Progress { ended: false, stuck })
            }
            // The check of the stream is known now; decoding goes on.
            x::LZMA_GET_CHECK | x::LZMA_NO_CHECK => {
                // SAFETY: an open decoder that has just read a header.
                self.check = Some((unsafe { x::lzma_get_check(&self.raw) }) as u32);
                Ok(Progress { ended: false, stuck: false })
            }
            x::LZMA_OK => Ok(Progress { ended: false, stuck }),
            failure => Err(failure),
        }
    }

    /// The integrity check of the stream being decoded, once it is known.
    pub fn check(&self) -> Option<u32> {
        self.check
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: blank or open.
        unsafe { x::lzma_end(&mut self.raw) };
    }
}

/// Whether the library knows an integrity check.
pub fn check_is_supported(check: u32) -> bool {
    // SAFETY: a pure function.
    (unsafe { x::lzma_check_is_supported(check as x::lzma_check) }) != 0
}

/// The options of preset `preset`.
pub fn preset_options(preset: u32) -> Option<x::lzma_options_lzma> {
    let mut options = MaybeUninit::zeroed();
    // SAFETY: the library fills the options in unless it reports failure; all zeros are valid options anyway.
    let failed = unsafe { x::lzma_lzma_preset(options.as_mut_ptr(), preset) } != 0;
    // SAFETY: as above.
    (!failed).then(|| unsafe { options.assume_init() })
}

/// The encoded options of the first filter of a chain.
pub fn encode_properties(chain: &Chain) -> Result<Vec<u8>, Failure> {
    let mut size = 0;
    // SAFETY: a valid filter.
    let code = unsafe { x::lzma_properties_size(&mut size, chain.as_ptr()) };
    if code != x::LZMA_OK {
        return Err(code);
    }
    let mut bytes = vec![0; size as usize];
    // SAFETY: a valid filter and as much room as was asked for.
    match unsafe { x::lzma_properties_encode(chain.as_ptr(), bytes.as_mut_ptr()) } {
        x::LZMA_OK => Ok(bytes),
        failure => Err(failure),
    }
}

/// The options of a filter, decoded.
pub enum Decoded {
    Nothing,
    Lzma(x::lzma_options_lzma),
    Delta(x::lzma_options_delta),
    Bcj(x::lzma_options_bcj),
}

/// Decodes the options of filter `id`.
pub fn decode_properties(id: u64, properties: &[u8]) -> Result<Decoded, Failure> {
    let mut filter = x::lzma_filter { id, options: std::ptr::null_mut() };
    // SAFETY: the library allocates options for known ids and reports others.
    let code = unsafe {
        x::lzma_properties_decode(&mut filter, std::ptr::null(), properties.as_ptr(), properties.len())
    };
    if code != x::LZMA_OK {
        return Err(code);
    }
    if filter.options.is_null() {
        return Ok(Decoded::Nothing);
    }
    // SAFETY: the library has allocated options of the type that belongs to the id.
    let decoded = unsafe {
        match id {
            x::LZMA_FILTER_LZMA1 | x::LZMA_FILTER_LZMA2 => Decoded::Lzma(*filter.options.cast()),
            x::LZMA_FILTER_DELTA => Decoded::Delta(*filter.options.cast()),
            _ => Decoded::Bcj(*filter.options.cast()),
        }
    };
    // SAFETY: without an allocator of ours the library uses `malloc`.
    unsafe { libc::free(filter.options) };
    Ok(decoded)
}
