//! Compiles the programs of a file and prints what is wrong with each: one line `mode TAB flags TAB hex source ...` per
//! program, one line of output each. Made to compare diagnostics with another implementation's.

use adder_compiler::{Flags, Mode, Options, compile_str};

fn unhex(text: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> =
        (0..text.len() / 2).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect();
    String::from_utf8(bytes?).ok()
}

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let Ok(corpus) = std::fs::read_to_string(&path) else {
        eprintln!("cannot read {path}");
        return;
    };
    for line in corpus.lines() {
        let mut fields = line.split('\t');
        let mode = match fields.next() {
            Some("eval") => Mode::Eval,
            Some("single") => Mode::Single,
            _ => Mode::Exec,
        };
        let bits: u32 = fields.next().and_then(|f| f.parse().ok()).unwrap_or(0);
        let Some(source) = fields.next().and_then(unhex) else {
            println!("?");
            continue;
        };
        let flags = Flags {
            dont_imply_dedent: bits & 0x200 != 0,
            allow_incomplete_input: bits & 0x4000 != 0,
            top_level_await: bits & 0x2000 != 0,
            future_annotations: bits & 0x100_0000 != 0,
            barry_as_flufl: bits & 0x40_0000 != 0,
        };
        let options = Options { optimize: 0, flags };
        match compile_str(&source, "<t>", mode, &options) {
            Ok((_, warnings)) => {
                let text: Vec<String> =
                    warnings.iter().map(|w| format!("{}:{}", w.line, w.message)).collect();
                println!("OK\t{}", text.join(";").replace('\n', "\\n"));
            }
            Err(e) => {
                let message = e.message.replace('\n', "\\n");
                println!(
                    "{:?}\t{message}\t{}\t{}\t{}\t{}",
                    e.kind, e.line, e.offset, e.end_line, e.end_offset
                );
            }
        }
    }
}
