//! The verifier. Every rule has a broken example among the tests below; `RULES` there names them.
//!
//! * *ended*: a block that can be reached ends in a terminator, and is not the entry block again;
//! * *parameters*: edges carry as many arguments as the target has parameters, of the same types; only parameters are `Param`s;
//! * *single*: a value is defined once;
//! * *dominance*: operands are defined in the same block before, or in a block that dominates; so are the values of frame states
//!   and what terminators use; what exits make themselves is in no block, and what that is made of is such a thing, available, or a constant;
//! * *catches*: blocks that catch exceptions have no parameters;
//! * *condition*: `Branch` decides on a `Bool`;
//! * *result*: `Return` returns an `Any`;
//! * *low bits*: a `Wide`, which has the low bits of an int only, is used by operators that need no more and by frame states, and not
//!   passed between blocks;
//! * *state*: guards, guarded computations and calls have a frame state;
//! * *types*: instructions that compute with numbers and truth values have operands and results of their types;
//! * *constants*: a `ConstBool` is 0 or 1;
//! * *tables*: names, callees and frames are in the unit's tables;
//! * *homes*: a frame state writes each home once;
//! * *frames*: the frame of a state is a frame of the unit, inlined into one before it, and no more headers are in memory than
//!   the chain has frames;
//! * *generators*: an inlined generator does one thing, in a frame of the unit, and what one keeps is for one that is suspended.

use super::*;
use crate::passes::sinking::can_sink;
use rustc_hash::FxHashMap as HashMap;

/// Immediate dominators of the reachable blocks, by position in `order`.
pub fn dominators(unit: &Unit, order: &[BlockId]) -> HashMap<BlockId, BlockId> {
    let position: HashMap<BlockId, usize> = order.iter().enumerate().map(|(i, &b)| (b, i)).collect();
    let mut preds: Vec<Vec<(usize, bool)>> = vec![Vec::new(); order.len()];
    for (i, &b) in order.iter().enumerate() {
        for e in unit.edges(b) {
            preds[position[&e.to]].push((i, false));
        }
        for c in &unit.block(b).catches {
            preds[position[c]].push((i, true));
        }
    }
    let mut idom: Vec<Option<usize>> = vec![None; order.len()];
    idom[0] = Some(0);
    let mut changed = true;
    while changed {
        changed = false;
        for i in 1..order.len() {
            let mut new: Option<usize> = None;
            for &(p, catch) in &preds[i] {
                let Some(above) = idom[p] else { continue };
                // An exception may come from the middle of a block: what catches it does not know what the block has computed.
                let p = if catch { above } else { p };
                new = Some(match new {
                    None => p,
                    Some(mut a) => {
                        let mut b = p;
                        while a != b {
                            if a > b {
                                a = idom[a].expect("processed");
                            } else {
                                b = idom[b].expect("processed");
                            }
                        }
                        a
                    }
                });
            }
            if new != idom[i] {
                idom[i] = new;
                changed = true;
            }
        }
    }
    order.iter().enumerate().filter_map(|(i, &b)| Some((b, order[idom[i]?]))).collect()
}

/// Checks a unit.
///
/// # Errors
/// The first violation.
pub fn verify(unit: &Unit) -> Result<(), String> {
    let order = unit.order();
    let idom = dominators(unit, &order);
    let mut home: HashMap<ValueId, (BlockId, usize)> = HashMap::default();
    for &b in &order {
        let block = unit.block(b);
        let params = block.params.iter().map(|&p| (p, 0));
        for (v, at) in params.chain(block.insts.iter().copied().zip(1..)) {
            if home.insert(v, (b, at)).is_some() {
                return Err(format!("{v:?} is defined twice"));
            }
            if (unit.inst(v).op == Op::Param) != (at == 0) {
                return Err(format!("{v:?} in {b:?} is {:?}", unit.inst(v).op));
            }
        }
    }
    let dominates = |a: BlockId, mut b: BlockId| loop {
        if a == b {
            return true;
        }
        let up = idom[&b];
        if up == b {
            return false;
        }
        b = up;
    };
    let available = |v: ValueId, b: BlockId, at: usize| match home.get(&v) {
        Some(&(d, i)) if d == b => i < at,
        Some(&(d, _)) => dominates(d, b),
        None => false,
    };
    let check_state = |s: StateId, b: BlockId, at: usize| {
        check_frame(unit, s)?;
        let mut work: Vec<(Home, ValueId)> = unit.states[s.0 as usize].writes.clone();
        let mut missing = None;
        while let Some((h, v)) = work.pop() {
            let inst = unit.inst(v);
            if !home.contains_key(&v) && matches!(inst.op, Op::ConstValue | Op::ConstInt) {
                continue;
            }
            if home.contains_key(&v) || !can_sink(inst) {
                missing = missing.or((!available(v, b, at)).then_some((h, v)));
            } else {
                work.extend(inst.args.iter().map(|&a| (h, a)));
            }
        }
        missing.map_or(Ok(()), |(h, v)| Err(format!("{s:?} in {b:?}: {v:?} for {h} is not available")))
    };
    for &b in &order {
        let block = unit.block(b);
        for (i, &v) in block.insts.iter().enumerate() {
            let inst = unit.inst(v);
            if let Some(a) = inst.args.iter().find(|&&a| !available(a, b, i + 1)) {
                return Err(format!("{v:?} ({:?}) in {b:?} uses {a:?}, which is not available", inst.op));
            }
            let low_bits = matches!(inst.op, Op::Wide | Op::AndInt | Op::AndWord);
            if let Some(a) = inst.args.iter().find(|&&a| unit.ty(a) == Ty::Wide && !low_bits) {
                return Err(format!("{v:?} ({:?}) in {b:?} needs all of {a:?}", inst.op));
            }
            check_inst(unit, v)?;
            let needs = matches!(inst.op.effect(), Effect::Guard | Effect::GuardedPure | Effect::Call);
            match inst.state {
                Some(s) => check_state(s, b, i + 1)?,
                None if needs => return Err(format!("{v:?} ({:?}) has no frame state", inst.op)),
                None => {}
            }
        }
        if let Some(c) = block.catches.iter().find(|c| !unit.block(**c).params.is_empty()) {
            return Err(format!("{c:?} catches exceptions and has parameters"));
        }
        let end = block.insts.len() + 1;
        match &block.term {
            Term::Open => return Err(format!("{b:?} is open")),
            Term::Branch(c, ..) if unit.ty(*c) != Ty::Bool || !available(*c, b, end) => {
                return Err(format!("{b:?} decides on {c:?}"));
            }
            Term::Return(v, s) => {
                if unit.ty(*v) != Ty::Any || !available(*v, b, end) {
                    return Err(format!("{b:?} returns {v:?}"));
                }
                check_state(*s, b, end)?;
            }
            Term::Exit(s, _) => check_state(*s, b, end)?,
            _ => {}
        }
        for e in unit.edges(b) {
            if e.to == order[0] {
                return Err(format!("{b:?} goes back to the entry"));
            }
            let params = &unit.block(e.to).params;
            if params.len() != e.args.len() {
                return Err(format!("{b:?} passes {} arguments to {:?}", e.args.len(), e.to));
            }
            for (&p, &a) in params.iter().zip(&e.args) {
                if unit.ty(p) != unit.ty(a) || unit.ty(p) == Ty::Wide || !available(a, b, end) {
                    return Err(format!("{b:?} passes {a:?}: {:?} for {p:?}: {:?}", unit.ty(a), unit.ty(p)));
                }
            }
        }
    }
    Ok(())
}

/// The types of the operands and the result of instructions that compute with numbers and truth values.
fn signature(op: Op) -> Option<(&'static [Ty], Ty)> {
    use Op::*;
    use Ty::{Any, Bool, Float, Int, Word};
    Some(match op {
        ConstInt => (&[], Int),
        ConstFloat => (&[], Float),
        ConstBool => (&[], Bool),
        ConstValue => (&[], Any),
        GuardInt | CharOf => (&[Any], Int),
        GuardFloat | ToFloat | FloatOfBox => (&[Any], Float),
        BoxInt => (&[Int], Any),
        BoxFloat => (&[Float], Any),
        BoxBool => (&[Bool], Any),
        IntToFloat => (&[Int], Float),
        Below => (&[Int, Int], Bool),
        AddInt | SubInt | MulInt | FloorDivInt | ModInt | ShlInt | ShrInt | AndInt | OrInt | XorInt => {
            (&[Int, Int], Int)
        }
        TrueDivInt => (&[Int, Int], Float),
        NotInt | NegInt => (&[Int], Int),
        ConstWord => (&[], Word),
        GuardLongInt => (&[Any], Int),
        GuardWord => (&[Any], Word),
        WordOfInt | AsWord => (&[Int], Word),
        IntOfWord => (&[Word], Int),
        BoxWord => (&[Word], Any),
        AddWord | SubWord | MulWord | FloorDivWord | ModWord | AndWord | OrWord | XorWord => {
            (&[Word, Word], Word)
        }
        ShlWord | ShrWord => (&[Word, Int], Word),
        CmpWord => (&[Word, Word], Bool),
        WordToFloat => (&[Word], Float),
        AddFloat | SubFloat | MulFloat | DivFloat => (&[Float, Float], Float),
        NegFloat | SqrtFloat => (&[Float], Float),
        CmpInt => (&[Int, Int], Bool),
        CmpFloat => (&[Float, Float], Bool),
        NotBool => (&[Bool], Bool),
        _ => return None,
    })
}

/// The rules about a single instruction.
fn check_inst(unit: &Unit, v: ValueId) -> Result<(), String> {
    let inst = unit.inst(v);
    if let Some((operands, result)) = signature(inst.op) {
        let types: Vec<Ty> = inst.args.iter().map(|&a| unit.ty(a)).collect();
        // Masks make an int of any kind smaller, shifts may.
        let mask = matches!(inst.op, Op::AndInt | Op::AndWord);
        let any_int = |t: Ty| matches!(t, Ty::Int | Ty::Word | Ty::Wide);
        let fits = |(&is, &wanted): (&Ty, &Ty)| is == wanted || is == Ty::Wide || mask && any_int(is);
        let result_fits = inst.ty == result || inst.op == Op::ShrWord && inst.ty == Ty::Int;
        if types.len() != operands.len() || !types.iter().zip(operands).all(fits) || !result_fits {
            return Err(format!("{v:?} ({:?}) makes {:?} from {types:?}", inst.op, inst.ty));
        }
    }
    if inst.op == Op::ConstBool && !(0..=1).contains(&inst.imm) {
        return Err(format!("{v:?} is the truth value {}", inst.imm));
    }
    let rows = match inst.op {
        Op::LoadName | Op::StoreName => unit.names.len(),
        Op::GuardNames => unit.namespaces.len(),
        Op::CallDirect => unit.callees.len(),
        Op::PushFrame | Op::PopFrame | Op::GuardLink => unit.frames.len(),
        _ => return Ok(()),
    };
    match usize::try_from(inst.imm) {
        Ok(row) if row < rows => Ok(()),
        _ => Err(format!("{v:?} ({:?}) names row {} of {rows}", inst.op, inst.imm)),
    }
}

/// The rules about a frame state that concern it alone.
fn check_frame(unit: &Unit, s: StateId) -> Result<(), String> {
    let state = &unit.states[s.0 as usize];
    if unit.frames.get(state.frame).is_none() {
        return Err(format!("{s:?} belongs to frame {}", state.frame));
    }
    let mut chain = 1;
    let mut frame = state.frame;
    while frame != 0 {
        let parent = unit.frames[frame].parent;
        if parent >= frame {
            return Err(format!("{s:?}: frame {frame} is inlined into {parent}"));
        }
        (frame, chain) = (parent, chain + 1);
    }
    if state.pushed > chain {
        return Err(format!("{s:?}: {} headers of {chain}", state.pushed));
    }
    let mut homes: Vec<Home> = state.writes.iter().map(|w| w.0).collect();
    homes.sort_unstable();
    let at = |frame: u16| {
        homes.iter().filter_map(move |h| match *h {
            Home::Generator { frame: f, pc } if f == frame => Some(pc),
            _ => None,
        })
    };
    for home in &homes {
        let fits = match *home {
            Home::Generator { frame, .. } => at(frame).count() == 1 && usize::from(frame) < unit.frames.len(),
            Home::Kept { frame, .. } => at(frame).any(|pc| pc != 0),
            Home::Reg(_) | Home::Name(_) => true,
        };
        if !fits {
            return Err(format!("{s:?}: {home} is of no generator"));
        }
    }
    match homes.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{s:?} writes {} twice", pair[0])),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::hir::parse::parse;
    use crate::hir::verify::verify;

    /// A rule, a unit that breaks it, and what the verifier says.
    const RULES: &[(&str, &str, &str)] = &[
        ("ended", "bb0():\n open", "bb0 is open"),
        (
            "ended",
            "bb0():\n v0: Bool = ConstBool #1\n branch v0 bb1() else bb0()\nbb1():\n exit done [fs0]",
            "bb0 goes back to the entry",
        ),
        (
            "parameters",
            "bb0():\n jump bb1()\nbb1(v0: Int):\n exit done [fs0]",
            "bb0 passes 0 arguments to bb1",
        ),
        (
            "parameters",
            "bb0():\n v1: Int = ConstInt #1\n jump bb1(v1)\nbb1(v0: Any):\n exit done [fs0]",
            "bb0 passes v1: Int for v0: Any",
        ),
        (
            "dominance",
            "bb0():\n v1: Int = AddInt v2 v2 [fs0]\n v2: Int = ConstInt #1\n exit done [fs0]",
            "v1 (AddInt) in bb0 uses v2, which is not available",
        ),
        (
            "dominance",
            "bb0(v0: Any):\n v1: Bool = IsEmpty v0\n branch v1 bb1() else bb2()\n\
             bb1():\n v2: Int = ConstInt #1\n jump bb2()\nbb2():\n exit done [fs0]\n fs0: pc 1 r0=v2",
            "fs0 in bb2: v2 for r0 is not available",
        ),
        ("dominance", "bb0():\n return v7 [fs0]", "bb0 returns v7"),
        (
            "catches",
            "bb0():\n jump bb1()\nbb1():\n v1: Any = Step #0 [fs0]\n exit done [fs1]\n\
             bb2(v2: Any):\n exit done [fs1]\n fs0: pc 1 catch bb2\n fs1: pc 2",
            "bb2 catches exceptions and has parameters",
        ),
        (
            "condition",
            "bb0(v0: Int):\n branch v0 bb1() else bb1()\nbb1():\n exit done [fs0]",
            "bb0 decides on v0",
        ),
        ("result", "bb0(v0: Int):\n return v0 [fs0]", "bb0 returns v0"),
        (
            "state",
            "bb0(v0: Any):\n v1: Int = GuardInt v0\n exit done [fs0]",
            "v1 (GuardInt) has no frame state",
        ),
        ("state", "bb0(v0: Int):\n v1: Int = NegInt v0\n exit done [fs0]", "v1 (NegInt) has no frame state"),
        ("state", "bb0(v0: Any):\n v1: Bool = Truth v0\n exit done [fs0]", "v1 (Truth) has no frame state"),
        (
            "types",
            "bb0(v0: Any, v1: Int):\n v2: Int = AddInt v0 v1 [fs0]\n exit done [fs0]",
            "v2 (AddInt) makes Int from [Any, Int]",
        ),
        (
            "types",
            "bb0(v0: Int):\n v1: Int = NotInt v0 v0\n exit done [fs0]",
            "v1 (NotInt) makes Int from [Int, Int]",
        ),
        (
            "low bits",
            "bb0(v0: Int):\n v1: Wide = Wide v0 v0\n v2: Int = NotInt v1\n exit done [fs0]",
            "v2 (NotInt) in bb0 needs all of v1",
        ),
        (
            "low bits",
            "bb0(v0: Int):\n v1: Wide = Wide v0 v0\n jump bb1(v1)\nbb1(v2: Wide):\n exit done [fs0]",
            "bb0 passes v1: Wide for v2: Wide",
        ),
        ("constants", "bb0():\n v0: Bool = ConstBool #2\n exit done [fs0]", "v0 is the truth value 2"),
        ("tables", "bb0():\n v0: Any = LoadName #0\n exit done [fs0]", "v0 (LoadName) names row 0 of 0"),
        ("homes", "bb0(v0: Any):\n exit done [fs0]\n fs0: pc 1 r1=v0 r2=v0 r1=v0", "fs0 writes r1 twice"),
        ("frames", "bb0():\n exit done [fs0]\n fs0: pc 1 frame 1", "fs0 belongs to frame 1"),
        ("frames", "bb0():\n exit done [fs0]\n fs0: pc 1 pushed 2", "fs0: 2 headers of 1"),
        (
            "frames",
            "frame 0 in 0 at r0 code 0 words 0 back 0\nframe 1 in 1 at r9 code 0 words 0 back 0\n\
             bb0():\n exit done [fs0]\n fs0: pc 1 frame 1",
            "fs0: frame 1 is inlined into 1",
        ),
        (
            "generators",
            "frame 0 in 0 at r0 code 0 words 0 back 0\nframe 1 in 0 at r9 code 0 words 0 back 0\n\
             bb0(v0: Any):\n exit done [fs0]\n fs0: pc 1 g1@0=v0 k1@2=v0",
            "fs0: k1@2 is of no generator",
        ),
    ];

    #[test]
    fn broken_units_are_refused() {
        for (rule, text, message) in RULES {
            let unit = parse(text).unwrap_or_else(|e| panic!("{rule}: {e}\n{text}"));
            assert_eq!(verify(&unit), Err(message.to_string()), "{rule}:\n{text}");
        }
    }

    /// The text form cannot define a value twice.
    #[test]
    fn values_are_defined_once() {
        let mut unit = parse("bb0():\n v0: Int = ConstInt #1\n exit done [fs0]").unwrap();
        let v = unit.blocks[0].insts[0];
        unit.blocks[0].insts.push(v);
        assert_eq!(verify(&unit), Err("v0 is defined twice".into()));
        let mut unit = parse("bb0(v0: Int):\n exit done [fs0]").unwrap();
        let param = unit.blocks[0].params.remove(0);
        unit.blocks[0].insts.push(param);
        assert_eq!(verify(&unit), Err("v0 in bb0 is Param".into()));
    }

    #[test]
    fn every_rule_has_an_example() {
        let header = include_str!("verify.rs").lines().take_while(|l| l.starts_with("//!"));
        let rules = header.filter_map(|l| l.strip_prefix("//! * *")?.split('*').next());
        for rule in rules.filter(|&r| r != "single") {
            assert!(RULES.iter().any(|r| r.0 == rule), "no broken unit for the rule `{rule}`");
        }
    }
}
