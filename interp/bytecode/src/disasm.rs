//! The listing of a code unit, as `-X dump=bytecode` prints it and the compiler's tests compare it.

use crate::insn::Insn;
use crate::ops::{Op, Role};
use crate::unit::{CodeUnit, Const, Word};
use std::fmt::Write;

/// One instruction as text: operands in their roles' short forms (`r3`, `w5`, `->12`).
pub fn insn_text(unit: &CodeUnit, pc: usize, insn: Insn) -> String {
    let op = insn.op();
    let mut out = format!("{op:?}");
    let operands = [insn.a(), insn.b(), insn.c()];
    for (role, &operand) in op.roles().iter().zip(&operands) {
        match role {
            Role::None => {}
            Role::Out | Role::In | Role::InOut | Role::Window => {
                let _ = match unit.locals.get(operand as usize) {
                    Some(name) => write!(out, " r{operand}({name})"),
                    None => write!(out, " r{operand}"),
                };
            }
            Role::Word => {
                let _ = match unit.words.get(operand as usize) {
                    Some(word) => write!(out, " w{operand}={}", word_text(word)),
                    None => write!(out, " w{operand}"),
                };
            }
            Role::Imm => {
                let _ = write!(out, " #{operand}");
            }
            Role::Jump16 => {
                let _ = write!(out, " ->{}", pc as i64 + insn.c_jump() as i64);
            }
            Role::Jump32 => {
                let _ = write!(out, " ->{}", pc as i64 + insn.imm() as i64);
            }
        }
    }
    if insn.feedback() & crate::Feedback::INPLACE != 0 && op.is_binary() {
        out.push_str(" inplace");
    }
    out
}

fn word_text(word: &Word) -> String {
    match word {
        Word::Name(name) => name.to_string(),
        Word::Cache => "cache".into(),
        Word::Const(c) => const_text(c),
    }
}

fn const_text(c: &Const) -> String {
    match c {
        Const::Float(bits) => format!("{:?}", f64::from_bits(*bits)),
        Const::Complex { re, im } => format!("complex({:?}, {:?})", f64::from_bits(*re), f64::from_bits(*im)),
        Const::Int(i) => i.to_string(),
        Const::Str(s) => format!("{:?}", String::from_utf8_lossy(s)),
        Const::Bytes(b) => format!("b{:?}", String::from_utf8_lossy(b)),
        Const::Code(code) => format!("<code {}>", code.qualname),
        Const::Tuple(items) => format!("({})", items.iter().map(const_text).collect::<Vec<_>>().join(", ")),
        Const::FrozenSet(items) => {
            format!("frozenset({})", items.iter().map(const_text).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

/// The whole unit and, after it, the units among its constants.
pub fn listing(unit: &CodeUnit) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} (file {}, line {}): {} args, {} regs",
        unit.qualname, unit.filename, unit.firstlineno, unit.argcount, unit.nregs
    );
    let mut line = 0;
    for (pc, &insn) in unit.insns.iter().enumerate() {
        let at = unit.positions.get(pc).map_or(0, |p| p.line);
        let shown = if at != line { format!("{at:>5}") } else { "     ".into() };
        line = at;
        let _ = writeln!(out, "{shown} {pc:>4}  {}", insn_text(unit, pc, insn));
    }
    for h in &unit.handlers {
        let _ = writeln!(out, "      {}..{} -> {} in r{}", h.start, h.end, h.target, h.exc);
    }
    for (_, word) in unit.words.filled() {
        if let Word::Const(Const::Code(inner)) = word {
            out.push('\n');
            out.push_str(&listing(inner));
        }
    }
    out
}

/// The instruction table as a Markdown table: the reference that the architecture document links to.
pub fn reference() -> String {
    let mut out = String::from("| instruction | a | b | c | meaning |\n| --- | --- | --- | --- | --- |\n");
    for op in Op::all() {
        let r = op.roles();
        let _ = writeln!(out, "| `{op:?}` | {:?} | {:?} | {:?} | {} |", r[0], r[1], r[2], op.doc().trim());
    }
    out
}
