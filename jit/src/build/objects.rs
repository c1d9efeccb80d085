//! Names, attributes, items, iteration.

use super::sequences::Walk;
use super::state::{NAMES, Slot, Val};
use super::words::is_long_int;
use super::{Builder, Candidate};
use crate::hir::helpers::Helper;
use crate::hir::*;
use crate::runtime::MAX_SHAPES;
use adder_bytecode::{FRAME_HEADER, Feedback, Insn, Op as B, Word};
use adder_interp::object::dict::Dict;
use adder_interp::object::function::Function;
use adder_interp::object::header::{Gc, Kind};
use adder_interp::object::instance::FIRST_SLOT_OFFSET;
use adder_interp::object::shape::{ShapeId, shape_id};
use adder_interp::object::str::Str;
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::dispatch::access::{CachedAccess, SiteCache, cache_of_other_sites};
use adder_interp::vm::dispatch::namespace_sites::{
    bound_class_method, class_constant, class_of_site, module_entry, python_class_method, variable_entry,
};
use adder_interp::vm::dispatch::super_sites::super_sites;
use adder_interp::vm::special::Special;
use adder_interp::vm::tier_up::offset;

/// Values that names are bound to once and for all, as a rule.
fn is_constant_like(value: Value) -> bool {
    let kind = value.kind();
    matches!(
        kind,
        Some(Kind::Function | Kind::NativeFunction | Kind::Type | Kind::Module | Kind::BoundMethod)
    )
}

impl Builder<'_, '_> {
    // ---- names

    /// Enters every name of the code that is bound in the globals or builtins now.
    pub(super) fn find_names(&mut self) {
        for i in 0..self.f.insns.len() {
            let insn = self.f.insns[i];
            let Some(text) = self.name_text(insn) else { continue };
            let name = self.source.vm.intern(&text);
            let (globals, builtins) = (self.f.globals, self.f.builtins);
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
            B::LoadName | B::StoreName if self.f.names_are_globals => {}
            _ => return None,
        }
        match &self.f.code.as_ref().unit().words[insn.c() as usize] {
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
        index.map(|i| NAMES + i)
    }

    fn name_value(&self, slot: usize) -> Option<Value> {
        self.name_value_at(slot - NAMES)
    }

    /// The value that a name of the unit's table has now.
    pub(super) fn name_value_at(&self, index: usize) -> Option<Value> {
        let name = &self.unit.names[index];
        let dict = if name.builtin { self.f.builtins } else { self.f.globals };
        dict.as_ref().value_at(name.entry)
    }

    /// Whether the unit stores the name.
    fn is_stored(&self, slot: usize) -> bool {
        self.f
            .insns
            .iter()
            .any(|&i| matches!(i.op(), B::StoreName | B::StoreGlobal) && self.name_slot(i) == Some(slot))
    }

    /// A name whose value is not a constant of the unit.
    pub(super) fn is_number_or_plain_name(&self, slot: usize) -> bool {
        let constant = self.name_constant(slot);
        !self.unit.names[slot - NAMES].builtin && constant.is_none_or(|v| v.is_small_int() || is_long_int(v))
    }

    /// The value of a name that is bound once: functions, classes, modules; ints that have not changed yet.
    fn name_constant(&self, slot: usize) -> Option<Value> {
        let value = self.name_value(slot)?;
        if value.is_small_int() || is_long_int(value) {
            let (name, dict) = (&self.unit.names[slot - NAMES], self.f.globals.as_ptr() as usize);
            let own = !name.builtin && !self.f.names_are_globals && !self.is_stored(slot);
            return (own && (self.source.steady)(dict, name.entry, value.bits())).then_some(value);
        }
        (is_constant_like(value) && !self.is_stored(slot)).then_some(value)
    }

    /// Loads a name from its dict.
    pub(super) fn load_name(&mut self, slot: usize) -> ValueId {
        let index = slot - NAMES;
        self.check_names(0);
        if self.unit.names[index].builtin {
            self.check_names(1);
        }
        let v = self.emit(Op::LoadName, Ty::Any, &[], index as i64);
        let v = match self.name_constant(slot) {
            Some(known) => {
                self.guard(Op::GuardIs, Ty::None, &[v], known.bits() as i64);
                self.constant(known)
            }
            None => v,
        };
        self.state.set_slot(slot, Slot { val: Val::V(v), home: true });
        v
    }

    /// Guards that a name has a number of the type it has now.
    pub(super) fn speculate_name(&mut self, slot: usize) {
        let Val::V(v) = self.state.slot(slot).val else { return };
        match self.name_value(slot) {
            Some(now) if now.is_small_int() => drop(self.int_value(v)),
            Some(now) if now.is_float() => drop(self.float_value(v)),
            _ => {}
        }
    }

    pub(super) fn name_read(&mut self, insn: Insn) -> bool {
        let Some(slot) = self.name_slot(insn) else { return self.step(insn) };
        let v = match self.state.slot(slot).val {
            Val::V(v) => v,
            _ => self.load_name(slot),
        };
        self.put(insn.a() as usize, v)
    }

    pub(super) fn name_write(&mut self, insn: Insn) -> bool {
        let Some(slot) = self.name_slot(insn) else { return self.step(insn) };
        let v = self.read(insn.a() as usize);
        self.check_names(0);
        self.set_at(slot, v);
        true
    }

    // ---- attributes

    /// What the site of an attribute instruction has met, most recent last. Empty when that is too much, or nothing.
    fn sites(&self, insn: Insn) -> Vec<SiteCache> {
        // SAFETY: `c` of an attribute instruction names the site's four words.
        let words = unsafe { self.f.code.as_ref().words().add(insn.c() as usize) };
        (self.source.sites)(words, insn.op() == B::StoreAttr)
    }

    /// The same, with what the object can be besides according to what is known of it, if that makes no difference for the access.
    fn sites_for(&self, insn: Insn, object: ValueId) -> Vec<SiteCache> {
        let mut sites = self.sites(insn);
        let Some(first) = sites.first().copied().filter(|f| sites.iter().all(|s| s.what == f.what)) else {
            return sites;
        };
        // SAFETY: as in `sites`.
        let words = unsafe { self.f.code.as_ref().words().add(insn.c() as usize) };
        for &shape in self.state.shapes.one_of(object) {
            let shape = ShapeId(shape);
            if sites.iter().all(|s| s.shape != shape) {
                // SAFETY: the four words of an attribute site.
                let other =
                    unsafe { cache_of_other_sites(self.source.vm, words, insn.op() == B::StoreAttr, shape) };
                let alike = other.filter(|o| o.what == first.what);
                // The last one is what the object is most likely to be.
                alike.into_iter().for_each(|o| sites.insert(0, o));
            }
        }
        sites
    }

    /// Whether the cache of an attribute instruction has never been filled.
    pub(super) fn is_empty_site(&self, insn: Insn) -> bool {
        // SAFETY: `c` of an attribute instruction names the site's four words.
        let words = unsafe { self.f.code.as_ref().words().add(insn.c() as usize) };
        // SAFETY: as above.
        let filled = (1..4).any(|i| unsafe { *words.add(i) } != 0);
        !filled && self.sites(insn).is_empty()
    }

    pub(super) fn has_fast_attribute(&self, insn: Insn) -> bool {
        let sites = self.sites(insn);
        let fast = |s: &SiteCache| match s.what {
            CachedAccess::Slot(_) => true,
            CachedAccess::Own => !self.declines(self.pc),
            CachedAccess::Plain(_) => insn.op() == B::LoadAttr,
            CachedAccess::AddSlot(..) => insn.op() == B::StoreAttr,
            // Only functions are bound here.
            CachedAccess::Method(v) => insn.op() == B::LoadAttr && v.is::<Function>(),
        };
        !sites.is_empty() && sites.iter().all(fast)
    }
    pub(super) fn has_fast_method(&self, insn: Insn) -> bool {
        let sites = self.sites(insn);
        let fast = |s: &SiteCache| matches!(s.what, CachedAccess::Method(_) | CachedAccess::Slot(_));
        !sites.is_empty() && sites.iter().all(fast)
    }

    /// Builds a branch for each shape that an object may have: a chain of tests, the last of them a guard. `build` gets the index of
    /// the shape and the object, perhaps in another representation, and answers whether its branch goes on; so does the result.
    pub(super) fn by_shape(
        &mut self,
        object: ValueId,
        shapes: &[ShapeId],
        build: &mut dyn FnMut(&mut Self, usize, ValueId) -> bool,
    ) -> bool {
        self.by_shape_before(self.pc + 1, object, shapes, build)
    }

    /// The same, with what follows at another instruction than the next.
    fn by_shape_before(
        &mut self,
        after: u32,
        object: ValueId,
        shapes: &[ShapeId],
        build: &mut dyn FnMut(&mut Self, usize, ValueId) -> bool,
    ) -> bool {
        let possible = self.state.shapes.one_of(object).to_vec();
        let mut ways: Vec<usize> = (0..shapes.len()).collect();
        if possible.iter().any(|&p| shapes.contains(&ShapeId(p))) {
            ways.retain(|&way| possible.contains(&shapes[way].0));
        }
        let Some((&last, others)) = ways.split_last() else { return false };
        let number = [shape_id::INT, shape_id::FLOAT].contains(&shapes[last]);
        let all = !number && !possible.is_empty() && possible.iter().all(|&p| shapes.contains(&ShapeId(p)));
        let (pc, mut done) = (self.pc, Vec::new());
        for &way in others {
            let shape = shapes[way];
            self.rely_on_kept(shape);
            let has = self.emit(Op::HasShape, Ty::Bool, &[object], shape.0 as i64);
            let (yes, no) = self.split(has);
            let before = self.state.clone();
            self.block = yes;
            self.state.shapes.insert(object, shape.0);
            if build(self, way, object) {
                done.push((self.block, self.state.clone()));
            }
            (self.block, self.state, self.pc, self.current) = (no, before, pc, None);
        }
        let object = if all {
            self.state.shapes.insert(object, shapes[last].0);
            object
        } else {
            self.guard_operand(object, shapes[last])
        };
        let goes_on = build(self, last, object);
        if others.is_empty() {
            return goes_on;
        }
        if goes_on {
            done.push((self.block, self.state.clone()));
        }
        if done.is_empty() {
            return false;
        }
        self.merge(after, done);
        self.pc = pc;
        self.current = None;
        true
    }

    /// Builds an access for each shape that a site has met, relying on their classes, or one for all if they are alike.
    fn dispatch(
        &mut self,
        object: ValueId,
        sites: &[SiteCache],
        access: &mut dyn FnMut(&mut Self, &SiteCache),
    ) {
        let shapes: Vec<ShapeId> = sites.iter().map(|s| s.shape).collect();
        let full = |s: &SiteCache| match s.what {
            CachedAccess::Slot(offset) => self.is_full_slot(s.shape, offset),
            _ => true,
        };
        let alike = sites.iter().all(|s| s.what == sites[0].what && full(s) == full(&sites[0]));
        let possible = self.state.shapes.one_of(object);
        if alike && !possible.is_empty() && possible.iter().all(|&p| shapes.contains(&ShapeId(p))) {
            sites.iter().for_each(|s| self.rely_on_class(s.class));
            return access(self, &sites[0]);
        }
        // One access for all still belongs to this instruction.
        let after = if alike { self.pc } else { self.pc + 1 };
        self.by_shape_before(after, object, &shapes, &mut |b, way, _| {
            b.rely_on_class(sites[way].class);
            if !alike {
                access(b, &sites[way]);
            }
            true
        });
        if alike {
            access(self, &sites[0]);
        }
    }

    /// Relies on a class as it is now.
    pub(super) fn rely_on_class(&mut self, class: Gc<Type>) {
        let entry = (class.as_ptr() as usize, class.version.get());
        if !self.unit.classes.contains(&entry) {
            self.unit.classes.push(entry);
            self.roots.push(class.value());
        }
    }

    /// If no instance has left the shape, none will: the unit relies on that from here on.
    pub(super) fn rely_on_kept(&mut self, shape: ShapeId) {
        let Some(of) = self.source.vm.find_shape(shape).filter(|s| s.is_kept()) else { return };
        if !self.unit.keeps(shape.0) {
            self.unit.shapes.push((shape, of.as_ptr() as usize));
            self.roots.push(of.value());
        }
    }

    /// What reading the attribute of an object known now gives, if that is as good as known: of a class, or of a module.
    fn attribute_of_known(&mut self, insn: Insn, object: ValueId) -> Option<ValueId> {
        let vm = self.source.vm;
        let Word::Name(name) = &self.f.code.as_ref().unit().words[insn.c() as usize] else { return None };
        let name = vm.intern(name);
        let known = self.known(object)?;
        if let Some(class) = known.downcast::<Type>() {
            if let Some((dict, entry)) = self.class_variable(class, name, true) {
                return Some(self.entry_inst(Op::LoadEntry, Ty::Any, &[], dict, entry));
            }
            let v =
                class_constant(vm, class, name).filter(|_| (self.source.stable)(class.as_ptr() as usize))?;
            self.rely_on_class(class);
            self.roots.push(v);
            return Some(self.constant(v));
        }
        let (dict, entry) = module_entry(vm, known.downcast()?, name)?;
        let value = dict.as_ref().value_at(entry)?;
        self.roots.push(dict.value());
        let (at, version) = (dict.as_ptr() as i64, dict.as_ref().assign_version(vm));
        let guard = self.guard(Op::GuardKeys, Ty::None, &[], at);
        self.unit.insts[guard.0 as usize].imm2 = version as i64;
        let v = self.entry_inst(Op::LoadEntry, Ty::Any, &[], dict, entry);
        if !is_constant_like(value) {
            return Some(v);
        }
        self.guard(Op::GuardIs, Ty::None, &[v], value.bits() as i64);
        Some(self.tagged_constant(value))
    }

    /// The dict and entry of a variable of a class, on which the unit then relies.
    fn class_variable(
        &mut self,
        class: Gc<Type>,
        name: Gc<Str>,
        inherited: bool,
    ) -> Option<(Gc<Dict>, usize)> {
        let found = variable_entry(self.source.vm, class, name, inherited)
            .filter(|_| (self.source.stable)(class.as_ptr() as usize))?;
        self.rely_on_class(class);
        self.roots.push(found.0.value());
        Some(found)
    }

    /// An instruction on an entry of a dict.
    fn entry_inst(&mut self, op: Op, ty: Ty, args: &[ValueId], dict: Gc<Dict>, entry: usize) -> ValueId {
        let v = self.emit(op, ty, args, dict.as_ptr() as i64);
        self.unit.insts[v.0 as usize].imm2 = entry as i64;
        v
    }

    /// Stores a number into a variable of a known class: it has no say in what reading the attribute gives, and what the variable held had none.
    fn store_class_variable(&mut self, insn: Insn) -> Option<()> {
        let vm = self.source.vm;
        let Word::Name(name) = &self.f.code.as_ref().unit().words[insn.c() as usize] else { return None };
        let object = self.read(insn.a() as usize);
        let class = self.known(object)?.downcast::<Type>()?;
        let value = self.read(insn.b() as usize);
        if self.unit.ty(value) == Ty::Any {
            return None;
        }
        let (dict, entry) = self.class_variable(class, vm.intern(name), false)?;
        let value = self.boxed(value);
        self.entry_inst(Op::StoreEntry, Ty::None, &[value], dict, entry);
        self.current = None;
        Some(())
    }

    /// A native class method of a class known now, for a call.
    fn native_class_method(&mut self, insn: Insn, object: ValueId) -> Option<ValueId> {
        let vm = self.source.vm;
        let Word::Name(name) = &self.f.code.as_ref().unit().words[insn.c() as usize] else { return None };
        let class = self.known(object)?.downcast::<Type>()?;
        if !(self.source.stable)(class.as_ptr() as usize) {
            return None;
        }
        let bound = bound_class_method(vm, class, vm.intern(name))?;
        self.rely_on_class(class);
        self.roots.push(bound);
        Some(self.tagged_constant(bound))
    }

    /// The class whose attribute an instruction reads, as a constant where it is not one by itself but the site has met one: what else
    /// comes leaves.
    fn class_at_site(&mut self, insn: Insn, object: ValueId) -> ValueId {
        if self.known(object).is_some() || !self.source.speculate || self.declines(self.pc) {
            return object;
        }
        // SAFETY: `c` of an attribute instruction names the site's four words.
        let class = unsafe {
            let words = self.f.code.as_ref().words().add(insn.c() as usize);
            class_of_site(self.source.vm, words)
        };
        let Some(class) = class.filter(|class| (self.source.stable)(class.as_ptr() as usize)) else {
            return object;
        };
        let object = self.boxed(object);
        self.roots.push(class.value());
        let class = self.tagged_constant(class.value());
        let same = self.emit(Op::SameBits, Ty::Bool, &[object, class], 0);
        self.leave_unless(same, Reason::Declined);
        class
    }

    /// The Python function behind a class method of a class known now, for a call. Class methods change in place, so it takes a guard.
    fn python_class_method(&mut self, insn: Insn, object: ValueId) -> Option<ValueId> {
        let vm = self.source.vm;
        let Word::Name(name) = &self.f.code.as_ref().unit().words[insn.c() as usize] else { return None };
        let class = self.known(object)?.downcast::<Type>()?;
        if !(self.source.stable)(class.as_ptr() as usize) || self.declines(self.pc) {
            return None;
        }
        let (method, function) = python_class_method(vm, class, vm.intern(name))?;
        self.rely_on_class(class);
        self.roots.extend([method, function]);
        let method = self.tagged_constant(method);
        let now = self.emit(Op::LoadSlot, Ty::Any, &[method], offset::CLASSMETHOD_FUNCTION as i64);
        self.guard(Op::GuardIs, Ty::None, &[now], function.bits() as i64);
        Some(self.tagged_constant(function))
    }

    pub(super) fn load_attr(&mut self, insn: Insn) -> bool {
        let object = self.read(insn.b() as usize);
        if let Some(v) = self.attribute_of_known(insn, object) {
            return self.put(insn.a() as usize, v);
        }
        if !self.has_fast_attribute(insn) {
            return self.step(insn);
        }
        let object = self.read(insn.b() as usize);
        let object = self.boxed(object);
        self.dispatch(object, &self.sites_for(insn, object), &mut |b, site| {
            let v = match site.what {
                CachedAccess::Slot(offset) => b.load_slot(object, offset, site),
                CachedAccess::Plain(value) => b.constant(value),
                CachedAccess::Method(function) => {
                    let function = b.tagged_constant(function);
                    let method = b.emit(Op::Make, Ty::Any, &[function, object], Helper::MakeMethod as i64);
                    b.state.shapes.insert(method, shape_id::METHOD.0);
                    method
                }
                CachedAccess::Own => {
                    let name = b.site_name(insn);
                    b.ask(Helper::QuietFunctionAttr, Ty::Any, &[object, name])
                }
                _ => unreachable!("checked by `has_fast_attribute`"),
            };
            b.set(insn.a() as usize, v);
        });
        true
    }

    /// Whether what a shape has at this byte cannot be empty. No instance may be left of one that a site remembers.
    fn is_full_slot(&self, shape: ShapeId, offset: u64) -> bool {
        self.source.vm.find_shape(shape).is_some_and(|s| s.is_full(offset as usize))
    }

    /// The slot of an attribute. Only those of `__slots__` can be empty.
    fn load_slot(&mut self, object: ValueId, offset: u64, site: &SiteCache) -> ValueId {
        let v = self.emit(Op::LoadSlot, Ty::Any, &[object], offset as i64);
        if !self.is_full_slot(site.shape, offset) {
            self.guard(Op::GuardFull, Ty::None, &[v], 0);
        }
        v
    }

    /// The name of an attribute site.
    fn site_name(&mut self, insn: Insn) -> ValueId {
        self.tagged_constant(self.word(insn.c()))
    }

    pub(super) fn store_attr(&mut self, insn: Insn) -> bool {
        if self.store_class_variable(insn).is_some() {
            return true;
        }
        if !self.has_fast_attribute(insn) {
            return self.step(insn);
        }
        let object = self.read(insn.a() as usize);
        let object = self.boxed(object);
        let value = self.read(insn.b() as usize);
        let value = self.boxed(value);
        self.dispatch(object, &self.sites_for(insn, object), &mut |b, site| match site.what {
            CachedAccess::Slot(offset) => {
                b.emit(Op::StoreSlot, Ty::None, &[object, value], offset as i64);
                b.current = None;
            }
            CachedAccess::AddSlot(offset, shape) => {
                b.emit(Op::StoreSlot, Ty::None, &[object, value], offset as i64);
                b.emit(Op::SetShape, Ty::None, &[object], shape.0 as i64);
                // Another name for the same object would have the old shape on record.
                b.state.shapes.forget(&b.unit);
                b.rely_on_kept(shape);
                b.state.shapes.insert(object, shape.0);
                b.current = None;
            }
            CachedAccess::Own => {
                let name = b.site_name(insn);
                b.tell(Helper::QuietSetFunctionAttr, Ty::None, &[object, name, value]);
            }
            _ => unreachable!("checked by `has_fast_attribute`"),
        });
        true
    }

    pub(super) fn load_method(&mut self, insn: Insn) -> bool {
        let at = insn.a() as usize + FRAME_HEADER as usize;
        let object = self.read(insn.b() as usize);
        let object = self.class_at_site(insn, object);
        let known = self.attribute_of_known(insn, object).or_else(|| self.native_class_method(insn, object));
        if let Some(v) = known {
            self.clobber(insn.a() as usize);
            let empty = self.emit(Op::ConstValue, Ty::Any, &[], 0);
            self.set(at - 1, empty);
            return self.put(at, v);
        }
        if let Some(function) = self.python_class_method(insn, object) {
            let class = self.boxed(object);
            self.clobber(insn.a() as usize);
            self.set(at - 1, function);
            self.set(at, class);
            return true;
        }
        if !self.has_fast_method(insn) {
            return self.step(insn);
        }
        let sites = self.sites_for(insn, object);
        self.method_of_sites(insn, object, &sites)
    }

    /// What a site of `super` has met: its class, and a method for each shape. `None` when that is not known, too much, or changes.
    fn super_sites(&self, insn: Insn) -> Option<(Gc<Type>, Vec<SiteCache>)> {
        let known = match self.state.slot(self.at(insn.b() as usize + 2)).val {
            Val::V(object) => self.state.shapes.get(&object).copied(),
            _ => None,
        };
        // SAFETY: `c` names the site's four words.
        let (cls, sites) = unsafe {
            let words = self.f.code.as_ref().words().add(insn.c() as usize);
            super_sites(self.source.vm, words, known.map(ShapeId))?
        };
        let stable = sites.iter().all(|s| (self.source.stable)(s.class.as_ptr() as usize));
        (stable && (1..=MAX_SHAPES).contains(&sites.len())).then_some((cls, sites))
    }

    pub(super) fn load_super_method(&mut self, insn: Insn) -> bool {
        let b = insn.b() as usize;
        let builtin = self.read(b);
        let is_super = self.known(builtin) == Some(self.source.vm.types.super_.value());
        let Some((cls, sites)) = self.super_sites(insn).filter(|_| is_super) else { return self.step(insn) };
        let own = self.boxed_register(b + 1);
        if self.known(own) != Some(cls.value()) {
            self.guard(Op::GuardIs, Ty::None, &[own], cls.value().bits() as i64);
            self.roots.push(cls.value());
        }
        for site in &sites {
            if let CachedAccess::Method(v) = site.what {
                self.roots.push(v);
            }
        }
        let object = self.read(b + 2);
        self.method_of_sites(insn, object, &sites)
    }

    /// Loads a method for a call: what the sites say for each shape.
    fn method_of_sites(&mut self, insn: Insn, object: ValueId, sites: &[SiteCache]) -> bool {
        let at = insn.a() as usize + FRAME_HEADER as usize;
        let mut methods: Vec<Candidate> = Vec::new();
        let object = self.boxed(object);
        for site in sites {
            let CachedAccess::Method(function) = site.what else { continue };
            match methods.iter_mut().find(|c| c.function == function) {
                Some(candidate) => candidate.shapes.push(site.shape.0),
                None => methods.push(Candidate { function, object, shapes: vec![site.shape.0] }),
            }
        }
        let all = methods.iter().map(|c| c.shapes.len()).sum::<usize>() == sites.len();
        let same = (all && methods.len() == 1).then(|| self.tagged_constant(methods[0].function));
        self.dispatch(object, sites, &mut |b, site| {
            let (function, first) = match site.what {
                CachedAccess::Method(f) => (same.unwrap_or_else(|| b.tagged_constant(f)), object),
                CachedAccess::Slot(offset) => {
                    let v = b.load_slot(object, offset, site);
                    (b.emit(Op::ConstValue, Ty::Any, &[], 0), v)
                }
                _ => unreachable!("checked by `has_fast_method`"),
            };
            b.clobber(insn.a() as usize);
            b.set(at - 1, function);
            b.set(at, first);
        });
        if let Val::V(v) = self.state.slot(self.at(at - 1)).val
            && self.known(v).is_none()
            && all
        {
            self.candidates.insert(v, methods);
        }
        true
    }

    // ---- items

    pub(super) fn get_item(&mut self, insn: Insn) -> bool {
        let (op, shape) = match insn.feedback() {
            0 => return self.unreached(),
            Feedback::LIST => (Op::ListGet, shape_id::LIST),
            Feedback::TUPLE => (Op::TupleGet, shape_id::TUPLE),
            Feedback::STR if self.asks(self.pc) => (Op::StrGet, shape_id::STR),
            Feedback::BYTES => return self.get_byte(insn, shape_id::BYTES.0),
            Feedback::BYTEARRAY => return self.get_byte(insn, shape_id::BYTEARRAY.0),
            _ => return self.general_get_item(insn),
        };
        let object = self.read(insn.b() as usize);
        let object = self.boxed(object);
        let index = self.right(insn, insn.op() == B::GetItemK);
        self.guard_shape(object, shape.0);
        let index = self.int_value(index);
        let v = self.guard(op, Ty::Any, &[object, index], 0);
        if op == Op::StrGet {
            self.unit.insts[v.0 as usize].imm2 = self.published_offset();
        }
        self.put(insn.a() as usize, v)
    }

    pub(super) fn set_item(&mut self, insn: Insn) -> bool {
        match insn.feedback() {
            0 => return self.unreached(),
            Feedback::LIST => {}
            Feedback::BYTEARRAY => return self.set_byte(insn),
            _ => return self.general_set_item(insn),
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

    /// A subscript that the runtime does.
    fn general_get_item(&mut self, insn: Insn) -> bool {
        let object = self.read(insn.b() as usize);
        let key = self.right(insn, insn.op() == B::GetItemK);
        let (object, key) = (self.boxed(object), self.boxed(key));
        if let Some(parts) = self.slice_parts(key) {
            return match insn.feedback() == Feedback::LIST_SLICE && self.are_int_parts(parts) {
                true => self.list_slice(insn, object, parts),
                false => self.get_slice(insn, object, parts),
            };
        }
        if self.asks(self.pc) {
            let v = self.ask(Helper::QuietItem, Ty::Any, &[object, key]);
            return self.put(insn.a() as usize, v);
        }
        if let Some(goes_on) = self.instance_method(insn, Special::GetItem, object, Some(key)) {
            return goes_on;
        }
        self.helper_result(insn, Helper::GetItem, Ty::Any, &[object, key])
    }

    fn general_set_item(&mut self, insn: Insn) -> bool {
        let [object, key, value] = [insn.a(), insn.b(), insn.c()].map(|r| {
            let v = self.read(r as usize);
            self.boxed(v)
        });
        if self.asks(self.pc) {
            self.tell(Helper::QuietStore, Ty::None, &[object, key, value]);
            return true;
        }
        match self.slice_parts(key) {
            Some(parts)
                if insn.feedback() == Feedback::LIST_SLICE && self.set_list_slice(object, parts, value) =>
            {
                return true;
            }
            Some([start, stop, step]) => {
                self.helper(Helper::SetSlice, Ty::Any, &[object, start, stop, step, value]);
            }
            None => drop(self.helper(Helper::SetItem, Ty::Any, &[object, key, value])),
        }
        self.guard_frame(self.pc + 1);
        true
    }

    // ---- cells and displays

    pub(super) fn make_cell(&mut self, insn: Insn) -> bool {
        let a = insn.a() as usize;
        let content = self.read(a);
        let content = self.boxed(content);
        let cell = self.emit(Op::Make, Ty::Any, &[content], Helper::MakeCell as i64);
        self.put(a, cell)
    }

    pub(super) fn copy_free(&mut self, insn: Insn) -> bool {
        let function = self.function_value();
        let closure = self.emit(Op::LoadSlot, Ty::Any, &[function], offset::FUNCTION_CLOSURE as i64);
        for i in 0..insn.c() as usize {
            let at = offset::TUPLE_FIRST_ITEM + 8 * i;
            let cell = self.emit(Op::LoadSlot, Ty::Any, &[closure], at as i64);
            self.set(insn.a() as usize + i, cell);
        }
        true
    }

    pub(super) fn make_function(&mut self, insn: Insn) -> bool {
        let outer = self.function_value();
        let code = self.tagged_constant(self.word(insn.c()));
        let function = self.emit(Op::Make, Ty::Any, &[outer, code], Helper::MakeFunction as i64);
        self.put(insn.a() as usize, function)
    }

    pub(super) fn set_function_attr(&mut self, insn: Insn) -> bool {
        let [function, value] = [insn.a(), insn.b()].map(|r| {
            let v = self.read(r as usize);
            self.boxed(v)
        });
        let which = self.emit(Op::ConstInt, Ty::Int, &[], i64::from(insn.c()));
        let which = self.boxed(which);
        self.emit(Op::Change, Ty::None, &[function, value, which], Helper::SetFunctionAttr as i64);
        self.current = None;
        true
    }

    /// The function that runs.
    fn function_value(&mut self) -> ValueId {
        if let Some((function, _)) = self.f.header {
            return function;
        }
        self.emit(Op::FunctionOf, Ty::Any, &[], 0)
    }

    pub(super) fn load_cell(&mut self, insn: Insn) -> bool {
        let cell = self.read(insn.b() as usize);
        let v = self.emit(Op::LoadSlot, Ty::Any, &[cell], offset::CELL_CONTENTS as i64);
        self.guard(Op::GuardFull, Ty::None, &[v], 0);
        self.put(insn.a() as usize, v)
    }

    pub(super) fn store_cell(&mut self, insn: Insn) -> bool {
        let cell = self.read(insn.a() as usize);
        let v = self.read(insn.b() as usize);
        let v = self.boxed(v);
        self.emit(Op::StoreSlot, Ty::None, &[cell, v], offset::CELL_CONTENTS as i64);
        self.current = None;
        true
    }

    /// Registers as tagged words.
    pub(super) fn boxed_range(&mut self, from: usize, n: usize) -> Vec<ValueId> {
        (from..from + n)
            .map(|r| {
                let v = self.read(r);
                self.boxed(v)
            })
            .collect()
    }

    pub(super) fn build_sequence(&mut self, insn: Insn) -> bool {
        if let Some(n) = self.items_of_comprehension(insn) {
            let list = self.emit(Op::Make, Ty::Any, &[n], Helper::MakeListFor as i64);
            self.state.shapes.insert(list, shape_id::LIST.0);
            return self.put(insn.a() as usize, list);
        }
        let items = self.boxed_range(insn.b() as usize, insn.c() as usize);
        let (helper, shape) = if insn.op() == B::BuildTuple {
            (Helper::MakeTuple, shape_id::TUPLE)
        } else {
            (Helper::MakeList, shape_id::LIST)
        };
        let v = self.emit(Op::Make, Ty::Any, &items, helper as i64);
        self.state.shapes.insert(v, shape.0);
        self.put(insn.a() as usize, v)
    }

    pub(super) fn build_slice(&mut self, insn: Insn) -> bool {
        let mut parts = self.boxed_range(insn.b() as usize, insn.c() as usize);
        if parts.len() == 2 {
            parts.push(self.tagged_constant(Value::none()));
        }
        let v = self.emit(Op::Make, Ty::Any, &parts, Helper::MakeSlice as i64);
        self.put(insn.a() as usize, v)
    }

    pub(super) fn list_append(&mut self, insn: Insn) -> bool {
        let list = self.read(insn.a() as usize);
        let v = self.read(insn.b() as usize);
        let v = self.boxed(v);
        self.guard_shape(list, shape_id::LIST.0);
        self.push_to_list(list, v);
        true
    }

    pub(super) fn push_to_list(&mut self, list: ValueId, v: ValueId) {
        self.emit(Op::Change, Ty::None, &[list, v], Helper::ListPush as i64);
        self.current = None;
    }

    pub(super) fn unpack(&mut self, insn: Insn) -> bool {
        if let Val::V(v) = self.state.slot(self.at(insn.b() as usize)).val
            && let made = self.unit.inst(v)
            && made.op == Op::Make
            && made.imm == Helper::MakeTuple as i64
            && made.args.len() == insn.c() as usize
        {
            // A tuple that is taken apart where it was made, or what a generator yields to its loop.
            let items = made.args.clone();
            items.into_iter().enumerate().for_each(|(i, v)| self.set(insn.a() as usize + i, v));
            return true;
        }
        let (op, shape) = match insn.feedback() {
            Feedback::LIST => (Op::ListGet, shape_id::LIST),
            Feedback::TUPLE => (Op::TupleGet, shape_id::TUPLE),
            _ => return self.step(insn),
        };
        let object = self.read(insn.b() as usize);
        let object = self.boxed(object);
        if let Some(items) = self.slice_items.get(&object).filter(|i| i.len() == insn.c() as usize).cloned() {
            items.into_iter().enumerate().for_each(|(i, v)| self.set(insn.a() as usize + i, v));
            return true;
        }
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

    pub(super) fn get_iter(&mut self, insn: Insn) -> bool {
        let v = self.read(insn.b() as usize);
        let v = self.boxed(v);
        let iterator = if self.pairs.contains_key(&v) {
            v
        } else if let Some(walk) = self.walk_of(insn, v) {
            self.make_iterator(v, walk)
        } else if self.asks(self.pc) {
            self.ask(Helper::QuietIter, Ty::Any, &[v])
        } else {
            return self.helper_result(insn, Helper::GetIter, Ty::Any, &[v]);
        };
        self.put(insn.a() as usize, iterator)
    }

    /// `yield from` and `await`: sends into the delegate, and leaves with its result when it has ended.
    pub(super) fn send(&mut self, insn: Insn) -> bool {
        let (iterator, value) = (self.read(insn.a() as usize), self.read(insn.b() as usize));
        let (iterator, value) = (self.boxed(iterator), self.boxed(value));
        let (place, after) = (self.at(insn.b() as usize), (self.pc as i64 + i64::from(insn.c_jump())) as u32);
        self.send_visible_home();
        let sent = self.guard(Op::Send, Ty::Any, &[iterator, value], place as i64);
        self.forget_memory();
        let ended = self.emit(Op::IsEmpty, Ty::Bool, &[sent], 0);
        let (no, yes) = self.split(ended);
        let state = self.state.clone();
        self.block = yes;
        self.set(insn.b() as usize, sent);
        self.guard_frame(self.pc + 1);
        self.leave_to(self.pc + 1);
        self.block = no;
        self.state = state;
        self.state.set_slot(place, Slot { val: Val::Mem, home: true });
        self.guard_frame(after);
        self.leave_to(after);
        false
    }

    pub(super) fn for_iter(&mut self, insn: Insn) -> bool {
        let seen = insn.feedback();
        if seen == 0 {
            return self.unreached();
        }
        self.guard(Op::Poll, Ty::None, &[], 0);
        let a = insn.a() as usize;
        let iterator = self.read(insn.b() as usize);
        let (body, after) = ((self.pc as i64 + i64::from(insn.c_jump())) as u32, self.pc + 1);
        match Walk::seen(seen) {
            Some(walk) => self.for_walk(insn, iterator, walk, body),
            None if self.for_known_parts(iterator, body, after) => {}
            None if seen == Feedback::CONTAINER_ITER && self.asks(self.pc) => {
                self.for_container(insn, iterator, body)
            }
            None if self.parts_of_loop(self.pc).is_some() => self.for_parts(iterator, body, after),
            None => {
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
