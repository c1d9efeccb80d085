//! `_uuid`: identifiers made of time and place.

use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// 100 ns intervals between the start of the Gregorian calendar and 1970.
const GREGORIAN: u64 = 0x01B2_1DD2_1381_4000;

/// What the identifiers of this process share: RFC 9562, section 6.3.
struct Clock {
    last: u64,
    sequence: u16,
    node: [u8; 6],
}

static CLOCK: Mutex<Option<Clock>> = Mutex::new(None);

/// The module.
#[pymodule(name = "_uuid")]
pub mod uuid {
    use super::*;

    #[pyattr(name = "has_uuid_generate_time_safe")]
    const SAFE: i64 = 0;
    #[pyattr(name = "has_stable_extractable_node")]
    const STABLE_NODE: i64 = 0;

    /// Generates a UUID of version 1, and says whether it is known to be unique on this machine.
    #[pyfunction(sig = "()")]
    fn generate_time_safe(vm: &Vm) -> PyResult {
        let mut shared = CLOCK.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let clock = shared.get_or_insert_with(Clock::new);
        let bytes = clock.next();
        drop(shared);
        Ok(vm.new_tuple(&[vm.new_bytes(&bytes), Value::none()]))
    }
}

impl Clock {
    fn new() -> Clock {
        let mut random = [0; 8];
        fill_randomly(&mut random);
        let [a, b, node @ ..] = random;
        let node = hardware_address().unwrap_or_else(|| {
            let mut node = node;
            node[0] |= 1; // multicast: no hardware address
            node
        });
        Clock { last: 0, sequence: u16::from_be_bytes([a, b]) & 0x3FFF, node }
    }

    fn next(&mut self) -> [u8; 16] {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = GREGORIAN + (since.as_nanos() / 100) as u64;
        if now <= self.last {
            // Several in one tick, or the clock was set back.
            self.sequence = (self.sequence + 1) & 0x3FFF;
        }
        self.last = now;
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&(now as u32).to_be_bytes());
        bytes[4..6].copy_from_slice(&((now >> 32) as u16).to_be_bytes());
        bytes[6..8].copy_from_slice(&((now >> 48) as u16 & 0x0FFF | 0x1000).to_be_bytes());
        bytes[8..10].copy_from_slice(&(self.sequence | 0x8000).to_be_bytes());
        bytes[10..].copy_from_slice(&self.node);
        bytes
    }
}

fn fill_randomly(bytes: &mut [u8]) {
    // SAFETY: writable memory of the given size.
    unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
}

/// The address of a network interface.
fn hardware_address() -> Option<[u8; 6]> {
    let parse = |text: String| {
        let mut bytes = [0; 6];
        let mut parts = text.trim().split(':');
        for byte in &mut bytes {
            *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
        }
        (parts.next().is_none() && bytes != [0; 6] && bytes[0] & 1 == 0).then_some(bytes)
    };
    let interfaces = std::fs::read_dir("/sys/class/net").ok()?;
    let mut paths: Vec<_> = interfaces.flatten().map(|entry| entry.path().join("address")).collect();
    paths.sort();
    paths.into_iter().find_map(|path| parse(std::fs::read_to_string(path).ok()?))
}
