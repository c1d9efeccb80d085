//! The hook of the compiled tier: counters, and the instructions that enter machine code. See [`crate::vm::tier_up`].

use super::calls::{leave_linked, pop};
use super::control::{for_iter_slow, jump_back_polled, next_item, poll};
use super::exceptions::{find_handler, unwind};
use super::{F, HANDLERS, handler, next, to_the_end};
use crate::object::function::Function;
use crate::object::header::{Gc, Kind};
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::frame::Window;
use crate::vm::tier_up::{EXIT, EXIT_RAISE, Enter, EntryStub, Exit, Hot, PlaceEntry, RETURN, word};
use adder_bytecode::Op;

/// Counts one call or iteration; true when the place is hot.
#[inline(always)]
pub(crate) fn count(words: *mut u64) -> bool {
    // SAFETY: the reserved words exist and belong to the interpreter.
    unsafe {
        let counter = words.add(word::COUNTER);
        let left = (*counter as i64).wrapping_sub(1);
        *counter = left as u64;
        left < 0
    }
}

/// Never again without a tier.
fn stop_counting(words: *mut u64) {
    // SAFETY: as in `count`.
    unsafe { *words.add(word::COUNTER) = i64::MAX as u64 };
}

/// Tells the tier about a hot function.
#[cold]
#[inline(never)]
pub(crate) fn function_is_hot(vm: &Vm, function: Gc<Function>, window: Window) {
    // The arguments must be seen.
    vm.base.set(window.0);
    vm.pc.set(function.code.get().as_ref().entry());
    match vm.tier.get() {
        Some(tier) => tier.hot(vm, window, Hot::Call(function)),
        None => stop_counting(function.words.get()),
    }
}

#[inline(never)]
fn tell_tier(f: F<'_>, hot: Hot) {
    f.publish();
    match f.vm.tier.get() {
        Some(tier) => tier.hot(f.vm, f.window(), hot),
        None => stop_counting(f.words),
    }
}

handler! {
    /// The closing instruction of a loop was counted out: tells the tier and runs whatever the instruction is then.
    #[cold]
    loop_is_hot(f) {
        tell_tier(f, Hot::Loop(f.pc));
        let code = f.window().code();
        let op = code.as_ref().unit().insns[code.as_ref().index_of(f.pc)].op_byte();
        // SAFETY: the counter has been set anew, so this does not come back here.
        unsafe { HANDLERS[op as usize](f.pc, f.base, f.words, f.vm) }
    }
    leave_by_exit(f) {
        let exit = take_exit(f.vm);
        // SAFETY: an exit's pc is an instruction of its window's code; machine code wrote the window's registers.
        unsafe { next(exit.pc.get(), f.base.byte_add(exit.window), exit.words, f.vm) }
    }
    leave_raising(f) {
        let exit = take_exit(f.vm);
        // SAFETY: as above.
        unsafe { unwind(exit.pc.get(), f.base.byte_add(exit.window), exit.words, f.vm) }
    }
    leave_generator(f) {
        // SAFETY: machine code has put the bits of a value there.
        leave_linked(f, unsafe { Value::from_bits_unchecked(f.vm.tier_result.get()) })
    }
    leave_with_result(f) {
        // SAFETY: what is neither way of leaving is the bits of a value.
        pop(f, unsafe { Value::from_bits_unchecked(f.vm.tier_result.get()) })
    }
}

/// Machine code of the place that the instruction stands for: a loop it closes, or where a generator goes on.
#[inline(always)]
fn entry_at(f: F<'_>, table: usize) -> Option<Enter> {
    if !f.vm.room_for_machine_code() {
        return None;
    }
    // SAFETY: the word is 0 or a table that was leaked.
    let places = unsafe { (f.word(table) as *const Vec<PlaceEntry>).as_ref() }?;
    places.iter().find(|l| l.pc == f.pc)?.enter.get()
}

/// Runs machine code; the result's bits, or how it was left. One word, so that handlers stay free of stack frames.
#[inline(never)]
fn run_code(vm: &Vm, base: *mut Option<Value>, enter: Enter) -> u64 {
    // SAFETY: the window is entered and the code was made for it.
    unsafe { enter(base, vm) }
}

/// Goes on after machine code: with its result, or in the interpreter. Each way is a handler of its own: together in one
/// function they need a stack frame, and then the dispatch at its end is a call that never returns.
#[inline(always)]
pub(super) fn leave_code(f: F<'_>, result: u64) -> u64 {
    match result {
        EXIT => f.slow(leave_by_exit),
        EXIT_RAISE => f.slow(leave_raising),
        RETURN => f.slow(leave_generator),
        bits => {
            f.vm.tier_result.set(bits);
            f.slow(leave_with_result)
        }
    }
}

#[inline(never)]
fn take_exit(vm: &Vm) -> &Exit {
    // SAFETY: machine code leaves an exit behind, and exits live for ever.
    let exit = unsafe { &*vm.tier_exit.get() };
    if exit.planned {
        return exit;
    }
    exit.count.set(exit.count.get().saturating_add(1));
    if let Some(tier) = vm.tier.get() {
        tier.exited(vm, exit);
    }
    exit
}

/// For machine code whose callee came back without a value: runs the callee's window to its end if it was left by an exit. Bits of
/// the result, 0 when it raised.
///
/// # Safety
/// `base` is the window of the callee, entered from machine code as a boundary.
pub unsafe extern "C" fn finish_callee(base: *mut Option<Value>, vm: &Vm, how: u64) -> u64 {
    if how == 0 {
        return 0;
    }
    let saved_top = vm.top.get();
    let exit = take_exit(vm);
    let (pc, words) = (exit.pc.get(), exit.words);
    // SAFETY: promised by the caller, and by the exit.
    let result = unsafe {
        let window = base.byte_add(exit.window);
        if how == EXIT { next(pc, window, words, vm) } else { unwind(pc, window, words, vm) }
    };
    let result = to_the_end(vm, result);
    vm.top.set(saved_top);
    result
}

/// For machine code that leaves at `exit` with an exception pending, of which the tables of its frames say that one of them handles
/// it: unwinds to the handler. 0 when the program is monitored: then the interpreter does it all.
///
/// # Safety
/// `base` is the window that machine code was entered with; everything is home.
pub unsafe extern "C" fn catch(base: *mut Option<Value>, vm: &Vm, exit: &Exit) -> u64 {
    if vm.monitored() {
        return 0;
    }
    // SAFETY: the exit's window is one of machine code's own.
    let window = unsafe { base.byte_add(exit.window) };
    u64::from(find_handler(exit.pc.get(), window, exit.words, vm))
}

/// For machine code at the end of a frame with an object: that takes the locals over. 0 when there is more to do, which the
/// interpreter knows.
///
/// # Safety
/// `base` is the frame's window; everything is home.
pub unsafe extern "C" fn end_frame(base: *mut Option<Value>, vm: &Vm, exit: &Exit) -> u64 {
    let window = Window(base);
    if window.inner_link() != 0 {
        return 0;
    }
    vm.pc.set(exit.pc.get());
    vm.end_window(window, exit.pc.get());
    1
}

/// For machine code: runs a Python function in the window it has prepared (header written, arguments in place, depth counted).
/// Bits of the result, 0 when it raised.
///
/// # Safety
/// As for [`finish_callee`].
pub unsafe extern "C" fn run_callee(base: *mut Option<Value>, vm: &Vm) -> u64 {
    let function = Window(base).function();
    for i in function.simple_args.get() as usize..function.nlocals.get() as usize {
        // SAFETY: the window has room for the function's registers.
        unsafe { *base.add(i) = None };
    }
    if count(function.words.get()) {
        function_is_hot(vm, function, Window(base));
    }
    let saved_top = vm.top.get();
    let result = super::run(vm, Window(base), function.entry.get(), function.words.get());
    vm.top.set(saved_top);
    match result {
        Ok(v) => {
            // Machine code counts the return itself, as it does for machine code.
            vm.recursion_left.set(vm.recursion_left.get() - 1);
            v.bits()
        }
        Err(_) => 0,
    }
}

/// Runs the machine code of the place where a generator goes on, if there is some: how it was left, and the exit if it yields. `HANDLER`:
/// called by one.
#[inline(always)]
pub(super) fn resume_code<const HANDLER: bool>(f: F<'_>) -> Option<(u64, Option<&Exit>)> {
    if f.word(word::RESUMES) == 0 || f.vm.monitored() {
        return None;
    }
    let enter = entry_at(f, word::RESUMES)?;
    // SAFETY: as in `run_code`, which keeps a handler free of a stack frame.
    let left = if HANDLER { run_code(f.vm, f.base, enter) } else { unsafe { enter(f.base, f.vm) } };
    // SAFETY: machine code that was left by an exit has put it there, and exits live for ever.
    let exit = (left == EXIT).then(|| unsafe { &*f.vm.tier_exit.get() });
    // Monitoring may have been switched on meanwhile.
    // SAFETY: an exit's pc is an instruction.
    let yields = |e: &&Exit| e.planned && unsafe { *e.pc.get() }.op_byte() == Op::Yield as u8;
    Some((left, exit.filter(yields)))
}

/// Lets the interpreter go on with a generator.
#[inline(always)]
pub(super) fn resume_interpreted(f: F<'_>) -> u64 {
    if count(f.words) {
        return f.slow(resumption_is_hot);
    }
    // SAFETY: the window is entered.
    unsafe { next(f.pc, f.base, f.words, f.vm) }
}

handler! {
    /// A generator goes on in its window, in machine code if there is some for the place. No instruction: whoever resumes comes here.
    resumed(f) {
        match resume_code::<true>(f) {
            Some((left, _)) => leave_code(f, left),
            None => resume_interpreted(f),
        }
    }
    #[cold]
    resumption_is_hot(f) {
        tell_tier(f, Hot::Resume(f.pc));
        // SAFETY: as above.
        unsafe { next(f.pc, f.base, f.words, f.vm) }
    }
    EnterJit(f) {
        // SAFETY: this instruction is the first field of a stub.
        let stub = unsafe { &*(f.pc as *const EntryStub) };
        match stub.enter.get() {
            Some(enter) if f.vm.room_for_machine_code() => {
                let result = run_code(f.vm, f.base, enter);
                leave_code(f, result)
            }
            // SAFETY: the function's own first instruction.
            _ => unsafe { next(stub.first, f.base, f.words, f.vm) },
        }
    }
    JumpBackJit(f) {
        if f.vm.breaker_set() {
            return f.slow(jump_back_polled);
        }
        match entry_at(f, word::LOOPS) {
            Some(enter) => {
                let result = run_code(f.vm, f.base, enter);
                leave_code(f, result)
            }
            None => f.jump(f.insn.imm() as isize),
        }
    }
    ForIterJit(f) {
        if f.vm.breaker_set() {
            return f.slow(for_iter_enter_polled);
        }
        f.slow(for_iter_enter)
    }
    #[cold]
    for_iter_enter_polled(f) {
        if poll(f).is_err() { f.raise() } else { f.slow(for_iter_enter) }
    }
    /// Takes an item as `ForIter` does. Generators are left to the interpreter, which resumes them in place.
    for_iter_enter(f) {
        let Some(enter) = entry_at(f, word::LOOPS) else { return f.slow(for_iter_slow) };
        if f.reg(f.b()).kind() == Some(Kind::Generator) {
            return f.slow(for_iter_slow);
        }
        match next_item(f, f.reg(f.b())) {
            0 => f.next(),
            1 => f.raise(),
            bits => {
                f.set_opt(f.a(), Value::from_bits(bits));
                let result = run_code(f.vm, f.base, enter);
                leave_code(f, result)
            }
        }
    }
}
