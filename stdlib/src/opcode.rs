//! `_opcode`: what `opcode` and `dis` ask about instructions.
//!
//! The numbers are those of the library's `_opcode_metadata`, which describes CPython's instruction set so that programs
//! that name instructions can be imported. Adder's own bytecode has no stack: there is no stack effect to ask for.

use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pymodule;

/// Opcodes from the first number to the second.
type Ranges = &'static [(i32, i32)];

const IS_VALID: Ranges = &[(0, 120), (128, 211), (234, 266)];
const HAS_ARG: Ranges = &[
    (44, 120),
    (128, 128),
    (143, 153),
    (155, 195),
    (197, 197),
    (200, 200),
    (209, 211),
    (237, 237),
    (239, 239),
    (241, 245),
    (247, 251),
    (253, 253),
    (255, 255),
    (257, 261),
    (263, 266),
];
const HAS_CONST: Ranges = &[(82, 82), (190, 191)];
const HAS_NAME: Ranges = &[
    (61, 61),
    (64, 65),
    (72, 73),
    (80, 80),
    (91, 93),
    (96, 96),
    (110, 110),
    (115, 116),
    (179, 179),
    (189, 189),
    (194, 195),
    (200, 200),
    (249, 249),
];
const HAS_JUMP: Ranges =
    &[(68, 68), (70, 70), (75, 77), (100, 103), (106, 106), (172, 176), (237, 237), (248, 248), (257, 260)];
const HAS_FREE: Ranges = &[(62, 62), (90, 90), (97, 97), (111, 111)];
const HAS_LOCAL: Ranges = &[(3, 3), (63, 63), (83, 89), (112, 114), (261, 261), (266, 266)];
const HAS_EXC: Ranges = &[(263, 265)];

/// Operators of `BINARY_OP`, by operand.
const BINARY: [(&str, &str); 13] = [
    ("ADD", "+"),
    ("AND", "&"),
    ("FLOOR_DIVIDE", "//"),
    ("LSHIFT", "<<"),
    ("MATRIX_MULTIPLY", "@"),
    ("MULTIPLY", "*"),
    ("REMAINDER", "%"),
    ("OR", "|"),
    ("POWER", "**"),
    ("RSHIFT", ">>"),
    ("SUBTRACT", "-"),
    ("TRUE_DIVIDE", "/"),
    ("XOR", "^"),
];

fn contains(ranges: Ranges, opcode: i32) -> bool {
    ranges.iter().any(|&(first, last)| (first..=last).contains(&opcode))
}

fn strings(vm: &Vm, texts: &[&str]) -> Gc<List> {
    let list = List::new(&vm.heap);
    texts.iter().for_each(|text| list.push(&vm.heap, vm.intern(text).value()));
    list
}

/// Opcode support module.
#[pymodule(name = "_opcode")]
pub mod opcode {
    use super::*;

    #[pyattr]
    const ENABLE_SPECIALIZATION: i64 = 1;
    #[pyattr]
    const ENABLE_SPECIALIZATION_FT: i64 = 0;

    /// Return True if opcode is valid, False otherwise.
    #[pyfunction(sig = "(opcode)")]
    fn is_valid(opcode: i32) -> bool {
        contains(IS_VALID, opcode)
    }
    /// Return True if the opcode uses its oparg, False otherwise.
    #[pyfunction(sig = "(opcode)")]
    fn has_arg(opcode: i32) -> bool {
        contains(HAS_ARG, opcode)
    }
    /// Return True if the opcode accesses a constant, False otherwise.
    #[pyfunction(sig = "(opcode)")]
    fn has_const(opcode: i32) -> bool {
        contains(HAS_CONST, opcode)
    }
    /// Return True if the opcode accesses an attribute by name, False otherwise.
    #[pyfunction(sig = "(opcode)")]
    fn has_name(opcode: i32) -> bool {
        contains(HAS_NAME, opcode)
    }
    /// Return True if the opcode has a jump target, False otherwise.
    #[pyfunction(sig = "(opcode)")]
    fn has_jump(opcode: i32) -> bool {
        contains(HAS_JUMP, opcode)
    }
    /// Return True if the opcode accesses a free variable, False otherwise.
    #[pyfunction(sig = "(opcode)")]
    fn has_free(opcode: i32) -> bool {
        contains(HAS_FREE, opcode)
    }
    /// Return True if the opcode accesses a local variable, False otherwise.
    #[pyfunction(sig = "(opcode)")]
    fn has_local(opcode: i32) -> bool {
        contains(HAS_LOCAL, opcode)
    }
    /// Return True if the opcode sets an exception handler, False otherwise.
    #[pyfunction(sig = "(opcode)")]
    fn has_exc(opcode: i32) -> bool {
        contains(HAS_EXC, opcode)
    }
    /// There is no stack, so there is no stack effect.
    #[pyfunction(sig = "(opcode, oparg=None, /, *, jump=None)")]
    fn stack_effect(vm: &Vm, _opcode: i32, _oparg: Option<Value>, _jump: Option<Value>) -> PyResult<i64> {
        Err(vm.value_error("invalid opcode or oparg"))
    }
    /// Return the specialization stats
    #[pyfunction]
    fn get_specialization_stats() -> Value {
        Value::none()
    }
    /// Return array of symbols of binary ops.
    #[pyfunction]
    fn get_nb_ops(vm: &Vm) -> Gc<List> {
        let list = List::new(&vm.heap);
        let add = |name: String, symbol: String| {
            let pair = vm.new_tuple(&[vm.new_str(&name), vm.new_str(&symbol)]);
            list.push(&vm.heap, pair);
        };
        BINARY.iter().for_each(|(name, symbol)| add(format!("NB_{name}"), symbol.to_string()));
        BINARY.iter().for_each(|(name, symbol)| add(format!("NB_INPLACE_{name}"), format!("{symbol}=")));
        add("NB_SUBSCR".into(), "[]".into());
        list
    }
    /// Return a list of names of the unary intrinsics.
    #[pyfunction]
    fn get_intrinsic1_descs(vm: &Vm) -> Gc<List> {
        strings(vm, &["INTRINSIC_1_INVALID"])
    }
    /// Return a list of names of the binary intrinsics.
    #[pyfunction]
    fn get_intrinsic2_descs(vm: &Vm) -> Gc<List> {
        strings(vm, &["INTRINSIC_2_INVALID"])
    }
    /// Return a list of special method names.
    #[pyfunction]
    fn get_special_method_names(vm: &Vm) -> Gc<List> {
        strings(vm, &["__enter__", "__exit__", "__aenter__", "__aexit__"])
    }
    /// Return the executor object at offset in code: there is none.
    #[pyfunction(sig = "(*, code, offset)")]
    fn get_executor(vm: &Vm, _code: Value, _offset: i64) -> PyResult {
        Err(vm.runtime_error("Executors are not available in this build"))
    }
}
