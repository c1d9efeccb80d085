//! Prints the shape of every code unit of Python files, one line each, to be compared with another implementation's:
//! qualified name, first line, argument counts, flags, locals, cells, free variables.

use adder_bytecode::{CodeUnit, Const, LocalKind, Word};
use adder_compiler::{Mode, Options, compile};

fn show(unit: &CodeUnit) {
    let names = |kind: LocalKind| {
        let list = unit.locals.iter().zip(&unit.local_kinds).filter(|(_, k)| **k == kind);
        let mut list: Vec<&str> = list.map(|(n, _)| &**n).collect();
        list.sort_unstable();
        list.join(",")
    };
    println!(
        "{}|{}|{},{},{}|{:x}|{}|{}|{}",
        unit.qualname,
        unit.firstlineno,
        unit.argcount,
        unit.posonlyargcount,
        unit.kwonlyargcount,
        unit.flags.0,
        names(LocalKind::Fast),
        names(LocalKind::Cell),
        names(LocalKind::Free),
    );
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
