//! Short runs of bytes, looked at in whole words: most texts of a program are no longer than [`SHORT`], where a call and the
//! preparations of a loop cost more than the work. A run of more than half a word's length is covered by two words that overlap.

/// Length of the longest run that is short.
pub const SHORT: usize = 16;

const LOW: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = LOW << 7;

#[inline(always)]
fn ends_8(bytes: &[u8]) -> Option<(u64, u64)> {
    Some((u64::from_le_bytes(*bytes.first_chunk()?), u64::from_le_bytes(*bytes.last_chunk()?)))
}

#[inline(always)]
fn ends_4(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((u32::from_le_bytes(*bytes.first_chunk()?), u32::from_le_bytes(*bytes.last_chunk()?)))
}

/// `a == b`, for mostly short runs.
#[inline(always)]
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a.len() > SHORT {
        return a == b;
    }
    if let (Some((a0, a1)), Some((b0, b1))) = (ends_8(a), ends_8(b)) {
        return (a0 ^ b0) | (a1 ^ b1) == 0;
    }
    if let (Some((a0, a1)), Some((b0, b1))) = (ends_4(a), ends_4(b)) {
        return (a0 ^ b0) | (a1 ^ b1) == 0;
    }
    a.iter().zip(b).all(|(x, y)| x == y)
}

/// Copies a mostly short run to where there is room for as much.
#[inline(always)]
pub fn copy(to: &mut [u8], from: &[u8]) {
    let n = from.len();
    assert_eq!(to.len(), n);
    if n > SHORT {
        return to.copy_from_slice(from);
    }
    if let (Some(first), Some(last)) = (from.first_chunk::<8>(), from.last_chunk::<8>()) {
        to[..8].copy_from_slice(first);
        to[n - 8..].copy_from_slice(last);
    } else if let (Some(first), Some(last)) = (from.first_chunk::<4>(), from.last_chunk::<4>()) {
        to[..4].copy_from_slice(first);
        to[n - 4..].copy_from_slice(last);
    } else if n > 0 {
        (to[0], to[n / 2], to[n - 1]) = (from[0], from[n / 2], from[n - 1]);
    }
}

/// Whether `byte` occurs in a short run.
#[inline(always)]
pub fn contains(bytes: &[u8], byte: u8) -> bool {
    debug_assert!(bytes.len() <= SHORT);
    let wanted = LOW * u64::from(byte);
    // Whether a byte of the word is 0 (Mycroft, 1987).
    let has_zero = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    if let Some((first, last)) = ends_8(bytes) {
        return has_zero(first ^ wanted) | has_zero(last ^ wanted) != 0;
    }
    if let Some((first, last)) = ends_4(bytes) {
        return has_zero((u64::from(last) << 32 | u64::from(first)) ^ wanted) != 0;
    }
    let n = bytes.len();
    n > 0 && (bytes[0] == byte) | (bytes[n / 2] == byte) | (bytes[n - 1] == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lengths() {
        let text = b"abcdefghijklmnopqrstuvwxyz";
        for n in 0..=text.len() {
            let run = &text[..n];
            let mut copied = vec![0; n];
            copy(&mut copied, run);
            assert_eq!(copied, run);
            assert!(equal(run, &copied));
            assert!(!equal(run, &text[..n.saturating_sub(1).max(usize::from(n == 0))]));
            for at in 0..n {
                let mut other = run.to_vec();
                other[at] ^= 0x80;
                assert!(!equal(run, &other), "{n} {at}");
            }
            if n <= SHORT {
                for byte in 0..=255u8 {
                    assert_eq!(contains(run, byte), run.contains(&byte), "{n} {byte}");
                    let neighbours = vec![byte; n];
                    assert!(!contains(&neighbours, byte.wrapping_add(1)));
                    assert!(!contains(&neighbours, byte.wrapping_sub(1)));
                }
            }
        }
    }
}
