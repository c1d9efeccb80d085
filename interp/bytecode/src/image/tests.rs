//! Round trips through both forms.

use super::*;
use crate::insn::Insn;
use crate::ops::Op;
use crate::positions::Positions;
use crate::unit::{CodeFlags, Const, LocalKind, Pos, RESERVED_WORDS, Word};

fn sample(name: &str, inner: Option<CodeUnit>) -> CodeUnit {
    let mut words = vec![Word::Cache; RESERVED_WORDS];
    let constants = [
        Const::Int(-5),
        Const::BigInt { negative: true, magnitude: [1u8; 9].into() },
        Const::Float(1.5f64.to_bits()),
        Const::Str([0xED, 0xA0, 0x80].into()),
        Const::Bytes([0u8, 255].into()),
        Const::Tuple([Const::None, Const::True, Const::Ellipsis].into()),
        Const::FrozenSet([Const::Int(1 << 40)].into()),
        Const::Slice(Box::new([Const::None, Const::Int(1), Const::None])),
    ];
    words.extend(constants.into_iter().map(Word::Const));
    words.push(Word::Name("name".into()));
    words.push(Word::Cache);
    words.extend(inner.map(|unit| Word::Const(Const::Code(unit.into()))));
    let insns = vec![
        Insn::abc(Op::LoadConst, 1, 0, RESERVED_WORDS as u16),
        Insn::a_imm(Op::JumpIfTrue, 1, 1),
        Insn::abc(Op::AddK, 1, 1, RESERVED_WORDS as u16).with_feedback(0x80),
        Insn::abc(Op::Return, 1, 0, 0),
    ];
    CodeUnit {
        name: name.into(),
        qualname: format!("outer.{name}").into(),
        filename: "file.py".into(),
        flags: CodeFlags(CodeFlags::OPTIMIZED),
        argcount: 1,
        nregs: 9,
        locals: vec!["x".into()],
        local_kinds: vec![LocalKind::Fast],
        positions: Positions::pack(&[Pos { line: 3, end_line: 3, col: 1, end_col: 2 }; 4]),
        insns,
        words: words.into(),
        firstlineno: 3,
        ..CodeUnit::default()
    }
}

#[test]
fn an_image_gives_back_its_modules() {
    let mut builder = ImageBuilder::default();
    let outer = sample("outer", Some(sample("inner", None)));
    builder.add("zeta", "zeta.py", false, &sample("zeta", None));
    builder.add("alpha.beta", "alpha/beta/__init__.py", true, &outer);
    // SAFETY: made just now.
    let image = unsafe { Image::new(Vec::leak(builder.finish())) };
    let found = image.find("alpha.beta").expect("added");
    assert!(found.is_package && found.path == "alpha/beta/__init__.py");
    assert_eq!(found.code().qualname(), "outer.outer");
    assert_eq!(*found.code(), outer);
    assert!(image.find("gamma").is_none());
    assert_eq!(image.modules().map(|m| m.name).collect::<Vec<_>>(), ["alpha.beta", "zeta"]);
}

#[test]
fn a_unit_round_trips_and_damage_is_noticed() {
    let unit = sample("outer", Some(sample("inner", None)));
    let bytes = encode_unit(&unit);
    assert_eq!(decode_unit(&bytes).expect("intact"), unit);
    for cut in 0..bytes.len() {
        assert!(decode_unit(&bytes[..cut]).is_err());
    }
    // Whatever a flipped bit makes of it, reading it is safe.
    for i in 4..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[i] ^= 0x41;
        let _ = decode_unit(&damaged);
    }
}
