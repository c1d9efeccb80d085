//! The one-byte codecs whose table is the identity: ASCII and Latin-1.

use super::{DecodeHandler, Decoded, Decoding, EncodeError, EncodeHandler, Encoding};
use crate::units::{UnitsBuf, UnitsRef};

/// Decodes ASCII.
pub fn decode_ascii<H: DecodeHandler>(input: &[u8], handler: &mut H) -> Result<Decoded, H::Error> {
    if input.is_ascii() {
        let text = UnitsBuf::Latin1 { units: input.to_vec(), ascii: true };
        return Ok(Decoded { text, consumed: input.len() });
    }
    let mut state = Decoding::new("ascii", input, handler);
    let mut at = 0;
    while at < state.input.len() {
        let run = state.input[at..].iter().take_while(|b| b.is_ascii()).count();
        state.out.push_ascii(&state.input[at..at + run]);
        at += run;
        if at < state.input.len() {
            at = state.error(at, at + 1, "ordinal not in range(128)")?;
        }
    }
    let consumed = state.input.len();
    Ok(state.finish(consumed))
}

/// Decodes Latin-1, which cannot fail.
pub fn decode_latin1(input: &[u8]) -> Decoded {
    Decoded { text: UnitsBuf::from_latin1(input.to_vec()), consumed: input.len() }
}

/// Encodes to ASCII.
pub fn encode_ascii<H: EncodeHandler>(text: UnitsRef<'_>, handler: &mut H) -> Result<Vec<u8>, H::Error> {
    encode(text, "ascii", 0x7F, "ordinal not in range(128)", handler)
}

/// Encodes to Latin-1.
pub fn encode_latin1<H: EncodeHandler>(text: UnitsRef<'_>, handler: &mut H) -> Result<Vec<u8>, H::Error> {
    encode(text, "latin-1", 0xFF, "ordinal not in range(256)", handler)
}

/// Characters up to `limit` are their own code; runs of others are one error.
fn encode<H: EncodeHandler>(
    text: UnitsRef<'_>,
    encoding: &'static str,
    limit: u32,
    reason: &'static str,
    handler: &mut H,
) -> Result<Vec<u8>, H::Error> {
    if let UnitsRef::Latin1 { units, ascii } = text
        && (ascii || limit == 0xFF || units.is_ascii())
    {
        return Ok(units.to_vec());
    }
    let mut state = Encoding::new(text, handler);
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if c <= limit {
            state.out.push(c as u8);
            at += 1;
            continue;
        }
        let run = text.slice(at..text.len()).iter().take_while(|&c| c > limit).count();
        let error = EncodeError { encoding, start: at, end: at + run, reason };
        at = state.error(error, 1, |c, out| {
            out.push(c as u8);
            c <= limit
        })?;
    }
    Ok(state.out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::{Policy, WithPolicy};

    #[test]
    fn replacement_text_must_fit_too() {
        struct Replace(&'static str);
        impl EncodeHandler for Replace {
            type Error = EncodeError;
            fn handle(
                &mut self,
                e: EncodeError,
                _: UnitsRef<'_>,
            ) -> Result<crate::codecs::EncodeResume, EncodeError> {
                let replacement = crate::codecs::Replacement::Text(UnitsBuf::from(self.0));
                Ok(crate::codecs::EncodeResume { replacement, position: e.end })
            }
            fn fail(&mut self, e: EncodeError, _: UnitsRef<'_>) -> EncodeError {
                e
            }
        }
        let text = UnitsBuf::from("ałłb");
        assert_eq!(encode_latin1(text.as_units(), &mut Replace("é")).unwrap(), b"a\xe9b");
        let error = encode_ascii(text.as_units(), &mut Replace("é")).unwrap_err();
        assert_eq!((error.start, error.end, error.reason), (1, 3, "ordinal not in range(128)"));
    }

    #[test]
    fn policies() {
        let text = UnitsBuf::from("aé💩");
        let on = |policy| encode_ascii(text.as_units(), &mut WithPolicy(policy)).unwrap();
        assert_eq!(on(Policy::NameReplace), b"a\\N{LATIN SMALL LETTER E WITH ACUTE}\\N{PILE OF POO}");
        assert_eq!(on(Policy::XmlCharRefReplace), b"a&#233;&#128169;");
        assert_eq!(on(Policy::Replace), b"a??");
        let decoded = decode_ascii(b"a\xe9b", &mut WithPolicy(Policy::SurrogateEscape)).unwrap();
        assert_eq!(
            encode_ascii(decoded.text.as_units(), &mut WithPolicy(Policy::SurrogateEscape)).unwrap(),
            b"a\xe9b"
        );
    }
}
