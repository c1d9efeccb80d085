//! The text form of HIR: one line an instruction, as `-X dump=hir` shows it.

use super::*;

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "unit {} {:?}", self.name, self.entry)?;
        for (i, n) in self.names.iter().enumerate() {
            writeln!(f, "  name {i} = {}{}", n.text, if n.builtin { " (builtin)" } else { "" })?;
        }
        for b in self.order() {
            let block = self.block(b);
            let params: Vec<String> =
                block.params.iter().map(|&p| format!("{p:?}: {:?}", self.ty(p))).collect();
            writeln!(f, "{b:?}({}){}:", params.join(", "), if block.cold { " cold" } else { "" })?;
            for &v in &block.insts {
                self.write_inst(f, v)?;
            }
            self.write_term(f, &block.term)?;
        }
        for (i, s) in self.states.iter().enumerate() {
            let writes: Vec<String> = s.writes.iter().map(|(h, v)| format!("{h:?}={v:?}")).collect();
            writeln!(f, "  fs{i}: pc {} {}", s.pc, writes.join(" "))?;
        }
        Ok(())
    }
}

impl Unit {
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
        match inst.op {
            Op::ConstFloat => write!(f, " {}", f64::from_bits(inst.imm as u64))?,
            Op::ConstValue | Op::GuardIs => write!(f, " {:#x}", inst.imm)?,
            Op::Helper | Op::Make | Op::Change | Op::Ask | Op::Tell => {
                write!(f, " {:?}", super::helpers::Helper::of(inst.imm))?
            }
            _ if inst.imm != 0 || matches!(inst.op, Op::ConstInt | Op::LoadReg | Op::StoreReg) => {
                write!(f, " #{}", inst.imm)?;
            }
            _ => {}
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
            Term::Exit(s, reason) => writeln!(f, "    exit {reason:?} [{s:?}]"),
        }
    }
}
