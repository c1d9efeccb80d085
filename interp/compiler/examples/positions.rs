//! Prints the source spans of the calls, operators, attributes and subscripts of Python files, one line a code unit, to
//! be compared with another implementation's.

use adder_bytecode::{CodeUnit, Const, Op, Word};
use adder_compiler::{Mode, Options, compile};
use std::collections::BTreeSet;

fn family(op: Op) -> Option<&'static str> {
    Some(match op {
        Op::Call | Op::CallKw | Op::CallMethod | Op::CallMethodKw | Op::CallEx => "call",
        Op::LoadAttr | Op::LoadMethod | Op::LoadSuperAttr | Op::LoadSuperMethod => "attr",
        Op::StoreAttr => "setattr",
        Op::GetItem | Op::GetItemK => "item",
        Op::SetItem => "setitem",
        Op::LoadGlobal | Op::LoadName => "global",
        Op::Raise => "raise",
        op if op.is_binary() => "binary",
        _ => return None,
    })
}

fn show(unit: &CodeUnit) {
    let mut spans = BTreeSet::new();
    for (insn, p) in unit.insns.iter().zip(&unit.positions) {
        if let Some(name) = family(insn.op()) {
            spans.insert(format!("{name}:{},{},{},{}", p.line, p.end_line, p.col, p.end_col));
        }
    }
    let list: Vec<String> = spans.into_iter().collect();
    println!("{}|{}|{}", unit.qualname, unit.firstlineno, list.join(" "));
    for (_, word) in unit.words.filled() {
        if let Word::Const(Const::Code(inner)) = word {
            show(inner);
        }
    }
}

fn main() {
    for path in std::env::args().skip(1) {
        println!("# {path}");
        let Ok(source) = std::fs::read(&path) else { continue };
        if let Ok((unit, _)) = compile(&source, &path, Mode::Exec, &Options::default()) {
            show(&unit);
        }
    }
}
