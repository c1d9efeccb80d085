//! The text form of HIR: one line an instruction, as `-X dump=hir` shows it. [`super::parse`] reads it.
//!
//! ```text
//!     unit total Function(2)
//!       name 0 = range (builtin) at 71               a name of the unit's table and the index of its dict entry
//!       frame 0 in 0 at r0 code 0x7f10 words 0x7f80 back 0x0
//!     bb0(v0: Any, v1: Any):
//!         v2: Int = GuardInt v0 [fs0]                result: type = opcode operands #imm @imm2 [frame state]
//!         jump bb1(v2)
//!       sunk    v3: Any = BoxInt v2                  an instruction that is only done in exits
//!       fs0: pc 3 r1=v1 n0=v3                        where to go on, and what registers and names need
//! ```
//!
//! Blocks come in reverse postorder; what cannot be reached is not shown. Immediates that are 0 are left out, and so are a state's
//! frame and pushed headers when they are 0.

use super::helpers::Helper;
use super::*;

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "unit {} {:?}", self.name, self.entry)?;
        self.write_tables(f)?;
        for b in self.order() {
            let block = self.block(b);
            let params: Vec<String> = block.params.iter().zip(0..).map(|(&p, i)| self.param(p, i)).collect();
            writeln!(f, "{b:?}({}){}:", params.join(", "), if block.cold { " cold" } else { "" })?;
            for &v in &block.insts {
                self.write_inst(f, v)?;
            }
            self.write_term(f, &block.term)?;
        }
        for v in self.sunk() {
            write!(f, "  sunk")?;
            self.write_inst(f, v)?;
        }
        for (i, s) in self.states.iter().enumerate() {
            write!(f, "  fs{i}: pc {}", s.pc)?;
            if s.frame != 0 {
                write!(f, " frame {}", s.frame)?;
            }
            if s.pushed != 0 {
                write!(f, " pushed {}", s.pushed)?;
            }
            if s.entry {
                write!(f, " entry")?;
            }
            if s.site {
                write!(f, " site")?;
            }
            if let Some((frame, pc)) = s.blamed {
                write!(f, " blamed {frame} {pc}")?;
            }
            if let Some(catch) = s.catch {
                write!(f, " catch {catch:?}")?;
            }
            for (home, v) in &s.writes {
                write!(f, " {home}={v:?}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Home::Reg(r) => write!(f, "r{r}"),
            Home::Name(n) => write!(f, "n{n}"),
            Home::Generator { frame, pc } => write!(f, "g{frame}@{pc}"),
            Home::Kept { frame, register } => write!(f, "k{frame}@{register}"),
        }
    }
}

impl Unit {
    fn write_tables(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, n) in self.names.iter().enumerate() {
            let builtin = if n.builtin { " (builtin)" } else { "" };
            writeln!(f, "  name {i} = {}{builtin} at {}", n.text, n.entry)?;
        }
        for (i, c) in self.callees.iter().enumerate() {
            let (args, regs) = (c.nargs, c.nregs);
            writeln!(f, "  callee {i} = {:#x} cell {:#x} args {args} regs {regs}", c.function, c.cell)?;
        }
        for (kind, n) in ["globals", "builtins"].iter().zip(&self.namespaces) {
            if n.dict != 0 {
                writeln!(f, "  {kind} {:#x} version {}", n.dict, n.version)?;
            }
        }
        for (i, frame) in self.frames.iter().enumerate() {
            let InlinedFrame { parent, offset, code_entry, words, return_pc } = frame;
            write!(f, "  frame {i} in {parent} at r{offset}")?;
            writeln!(f, " code {code_entry:#x} words {words:#x} back {return_pc:#x}")?;
        }
        for (class, version) in &self.classes {
            writeln!(f, "  class {class:#x} version {version}")?;
        }
        for (function, code) in &self.functions {
            writeln!(f, "  function {function:#x} code {code:#x}")?;
        }
        for (shape, address) in &self.shapes {
            writeln!(f, "  shape {} at {address:#x}", shape.0)?;
        }
        Ok(())
    }

    /// A parameter; that of the entry block tells which argument it is where its position does not.
    fn param(&self, p: ValueId, position: i64) -> String {
        let inst = self.inst(p);
        let argument =
            if inst.imm == 0 || inst.imm == position { String::new() } else { format!(" #{}", inst.imm) };
        format!("{p:?}: {:?}{argument}", inst.ty)
    }

    /// Values that no block makes and frame states want: they are made in the exits. In the order of their numbers.
    fn sunk(&self) -> Vec<ValueId> {
        let order = self.order();
        let mut known = vec![false; self.insts.len()];
        let blocks = order.iter().map(|&b| self.block(b));
        blocks.flat_map(|b| b.params.iter().chain(&b.insts)).for_each(|v| known[v.0 as usize] = true);
        let ends = order.iter().filter_map(|&b| match self.block(b).term {
            Term::Return(_, s) | Term::Exit(s, _) => Some(s),
            _ => None,
        });
        let inside = order.iter().flat_map(|&b| &self.block(b).insts).filter_map(|&v| self.inst(v).state);
        let mut work: Vec<ValueId> =
            inside.chain(ends).flat_map(|s| self.states[s.0 as usize].writes.iter().map(|w| w.1)).collect();
        let mut found = Vec::new();
        while let Some(v) = work.pop() {
            if !std::mem::replace(&mut known[v.0 as usize], true) {
                found.push(v);
                work.extend(&self.inst(v).args);
            }
        }
        found.sort_unstable_by_key(|v| v.0);
        found
    }

    fn write_inst(&self, f: &mut fmt::Formatter<'_>, v: ValueId) -> fmt::Result {
        let inst = self.inst(v);
        write!(f, "    ")?;
        if inst.ty != Ty::None {
            write!(f, "{v:?}: {:?} = ", inst.ty)?;
        }
        write!(f, "{:?}", inst.op)?;
        for a in &inst.args {
            write!(f, " {a:?}")?;
        }
        match Imm::of(inst.op) {
            Imm::Float => {
                let float = f64::from_bits(inst.imm as u64);
                // A NaN has bits that its name does not tell.
                if float.is_nan() { write!(f, " {:#x}", inst.imm)? } else { write!(f, " {float:?}")? }
            }
            Imm::Bits => write!(f, " {:#x}", inst.imm)?,
            Imm::Helper => write!(f, " {:?}", Helper::of(inst.imm))?,
            Imm::Number if inst.imm != 0 || inst.op.shows_zero() => write!(f, " #{}", inst.imm)?,
            Imm::Number => {}
        }
        if inst.imm2 != 0 {
            write!(f, " @{}", inst.imm2)?;
        }
        if let Some(s) = inst.state {
            write!(f, " [{s:?}]")?;
        }
        writeln!(f)
    }

    fn write_term(&self, f: &mut fmt::Formatter<'_>, term: &Term) -> fmt::Result {
        let edge = |e: &Edge| {
            let args: Vec<String> = e.args.iter().map(|a| format!("{a:?}")).collect();
            format!("{:?}({})", e.to, args.join(", "))
        };
        match term {
            Term::Open => writeln!(f, "    open"),
            Term::Jump(e) => writeln!(f, "    jump {}", edge(e)),
            Term::Branch(c, yes, no) => writeln!(f, "    branch {c:?} {} else {}", edge(yes), edge(no)),
            Term::Return(v, s) => writeln!(f, "    return {v:?} [{s:?}]"),
            Term::Exit(s, reason) => writeln!(f, "    exit {} [{s:?}]", reason.name()),
        }
    }
}

/// How an opcode's first immediate is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Imm {
    /// `#5`.
    Number,
    /// `2.5`.
    Float,
    /// `0x7f10`: the bits of a value, an address.
    Bits,
    /// `MakeTuple`.
    Helper,
}

impl Imm {
    pub(super) fn of(op: Op) -> Imm {
        match op {
            Op::ConstFloat => Imm::Float,
            Op::ConstValue
            | Op::GuardIs
            | Op::HasCode
            | Op::CallNative
            | Op::GuardKeys
            | Op::LoadEntry
            | Op::StoreEntry => Imm::Bits,
            Op::Helper | Op::Make | Op::Change | Op::Ask | Op::Tell => Imm::Helper,
            _ => Imm::Number,
        }
    }
}

impl Op {
    /// Whether an immediate of 0 is worth showing.
    fn shows_zero(self) -> bool {
        matches!(self, Op::ConstInt | Op::LoadReg | Op::StoreReg | Op::LoadName | Op::StoreName)
    }
}
