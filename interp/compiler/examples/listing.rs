//! Prints the bytecode of Python files: `cargo run --example listing -- FILE...`. With `--check`, only the errors.

use adder_compiler::{Mode, Options, compile};

fn main() {
    let mut check = false;
    let mut failed = 0;
    for path in std::env::args().skip(1) {
        if path == "--check" {
            check = true;
            continue;
        }
        let source = match std::fs::read(&path) {
            Ok(source) => source,
            Err(error) => {
                eprintln!("{path}: {error}");
                continue;
            }
        };
        match compile(&source, &path, Mode::Exec, &Options::default()) {
            Ok((unit, _)) if check => {
                if let Err(problem) = adder_bytecode::verify::verify(&unit) {
                    failed += 1;
                    println!("{path}: {problem}");
                }
            }
            Ok((unit, warnings)) => {
                print!("{}", adder_bytecode::disasm::listing(&unit));
                for w in warnings {
                    println!("{}:{}: {:?}: {}", path, w.line, w.category, w.message);
                }
            }
            Err(e) => {
                failed += 1;
                println!(
                    "{path}:{}:{}-{}:{}: {:?}: {}",
                    e.line, e.offset, e.end_line, e.end_offset, e.kind, e.message
                );
            }
        }
    }
    if failed > 0 {
        std::process::exit(1);
    }
}
