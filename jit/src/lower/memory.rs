//! What machine code knows about memory where it is: what has been loaded or stored, and which lengths have been compared.
//!
//! Cranelift forwards loads, too, but in a loop that calls or stores it forgets at each block whatever the loop may change,
//! and nearly every guard begins a block. Here knowledge flows along the edges in the order in which blocks are written: a
//! block begins with what all its predecessors know. One that is entered from code written later (a loop's header, a handler, the
//! way back from an exit) begins with nothing. What loads and lengths are replaced with are values of all predecessors,
//! so they dominate.
//!
//! The rules of aliasing: objects do not overlap, so with two bases that are starts of objects only the same offset can be the same
//! memory; bases of other regions can be anything. A call forgets everything, but for calls that only allocate or answer.

use super::{Lower, Region, preserving_signature};
use adder_interp::vm::tier_up::offset;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, types};
use rustc_hash::FxHashMap as HashMap;
use std::rc::Rc;

/// Base and offset of a load, and what it gives.
type Place = (ir::Value, i32, ir::Type);

#[derive(Clone, Default)]
pub(super) struct Known {
    loaded: HashMap<Place, (Region, ir::Value)>,
    /// Lengths that are greater than a number.
    longer: HashMap<ir::Value, i64>,
    /// The function has the globals (0) or builtins (1) of the unit. That never changes.
    namespaces: [bool; 2],
}

impl Known {
    /// Forgets what a store may change.
    fn forget(&mut self, region: Region, at: ir::Value, offset: i32, size: u32) {
        let objects = matches!(region, Region::Header | Region::Slots | Region::Iterator);
        self.loaded.retain(|&(base, start, ty), &mut (other, _)| {
            let apart = start + ty.bytes() as i32 <= offset || offset + size as i32 <= start;
            other != region || apart && (base == at || objects)
        });
    }
    /// Forgets what is not known there as well.
    fn meet(&mut self, other: &Known) {
        self.loaded.retain(|place, v| other.loaded.get(place) == Some(v));
        self.longer.retain(|len, than| match other.longer.get(len) {
            Some(&n) => {
                *than = n.min(*than);
                true
            }
            None => false,
        });
        (0..2).for_each(|which| self.namespaces[which] &= other.namespaces[which]);
    }
}

/// What blocks that are not written yet begin with.
#[derive(Default)]
pub(super) struct Knowledge {
    now: Rc<Known>,
    entering: HashMap<ir::Block, Rc<Known>>,
}

impl Lower<'_> {
    /// A block may be entered from code that is written later.
    pub(super) fn enter_blindly(&mut self, block: ir::Block) {
        self.knowledge.entering.insert(block, Rc::default());
    }

    /// What is known here is known on one way into the block.
    fn enter(&mut self, block: ir::Block) {
        let now = &self.knowledge.now;
        match self.knowledge.entering.get_mut(&block) {
            Some(known) if Rc::ptr_eq(known, now) => {}
            Some(known) => Rc::make_mut(known).meet(now),
            None => drop(self.knowledge.entering.insert(block, now.clone())),
        }
    }

    pub(super) fn switch(&mut self, block: ir::Block) {
        self.knowledge.now = self.knowledge.entering.remove(&block).unwrap_or_default();
        self.b.switch_to_block(block);
    }

    pub(super) fn jump(&mut self, to: ir::Block, args: &[BlockArg]) {
        self.enter(to);
        self.b.ins().jump(to, args);
    }

    pub(super) fn brif(
        &mut self,
        condition: ir::Value,
        (yes, yes_args): (ir::Block, &[BlockArg]),
        (no, no_args): (ir::Block, &[BlockArg]),
    ) {
        self.enter(yes);
        self.enter(no);
        self.b.ins().brif(condition, yes, yes_args, no, no_args);
    }

    pub(super) fn load(&mut self, region: Region, ty: ir::Type, at: ir::Value, offset: i32) -> ir::Value {
        if let Some(&(_, v)) = self.knowledge.now.loaded.get(&(at, offset, ty)) {
            return v;
        }
        let flags = self.flags(region);
        let v = self.b.ins().load(ty, flags, at, offset);
        Rc::make_mut(&mut self.knowledge.now).loaded.insert((at, offset, ty), (region, v));
        v
    }

    pub(super) fn store(&mut self, region: Region, v: ir::Value, at: ir::Value, offset: i32) {
        let flags = self.flags(region);
        let ty = self.b.func.dfg.value_type(v);
        self.forget(region, at, offset, ty.bytes());
        Rc::make_mut(&mut self.knowledge.now).loaded.insert((at, offset, ty), (region, v));
        self.b.ins().store(flags, v, at, offset);
    }

    /// Something stores there.
    pub(super) fn forget(&mut self, region: Region, at: ir::Value, offset: i32, size: u32) {
        Rc::make_mut(&mut self.knowledge.now).forget(region, at, offset, size);
    }

    /// Something may store anywhere. Lengths that have been loaded stay what they are.
    pub(super) fn forget_memory(&mut self) {
        if !self.knowledge.now.loaded.is_empty() {
            Rc::make_mut(&mut self.knowledge.now).loaded.clear();
        }
    }

    /// Calls a function of the runtime that takes and returns words and changes nothing but the heap's own state.
    pub(super) fn runtime_quietly(&mut self, address: usize, args: &[ir::Value]) -> ir::Value {
        let known = self.knowledge.now.clone();
        let result = self.runtime(address, args);
        self.knowledge.now = known;
        Rc::make_mut(&mut self.knowledge.now).loaded.retain(|_, &mut (region, _)| region != Region::Thread);
        result
    }

    /// The same in code that is rarely reached, for functions whose first operand is the thread: no register is taken away from the code around,
    /// which otherwise keeps values on the stack for the sake of calls that seldom happen. The call itself costs some 20 ns more.
    pub(super) fn runtime_rarely(&mut self, address: usize, args: &[ir::Value]) -> ir::Value {
        let (preserving, function) = (self.int(self.preserving as i64), self.int(address as i64));
        let operands = [&args[..1], &[function], &args[1..]].concat();
        let signature = self.b.import_signature(preserving_signature(args.len()));
        self.b.ins().call_indirect(signature, preserving, &operands);
        Rc::make_mut(&mut self.knowledge.now).loaded.retain(|_, &mut (region, _)| region != Region::Thread);
        let flags = self.flags(Region::Thread);
        self.b.ins().load(types::I64, flags, self.vm, offset::VM_RESULT as i32)
    }

    /// Whether a namespace of the function is not yet known to be the unit's; from here on it is.
    pub(super) fn check_namespace(&mut self, which: usize) -> bool {
        !std::mem::replace(&mut Rc::make_mut(&mut self.knowledge.now).namespaces[which], true)
    }

    /// Whether a length is known to be greater than a number.
    pub(super) fn is_longer(&self, len: ir::Value, than: i64) -> bool {
        self.knowledge.now.longer.get(&len).is_some_and(|&n| n >= than)
    }

    /// From here on a length is greater than a number.
    pub(super) fn note_longer(&mut self, len: ir::Value, than: i64) {
        if !self.is_longer(len, than) {
            Rc::make_mut(&mut self.knowledge.now).longer.insert(len, than);
        }
    }
}
