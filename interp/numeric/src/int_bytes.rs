//! `int.to_bytes` and `int.from_bytes`.

use num_bigint::{BigInt, Sign};

use crate::error::NumError;
use crate::int::Int;

/// The order of bytes in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Lowest byte first
    Little,
    /// Highest byte first
    Big,
}

/// `value.to_bytes(length, order, signed=signed)`
pub fn to_bytes(value: &Int, length: usize, order: ByteOrder, signed: bool) -> Result<Vec<u8>, NumError> {
    let negative = value.is_negative();
    if negative && !signed {
        return Err(NumError::overflow("can't convert negative int to unsigned"));
    }
    let too_big = || NumError::overflow("int too big to convert");
    let mut bytes = match value {
        Int::Small(small) => small.to_le_bytes().to_vec(),
        Int::Big(big) => big.to_signed_bytes_le(),
    };
    let sign_byte = if negative { 0xff } else { 0 };
    if bytes.len() > length {
        let redundant = bytes[length..].iter().all(|byte| *byte == sign_byte);
        let sign_kept = !signed
            || match length.checked_sub(1) {
                Some(last) => (bytes[last] & 0x80 != 0) == negative,
                None => !negative,
            };
        if !redundant || !sign_kept {
            return Err(too_big());
        }
        bytes.truncate(length);
    } else {
        bytes.try_reserve_exact(length - bytes.len()).map_err(|_| NumError::memory())?;
        bytes.resize(length, sign_byte);
    }
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    Ok(bytes)
}

/// `int.from_bytes(bytes, order, signed=signed)`
pub fn from_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> Int {
    if bytes.len() <= 8 {
        return from_few_bytes(bytes, order, signed);
    }
    Int::from_big(match (order, signed) {
        (ByteOrder::Little, true) => BigInt::from_signed_bytes_le(bytes),
        (ByteOrder::Big, true) => BigInt::from_signed_bytes_be(bytes),
        (ByteOrder::Little, false) => BigInt::from_bytes_le(Sign::Plus, bytes),
        (ByteOrder::Big, false) => BigInt::from_bytes_be(Sign::Plus, bytes),
    })
}

fn from_few_bytes(bytes: &[u8], order: ByteOrder, signed: bool) -> Int {
    if bytes.is_empty() {
        return Int::ZERO;
    }
    let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    let value = match order {
        ByteOrder::Little => bytes.iter().rev().fold(0, fold),
        ByteOrder::Big => bytes.iter().fold(0, fold),
    };
    if !signed {
        return Int::from(value);
    }
    let unused = 64 - 8 * bytes.len() as u32;
    Int::Small((value << unused) as i64 >> unused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::int_parse::parse_literal as int;
    use ByteOrder::{Big, Little};

    #[test]
    fn both_ways() {
        for text in
            ["0", "1", "127", "128", "-128", "-129", "65535", "-9223372036854775808", "18446744073709551615"]
        {
            let value = int(text);
            for order in [Little, Big] {
                let bytes = to_bytes(&value, 12, order, true).unwrap();
                assert_eq!(from_bytes(&bytes, order, true), value);
                if !value.is_negative() {
                    assert_eq!(from_bytes(&to_bytes(&value, 8, order, false).unwrap(), order, false), value);
                }
            }
        }
    }

    #[test]
    fn limits() {
        assert_eq!(to_bytes(&255.into(), 1, Big, false), Ok(vec![255]));
        assert_eq!(to_bytes(&(-128).into(), 1, Big, true), Ok(vec![128]));
        assert_eq!(to_bytes(&0.into(), 0, Big, true), Ok(vec![]));
        assert_eq!(to_bytes(&128.into(), 1, Big, true).unwrap_err().message, "int too big to convert");
        assert_eq!(to_bytes(&(-1).into(), 0, Big, true).unwrap_err().message, "int too big to convert");
        assert_eq!(
            to_bytes(&(-1).into(), 4, Big, false).unwrap_err().message,
            "can't convert negative int to unsigned"
        );
    }
}
