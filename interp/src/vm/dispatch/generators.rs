//! Generators and coroutines: creation, suspension, resumption, delegation.

use super::tier::{leave_code, resume_code, resume_interpreted, resumed};
use super::{F, handler, next, to_the_end};
use crate::object::function::Function;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::header::{Gc, Kind};
use crate::object::native::NativeHeader;
use crate::object::shape::{ShapeId, shape_id};
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::frame::{BOUNDARY, LINK_GENERATOR, LINK_TAGS, RunningFrame, Window};
use crate::vm::special::Special;
use crate::vm::tier_up::RETURN;
use crate::vm::tracing::INSTRUMENTED;
use adder_bytecode::ops::NO_DELEGATE;
use adder_bytecode::{CodeFlags, FRAME_HEADER, Insn, Op};

handler! {
    MakeGenerator(f) {
        f.publish();
        let generator = make_generator(f);
        super::calls::leave_with(f, generator)
    }
    Yield(f) { suspend(f) }
    GetYieldFromIter(f) {
        f.publish();
        f.finish(yield_from_iter(f))
    }
    GetAwaitable(f) {
        f.publish();
        f.finish(f.vm.get_awaitable(f.reg(f.b()), f.c()))
    }
    Send(f) {
        if f.reg(f.a()).kind() == Some(Kind::Generator) {
            return f.slow(send_in_place);
        }
        f.slow(send_slow)
    }
    // What the generator yields or returns arrives in `suspend` and in `leave_linked`.
    send_in_place(f) {
        // SAFETY: the kind names the layout.
        let generator: Gc<Generator> = unsafe { Gc::from_ptr(f.reg(f.a()).bits() as *const Generator) };
        let value = f.reg(f.b());
        if generator.header().shape() != shape_id::ASYNC_GENERATOR
            && (value.is_none() || generator.state.get() == GeneratorState::Suspended)
            && !f.vm.breaker_set()
            && let Some(result) = resume_in_place(f, generator, value)
        {
            return result;
        }
        f.slow(send_slow)
    }
    send_slow(f) {
        match send(f) {
            Sent::Yielded => f.next(),
            Sent::Returned => f.jump(f.insn.c_jump() as isize),
            Sent::Raised => f.raise(),
        }
    }
    GetAIter(f) {
        f.publish();
        f.finish(get_aiter(f))
    }
    GetANext(f) {
        f.publish();
        f.finish(get_anext(f))
    }
    EndAsyncFor(f) {
        f.publish();
        f.done(end_async_for(f))
    }
    AsyncGenWrap(f) {
        f.publish();
        f.set(f.a(), f.vm.wrap_async_value(f.reg(f.b())));
        f.next()
    }
}

/// The shape of the object a code object's call makes.
fn generator_shape(flags: CodeFlags) -> ShapeId {
    if flags.has(CodeFlags::COROUTINE) {
        shape_id::COROUTINE
    } else if flags.has(CodeFlags::ASYNC_GENERATOR) {
        shape_id::ASYNC_GENERATOR
    } else {
        shape_id::GENERATOR
    }
}

#[inline(never)]
pub(super) fn make_generator(f: F<'_>) -> Value {
    let vm = f.vm;
    let function = f.window().function();
    let unit = function.code.get().as_ref().unit();
    let n = unit.nregs as usize;
    let shape = generator_shape(unit.flags);
    // SAFETY: execution goes on behind this instruction.
    let generator = Generator::new(&vm.heap, shape, function, unsafe { f.pc.add(1) }, n);
    save(f, generator, unit.locals.len());
    vm.generator_created(generator);
    generator.value()
}

/// For machine code: a generator of `values[0]`, a function that begins with `MakeGenerator`, whose arguments are the other values.
/// None when calls are monitored or coroutines remember where they were made.
pub(super) fn new_generator(vm: &Vm, values: &[Value]) -> Option<Value> {
    let (function, args) = values.split_first()?;
    let function = function.downcast::<Function>()?;
    if vm.monitored() || vm.coroutine_origin_depth.get() > 0 {
        return None;
    }
    let code = function.code.get();
    let unit = code.as_ref().unit();
    // SAFETY: a function's code has more than its first instruction.
    let pc = unsafe { code.as_ref().entry().add(1) };
    let generator = Generator::new(&vm.heap, generator_shape(unit.flags), function, pc, unit.nregs as usize);
    for (slot, &value) in generator.registers.as_ref().slots().iter().zip(args) {
        slot.set(Some(value));
    }
    generator.kept.set(unit.locals.len() as u32);
    vm.heap.barrier_object(generator.registers.header());
    vm.generator_created(generator);
    Some(generator.value())
}

/// For machine code: a generator of a function, whose frame is part of a unit. What it holds, and whether it runs, is for exits to say
/// ([`land_running`], [`land_suspended`]).
///
/// # Safety
/// The word is a function's that begins with `MakeGenerator`.
pub unsafe extern "C" fn inlined_generator(vm: &Vm, function: u64) -> u64 {
    // SAFETY: promised by the caller.
    let function: Gc<Function> = unsafe { Gc::from_ptr(function as *const Function) };
    let code = function.code.get();
    let unit = code.as_ref().unit();
    let pc = code.as_ref().entry();
    let generator = Generator::new(&vm.heap, shape_id::GENERATOR, function, pc, unit.nregs as usize);
    generator.state.set(GeneratorState::Running);
    generator.value().bits()
}

/// Machine code has left in the frame of an inlined generator, or in one that it has called.
pub fn land_running(vm: &Vm, generator: Gc<Generator>) {
    generator.state.set(GeneratorState::Running);
    generator.outer_handled.set(vm.handled());
    generator.handled.set(None);
    vm.heap.barrier_object(generator.header());
}

/// Machine code has left while an inlined generator was suspended in front of `pc`. Its registers are empty: the caller sets them.
///
/// # Safety
/// Behind a `Yield` of the generator's code.
pub unsafe fn land_suspended(generator: Gc<Generator>, pc: *const Insn) {
    generator.registers.as_ref().slots().iter().for_each(|s| s.set(None));
    generator.pc.set(pc);
    // SAFETY: promised by the caller.
    generator.kept.set(u32::from(unsafe { (*pc.sub(1)).c() }));
    generator.state.set(GeneratorState::Suspended);
    generator.outer_handled.set(None);
    generator.handled.set(None);
}

/// Copies the first `n` registers into the generator.
#[inline(always)]
fn save(f: F<'_>, generator: Gc<Generator>, n: usize) {
    let slots = generator.registers.as_ref().slots();
    assert!(n <= slots.len());
    // SAFETY: the window has at least as many registers, and lies on the register stack.
    unsafe { copy_words(f.base.cast(), slots.as_ptr() as *mut u64, n) };
    generator.kept.set(n as u32);
    f.vm.heap.barrier_object(generator.registers.header());
}

/// Fills a window with the registers that were saved when the generator was suspended; the others are empty.
///
/// # Safety
/// `base` is a window with room for them.
#[inline(always)]
unsafe fn restore(generator: Gc<Generator>, base: *mut Option<Value>) {
    let (saved, n) = (generator.registers.as_ref().slots(), generator.kept.get() as usize);
    assert!(n <= saved.len());
    // SAFETY: promised by the caller.
    unsafe {
        copy_words(saved.as_ptr().cast(), base.cast(), n);
        (n..saved.len()).for_each(|i| base.add(i).write_volatile(None));
    }
}

/// Copies a few words, one by one: windows are short, so neither a call of memcpy nor a vectorized loop's preparations would
/// pay, and what was written a moment ago as one word cannot be forwarded to the load of a longer one.
///
/// # Safety
/// Both hold `n` words and do not overlap.
#[inline(always)]
unsafe fn copy_words(from: *const u64, to: *mut u64, n: usize) {
    for i in 0..n {
        // SAFETY: promised by the caller.
        unsafe { to.add(i).write_volatile(from.add(i).read()) };
    }
}

/// Puts the frame of a generator away at its `Yield`. What it yields.
#[inline(always)]
fn put_away(f: F<'_>, generator: Gc<Generator>) -> Value {
    let value = keep(f, generator);
    f.vm.end_window(f.window(), f.pc);
    value
}

/// As [`put_away`], of a frame without a frame object.
#[inline(always)]
fn keep(f: F<'_>, generator: Gc<Generator>) -> Value {
    let (vm, value) = (f.vm, f.reg(f.a()));
    save(f, generator, f.c());
    // SAFETY: execution goes on behind this instruction.
    generator.pc.set(unsafe { f.pc.add(1) });
    generator.state.set(GeneratorState::Suspended);
    vm.recursion_left.set(vm.recursion_left.get() + 1);
    value
}

/// For native code: runs a resumed generator until it yields, returns or raises. Bits of the value, 0 when it raised.
///
/// # Safety
/// The window has been entered as a boundary.
#[inline(always)]
unsafe fn run_resumed(vm: &Vm, generator: Gc<Generator>, window: Window, pc: *const Insn) -> u64 {
    let words = generator.function.words.get();
    // SAFETY: promised by the caller; the pc is one of the generator's code.
    unsafe {
        let f = F { pc, base: window.0, words, vm, insn: *pc };
        let result = match resume_code::<false>(f) {
            Some((_, Some(exit))) => {
                let f = F { pc: exit.pc.get(), insn: *exit.pc.get(), ..f };
                return put_away(f, generator).bits();
            }
            Some((RETURN, _)) => {
                vm.recursion_left.set(vm.recursion_left.get() + 1);
                return vm.tier_result.get();
            }
            Some((left, None)) => leave_code(f, left),
            None => resume_interpreted(f),
        };
        to_the_end(vm, result)
    }
}

/// Yields: the frame goes back into its generator and the value to whoever resumed it. Inlined into its handler: what ends
/// in a dispatch must be a handler itself, or the native stack grows with every instruction.
#[inline(always)]
fn suspend(f: F<'_>) -> u64 {
    f.publish();
    let window = f.window();
    let link = window.link();
    if link & LINK_TAGS != LINK_GENERATOR || window.is_boundary() {
        return f.slow(suspend_slow);
    }
    // SAFETY: the tag is a generator's. The window has no frame object.
    let generator = unsafe { Gc::from_ptr((link & !LINK_TAGS) as *const Generator) };
    let value = keep(f, generator);
    go_on_behind(f, generator, value)
}

handler! {
    // `Yield` to native code, or in a window with a frame object.
    suspend_slow(f) {
        let window = f.window();
        let generator = window.generator().expect("only generators yield");
        let value = put_away(f, generator);
        if window.is_boundary() {
            return value.bits();
        }
        go_on_behind(f, generator, value)
    }
}

/// What has resumed a generator in place goes on with the value that it yields.
#[inline(always)]
fn go_on_behind(f: F<'_>, generator: Gc<Generator>, value: Value) -> u64 {
    let (vm, window) = (f.vm, f.window());
    vm.leave_inline_generator(generator, true);
    let caller = window.caller();
    // SAFETY: only `Send`, whose register gets the value, and `ForIter` resume a generator in place; the latter's gets the item and it
    // jumps to the loop's body.
    unsafe {
        if let Some(send) = resuming_send(window) {
            *caller.0.add((*send).b() as usize) = Some(value);
            return next(send.add(1), caller.0, window.caller_words(), vm);
        }
        let loop_pc = (window.return_pc() as *const Insn).sub(1);
        *caller.0.add((*loop_pc).a() as usize) = Some(value);
        next(loop_pc.offset((*loop_pc).c_jump() as isize), caller.0, window.caller_words(), vm)
    }
}

/// The `Send` that has resumed in place the generator whose window this is; `None` when that was a loop.
///
/// # Safety
/// The window is a generator's and not a boundary.
#[inline(always)]
pub(super) unsafe fn resuming_send(window: Window) -> Option<*const Insn> {
    let at = (window.return_pc() as *const Insn).wrapping_sub(1);
    // SAFETY: the return address follows an instruction.
    let op = unsafe { *at }.op_byte();
    (op == Op::Send as u8 || op == INSTRUMENTED && is_instrumented_send(window.caller(), at)).then_some(at)
}

/// Whether the instruction that monitoring has replaced since is a `Send`.
#[cold]
#[inline(never)]
fn is_instrumented_send(window: Window, at: *const Insn) -> bool {
    let code = window.code();
    code.as_ref().unit().insns[code.index_of(at)].op() == Op::Send
}

/// Resumes the generator of a `ForIter` or `Send` in a window above the instruction's own: no native recursion. `None` when it
/// must go the general way (running or finished generators, limits).
#[inline(always)]
pub fn resume_in_place(f: F<'_>, generator: Gc<Generator>, sent: Value) -> Option<u64> {
    let vm = f.vm;
    let created = match generator.state.get() {
        GeneratorState::Created => true,
        GeneratorState::Suspended => false,
        _ => return None,
    };
    if vm.monitored() {
        return None;
    }
    let function = generator.function;
    let saved = generator.registers.as_ref().slots();
    let own = f.window().function().nregs.get() as usize;
    // SAFETY: the register stack has a margin above every window; the end is checked next.
    let base = unsafe { f.base.add(own + FRAME_HEADER as usize) };
    if vm.recursion_left.get() <= 0 || base as usize + (saved.len() + 64) * 8 >= vm.stack_end as usize {
        return None;
    }
    vm.recursion_left.set(vm.recursion_left.get() - 1);
    // SAFETY: the end of the window was checked.
    unsafe { restore(generator, base) };
    let window = Window(base);
    window.set_function(function);
    // SAFETY: neither is ever the last instruction.
    window.set_return_pc(unsafe { f.pc.add(1) } as usize);
    window.set_caller(f.window());
    window.set_caller_words(f.words);
    vm.link_generator(window, generator);
    generator.state.set(GeneratorState::Running);
    generator.outer_handled.set(vm.handled());
    if let Some(own) = generator.handled.get() {
        vm.set_handled(Some(own));
    }
    vm.heap.barrier_object(generator.header());
    let pc = generator.pc.get();
    if !created {
        // SAFETY: the yield's register lies in the window.
        unsafe { *base.add((*pc.sub(1)).a() as usize) = Some(sent) };
    }
    // SAFETY: the window was set up above.
    Some(unsafe { resumed(pc, base, function.words.get(), vm) })
}

impl Vm {
    /// Puts the generator, or its frame object, into the link word of the window it runs in.
    fn link_generator(&self, window: Window, generator: Gc<Generator>) {
        window.set_link(generator.value().bits() | LINK_GENERATOR);
        if let Some(frame) = generator.frame.get().and_then(|f| f.downcast::<crate::object::frame::Frame>()) {
            frame.inner_link.set(window.link());
            frame.base.set(window.0);
            window.set_link(frame.value().bits());
        }
    }

    /// A generator resumed in place is left again, suspended or for good: the loop's handled exception comes back.
    pub(crate) fn leave_inline_generator(&self, generator: Gc<Generator>, suspended: bool) {
        let (inner, outer) = (self.handled(), generator.outer_handled.take());
        self.set_handled(outer);
        generator.handled.set(if suspended && inner != outer { inner } else { None });
        self.heap.barrier_object(generator.header());
        if !suspended {
            self.generator_finished(generator);
        }
    }
}

/// Result of resuming a generator.
pub enum Resumed {
    Yielded(Value),
    Returned(Value),
}

impl Vm {
    /// Resumes `generator` with a sent value, or with the pending exception raised at its position.
    pub fn resume(&self, generator: Gc<Generator>, sent: Option<Value>) -> PyResult<Resumed> {
        self.check_native_stack("")?;
        let function = generator.function;
        let saved = generator.registers.as_ref().slots();
        // SAFETY: the register stack has a margin for headers above what is in use.
        let base = unsafe { (self.registers_in_use() as *mut Option<Value>).add(FRAME_HEADER as usize) };
        let end = base as usize + (saved.len() + 64) * 8;
        if self.recursion_left.get() <= 0 || end >= self.stack_end as usize {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        self.recursion_left.set(self.recursion_left.get() - 1);
        let created = generator.state.replace(GeneratorState::Running) == GeneratorState::Created;
        // SAFETY: the end of the window was checked.
        unsafe { restore(generator, base) };
        let (saved_base, saved_pc) = (self.base.get(), self.pc.get());
        let window = Window(base);
        window.set_function(function);
        window.set_return_pc(saved_pc as usize | BOUNDARY);
        window.set_caller(Window(saved_base));
        window.set_caller_words(std::ptr::null_mut());
        self.link_generator(window, generator);
        let outer_handled = self.handled();
        if let Some(own) = generator.handled.get() {
            self.set_handled(Some(own));
        }
        let pc = generator.pc.get();
        if self.breaker_set() {
            self.monitor_resume(generator, RunningFrame { window, pc }, created);
        }
        let result = if let (Some(exception), None) = (self.pending(), sent) {
            // What the generator itself is handling becomes the context of what is thrown in, not what its caller is.
            if generator.handled.get().is_some() {
                self.raise_value(exception);
            }
            self.base.set(base);
            // A throw is raised by the instruction that suspended, or before the first one.
            let at = if created { pc } else { pc.wrapping_sub(1) };
            if self.monitored() {
                self.report_throw(RunningFrame { window, pc: at });
            }
            // SAFETY: the window was set up above.
            unsafe { run_from_raise(self, at, base, function.words.get()) }
        } else {
            if !created && let Some(v) = sent {
                // SAFETY: the yield's register lies in the window.
                unsafe { *base.add((*pc.sub(1)).a() as usize) = Some(v) };
            }
            // SAFETY: the window was set up above.
            Value::from_bits(unsafe { run_resumed(self, generator, window, pc) }).ok_or(Raised)
        };
        let inner = self.handled();
        self.set_handled(outer_handled);
        self.base.set(saved_base);
        self.pc.set(saved_pc);
        let suspended = generator.state.get() == GeneratorState::Suspended;
        generator.handled.set(if suspended && inner != outer_handled { inner } else { None });
        self.heap.barrier_object(generator.header());
        match result {
            Ok(v) if suspended => Ok(Resumed::Yielded(v)),
            Ok(v) => {
                self.generator_finished(generator);
                Ok(Resumed::Returned(v))
            }
            Err(Raised) => {
                self.generator_finished(generator);
                Err(self.convert_stop_iteration(generator))
            }
        }
    }

    fn generator_finished(&self, generator: Gc<Generator>) {
        generator.finish();
    }

    /// PEP 479: StopIteration must not leave a generator.
    pub(crate) fn convert_stop_iteration(&self, generator: Gc<Generator>) -> Raised {
        let Some(e) = self.pending() else { return Raised };
        let ty = self.type_of(e);
        let is_async = generator.header().shape() == shape_id::ASYNC_GENERATOR;
        let what = match generator.header().shape() {
            shape_id::GENERATOR => "generator",
            shape_id::COROUTINE => "coroutine",
            _ => "async generator",
        };
        let name = if ty.is_subtype(self.exceptions.stop_iteration) {
            "StopIteration"
        } else if is_async && ty.is_subtype(self.exceptions.stop_async_iteration) {
            "StopAsyncIteration"
        } else {
            return Raised;
        };
        self.replace_stop_iteration(e, &format!("{what} raised {name}"))
    }

    /// Makes the pending exception `cause`, which a generator may not raise, the cause of a RuntimeError.
    #[cold]
    pub(super) fn replace_stop_iteration(&self, cause: Value, message: &str) -> Raised {
        self.take_pending();
        let text = self.new_str(message);
        let error = self.new_exception(self.exceptions.runtime_error, &[text]);
        error.set_cause(&self.heap, Some(cause));
        error.set_context(&self.heap, Some(cause));
        self.reraise_value(error.value())
    }

    /// A `for` loop's step over a generator.
    pub fn generator_next(&self, generator: Gc<Generator>) -> PyResult<Option<Value>> {
        match generator.state.get() {
            GeneratorState::Finished => Ok(None),
            GeneratorState::Running => Err(self.value_error("generator already executing")),
            GeneratorState::Created | GeneratorState::Suspended => {
                match self.resume(generator, Some(Value::none()))? {
                    Resumed::Yielded(v) => Ok(Some(v)),
                    Resumed::Returned(_) => Ok(None),
                }
            }
        }
    }

    /// The iterator that a suspended generator delegates to, and where the delegation goes on when it ends.
    pub fn delegate_of(&self, generator: Gc<Generator>) -> Option<Value> {
        if generator.state.get() != GeneratorState::Suspended {
            return None;
        }
        // SAFETY: a suspended generator's pc follows its yield.
        let insn = unsafe { *generator.pc.get().sub(1) };
        if insn.b() == NO_DELEGATE {
            return None;
        }
        generator.registers.as_ref().slots()[insn.b() as usize].get()
    }

    /// The delegate has ended with `value`: moves the generator behind its `yield from`.
    pub fn finish_delegation(&self, generator: Gc<Generator>, value: Value) {
        // SAFETY: the compiler emits `Send, Yield, Jump to Send`.
        unsafe {
            let yield_insn = *generator.pc.get().sub(1);
            let jump = generator.pc.get();
            let send = jump.offset((*jump).imm() as isize);
            debug_assert_eq!((*send).op(), adder_bytecode::Op::Send);
            generator.registers.set(&self.heap, yield_insn.a() as usize, value);
            generator.pc.set(send.offset((*send).c_jump() as isize));
        }
    }
}

/// Unwinds from `at`, then runs on if a handler was found.
unsafe fn run_from_raise(vm: &Vm, at: *const Insn, base: *mut Option<Value>, words: *mut u64) -> PyResult {
    // SAFETY: promised by the caller.
    let result = unsafe { super::exceptions::unwind(at, base, words, vm) };
    Value::from_bits(to_the_end(vm, result)).ok_or(Raised)
}

#[inline(never)]
pub(super) fn yield_from_iter(f: F<'_>) -> PyResult {
    let (vm, v) = (f.vm, f.reg(f.b()));
    let flags = f.window().code().as_ref().unit().flags;
    match vm.shape_of(v) {
        shape_id::GENERATOR => Ok(v),
        shape_id::COROUTINE => {
            if flags.has(CodeFlags::COROUTINE) || flags.has(CodeFlags::ITERABLE_COROUTINE) {
                Ok(v)
            } else {
                Err(vm.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"))
            }
        }
        _ => vm.iter(v),
    }
}

enum Sent {
    Yielded,
    Returned,
    Raised,
}

#[inline(never)]
fn send(f: F<'_>) -> Sent {
    f.publish();
    let vm = f.vm;
    let (iterator, value) = (f.reg(f.a()), f.reg(f.b()));
    match vm.send(iterator, value) {
        Ok(Resumed::Yielded(v)) => {
            f.set(f.b(), v);
            Sent::Yielded
        }
        Ok(Resumed::Returned(v)) => {
            f.set(f.b(), v);
            Sent::Returned
        }
        Err(Raised) => Sent::Raised,
    }
}

impl Vm {
    /// Sends `value` into any iterator: `gen.send(value)`, or `next()` for None.
    pub fn send(&self, iterator: Value, value: Value) -> PyResult<Resumed> {
        if let Some(generator) = iterator.downcast::<Generator>()
            && generator.header().shape() != shape_id::ASYNC_GENERATOR
        {
            return self.generator_send(generator, value);
        }
        if let Some(native) = iterator.downcast::<NativeHeader>()
            && let Some(send) = native.info().send
        {
            return send(self, iterator, value);
        }
        let result = if value.is_none() {
            self.last_stop_value.set(None);
            match self.next(iterator) {
                Ok(Some(v)) => return Ok(Resumed::Yielded(v)),
                // `next` swallowed a StopIteration of a built-in iterator: those return None.
                Ok(None) if matches!(iterator.kind(), Some(Kind::SeqIter | Kind::RangeIter)) => {
                    return Ok(Resumed::Returned(Value::none()));
                }
                Ok(None) => {
                    return Ok(Resumed::Returned(self.last_stop_value.take().unwrap_or(Value::none())));
                }
                Err(Raised) => Err(Raised),
            }
        } else {
            self.call_method(iterator, "send", &[value])
        };
        match result {
            Ok(v) => Ok(Resumed::Yielded(v)),
            Err(Raised) => {
                let stop = self.catch(self.exceptions.stop_iteration)?;
                Ok(Resumed::Returned(self.stop_iteration_value(stop)))
            }
        }
    }

    /// `StopIteration.value`.
    pub fn stop_iteration_value(&self, stop: Value) -> Value {
        stop.downcast::<crate::object::exception::Exception>()
            .and_then(|e| e.member(0).or_else(|| e.args.get().first().copied()))
            .unwrap_or(Value::none())
    }

    #[cold]
    pub fn already_executing(&self, generator: Gc<Generator>) -> Raised {
        let what = match generator.header().shape() {
            shape_id::GENERATOR => "generator",
            shape_id::COROUTINE => "coroutine",
            _ => "async generator",
        };
        self.value_error(format!("{what} already executing"))
    }

    /// The iterator that `await v` runs. `context`: 0 `await`, 1 `__aenter__`, 2 `__aexit__`.
    pub fn get_awaitable(&self, v: Value, context: usize) -> PyResult {
        match v.downcast::<Generator>() {
            Some(g) if g.header().shape() == shape_id::COROUTINE => {
                if self.delegate_is_awaited(g) {
                    return Err(self.runtime_error("coroutine is being awaited already"));
                }
                return Ok(v);
            }
            Some(g) if g.header().shape() == shape_id::GENERATOR => {
                let flags = g.function.code.get().as_ref().unit().flags;
                if flags.has(CodeFlags::ITERABLE_COROUTINE) {
                    return Ok(v);
                }
            }
            _ => {}
        }
        let ty = self.type_of(v);
        let Some(raw) = self.special(ty, Special::Await) else {
            return Err(self.type_error(match context {
                1 => format!(
                    "'async with' received an object from __aenter__ that does not implement __await__: {}",
                    ty.name()
                ),
                2 => format!(
                    "'async with' received an object from __aexit__ that does not implement __await__: {}",
                    ty.name()
                ),
                _ => format!("'{}' object can't be awaited", ty.name()),
            }));
        };
        let iterator = self.call_method_raw(raw, v, &[])?;
        let it = self.type_of(iterator);
        if self.shape_of(iterator) == shape_id::COROUTINE {
            return Err(
                self.type_error(format!("{}.__await__() must return an iterator, not coroutine", ty.name()))
            );
        }
        if self.special(it, Special::Next).is_none() {
            return Err(self.type_error(format!(
                "{}.__await__() must return an iterator, not {}",
                ty.name(),
                it.name()
            )));
        }
        Ok(iterator)
    }

    fn delegate_is_awaited(&self, coroutine: Gc<Generator>) -> bool {
        self.delegate_of(coroutine).is_some()
    }
}

#[inline(never)]
pub(super) fn get_aiter(f: F<'_>) -> PyResult {
    let (vm, v) = (f.vm, f.reg(f.b()));
    let ty = vm.type_of(v);
    let Some(raw) = vm.special(ty, Special::AIter) else {
        return Err(
            vm.type_error(format!("'async for' requires an object with __aiter__ method, got {}", ty.name()))
        );
    };
    let iterator = vm.call_method_raw(raw, v, &[])?;
    if vm.special_of(iterator, Special::ANext).is_none() {
        return Err(vm.type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            vm.type_of(iterator).name()
        )));
    }
    Ok(iterator)
}

#[inline(never)]
pub(super) fn get_anext(f: F<'_>) -> PyResult {
    let (vm, v) = (f.vm, f.reg(f.b()));
    if vm.shape_of(v) == shape_id::ASYNC_GENERATOR
        && let Some(generator) = v.downcast::<Generator>()
    {
        return generator.next_awaitable(vm);
    }
    let ty = vm.type_of(v);
    let Some(raw) = vm.special(ty, Special::ANext) else {
        return Err(vm.type_error(format!(
            "'async for' requires an iterator with __anext__ method, got {}",
            ty.name()
        )));
    };
    let awaitable = vm.call_method_raw(raw, v, &[])?;
    match vm.get_awaitable(awaitable, 0) {
        Ok(iterator) => Ok(iterator),
        Err(Raised) => {
            let cause = vm.catch(vm.exceptions.type_error)?;
            let text = vm.new_str(&format!(
                "'async for' received an invalid object from __anext__: {}",
                vm.type_of(awaitable).name()
            ));
            let e = vm.new_exception(vm.exceptions.type_error, &[text]);
            e.set_cause(&vm.heap, Some(cause));
            e.set_context(&vm.heap, Some(cause));
            Err(vm.reraise_value(e.value()))
        }
    }
}

const _: unsafe fn(*const Insn, *mut Option<Value>, *mut u64, &Vm) -> u64 = next;

/// Raises the exception again that has ended an `async for`, unless it is the ordinary one.
#[inline(never)]
pub(super) fn end_async_for(f: F<'_>) -> PyResult<()> {
    let e = f.reg(f.a());
    if f.vm.type_of(e).is_subtype(f.vm.exceptions.stop_async_iteration) {
        return Ok(());
    }
    Err(f.vm.reraise_value(e))
}
