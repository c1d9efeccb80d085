//! `code` as Python sees it: names, constants, positions, and changed copies.
//!
//! Instruction offsets count two per instruction, as `dis` and `traceback` expect; `co_code` is the bytes of our own
//! instruction words. Line and exception tables are given in CPython's formats.

use super::bytes::Bytes;
use super::code::Code;
use super::header::{Gc, HeapObject};
use super::int::{IntRef, as_exact_int};
use super::set::Set;
use super::shape::shape_id;
use super::str::Str;
use super::tuple::Tuple;
use super::typeobj::Type;
use crate::native::Args;
use crate::object::complex::Complex;
use crate::object::float::as_float;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::tracing::event;
use adder_bytecode::ops::Role;
use adder_bytecode::{CodeFlags, CodeRef, CodeUnit, Const, LocalKind, Op, Pos, Positions, Text, Word};
use adder_macros::pymethods;

/// Locals that Python may see: not the compiler's own.
fn visible(name: &str) -> bool {
    !name.starts_with('.') || name.starts_with(".0") || name == ".defaults" || name == ".generic_base"
}

/// `co_varnames`: parameters and locals that are not only cells of inner scopes.
fn varnames(unit: &CodeUnit) -> Vec<&str> {
    let parameters = unit.nparams() as usize;
    let mut names: Vec<&str> = Vec::new();
    for (i, name) in unit.locals.iter().enumerate() {
        let local = match unit.local_kinds[i] {
            LocalKind::Fast | LocalKind::Hidden => visible(name),
            LocalKind::Cell => i < parameters,
            LocalKind::Free => false,
        };
        if local && (i < parameters || !names.contains(&&**name)) {
            names.push(name);
        }
    }
    names
}

fn of_kind(unit: &CodeUnit, kind: LocalKind) -> Vec<&str> {
    let locals = unit.locals.iter().zip(&unit.local_kinds);
    locals.filter(|(_, k)| **k == kind).map(|(name, _)| &**name).collect()
}

/// `co_names`: attributes, globals and modules the code mentions.
fn names(unit: &CodeUnit) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (_, word) in unit.words.filled() {
        if let Word::Name(name) = word
            && !names.contains(&&**name)
        {
            names.push(name);
        }
    }
    names
}

fn name_tuple(vm: &Vm, names: Vec<&str>) -> Value {
    let mut values = vm.vec();
    names.into_iter().for_each(|n| values.push(&vm.heap, vm.intern(n).value()));
    vm.new_tuple(&values)
}

/// The constants, in the order of the words; the same objects the code uses.
fn consts(vm: &Vm, this: Gc<Code>) -> Gc<Tuple> {
    if let Some(known) = this.consts_tuple.get() {
        return known;
    }
    this.materialise(&vm.heap);
    let mut values = vm.vec();
    for (i, word) in this.unit().words.filled() {
        if matches!(word, Word::Const(_)) {
            // SAFETY: materialised code has a value in each constant word.
            let value = Value::from_bits(unsafe { *this.words().add(i) });
            value.into_iter().for_each(|v| values.push(&vm.heap, v));
        }
    }
    let tuple = Tuple::new(&vm.heap, &values);
    this.consts_tuple.set(Some(tuple));
    vm.heap.barrier(this.header(), tuple.value());
    tuple
}

#[pymethods(name = "code", kind = Code, weakrefable, def = TYPE_DEF)]
impl Code {
    #[pynew]
    fn __new__(_cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let given = args.positional_values().len();
        if given < 16 {
            return Err(vm.type_error(format!("code expected at least 16 arguments, got {given}")));
        }
        Err(vm.type_error("code objects cannot be made from instructions; use replace()"))
    }

    #[pymethod]
    fn __repr__(this: Gc<Code>) -> String {
        format!(
            "<code object {} at {:#x}, file \"{}\", line {}>",
            this.name().to_string_lossy(),
            this.as_ptr() as usize,
            this.filename.get().to_string_lossy(),
            this.unit().firstlineno
        )
    }
    #[pymethod]
    fn __eq__(this: Gc<Code>, vm: &Vm, other: Value) -> PyResult {
        let Some(other) = other.downcast::<Code>() else { return Ok(Value::not_implemented()) };
        if this == other {
            return Ok(Value::bool(true));
        }
        let (a, b) = (this.as_ref().unit(), other.as_ref().unit());
        let same = a.name == b.name
            && a.qualname == b.qualname
            && (a.argcount, a.posonlyargcount, a.kwonlyargcount)
                == (b.argcount, b.posonlyargcount, b.kwonlyargcount)
            && (a.flags, a.firstlineno, a.nregs) == (b.flags, b.firstlineno, b.nregs)
            && a.locals == b.locals
            && a.local_kinds == b.local_kinds
            && a.insns == b.insns
            && a.handlers == b.handlers
            && a.genexprs == b.genexprs
            && a.positions == b.positions
            && a.words == b.words;
        if !same || (this.consts_tuple.get().is_none() && other.consts_tuple.get().is_none()) {
            return Ok(Value::bool(same));
        }
        // Constants may have been replaced by values that units cannot hold.
        vm.eq(consts(vm, this).value(), consts(vm, other).value()).map(Value::bool)
    }
    #[pymethod]
    fn __hash__(this: Gc<Code>, vm: &Vm) -> PyResult<i64> {
        let unit = this.as_ref().unit();
        let counts = [
            unit.argcount as i64,
            unit.kwonlyargcount as i64,
            unit.flags.0 as i64,
            unit.firstlineno as i64,
            unit.insns.len() as i64,
        ];
        let counts = counts.map(Value::small_int);
        let key = vm.new_tuple(&[this.name().value(), this.qualname().value(), vm.new_tuple(&counts)]);
        Ok(vm.hash(key)? as i64)
    }
    #[pymethod]
    fn __sizeof__(this: Gc<Code>) -> usize {
        let unit = this.unit();
        HeapObject::byte_size(this.as_ref()) + 8 * (unit.insns.len() + unit.words.len())
    }

    /// Return a copy of the code object with new values for the specified fields.
    #[pymethod]
    fn replace(this: Gc<Code>, vm: &Vm, args: Args<'_>) -> PyResult<Gc<Code>> {
        replaced(vm, this, args)
    }
    /// The same as replace().
    #[pymethod]
    fn __replace__(this: Gc<Code>, vm: &Vm, args: Args<'_>) -> PyResult<Gc<Code>> {
        replaced(vm, this, args)
    }

    #[pymethod]
    fn co_lines(this: Gc<Code>, vm: &Vm) -> PyResult {
        let mut rows = vm.vec();
        // Line 0 is a line for the start of a module and no line for an instruction.
        let start = Some(this.start_line());
        let of_instructions = this.as_ref().unit().positions.iter().map(|p| Some(p.line).filter(|&l| l != 0));
        let lines: Vec<Option<u32>> = std::iter::once(start).chain(of_instructions).collect();
        let mut first = 0;
        for run in lines.chunk_by(|a, b| a == b) {
            let end = first + run.len();
            let line = run[0].map_or(Value::none(), |line| Value::small_int(i64::from(line)));
            let [from, to] = [first, end].map(|unit| Value::small_int(2 * unit as i64));
            rows.push(&vm.heap, vm.new_tuple(&[from, to, line]));
            first = end;
        }
        vm.iter(vm.list_from(rows))
    }

    /// Offsets of each conditional jump and of the places it leads to, the left one first.
    #[pymethod]
    fn co_branches(this: Gc<Code>, vm: &Vm) -> PyResult {
        use crate::vm::dispatch::instrumented::{branch_side, branches};
        let mut rows = vm.vec();
        for (i, insn) in this.as_ref().unit().insns.iter().enumerate() {
            let op = insn.op();
            if op != Op::ForIter && !branches(op) {
                continue;
            }
            let short = op.roles()[2] == Role::Jump16;
            let distance = if short { insn.c_jump() as isize } else { insn.imm() as isize };
            let taken = i.wrapping_add_signed(distance);
            let (mut left, mut right) = (i + 1, taken);
            if branch_side(op, i, taken) == event::BRANCH_LEFT {
                (left, right) = (if op == Op::ForIter { i } else { taken }, i + 1);
            }
            let row = vm.new_tuple(&[i, left, right].map(|at| Value::small_int(Code::offset(at))));
            rows.push(&vm.heap, row);
        }
        vm.iter(vm.list_from(rows))
    }

    #[pymethod]
    fn co_positions(this: Gc<Code>, vm: &Vm) -> PyResult {
        let mut rows = vm.vec();
        let none = Value::none();
        let line = i64::from(this.start_line());
        let start = [line, line.max(1), 0, 0].map(Value::small_int);
        rows.push(&vm.heap, vm.new_tuple(&start));
        for p in this.as_ref().unit().positions.iter() {
            let row = if p.line == 0 {
                [none; 4]
            } else {
                [p.line, p.end_line, p.col, p.end_col].map(|n| Value::small_int(i64::from(n)))
            };
            let row = vm.new_tuple(&row);
            rows.push(&vm.heap, row);
        }
        vm.iter(vm.list_from(rows))
    }

    #[pymethod(sig = "(oparg)")]
    fn _varname_from_oparg(this: Gc<Code>, vm: &Vm, oparg: i32) -> PyResult {
        match usize::try_from(oparg).ok().and_then(|i| this.as_ref().unit().locals.get(i)) {
            Some(name) => Ok(vm.intern(name).value()),
            None => Err(vm.index_error("tuple index out of range")),
        }
    }

    #[pygetset]
    fn co_name(this: Gc<Code>) -> Gc<Str> {
        this.name()
    }
    #[pygetset]
    fn co_qualname(this: Gc<Code>) -> Gc<Str> {
        this.qualname()
    }
    #[pygetset]
    fn co_filename(this: Gc<Code>) -> Gc<Str> {
        this.filename.get()
    }
    #[pygetset]
    fn co_firstlineno(this: Gc<Code>) -> u32 {
        this.unit().firstlineno
    }
    #[pygetset]
    fn co_argcount(this: Gc<Code>) -> u16 {
        this.unit().argcount
    }
    #[pygetset]
    fn co_posonlyargcount(this: Gc<Code>) -> u16 {
        this.unit().posonlyargcount
    }
    #[pygetset]
    fn co_kwonlyargcount(this: Gc<Code>) -> u16 {
        this.unit().kwonlyargcount
    }
    #[pygetset]
    fn co_nlocals(this: Gc<Code>) -> usize {
        varnames(this.unit()).len()
    }
    #[pygetset]
    fn co_stacksize(this: Gc<Code>) -> usize {
        this.unit().nregs as usize - this.unit().locals.len()
    }
    #[pygetset]
    fn co_flags(this: Gc<Code>) -> u32 {
        this.unit().flags.0
    }
    #[pygetset]
    fn co_names(this: Gc<Code>, vm: &Vm) -> Value {
        name_tuple(vm, names(this.unit()))
    }
    #[pygetset]
    fn co_varnames(this: Gc<Code>, vm: &Vm) -> Value {
        name_tuple(vm, varnames(this.unit()))
    }
    #[pygetset]
    fn co_cellvars(this: Gc<Code>, vm: &Vm) -> Value {
        name_tuple(vm, of_kind(this.unit(), LocalKind::Cell))
    }
    #[pygetset]
    fn co_freevars(this: Gc<Code>, vm: &Vm) -> Value {
        name_tuple(vm, of_kind(this.unit(), LocalKind::Free))
    }
    #[pygetset]
    fn co_consts(this: Gc<Code>, vm: &Vm) -> Gc<Tuple> {
        consts(vm, this)
    }
    #[pygetset]
    fn co_code(this: Gc<Code>, vm: &Vm) -> Value {
        let bytes: Vec<u8> = this.unit().insns.iter().flat_map(|i| i.0.to_le_bytes()).collect();
        vm.new_bytes(&bytes)
    }
    #[pygetset]
    fn _co_code_adaptive(this: Gc<Code>, vm: &Vm) -> Value {
        this.materialise(&vm.heap);
        let bytes: Vec<u8> = this
            .as_ref()
            .insns()
            .iter()
            .zip(&this.as_ref().unit().insns)
            .map(|(live, original)| live.get().with_op(original.op()))
            .flat_map(|i| i.0.to_le_bytes())
            .collect();
        vm.new_bytes(&bytes)
    }
    #[pygetset]
    fn co_linetable(this: Gc<Code>, vm: &Vm) -> Value {
        vm.new_bytes(&line_table(this.as_ref().unit()))
    }
    #[pygetset]
    fn co_exceptiontable(this: Gc<Code>, vm: &Vm) -> Value {
        vm.new_bytes(&exception_table(this.as_ref().unit()))
    }
}

/// Six bits a byte, the lowest first; bit 6 says that more follow.
fn push_varint(out: &mut Vec<u8>, mut n: u32) {
    while n >= 64 {
        out.push(0x40 | (n & 63) as u8);
        n >>= 6;
    }
    out.push(n as u8);
}

/// The location table: one entry in long form for the start of a frame and for each instruction.
fn line_table(unit: &CodeUnit) -> Vec<u8> {
    let mut out = Vec::new();
    let mut line = i64::from(unit.firstlineno);
    // The start of the frame: on the first line, without an extent.
    out.extend([0x80 | 14 << 3, 0, 0, 1, 1]);
    for p in unit.positions.iter() {
        if p.line == 0 {
            out.push(0x80 | 15 << 3);
            continue;
        }
        out.push(0x80 | 14 << 3);
        let delta = i64::from(p.line) - line;
        line = i64::from(p.line);
        push_varint(&mut out, (delta.unsigned_abs() as u32) << 1 | u32::from(delta < 0));
        push_varint(&mut out, p.end_line.saturating_sub(p.line));
        push_varint(&mut out, p.col + 1);
        push_varint(&mut out, p.end_col + 1);
    }
    out
}

/// The exception table: start, length, target and depth, six bits a byte, the highest first; bit 7 starts an entry.
fn exception_table(unit: &CodeUnit) -> Vec<u8> {
    let mut out = Vec::new();
    for h in &unit.handlers {
        let first = out.len();
        for n in [h.start + 1, h.end - h.start, h.target + 1, 0] {
            let digits = (1..6).take_while(|i| n >> (6 * i) != 0).count();
            for i in (0..=digits).rev() {
                out.push((n >> (6 * i) & 63) as u8 | if i > 0 { 0x40 } else { 0 });
            }
        }
        out[first] |= 0x80;
    }
    out
}

const FIELDS: [&str; 18] = [
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_nlocals",
    "co_stacksize",
    "co_flags",
    "co_firstlineno",
    "co_code",
    "co_consts",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_filename",
    "co_name",
    "co_qualname",
    "co_linetable",
    "co_exceptiontable",
];

/// A copy with some fields replaced. Instructions cannot be: those of other interpreters mean nothing here.
fn replaced(vm: &Vm, this: Gc<Code>, args: Args<'_>) -> PyResult<Gc<Code>> {
    if !args.positional_values().is_empty() {
        return Err(vm.type_error("replace() takes no positional arguments"));
    }
    for (name, _) in args.keywords() {
        if !FIELDS.iter().any(|f| name.eq_str(f)) {
            return Err(vm.type_error(format!(
                "replace() got an unexpected keyword argument '{}'",
                name.to_string_lossy()
            )));
        }
    }
    let mut unit: CodeUnit = this.as_ref().unit().clone();
    let r = Replacement { vm, args };
    r.counts(&mut unit)?;
    r.names(&mut unit)?;
    r.tables(this)?;
    let filename = r.text("co_filename")?.unwrap_or(this.filename.get());
    if let Some(name) = r.text("co_name")? {
        unit.name = name.to_string_lossy().into();
    }
    if let Some(qualname) = r.text("co_qualname")? {
        unit.qualname = qualname.to_string_lossy().into();
    }
    unit.filename = filename.to_string_lossy().into();
    let new_consts = r.typed::<Tuple>("co_consts", "tuple")?;
    let exact = match new_consts {
        Some(values) => set_consts(vm, &mut unit, &values, consts(vm, this)),
        None => {
            this.consts_tuple.get().is_none()
                || set_consts(vm, &mut unit, &consts(vm, this), consts(vm, this))
        }
    };
    let code = Code::with_filename(&vm.heap, CodeRef::new(unit), filename);
    if !exact {
        patch_consts(vm, code, new_consts.unwrap_or_else(|| consts(vm, this)));
    }
    Ok(code)
}

struct Replacement<'a> {
    vm: &'a Vm,
    args: Args<'a>,
}

impl Replacement<'_> {
    fn typed<T: HeapObject>(&self, field: &str, expected: &str) -> PyResult<Option<Gc<T>>> {
        let Some(v) = self.args.keyword(field) else { return Ok(None) };
        match v.downcast::<T>() {
            Some(v) => Ok(Some(v)),
            None => Err(self.vm.type_error(format!(
                "replace() argument '{field}' must be {expected}, not {}",
                self.vm.type_of(v).name()
            ))),
        }
    }

    fn text(&self, field: &str) -> PyResult<Option<Gc<Str>>> {
        self.typed::<Str>(field, "str")
    }

    fn count(&self, field: &str) -> PyResult<Option<u32>> {
        let Some(v) = self.args.keyword(field) else { return Ok(None) };
        let n = self.vm.index_i64(v)?;
        match u32::try_from(n) {
            Ok(n) => Ok(Some(n)),
            Err(_) => Err(self.vm.value_error(format!("{field} must be a positive integer"))),
        }
    }

    fn strings(&self, field: &str) -> PyResult<Option<Vec<Text>>> {
        let Some(tuple) = self.typed::<Tuple>(field, "tuple")? else { return Ok(None) };
        let mut out = Vec::with_capacity(tuple.len());
        for &item in tuple.iter() {
            match item.downcast::<Str>() {
                Some(s) => out.push(s.to_string_lossy().into()),
                None => return Err(self.vm.system_error("non-string found in code slot")),
            }
        }
        Ok(Some(out))
    }

    fn counts(&self, unit: &mut CodeUnit) -> PyResult<()> {
        let small = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        if let Some(n) = self.count("co_argcount")? {
            unit.argcount = small(n);
        }
        if let Some(n) = self.count("co_posonlyargcount")? {
            unit.posonlyargcount = small(n);
        }
        if let Some(n) = self.count("co_kwonlyargcount")? {
            unit.kwonlyargcount = small(n);
        }
        if let Some(n) = self.count("co_flags")? {
            unit.flags = CodeFlags(n);
        }
        if unit.posonlyargcount > unit.argcount {
            return Err(self.vm.system_error("bad argument to internal function"));
        }
        if usize::from(unit.nparams()) > unit.locals.len() {
            return Err(self.vm.value_error("code: co_varnames is too small"));
        }
        if let Some(n) = self.count("co_nlocals")?
            && n as usize != varnames(unit).len()
        {
            return Err(self.vm.value_error("code: co_nlocals != len(co_varnames)"));
        }
        self.count("co_stacksize")?;
        if let Some(line) = self.count("co_firstlineno")? {
            let shift = i64::from(line) - i64::from(unit.firstlineno);
            let moved = |n: u32| if n == 0 { 0 } else { u32::try_from(i64::from(n) + shift).unwrap_or(0) };
            let list: Vec<Pos> = unit
                .positions
                .iter()
                .map(|p| Pos { line: moved(p.line), end_line: moved(p.end_line), ..p })
                .collect();
            unit.positions = Positions::pack(&list);
            unit.firstlineno = line;
        }
        Ok(())
    }

    fn names(&self, unit: &mut CodeUnit) -> PyResult<()> {
        if let Some(new) = self.strings("co_names")? {
            let old: Vec<Text> = names(unit).into_iter().map(Into::into).collect();
            for word in unit.words.filled_mut() {
                if let Word::Name(name) = word
                    && let Some(i) = old.iter().position(|o| o == name)
                {
                    match new.get(i) {
                        Some(n) => *name = n.clone(),
                        None => return Err(self.vm.value_error("code: co_names is too small")),
                    }
                }
            }
        }
        if let Some(new) = self.strings("co_varnames")? {
            let old: Vec<Text> = varnames(unit).into_iter().map(Into::into).collect();
            self.rename(unit, &old, &new, "co_varnames")?;
        }
        for (field, kind) in [("co_cellvars", LocalKind::Cell), ("co_freevars", LocalKind::Free)] {
            if let Some(new) = self.strings(field)? {
                let old: Vec<Text> = of_kind(unit, kind).into_iter().map(Into::into).collect();
                self.rename(unit, &old, &new, field)?;
            }
        }
        Ok(())
    }

    fn rename(&self, unit: &mut CodeUnit, old: &[Text], new: &[Text], field: &str) -> PyResult<()> {
        if new.len() != old.len() {
            let size = if new.len() < old.len() { "small" } else { "large" };
            return Err(self.vm.value_error(format!("code: {field} is too {size}")));
        }
        for local in &mut unit.locals {
            if let Some(i) = old.iter().position(|o| o == local) {
                *local = new[i].clone();
            }
        }
        Ok(())
    }

    /// Instructions and tables can only be given as they are.
    fn tables(&self, this: Gc<Code>) -> PyResult<()> {
        for field in ["co_code", "co_linetable", "co_exceptiontable"] {
            let Some(given) = self.typed::<Bytes>(field, "bytes")? else { continue };
            let own = self.vm.getattr_str(this.value(), field)?;
            if field == "co_code" && own.downcast::<Bytes>().is_none_or(|own| **own != **given) {
                return Err(self.vm.value_error("code: co_code cannot be replaced by other instructions"));
            }
        }
        Ok(())
    }
}

/// Puts constants into a unit; false when some cannot be represented there (the unit keeps its own).
fn set_consts(vm: &Vm, unit: &mut CodeUnit, values: &[Value], old: Gc<Tuple>) -> bool {
    let mut exact = values.len() == old.len();
    let mut given = values.iter();
    for word in unit.words.filled_mut() {
        if let Word::Const(c) = word
            && let Some(&v) = given.next()
        {
            match const_of(vm, v) {
                Some(new) => *c = new,
                None => exact = false,
            }
        }
    }
    exact
}

/// Puts the very values into the words of new code.
fn patch_consts(vm: &Vm, code: Gc<Code>, values: Gc<Tuple>) {
    code.materialise(&vm.heap);
    let mut given = values.iter();
    for (i, word) in code.as_ref().unit().words.filled() {
        if matches!(word, Word::Const(_))
            && let Some(&v) = given.next()
        {
            // SAFETY: a word of materialised code; constant words are traced.
            unsafe { *code.words().add(i) = v.bits() };
            vm.heap.barrier(code.header(), v);
        }
    }
    code.consts_tuple.set(Some(values));
    vm.heap.barrier(code.header(), values.value());
}

pub fn const_of(vm: &Vm, v: Value) -> Option<Const> {
    if v.is_none() {
        return Some(Const::None);
    }
    if v == Value::bool(true) || v == Value::bool(false) {
        return Some(if v == Value::bool(true) { Const::True } else { Const::False });
    }
    if v == Value::ellipsis() {
        return Some(Const::Ellipsis);
    }
    if let Some(n) = as_exact_int(v) {
        return int_const(&n);
    }
    let all = |items: &[Value]| items.iter().map(|&i| const_of(vm, i)).collect::<Option<Box<[Const]>>>();
    match vm.shape_of(v) {
        shape_id::FLOAT => as_float(v).map(|f| Const::Float(f.to_bits())),
        shape_id::STR => v.downcast::<Str>().map(|s| Const::Str(s.to_wtf8().into())),
        shape_id::BYTES => v.downcast::<Bytes>().map(|b| Const::Bytes((**b).into())),
        shape_id::TUPLE => all(&v.downcast::<Tuple>()?).map(Const::Tuple),
        shape_id::FROZENSET => {
            let set = v.downcast::<Set>()?;
            let items: Option<Box<[Const]>> = set.as_ref().iter().map(|(i, _)| const_of(vm, i)).collect();
            items.map(Const::FrozenSet)
        }
        shape_id::COMPLEX => {
            let c = v.downcast::<Complex>()?;
            Some(Const::Complex { re: c.re.to_bits(), im: c.im.to_bits() })
        }
        shape_id::CODE => Some(Const::Code(v.downcast::<Code>()?.shared_unit())),
        _ => None,
    }
}

fn int_const(n: &IntRef) -> Option<Const> {
    if let Some(i) = n.to_i64() {
        return Some(Const::Int(i));
    }
    let (sign, magnitude) = n.to_big().to_bytes_le();
    Some(Const::BigInt { negative: sign == num_bigint::Sign::Minus, magnitude: magnitude.into() })
}
