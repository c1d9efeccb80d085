//! What a pickler has written: the bytes, cut into frames.
//!
//! From protocol 4 on a pickle consists of frames of about 64 KiB, so that a reader can fetch large pieces. The nine bytes
//! of a frame's head are reserved when its first byte is written and filled in when it ends; frames of less than
//! four bytes have none.

use super::opcodes::FRAME;

/// Frames end at the first object after this many bytes.
pub const FRAME_TARGET: usize = 64 * 1024;
const FRAME_MIN: usize = 4;
const FRAME_HEAD: usize = 9;

/// See the module documentation.
#[derive(Default)]
pub struct Output {
    bytes: Vec<u8>,
    framing: bool,
    /// Where the open frame's head is.
    frame: Option<usize>,
}

impl Output {
    /// Switches framing on or off; off ends the open frame.
    pub fn set_framing(&mut self, on: bool) {
        if !on {
            self.end_frame();
        }
        self.framing = on;
    }
    pub fn is_framing(&self) -> bool {
        self.framing
    }

    #[inline(always)]
    fn open_frame(&mut self) {
        if self.framing && self.frame.is_none() {
            self.frame = Some(self.bytes.len());
            self.bytes.extend_from_slice(&[FRAME; FRAME_HEAD]);
        }
    }

    #[inline]
    pub fn byte(&mut self, byte: u8) {
        self.open_frame();
        self.bytes.push(byte);
    }

    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.open_frame();
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether the open frame is large enough to end.
    #[inline]
    pub fn frame_is_full(&self) -> bool {
        self.frame.is_some_and(|at| self.bytes.len() - at >= FRAME_TARGET + FRAME_HEAD)
    }

    /// Ends the open frame.
    pub fn end_frame(&mut self) {
        let Some(at) = self.frame.take() else { return };
        let len = self.bytes.len() - at - FRAME_HEAD;
        if len >= FRAME_MIN {
            self.bytes[at + 1..at + FRAME_HEAD].copy_from_slice(&(len as u64).to_le_bytes());
        } else {
            self.bytes.drain(at..at + FRAME_HEAD);
        }
    }

    /// The bytes so far, to be written away.
    pub fn written(&self) -> &[u8] {
        &self.bytes
    }

    /// Drops what was written away; no frame may be open.
    pub fn clear_written(&mut self) {
        debug_assert!(self.frame.is_none());
        self.bytes.clear();
    }
}
