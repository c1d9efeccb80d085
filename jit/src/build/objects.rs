//! Names, attributes, items, iteration.

use super::Builder;
use super::state::{Slot, Val};
use crate::hir::*;
use adder_bytecode::{FRAME_HEADER, Feedback, Insn, Op as B, Word};
use adder_interp::object::header::Kind;
use adder_interp::object::instance::FIRST_SLOT_OFFSET;
use adder_interp::object::shape::shape_id;
use adder_interp::value::Value;
use adder_interp::vm::dispatch::access::{CachedAccess, SiteCache, site_cache};

impl Builder<'_, '_> {
    // ---- names

    /// Enters every name of the code that is bound in the globals or builtins now.
    pub(super) fn find_names(&mut self) {
        for i in 0..self.insns.len() {
            let insn = self.insns[i];
            let Some(text) = self.name_text(insn) else { continue };
            let name = self.source.vm.intern(&text);
            let (globals, builtins) = (self.globals, self.builtins);
            let found = globals.as_ref().find_str(name).map(|at| (false, at));
            let found = found.or_else(|| builtins.as_ref().find_str(name).map(|at| (true, at)));
            let Some((builtin, entry)) = found else { continue };
            if builtin && matches!(insn.op(), B::StoreName | B::StoreGlobal) {
                continue;
            }
            let key = (text.clone(), builtin);
            if !self.name_index.contains_key(&key) {
                self.name_index.insert(key, self.unit.names.len());
                self.unit.names.push(NameSlot { text, builtin, entry });
            }
        }
    }

    fn name_text(&self, insn: Insn) -> Option<String> {
        match insn.op() {
            B::LoadGlobal | B::StoreGlobal => {}
            B::LoadName | B::StoreName if self.names_are_globals => {}
            _ => return None,
        }
        match &self.code.as_ref().unit().words[insn.c() as usize] {
            Word::Name(name) => Some(name.to_string()),
            _ => None,
        }
    }

    /// The slot of the name an instruction reads or writes.
    pub(super) fn name_slot(&self, insn: Insn) -> Option<usize> {
        let text = self.name_text(insn)?;
        let stores = matches!(insn.op(), B::StoreName | B::StoreGlobal);
        let index = self.name_index.get(&(text.clone(), false)).copied();
        let index = index.or_else(|| if stores { None } else { self.name_index.get(&(text, true)).copied() });
        index.map(|i| self.nregs + i)
    }

    fn name_value(&self, slot: usize) -> Option<Value> {
        let name = &self.unit.names[slot - self.nregs];
        let dict = if name.builtin { self.builtins } else { self.globals };
        dict.as_ref().value_at(name.entry)
    }

    /// Whether the unit stores the name.
    fn is_stored(&self, slot: usize) -> bool {
        self.insns
            .iter()
            .any(|&i| matches!(i.op(), B::StoreName | B::StoreGlobal) && self.name_slot(i) == Some(slot))
    }

    /// A name whose value is not a constant of the unit.
    pub(super) fn is_plain_name(&self, slot: usize) -> bool {
        !self.unit.names[slot - self.nregs].builtin && self.name_constant(slot).is_none()
    }

    /// The value of a name that is bound once: functions, classes, modules.
    fn name_constant(&self, slot: usize) -> Option<Value> {
        let value = self.name_value(slot)?;
        let constant = matches!(
            value.kind(),
            Some(Kind::Function | Kind::NativeFunction | Kind::Type | Kind::Module | Kind::BoundMethod)
        );
        (constant && !self.is_stored(slot)).then_some(value)
    }

    /// Loads a name from its dict.
    pub(super) fn load_name(&mut self, slot: usize) -> ValueId {
        let index = slot - self.nregs;
        self.check_names(0);
        if self.unit.names[index].builtin {
            self.check_names(1);
        }
        let v = self.emit(Op::LoadName, Ty::Any, &[], index as i64);
        let v = match self.name_constant(slot) {
            Some(known) => {
                self.guard(Op::GuardIs, Ty::None, &[v], known.bits() as i64);
                self.tagged_constant(known)
            }
            None => v,
        };
        self.state.slots[slot] = Slot { val: Val::V(v), home: true };
        v
    }

    /// Guards that a name has a number of the type it has now.
    pub(super) fn speculate_name(&mut self, slot: usize) {
        let Val::V(v) = self.state.slots[slot].val else { return };
        match self.name_value(slot) {
            Some(now) if now.is_small_int() => drop(self.int_value(v)),
            Some(now) if now.is_float() => drop(self.float_value(v)),
            _ => {}
        }
    }

    pub(super) fn name_read(&mut self, insn: Insn) -> bool {
        let Some(slot) = self.name_slot(insn) else { return self.step(insn) };
        let v = match self.state.slots[slot].val {
            Val::V(v) => v,
            _ => self.load_name(slot),
        };
        self.put(insn.a() as usize, v)
    }

    pub(super) fn name_write(&mut self, insn: Insn) -> bool {
        let Some(slot) = self.name_slot(insn) else { return self.step(insn) };
        let v = self.read(insn.a() as usize);
        self.check_names(0);
        self.set(slot, v);
        true
    }

    // ---- attributes

    fn site(&self, insn: Insn) -> Option<SiteCache> {
        // SAFETY: `c` of an attribute instruction names the site's four words.
        unsafe { site_cache(self.code.as_ref().words().add(insn.c() as usize)) }
    }

    pub(super) fn has_fast_attribute(&self, insn: Insn) -> bool {
        match self.site(insn).map(|s| s.what) {
            Some(CachedAccess::Slot(_)) => true,
            Some(CachedAccess::Plain(_)) => insn.op() == B::LoadAttr,
            Some(CachedAccess::AddSlot(..)) => insn.op() == B::StoreAttr,
            _ => false,
        }
    }
    pub(super) fn has_fast_method(&self, insn: Insn) -> bool {
        matches!(self.site(insn).map(|s| s.what), Some(CachedAccess::Method(_)))
    }

    /// Guards that an object has the shape and class a site remembers.
    fn guard_site(&mut self, object: ValueId, site: &SiteCache) {
        self.guard_shape(object, site.shape.0);
        let class = site.class.as_ptr() as usize;
        if self.state.classes.insert(class) {
            let guard = self.guard(Op::GuardClass, Ty::None, &[], class as i64);
            self.unit.insts[guard.0 as usize].imm2 = site.version as u32 as i64;
            self.unit.classes.push((class, site.version));
            if !self.roots.contains(&site.class.value()) {
                self.roots.push(site.class.value());
            }
        }
    }

    pub(super) fn load_attr(&mut self, insn: Insn) -> bool {
        let Some(site) = self.site(insn).filter(|_| self.has_fast_attribute(insn)) else {
            return self.step(insn);
        };
        let object = self.read(insn.b() as usize);
        let object = self.boxed(object);
        self.guard_site(object, &site);
        let v = match site.what {
            CachedAccess::Slot(offset) => {
                let v = self.emit(Op::LoadSlot, Ty::Any, &[object], offset as i64);
                self.guard(Op::GuardFull, Ty::None, &[v], 0);
                v
            }
            CachedAccess::Plain(value) => self.constant(value),
            _ => return self.step(insn),
        };
        self.put(insn.a() as usize, v)
    }

    pub(super) fn store_attr(&mut self, insn: Insn) -> bool {
        let Some(site) = self.site(insn).filter(|_| self.has_fast_attribute(insn)) else {
            return self.step(insn);
        };
        let object = self.read(insn.a() as usize);
        let object = self.boxed(object);
        let value = self.read(insn.b() as usize);
        self.guard_site(object, &site);
        let value = self.boxed(value);
        match site.what {
            CachedAccess::Slot(offset) => {
                self.emit(Op::StoreSlot, Ty::None, &[object, value], offset as i64);
            }
            CachedAccess::AddSlot(offset, shape) => {
                self.emit(Op::StoreSlot, Ty::None, &[object, value], offset as i64);
                self.emit(Op::SetShape, Ty::None, &[object], shape.0 as i64);
                // Another name for the same object would have the old shape on record.
                self.state.shapes.clear();
                self.state.shapes.insert(object, shape.0);
            }
            _ => return self.step(insn),
        }
        self.current = None;
        true
    }

    pub(super) fn load_method(&mut self, insn: Insn) -> bool {
        let Some(site) = self.site(insn) else { return self.step(insn) };
        let CachedAccess::Method(function) = site.what else { return self.step(insn) };
        let object = self.read(insn.b() as usize);
        let object = self.boxed(object);
        self.guard_site(object, &site);
        let function = self.tagged_constant(function);
        let at = insn.a() as usize + FRAME_HEADER as usize;
        self.clobber(insn.a() as usize);
        self.set(at - 1, function);
        self.set(at, object);
        true
    }

    // ---- items

    pub(super) fn get_item(&mut self, insn: Insn) -> bool {
        let (op, shape) = match insn.feedback() {
            0 => return self.unreached(),
            Feedback::LIST => (Op::ListGet, shape_id::LIST),
            Feedback::TUPLE => (Op::TupleGet, shape_id::TUPLE),
            _ => return self.step(insn),
        };
        let object = self.read(insn.b() as usize);
        let object = self.boxed(object);
        let index = if insn.op() == B::GetItemK {
            self.constant(self.word(insn.c()))
        } else {
            self.read(insn.c() as usize)
        };
        self.guard_shape(object, shape.0);
        let index = self.int_value(index);
        let v = self.guard(op, Ty::Any, &[object, index], 0);
        self.put(insn.a() as usize, v)
    }

    pub(super) fn set_item(&mut self, insn: Insn) -> bool {
        match insn.feedback() {
            0 => return self.unreached(),
            Feedback::LIST => {}
            _ => return self.step(insn),
        }
        let object = self.read(insn.a() as usize);
        let object = self.boxed(object);
        self.guard_shape(object, shape_id::LIST.0);
        let index = self.int(insn.b() as usize);
        let value = self.read(insn.c() as usize);
        let value = self.boxed(value);
        self.guard(Op::ListSet, Ty::None, &[object, index, value], 0);
        self.current = None;
        true
    }

    pub(super) fn unpack(&mut self, insn: Insn) -> bool {
        let (op, shape) = match insn.feedback() {
            Feedback::LIST => (Op::ListGet, shape_id::LIST),
            Feedback::TUPLE => (Op::TupleGet, shape_id::TUPLE),
            _ => return self.step(insn),
        };
        let object = self.read(insn.b() as usize);
        let object = self.boxed(object);
        self.guard_shape(object, shape.0);
        let guard = self.guard(Op::GuardLength, Ty::None, &[object], i64::from(insn.c()));
        self.unit.insts[guard.0 as usize].imm2 = i64::from(op == Op::ListGet);
        let items: Vec<ValueId> = (0..insn.c())
            .map(|i| {
                let i = self.emit(Op::ConstInt, Ty::Int, &[], i64::from(i));
                self.guard(op, Ty::Any, &[object, i], 0)
            })
            .collect();
        for (i, v) in items.into_iter().enumerate() {
            self.set(insn.a() as usize + i, v);
        }
        true
    }

    // ---- iteration

    pub(super) fn for_iter(&mut self, insn: Insn) -> bool {
        let seen = insn.feedback();
        if seen == 0 {
            return self.unreached();
        }
        self.guard(Op::Poll, Ty::None, &[], 0);
        let a = insn.a() as usize;
        let iterator = self.read(insn.b() as usize);
        let (body, after) = ((self.pc as i64 + i64::from(insn.c_jump())) as u32, self.pc + 1);
        match seen {
            Feedback::RANGE => {
                self.guard_shape(iterator, shape_id::RANGE_ITERATOR.0);
                let has = self.emit(Op::RangeHas, Ty::Bool, &[iterator], 0);
                let (yes, no) = self.split(has);
                let state = self.state.clone();
                self.block = yes;
                let item = self.emit(Op::RangeAdvance, Ty::Int, &[iterator], 0);
                self.set(a, item);
                self.leave_to(body);
                self.block = no;
                self.state = state;
            }
            Feedback::LIST_ITER => {
                self.guard_shape(iterator, shape_id::LIST_ITERATOR.0);
                let has = self.guard(Op::ListIterHas, Ty::Bool, &[iterator], 0);
                let (yes, no) = self.split(has);
                let state = self.state.clone();
                self.block = yes;
                let item = self.emit(Op::ListIterAdvance, Ty::Any, &[iterator], 0);
                self.set(a, item);
                self.leave_to(body);
                self.block = no;
                self.state = state;
                self.emit(Op::ListIterDone, Ty::None, &[iterator], 0);
            }
            _ => {
                self.send_visible_home();
                let item = self.guard(Op::IterNext, Ty::Any, &[iterator], 0);
                self.forget_memory();
                let ended = self.emit(Op::IsEmpty, Ty::Bool, &[item], 0);
                let (no, yes) = self.split(ended);
                let state = self.state.clone();
                self.block = yes;
                self.set(a, item);
                self.guard_frame(body);
                self.leave_to(body);
                self.block = no;
                self.state = state;
                self.guard_frame(after);
            }
        }
        self.current = None;
        self.leave_to(after);
        false
    }
}

const _: () = assert!(FIRST_SLOT_OFFSET.is_multiple_of(8));
