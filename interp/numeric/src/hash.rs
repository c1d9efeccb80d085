//! The hash functions behind `hash()`: text and bytes, tuples, frozensets.
//!
//! Numbers hash in [`crate::int_bits`] and [`crate::float_arith`]. All results avoid -1, which reports errors in
//! CPython's C interface.

/// The keys of [`HashKeys::hash_bytes`], fixed at start-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKeys {
    k0: u64,
    k1: u64,
}

impl HashKeys {
    /// The keys for `PYTHONHASHSEED=seed`; 0 turns randomisation off.
    pub fn from_seed(seed: u32) -> HashKeys {
        let mut secret = [0u8; 16];
        if seed != 0 {
            // CPython expands the seed with the generator of Microsoft's C library.
            let mut state = seed;
            for byte in &mut secret {
                state = state.wrapping_mul(214_013).wrapping_add(2_531_011);
                *byte = (state >> 16) as u8;
            }
        }
        HashKeys::from_random(secret)
    }

    /// The keys from 16 random bytes.
    pub fn from_random(bytes: [u8; 16]) -> HashKeys {
        let (low, high) = (u128::from_le_bytes(bytes) as u64, (u128::from_le_bytes(bytes) >> 64) as u64);
        HashKeys { k0: low, k1: high }
    }

    /// The hash of a byte buffer; for `str`, of its code units in memory.
    #[inline]
    pub fn hash_bytes(self, bytes: &[u8]) -> i64 {
        if bytes.is_empty() {
            return 0;
        }
        avoid_minus_one(siphash13(self.k0, self.k1, bytes) as i64)
    }
}

#[inline]
fn avoid_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// SipHash with one round per word and three at the end (Aumasson and Bernstein, 2012).
fn siphash13(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    let mut state = SipState {
        v0: k0 ^ 0x736f_6d65_7073_6575,
        v1: k1 ^ 0x646f_7261_6e64_6f6d,
        v2: k0 ^ 0x6c79_6765_6e65_7261,
        v3: k1 ^ 0x7465_6462_7974_6573,
    };
    let (words, tail) = bytes.as_chunks::<8>();
    for word in words {
        state.absorb(u64::from_le_bytes(*word));
    }
    state.absorb(last_word(bytes, tail.len()) | (bytes.len() as u64) << 56);
    state.v2 ^= 0xff;
    for _ in 0..3 {
        state.round();
    }
    state.v0 ^ state.v1 ^ state.v2 ^ state.v3
}

/// The last `n` bytes, fewer than eight, as a number. They are read as words that overlap what comes before them or each other.
#[inline(always)]
fn last_word(bytes: &[u8], n: usize) -> u64 {
    let tail = &bytes[bytes.len() - n..];
    if n == 0 {
        0
    } else if let Some(word) = bytes.last_chunk::<8>() {
        u64::from_le_bytes(*word) >> (8 * (8 - n))
    } else if let (Some(first), Some(last)) = (tail.first_chunk::<4>(), tail.last_chunk::<4>()) {
        u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (n - 4))
    } else {
        let at = |i: usize| u64::from(tail[i]) << (8 * i);
        at(0) | at(n / 2) | at(n - 1)
    }
}

struct SipState {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl SipState {
    #[inline(always)]
    fn absorb(&mut self, word: u64) {
        self.v3 ^= word;
        self.round();
        self.v0 ^= word;
    }

    #[inline(always)]
    fn round(&mut self) {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.rotate_left(32);
    }
}

const XX_PRIME_1: u64 = 11_400_714_785_074_694_791;
const XX_PRIME_2: u64 = 14_029_467_366_897_019_727;
const XX_PRIME_5: u64 = 2_870_177_450_012_600_261;

/// The hash of a tuple, from those of its items: a simplified xxHash.
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher {
    state: u64,
    length: u64,
}

impl Default for TupleHasher {
    fn default() -> Self {
        Self { state: XX_PRIME_5, length: 0 }
    }
}

impl TupleHasher {
    /// Adds the hash of the next item.
    #[inline]
    pub fn push(&mut self, item: i64) {
        let mixed = self.state.wrapping_add((item as u64).wrapping_mul(XX_PRIME_2));
        self.state = mixed.rotate_left(31).wrapping_mul(XX_PRIME_1);
        self.length += 1;
    }

    /// The hash of the tuple.
    #[inline]
    pub fn finish(self) -> i64 {
        let hash = self.state.wrapping_add(self.length ^ (XX_PRIME_5 ^ 3_527_539));
        if hash == u64::MAX { 1_546_275_796 } else { hash as i64 }
    }

    /// The hash of a fixed number of parts, as a slice has them: the length does not count.
    #[inline]
    pub fn finish_plain(self) -> i64 {
        if self.state == u64::MAX { 1_546_275_796 } else { self.state as i64 }
    }
}

/// The hash of a frozenset, from those of its items in any order.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetHasher {
    state: u64,
    length: u64,
}

impl SetHasher {
    /// Adds the hash of an item.
    #[inline]
    pub fn push(&mut self, item: i64) {
        // Spread the bits, so that nearby hashes do not cancel each other.
        let item = item as u64;
        self.state ^= ((item ^ 89_869_747) ^ (item << 16)).wrapping_mul(3_644_798_167);
        self.length += 1;
    }

    /// The hash of the set.
    #[inline]
    pub fn finish(self) -> i64 {
        let mut hash = self.state ^ (self.length + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as i64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        // PYTHONHASHSEED=n python3.14 -c "print(hash(...))"
        for (seed, text, expected) in [
            (0, "a", 4644417185603328019),
            (0, "hello", -2096571579003691106),
            (0, "exactly8", -7020876967557843569),
            (0, "longer than eight bytes", -7603745458058439113),
            (1, "a", -3012895188637184397),
            (1, "hello", -1712148659304476210),
            (1, "exactly8", -4489348758460809795),
            (1, "longer than eight bytes", -4876862611786114754),
            (42, "a", -123207753977932514),
            (42, "hello", 841626496250501200),
            (42, "exactly8", 5167394326330128376),
            (42, "longer than eight bytes", -3292840827135293961),
            (4294967295, "a", -5989683813037840249),
            (4294967295, "hello", 8346754777393815846),
            (4294967295, "exactly8", 2332665064501087663),
            (4294967295, "longer than eight bytes", -7029433143820273706),
        ] {
            assert_eq!(HashKeys::from_seed(seed).hash_bytes(text.as_bytes()), expected, "{seed} {text:?}");
        }
        assert_eq!(HashKeys::from_seed(42).hash_bytes(b""), 0);
    }

    #[test]
    fn containers() {
        let tuple = |items: &[i64]| {
            let mut hasher = TupleHasher::default();
            items.iter().for_each(|item| hasher.push(*item));
            hasher.finish()
        };
        assert_eq!(tuple(&[]), 5740354900026072187);
        assert_eq!(tuple(&[1, 2, 3]), 529344067295497451);
        let set = |items: &[i64]| {
            let mut hasher = SetHasher::default();
            items.iter().for_each(|item| hasher.push(*item));
            hasher.finish()
        };
        assert_eq!(set(&[]), 133146708735736);
        assert_eq!(set(&[3, 1, 2]), -272375401224217160);
    }
}
