//! Calls and returns.
//!
//! A call from bytecode to a Python function pushes a window and jumps to its first instruction; nothing recurses and no argument
//! moves. Calls of bound methods and classes shift the arguments by one register to make room for the receiver.

use super::generators::resuming_send;
use super::tier::{count, function_is_hot};
use super::{F, callees, handler, next};
use crate::native::{Args, FnKind};
use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::function::{BoundMethod, Function, NativeFunction};
use crate::object::generator::GeneratorState;
use crate::object::header::{Gc, Kind};
use crate::object::shape::shape_id;
use crate::object::tuple::Tuple;
use crate::object::typeobj::{Type, type_flag};
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::frame::{BOUNDARY, LINK_GENERATOR, LINK_INIT, LINK_OPERATOR, LINK_TAGS, RunningFrame, Window};
use crate::vm::special::Special;
use adder_bytecode::{FRAME_HEADER, Feedback, Op};

const H: usize = FRAME_HEADER as usize;

/// Links the entered window at `at` to this frame and goes on in the callee.
#[inline(always)]
fn go(f: F<'_>, function: Gc<Function>, window: Window, link: u64) -> u64 {
    window.set_function(function);
    // SAFETY: a call is never the last instruction.
    window.set_return_pc(unsafe { f.pc.add(1) } as usize);
    window.set_caller(f.window());
    window.set_caller_words(f.words);
    window.set_link(link);
    if count(function.words.get()) {
        function_is_hot(f.vm, function, window);
    }
    // SAFETY: the window was entered.
    unsafe { next(function.entry.get(), window.0, function.words.get(), f.vm) }
}

/// Enters a Python function whose arguments lie in the window at register `at`. `link` goes into the link word.
#[inline(always)]
fn enter(
    f: F<'_>,
    function: Gc<Function>,
    at: usize,
    nargs: usize,
    kwnames: Option<Gc<Tuple>>,
    link: u64,
) -> u64 {
    // SAFETY: the outgoing area lies in this frame's window or directly above it.
    let window = Window(unsafe { f.base.add(at) });
    let fast =
        kwnames.is_none() && nargs as u32 == function.simple_args.get() && f.vm.enter_fast(window, function);
    if !fast && enter_slow(f, window, function, nargs, kwnames).is_err() {
        return f.raise();
    }
    go(f, function, window, link)
}

/// Calls a Python function with one argument for an instruction that has no outgoing area: the window lies above this one. The
/// result arrives in the instruction's `a`.
#[inline(always)]
pub(super) fn enter_with(f: F<'_>, function: Gc<Function>, argument: Value) -> u64 {
    let at = f.window().function().nregs.get() as usize + H;
    f.set(at, argument);
    enter(f, function, at, 1, None, 0)
}

/// A call with positional arguments only: straight into a Python function that the site with this word knows, anything else out of
/// line.
#[inline(always)]
fn call_fast(
    f: F<'_>,
    at: usize,
    nargs: usize,
    site: Option<usize>,
    native: super::Handler,
    slow: super::Handler,
) -> u64 {
    let callable = f.reg(at - 1);
    let kind = callable.kind();
    if kind == Some(Kind::NativeFunction) {
        return f.slow(native);
    }
    if kind == Some(Kind::Function) {
        // SAFETY: the kind names the layout.
        let function: Gc<Function> = unsafe { Gc::from_ptr(callable.bits() as *const Function) };
        // SAFETY: the outgoing area lies in this frame's window or directly above it.
        let window = Window(unsafe { f.base.add(at) });
        let known = site.is_none_or(|site| f.word(site) == callees::function_word(function));
        if known && nargs as u32 == function.simple_args.get() && f.vm.enter_fast(window, function) {
            return go(f, function, window, 0);
        }
    }
    f.slow(slow)
}

#[inline(never)]
fn enter_slow(
    f: F<'_>,
    window: Window,
    function: Gc<Function>,
    nargs: usize,
    kwnames: Option<Gc<Tuple>>,
) -> PyResult<()> {
    f.publish();
    let total = nargs + kwnames.map_or(0, |k| k.len());
    // Polls run Python code and binding allocates: the arguments above this frame's registers must be seen.
    let saved = f.vm.top.replace(f.vm.top.get().max(window.0.wrapping_add(total)));
    let polled = if f.vm.breaker_set() { f.vm.handle_breaker() } else { Ok(()) };
    let result = polled.and_then(|()| f.vm.enter_window(window, function, nargs, kwnames));
    f.vm.top.set(saved);
    result
}

impl Vm {
    /// The part of entering a window that needs no binding: limits, and clearing locals. False when a limit is reached.
    #[inline(always)]
    fn enter_fast(&self, window: Window, function: Gc<Function>) -> bool {
        let left = self.recursion_left.get();
        let end = window.0 as usize + function.nregs.get() as usize * 8 + 64;
        if left <= 0 || end >= self.stack_end as usize || self.breaker_set() {
            return false;
        }
        for i in function.simple_args.get() as usize..function.nlocals.get() as usize {
            // Volatile, because a call of memset would cost more than the few words, and a stack frame besides.
            // SAFETY: locals lie inside the window, whose end was checked.
            unsafe { window.0.add(i).write_volatile(None) };
        }
        self.recursion_left.set(left - 1);
        true
    }
}

/// Calls whatever is in register `at - 1` with the arguments from `at` on. The word `site` gets to know the callee.
#[inline(always)]
fn call(f: F<'_>, at: usize, nargs: usize, kwnames: Option<Gc<Tuple>>, site: Option<usize>) -> u64 {
    let callable = f.reg(at - 1);
    if let Some(site) = site {
        callees::note(f, site, callable);
    }
    match callable.kind() {
        Some(Kind::Function) => {
            // SAFETY: the kind names the layout.
            let function = unsafe { Gc::from_ptr(callable.bits() as *const Function) };
            enter(f, function, at, nargs, kwnames, 0)
        }
        Some(Kind::BoundMethod) => {
            // SAFETY: the kind names the layout.
            let method = unsafe { &*(callable.bits() as *const BoundMethod) };
            if method.function.kind() == Some(Kind::Function) {
                let total = nargs + kwnames.map_or(0, |k| k.len());
                shift(f, at, total);
                f.set(at, method.receiver);
                // SAFETY: the kind names the layout.
                let function = unsafe { Gc::from_ptr(method.function.bits() as *const Function) };
                // The window still starts at `at`: the header's function word is written on entry.
                return enter(f, function, at, nargs + 1, kwnames, 0);
            }
            f.finish(call_slow(f, at, nargs, kwnames))
        }
        Some(Kind::Type) => call_class(f, callable, at, nargs, kwnames),
        _ => f.finish(call_slow(f, at, nargs, kwnames)),
    }
}

/// Moves `n` arguments at `at` up by one register. The register stack has room above every window.
#[inline(always)]
fn shift(f: F<'_>, at: usize, n: usize) {
    // SAFETY: outgoing areas lie at the top of the window and the stack has a margin above its end.
    unsafe { std::ptr::copy(f.base.add(at), f.base.add(at + 1), n) };
}

/// Native callees and everything without a path of its own.
#[inline(never)]
pub(super) fn call_slow(f: F<'_>, at: usize, nargs: usize, kwnames: Option<Gc<Tuple>>) -> PyResult {
    f.publish();
    let vm = f.vm;
    let callable = f.reg(at - 1);
    let total = nargs + kwnames.map_or(0, |k| k.len());
    if let Some(h) = callable.header()
        && h.shape() == shape_id::BUILTIN_FUNCTION
        && let Some(native) = callable.downcast::<NativeFunction>()
        && native.receiver.is_none()
        && let Some(def) = native.def()
    {
        // A function of a module: its arguments lie in this frame's registers.
        return def.call(vm, Args::new(f.regs(at, total), kwnames));
    }
    // Arguments may lie above this frame's registers after a shift.
    // SAFETY: a pointer within the register stack.
    let saved = vm.top.replace(vm.top.get().max(unsafe { f.base.add(at + total) }));
    if callable.kind() == Some(Kind::Type)
        && let Some(result) = construct_native(f, at, total, kwnames)
    {
        vm.top.set(saved);
        return result;
    }
    let result = match callable.downcast::<NativeFunction>() {
        Some(native) => match native.def() {
            Some(def) if native.passes_receiver() => {
                // The receiver takes the callable's register.
                f.set(at - 1, native.receiver.expect("checked"));
                def.call(vm, Args::new(f.regs(at - 1, total + 1), kwnames))
            }
            _ => vm.call_native(native, Args::new(f.regs(at, total), kwnames)),
        },
        None => vm.call_args(callable, Args::new(f.regs(at, total), kwnames)),
    };
    vm.top.set(saved);
    result
}

/// Makes an instance of a built-in class whose constructor is native: the class in register `at - 1` is the first argument
/// already. `None` when the call has to go through `type.__call__`.
///
/// With a native frame of its own: what it leaves on the native stack then lies below that of the next call, where
/// `gc.collect()` clears it.
#[inline(never)]
fn construct_native(f: F<'_>, at: usize, total: usize, kwnames: Option<Gc<Tuple>>) -> Option<PyResult> {
    let vm = f.vm;
    let class = f.reg(at - 1);
    let cls = class.downcast::<Type>()?;
    if cls.header().shape() != shape_id::TYPE || cls.has(type_flag::NO_CONSTRUCTOR) || cls == vm.types.type_ {
        return None;
    }
    let own = |method: Value| {
        let native = method.downcast::<NativeFunction>()?;
        if native.owner == Some(cls) { native.def() } else { None }
    };
    let new = own(vm.special(cls, Special::New)?).filter(|d| d.kind == FnKind::New)?;
    let init = vm.special(cls, Special::Init)?;
    let init = if init == vm.special(vm.types.object, Special::Init)? {
        None
    } else {
        Some(own(init).filter(|d| d.kind == FnKind::Method)?)
    };
    let args = Args::new(f.regs(at - 1, total + 1), kwnames);
    let (object, init) = match (new.call(vm, args), init) {
        (Ok(object), Some(init)) if vm.type_of(object) == cls => (object, init),
        (result, _) => return Some(result),
    };
    f.set(at - 1, object);
    let result = init.call(vm, Args::new(f.regs(at - 1, total + 1), kwnames));
    f.set(at - 1, class);
    Some(result.map(|_| object))
}

/// Runs a call instruction whose callee is no Python function to its end, for monitoring.
pub fn call_reported(f: F<'_>, op: Op) -> PyResult {
    let at = f.a() + H;
    match op {
        Op::Call => call_slow(f, at, f.b(), None),
        Op::CallKw => {
            let names = kwnames(f);
            call_slow(f, at, f.b() - names.len(), Some(names))
        }
        Op::CallEx => call_ex(f),
        _ => {
            let names = (op == Op::CallMethodKw).then(|| kwnames(f));
            let positional = f.b() - names.map_or(0, |n| n.len());
            if f.reg_opt(at - 1).is_some() {
                call_slow(f, at, positional + 1, names)
            } else {
                call_slow(f, at + 1, positional, names)
            }
        }
    }
}

/// Calls of classes: a Python class with the plain layout gets its instance here and runs `__init__` in a window.
#[inline(always)]
fn call_class(f: F<'_>, callable: Value, at: usize, nargs: usize, kwnames: Option<Gc<Tuple>>) -> u64 {
    // SAFETY: the kind names the layout.
    let cls = unsafe { Gc::from_ptr(callable.bits() as *const Type) };
    let Some(init) = plain_init(f, cls) else { return f.finish(call_slow(f, at, nargs, kwnames)) };
    f.publish();
    let total = nargs + kwnames.map_or(0, |k| k.len());
    // SAFETY: a pointer within the register stack.
    let saved = f.vm.top.replace(unsafe { f.base.add(at + total) });
    let instance = f.vm.new_instance(cls);
    f.vm.top.set(saved);
    shift(f, at, total);
    f.set(at, instance);
    enter(f, init, at, nargs + 1, kwnames, instance.bits() | LINK_INIT)
}

/// The Python `__init__` of a class whose instances are made the plain way.
#[inline(always)]
fn plain_init(f: F<'_>, cls: Gc<Type>) -> Option<Gc<Function>> {
    let vm = f.vm;
    if cls.kind != Kind::Instance
        || cls.has(type_flag::ABSTRACT | type_flag::NO_CONSTRUCTOR)
        || cls.header().shape() != crate::object::shape::shape_id::TYPE
    {
        return None;
    }
    let object_new = vm.types.object.cached_special(Special::New as usize)??;
    if cls.cached_special(Special::New as usize)?? != object_new {
        return None;
    }
    let init = cls.cached_special(Special::Init as usize)??;
    // SAFETY: the kind names the layout.
    (init.kind() == Some(Kind::Function)).then(|| unsafe { Gc::from_ptr(init.bits() as *const Function) })
}

handler! {
    MakeFunction(f) {
        f.publish();
        f.set(f.a(), make_function(f));
        f.next()
    }
    SetFunctionAttr(f) {
        f.publish();
        set_function_attr(f);
        f.next()
    }
    Call(f) { call_fast(f, f.a() + H, f.b(), Some(f.c()), CallNative, CallSlow) }
    CallNative(f) {
        let at = f.a() + H;
        // SAFETY: the kind names the layout.
        let native = unsafe { Gc::from_ptr(f.reg(at - 1).bits() as *const NativeFunction) };
        if native.header().shape() == shape_id::BUILTIN_FUNCTION
            && native.receiver.is_none()
            && let Some(def) = native.def()
        {
            // A function of a module: its arguments lie in this frame's registers.
            f.publish();
            let result = def.call(f.vm, Args::new(f.regs(at, f.b()), None));
            note_result(f, result);
            return f.finish(result);
        }
        f.slow(CallSlow)
    }
    CallSlow(f) { call(f, f.a() + H, f.b(), None, Some(f.c())) }
    CallMethod(f) {
        let at = f.a() + H;
        if f.reg_opt(at - 1).is_some() {
            call_fast(f, at, f.b() + 1, None, CallNativeMethod, CallMethodSlow)
        } else {
            f.slow(call_attribute)
        }
    }
    // `CallMethod` of what `LoadMethod` found as it is: functions of modules, above all.
    call_attribute(f) { call_fast(f, f.a() + H + 1, f.b(), Some(f.c()), call_native_attribute, CallMethodSlow) }
    call_native_attribute(f) {
        let at = f.a() + H + 1;
        // SAFETY: the kind names the layout.
        let native = unsafe { Gc::from_ptr(f.reg(at - 1).bits() as *const NativeFunction) };
        if native.header().shape() == shape_id::BUILTIN_FUNCTION
            && native.receiver.is_none()
            && let Some(def) = native.def()
        {
            f.publish();
            return f.finish(def.call(f.vm, Args::new(f.regs(at, f.b()), None)));
        }
        f.slow(CallMethodSlow)
    }
    // A native method that `LoadMethod` found on the receiver's class: the receiver needs no check and the arguments lie
    // ready.
    CallNativeMethod(f) {
        let at = f.a() + H;
        // SAFETY: the kind names the layout.
        let native = unsafe { Gc::from_ptr(f.reg(at - 1).bits() as *const NativeFunction) };
        let Some(def) = native.def() else { return f.slow(CallMethodSlow) };
        f.publish();
        f.finish(def.call(f.vm, Args::new(f.regs(at, f.b() + 1), None)))
    }
    CallMethodSlow(f) {
        let at = f.a() + H;
        if f.reg_opt(at - 1).is_some() {
            call(f, at, f.b() + 1, None, None)
        } else {
            call(f, at + 1, f.b(), None, Some(f.c()))
        }
    }
    CallKw(f) {
        let names = kwnames(f);
        call(f, f.a() + H, f.b() - names.len(), Some(names), Some(f.c() + 1))
    }
    CallMethodKw(f) {
        let names = kwnames(f);
        let at = f.a() + H;
        if f.reg_opt(at - 1).is_some() {
            call(f, at, f.b() + 1 - names.len(), Some(names), None)
        } else {
            call(f, at + 1, f.b() - names.len(), Some(names), Some(f.c() + 1))
        }
    }
    CallEx(f) {
        f.publish();
        callees::note(f, f.c(), f.reg(f.a() + H - 1));
        f.finish(call_ex(f))
    }
    Return(f) { leave(f, f.reg(f.a()), ReturnSlow) }
    ReturnK(f) { leave(f, f.constant(f.c()), ReturnKSlow) }
    ReturnSlow(f) { leave_linked(f, f.reg(f.a())) }
    ReturnKSlow(f) { leave_linked(f, f.constant(f.c())) }
    /// Ends the method of an operator that does not know its operands: the instruction goes on.
    #[cold]
    leave_operator(f) {
        let (vm, window) = (f.vm, f.window());
        vm.end_window(window, f.pc);
        vm.recursion_left.set(vm.recursion_left.get() + 1);
        let pc = (window.return_pc() as *const adder_bytecode::Insn).wrapping_sub(1);
        // SAFETY: the return address follows the operator's instruction.
        let caller = F { pc, base: window.caller().0, words: window.caller_words(), vm, insn: unsafe { *pc } };
        caller.finish(super::arith::binary_rest(caller))
    }
    LoadBuildClass(f) {
        f.publish();
        f.finish(load_build_class(f))
    }
}

/// Feedback of a call of a native function: what it has returned.
#[inline(always)]
fn note_result(f: F<'_>, result: PyResult) {
    let Ok(v) = result else { return };
    let bits = match () {
        () if v.is_small_int() => Feedback::INT,
        () if v.is_float() => Feedback::FLOAT,
        () => Feedback::OTHER,
    };
    // SAFETY: materialised instructions are writable and belong to one interpreter.
    let now = unsafe { *f.pc };
    if now.feedback() & bits == 0 {
        // The call may have replaced the instruction that was read before it.
        // SAFETY: as above.
        unsafe { *f.pc.cast_mut() = now.with_feedback(bits) };
    }
}

#[inline(always)]
pub(super) fn kwnames(f: F<'_>) -> Gc<Tuple> {
    // SAFETY: the compiler puts a tuple of names there.
    unsafe { Gc::from_ptr(f.word(f.c()) as *const Tuple) }
}

/// Ends the frame with result `v`.
#[inline(always)]
fn leave(f: F<'_>, v: Value, slow: super::Handler) -> u64 {
    let window = f.window();
    if window.link() != 0 {
        return f.slow(slow);
    }
    pop(f, v)
}

/// Returns `v` to whoever called the window.
#[inline(always)]
pub(super) fn pop(f: F<'_>, v: Value) -> u64 {
    let window = f.window();
    let vm = f.vm;
    vm.recursion_left.set(vm.recursion_left.get() + 1);
    let return_pc = window.return_pc();
    if return_pc & BOUNDARY != 0 {
        return v.bits();
    }
    let caller = window.caller();
    // SAFETY: the return address follows the calling instruction, whose `a` is where results arrive.
    unsafe {
        let pc = return_pc as *const adder_bytecode::Insn;
        *caller.0.add((*pc.sub(1)).a() as usize) = Some(v);
        next(pc, caller.0, window.caller_words(), vm)
    }
}

/// Ends the frame of a generator function whose generator has been made.
#[inline(always)]
pub fn leave_with(f: F<'_>, v: Value) -> u64 {
    leave_linked(f, v)
}

/// Ends a frame that may have a link.
#[inline(always)]
pub(super) fn leave_linked(f: F<'_>, v: Value) -> u64 {
    if f.window().link() == 0 {
        return pop(f, v);
    }
    if v.is_not_implemented() && f.window().inner_link() == LINK_OPERATOR {
        return f.slow(leave_operator);
    }
    let generator = f.window().generator().filter(|_| !f.window().is_boundary());
    match Value::from_bits(leave_slow(f, v)) {
        Some(_) if generator.is_some() => {
            // A generator that was resumed in place has ended: a loop falls through, its variable stays; a `Send` jumps.
            let (vm, window) = (f.vm, f.window());
            vm.recursion_left.set(vm.recursion_left.get() + 1);
            vm.leave_inline_generator(generator.expect("checked"), false);
            // SAFETY: the return address follows the instruction that resumed the generator.
            unsafe {
                if let Some(send) = resuming_send(window) {
                    *window.caller().0.add((*send).b() as usize) = Some(v);
                    let behind = send.offset((*send).c_jump() as isize);
                    return next(behind, window.caller().0, window.caller_words(), vm);
                }
                next(
                    window.return_pc() as *const adder_bytecode::Insn,
                    window.caller().0,
                    window.caller_words(),
                    vm,
                )
            }
        }
        Some(result) => pop(f, result),
        None => f.raise(),
    }
}

/// Returns from frames with a link: detaches the frame object, checks `__init__`, ends generators. Bits of the
/// result, 0 when it raised.
#[cold]
#[inline(never)]
fn leave_slow(f: F<'_>, v: Value) -> u64 {
    f.publish();
    let window = f.window();
    // `__init__` with a wrong result raises inside the frame, which is still whole then.
    let inner = window.inner_link();
    if inner & LINK_TAGS == LINK_INIT && !v.is_none() {
        f.vm.type_error(format!("__init__() should return None, not '{}'", f.vm.type_of(v).name()));
        return 0;
    }
    f.vm.end_window(window, f.pc);
    match inner & LINK_TAGS {
        LINK_INIT => inner & !LINK_TAGS,
        LINK_GENERATOR => {
            if let Some(generator) = Value::from_bits(inner & !LINK_TAGS)
                .and_then(|g| g.downcast::<crate::object::generator::Generator>())
            {
                generator.state.set(GeneratorState::Finished);
            }
            v.bits()
        }
        _ => v.bits(),
    }
}

impl Vm {
    /// The frame of `window` is over: its frame object, if there is one, takes the locals over.
    pub fn end_window(&self, window: Window, pc: *const adder_bytecode::Insn) {
        if let Some(object) = window.frame_object() {
            // A frame that is looked at later still knows who called it; a generator has a new caller each time.
            if window.generator().is_none()
                && let Some(caller) = self.caller_of(RunningFrame { window, pc })
            {
                object.back.set(Some(self.frame_object(caller)));
            }
            object.detach(&self.heap, pc);
            let link = object.inner_link.get();
            window.set_link(link);
        }
    }
}

pub(super) fn make_function(f: F<'_>) -> Value {
    let code: Gc<Code> = f.constant(f.c()).downcast().expect("the compiler names a code constant");
    function_of(f.vm, f.window().function(), code)
}

/// A function of the code, defined in `outer`.
pub(super) fn function_of(vm: &Vm, outer: Gc<Function>, code: Gc<Code>) -> Value {
    let module = outer.globals.get_str(vm.names.__name__);
    let function = Function::new(&vm.heap, code, outer.globals, outer.builtins, module);
    if code.is_materialised() {
        // Compiled code calls it as it is.
        function.prepare(&vm.heap);
    }
    function.value()
}

pub(super) fn set_function_attr(f: F<'_>) {
    let function: Gc<Function> = f.reg(f.a()).downcast().expect("MakeFunction made it");
    set_attr_of_function(f.vm, function, f.reg(f.b()), f.c());
}

/// Gives a new function its attribute number `which`.
pub(super) fn set_attr_of_function(vm: &Vm, function: Gc<Function>, v: Value, which: usize) {
    match which {
        0 => function.defaults.set(v.downcast::<Tuple>()),
        1 => function.kwdefaults.set(v.downcast::<Dict>()),
        2 => function.annotate.set(Some(v)),
        3 => function.closure.set(v.downcast::<Tuple>()),
        4 => function.annotations.set(Some(v)),
        _ => function.type_params.set(Some(v)),
    }
    vm.heap.barrier_object(function.header());
}

#[inline(never)]
pub(super) fn call_ex(f: F<'_>) -> PyResult {
    let vm = f.vm;
    let at = f.a() + H;
    let callable = f.reg(at - 1);
    let args = f.reg(at);
    let args = match args.downcast::<Tuple>() {
        Some(t) => t,
        None => {
            if vm.special_of(args, Special::Iter).is_none() && vm.special_of(args, Special::GetItem).is_none()
            {
                return Err(vm.type_error(format!(
                    "{} argument after * must be an iterable, not {}",
                    vm.callable_text(callable),
                    vm.type_of(args).name()
                )));
            }
            let items = vm.collect(args)?;
            Tuple::new(&vm.heap, &items)
        }
    };
    let kwargs = (f.b() == 1).then(|| f.reg(at + 1).downcast::<Dict>()).flatten();
    vm.call_kw(callable, &args, kwargs)
}

#[inline(never)]
pub(super) fn load_build_class(f: F<'_>) -> PyResult {
    let vm = f.vm;
    match f.window().function().builtins.get_str(vm.names.__build_class__) {
        Some(v) => Ok(v),
        None => Err(vm.name_error("__build_class__ not found")),
    }
}
const _: Result<(), Raised> = Ok(());
