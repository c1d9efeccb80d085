//! Tests: units lowered for each machine, wherever the tests run.
//!
//! What is looked for in the disassembly are the properties that speed hangs on, not the exact code.

use super::{Environment, Machine, Target, compile};
use crate::hir::Op;
use crate::hir::parse::{parse, parse_all};

const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

/// Addresses that nobody goes to.
fn environment() -> Environment {
    Environment {
        breaker: 0x1000,
        latin1: 0x1000,
        frame_writes: 0x1010,
        heap: 0x1020,
        fail_guards: 0,
        fuel: 0x1020,
        count_calls: false,
        dump_clif: false,
        dump_asm: true,
        positions: true,
    }
}

fn lower(text: &str, machine: &str) -> Machine {
    let target = Target::named(machine).expect("the tests have every machine");
    let unit = parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    compile(&unit, &environment(), &target, 0, 0x3000).unwrap_or_else(|e| panic!("{machine}: {e}\n{text}"))
}

/// The part of a disassembly before and after the first return: the hot path, and the exits.
fn hot_and_cold(asm: &str) -> (&str, &str) {
    let at = asm.find("ret").expect("code returns");
    asm.split_at(at)
}

/// Instructions of the disassembly, without what they work on.
fn mnemonics(asm: &str) -> Vec<&str> {
    asm.lines().filter_map(|l| l.split_whitespace().next()).collect()
}

#[test]
fn units_of_real_programs_have_code_on_every_machine() {
    let units = parse_all(include_str!("../../tests/corpus.hir")).expect("the corpus is HIR");
    assert!(units.len() > 20);
    for machine in MACHINES {
        let target = Target::named(machine).expect("the tests have every machine");
        for unit in &units {
            // This includes that the code contains no addresses of itself.
            let made = compile(unit, &environment(), &target, 0, 0x3000);
            let made = made.unwrap_or_else(|e| panic!("{machine}: {e}\n{unit}"));
            assert!(!made.code.is_empty() && !made.exits.is_empty(), "{machine}:\n{unit}");
            // A generator that yields a constant does nothing else.
            let insts = unit.blocks.iter().flat_map(|b| &b.insts).map(|&v| unit.inst(v).op);
            let works = insts.into_iter().any(|op| !matches!(op, Op::ConstValue | Op::EntryCheck));
            assert!(
                !works || made.positions.iter().any(|p| p.1.is_some()),
                "{machine}: code of no instruction\n{unit}"
            );
        }
    }
}

const SUM: &str = "bb0(v0: Any, v1: Any):
    v2: Int = GuardInt v0 [fs0]
    v3: Int = GuardInt v1 [fs0]
    v4: Int = AddInt v2 v3 [fs0]
    v5: Bool = CmpInt v4 v3
    v6: Any = BoxBool v5
    return v6 [fs0]
  fs0: pc 1 r2=v0";

#[test]
fn overflow_is_told_by_the_flags() {
    let asm = lower(SUM, "aarch64").asm;
    let (hot, _) = hot_and_cold(&asm);
    assert!(hot.contains("adds x") && hot.contains(", vs"), "{asm}");
    let asm = lower(SUM, "x86_64").asm;
    let (hot, _) = hot_and_cold(&asm);
    assert!(hot.contains("addq") && hot.contains("seto"), "{asm}");
}

#[test]
fn exits_lie_behind_the_hot_path() {
    for machine in MACHINES {
        let asm = lower(SUM, machine).asm;
        let (hot, cold) = hot_and_cold(&asm);
        let calls =
            |text: &str| mnemonics(text).iter().filter(|m| m.starts_with("call") || **m == "blr").count();
        assert_eq!(calls(hot), 0, "{machine}: nothing is called on the way\n{asm}");
        assert!(cold.matches("ret").count() > 1, "{machine}: exits return as well\n{asm}");
    }
}

#[test]
fn floats_stay_in_float_registers() {
    let text = "bb0(v0: Any, v1: Any):
        v2: Float = GuardFloat v0 [fs0]
        v3: Float = GuardFloat v1 [fs0]
        v4: Float = MulFloat v2 v3
        v5: Float = AddFloat v4 v3
        v6: Any = BoxFloat v5
        return v6 [fs0]";
    let asm = lower(text, "aarch64").asm;
    assert!(asm.contains("fmul d") && asm.contains("fadd d"), "{asm}");
    assert!(!asm.contains("fmadd"), "one rounding for two operations\n{asm}");
    let asm = lower(text, "x86_64").asm;
    assert!(asm.contains("mulsd") && asm.contains("addsd"), "{asm}");
}

#[test]
fn floor_division_divides_once() {
    let text = "bb0(v0: Any, v1: Any):
        v2: Int = GuardInt v0 [fs0]
        v3: Int = GuardInt v1 [fs0]
        v4: Int = FloorDivInt v2 v3 [fs0]
        v5: Any = BoxInt v4
        return v5 [fs0]";
    for (machine, divides) in [("x86_64", "idiv"), ("aarch64", "sdiv")] {
        let asm = lower(text, machine).asm;
        assert_eq!(asm.matches(divides).count(), 1, "{machine}:\n{asm}");
    }
    let by_8 = text.replace("v3: Int = GuardInt v1 [fs0]", "v3: Int = ConstInt #8");
    for (machine, divides) in [("x86_64", "idiv"), ("aarch64", "sdiv")] {
        assert!(!lower(&by_8, machine).asm.contains(divides), "{machine}: a power of two is a shift");
    }
}

#[test]
fn every_iteration_reads_the_breaker_again() {
    let text = "bb0():
        jump bb1()
      bb1():
        Poll [fs0]
        Poll [fs0]
        jump bb1()";
    let asm = lower(text, "aarch64").asm;
    assert_eq!(asm.matches("ldar").count(), 2, "{asm}");
}

#[test]
fn functions_have_an_entry_for_the_interpreter() {
    for machine in MACHINES {
        assert!(lower(SUM, machine).wrapper.is_some());
        let in_loop = "unit f Loop(3, 9)\nbb0():\n exit done [fs0]";
        assert!(lower(in_loop, machine).wrapper.is_none());
    }
}
