//! Checks that a code unit is well formed: operands in range, jumps and handlers inside the unit, words of the right
//! kind. The compiler's tests run it over whole libraries; an image reader may run it before it trusts a unit.

use crate::insn::Insn;
use crate::ops::{Consumer, Intrinsic, NO_DELEGATE, Op, Role};
use crate::unit::{CodeUnit, Const, FRAME_HEADER, RESERVED_WORDS, Word};

/// Checks `unit` and the units among its constants.
///
/// # Errors
/// The first violation, as text with the unit's name and the instruction's index.
pub fn verify(unit: &CodeUnit) -> Result<(), String> {
    check_tables(unit).map_err(|e| format!("{}: {e}", unit.qualname))?;
    for (pc, &insn) in unit.insns.iter().enumerate() {
        check(unit, pc, insn).map_err(|e| {
            format!("{} at {pc} ({}): {e}", unit.qualname, crate::disasm::insn_text(unit, pc, insn))
        })?;
    }
    for (_, word) in unit.words.filled() {
        if let Word::Const(Const::Code(inner)) = word {
            verify(inner)?;
        }
    }
    Ok(())
}

fn check_tables(unit: &CodeUnit) -> Result<(), String> {
    let n = unit.insns.len();
    let ensure = |ok: bool, what: &str| if ok { Ok(()) } else { Err(what.to_string()) };
    ensure(unit.positions.len() == n, "positions are not parallel to instructions")?;
    ensure(unit.locals.len() == unit.local_kinds.len(), "local kinds are not parallel to locals")?;
    ensure(unit.locals.len() <= usize::from(unit.nregs), "more locals than registers")?;
    ensure(usize::from(unit.nparams()) <= unit.locals.len(), "more parameters than locals")?;
    ensure(unit.words.len() >= RESERVED_WORDS, "reserved words are missing")?;
    ensure(unit.insns.last().is_some_and(|i| i.op().ends_block()), "control runs off the end")?;
    for h in &unit.handlers {
        let inside = h.start < h.end && h.end as usize <= n && (h.target as usize) < n && h.exc < unit.nregs;
        ensure(inside, "a handler is out of range")?;
    }
    for g in &unit.genexprs {
        let inside = g.start < g.end && g.end as usize <= n && (g.call as usize) < n;
        ensure(inside && usize::from(g.code) < unit.words.len(), "a generator expression is out of range")?;
    }
    Ok(())
}

fn check(unit: &CodeUnit, pc: usize, insn: Insn) -> Result<(), String> {
    let op = insn.op();
    let operands = [insn.a(), insn.b(), insn.c()];
    if op.generic() != op || op == Op::EnterJit {
        return Err("an instruction of the VM's own".into());
    }
    for (role, operand) in op.roles().into_iter().zip(operands) {
        match role {
            // A bare `raise` has no operand.
            Role::In if op == Op::Raise && insn.b() == 0 => {}
            Role::Out | Role::In | Role::InOut => register(unit, operand, 1)?,
            Role::Window => {
                let arguments = if op == Op::LoadMethod || op == Op::LoadSuperMethod { 1 } else { insn.b() };
                register(unit, operand, usize::from(FRAME_HEADER) + usize::from(arguments))?;
            }
            Role::Word => word(unit, op, operand)?,
            Role::Jump16 => target(unit, op, pc, i64::from(insn.c_jump()))?,
            Role::Jump32 => target(unit, op, pc, i64::from(insn.imm()))?,
            Role::None | Role::Imm => {}
        }
    }
    let c = usize::from(insn.c());
    match op {
        Op::BuildTuple
        | Op::BuildTupleStar
        | Op::BuildList
        | Op::BuildSet
        | Op::BuildString
        | Op::BuildSlice => register(unit, insn.b(), c),
        Op::BuildMap => register(unit, insn.b(), 2 * c),
        Op::UnpackSeq => register(unit, insn.a(), c),
        Op::UnpackEx => register(unit, insn.a(), (c & 0xff) + (c >> 8) + 1),
        Op::MapAdd | Op::ImportName | Op::BuildTemplate => register(unit, insn.b(), 2),
        Op::CheckEgMatch | Op::SumAdd => register(unit, insn.a(), 2),
        Op::ExcTriple => register(unit, insn.a(), 3),
        Op::MatchClass | Op::BuildInterpolation | Op::LoadSuperAttr | Op::LoadSuperMethod => {
            register(unit, insn.b(), 3)
        }
        Op::Yield => {
            register(unit, 0, c)?;
            let used = |r: u16| {
                if usize::from(r) < c { Ok(()) } else { Err("a yield forgets its registers".into()) }
            };
            used(insn.a())?;
            if insn.b() == NO_DELEGATE { Ok(()) } else { used(insn.b()) }
        }
        Op::JumpUnlessBuiltin if usize::from(insn.b()) >= Consumer::ALL.len() => {
            Err("no such consumer".into())
        }
        Op::Intrinsic if Intrinsic::from_u16(insn.c()).is_none() => Err("no such intrinsic".into()),
        _ => Ok(()),
    }
}

fn register(unit: &CodeUnit, first: u16, count: usize) -> Result<(), String> {
    let end = usize::from(first) + count;
    if end <= usize::from(unit.nregs) { Ok(()) } else { Err(format!("register {} does not exist", end - 1)) }
}

fn target(unit: &CodeUnit, op: Op, pc: usize, distance: i64) -> Result<(), String> {
    let to = pc as i64 + distance;
    // An empty loop is its own body.
    let loops = matches!(op, Op::ForIter | Op::JumpBack);
    if (distance != 0 || loops) && (0..unit.insns.len() as i64).contains(&to) {
        Ok(())
    } else {
        Err(format!("jump to {to}"))
    }
}

/// Number of cache words behind an instruction's word.
fn caches(op: Op) -> usize {
    match op {
        Op::LoadName | Op::StoreName | Op::LoadGlobal | Op::LoadAttr | Op::StoreAttr => 3,
        Op::LoadMethod | Op::LoadSuperAttr | Op::LoadSuperMethod => 3,
        Op::CallKw | Op::CallMethodKw => 1,
        _ => 0,
    }
}

fn word(unit: &CodeUnit, op: Op, index: u16) -> Result<(), String> {
    let at = usize::from(index);
    let word = unit.words.get(at).ok_or("a word does not exist")?;
    let names = matches!(
        op,
        Op::LoadNameOrCell
            | Op::LoadDictOrCell
            | Op::LoadDictOrGlobal
            | Op::LoadName
            | Op::StoreName
            | Op::DeleteName
            | Op::LoadGlobal
            | Op::StoreGlobal
            | Op::DeleteGlobal
            | Op::LoadAttr
            | Op::StoreAttr
            | Op::DeleteAttr
            | Op::LoadMethod
            | Op::LoadSuperAttr
            | Op::LoadSuperMethod
            | Op::ImportName
            | Op::ImportFrom
    );
    let right = match (word, op) {
        (Word::Name(_), _) => names,
        (Word::Cache, Op::Call | Op::CallMethod | Op::CallEx) => true,
        (Word::Const(Const::Code(_)), Op::MakeFunction) => true,
        (Word::Const(_), _) => {
            !names && !matches!(op, Op::Call | Op::CallMethod | Op::CallEx | Op::MakeFunction)
        }
        (Word::Cache, _) => false,
    };
    let cached = (1..=caches(op)).all(|n| matches!(unit.words.get(at + n), Some(Word::Cache)));
    if right && cached { Ok(()) } else { Err(format!("word {index} is of the wrong kind")) }
}
