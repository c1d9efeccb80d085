//! Which loop runs in a thread, which task that loop runs, and which tasks there are.
//!
//! Running loop and task belong to the thread ([`Vm`]). Tasks of our own class are listed by address without being kept
//! alive: a task's [`TaskPart`] takes the entry out when it dies, which the collector does before the memory is used again.
//! Tasks of other classes are in a `weakref.WeakSet`, eagerly started ones of theirs in a set.

use super::future::{Future, State};
use super::python;
use adder_interp::heap::GcVec;
use adder_interp::object::header::{Gc, Header};
use adder_interp::object::native::Native;
use adder_interp::object::set::Set;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;
use std::sync::Mutex;

/// Addresses of registered tasks; free entries form a list.
struct Tasks {
    entries: Vec<Entry>,
    free: Option<u32>,
}

#[derive(Clone, Copy)]
enum Entry {
    Task(usize),
    Free { next: Option<u32> },
}

static TASKS: Mutex<Tasks> = Mutex::new(Tasks { entries: Vec::new(), free: None });

fn tasks() -> std::sync::MutexGuard<'static, Tasks> {
    TASKS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Where a task is listed.
#[derive(Clone, Copy)]
pub struct Slot(u32);

impl Slot {
    /// Lists a task; whoever gets the slot frees it before the task's memory is.
    pub fn occupy(task: &Header) -> Slot {
        let mut tasks = tasks();
        let entry = Entry::Task(task.address());
        match tasks.free {
            Some(at) => {
                let Entry::Free { next } = tasks.entries[at as usize] else {
                    unreachable!("the list of free entries holds free ones")
                };
                tasks.free = next;
                tasks.entries[at as usize] = entry;
                Slot(at)
            }
            None => {
                tasks.entries.push(entry);
                Slot(tasks.entries.len() as u32 - 1)
            }
        }
    }

    pub fn free(self) {
        let mut tasks = tasks();
        tasks.entries[self.0 as usize] = Entry::Free { next: tasks.free };
        tasks.free = Some(self.0);
    }
}

/// The tasks of our own class.
fn registered_tasks(vm: &Vm) -> GcVec {
    let count = tasks().entries.len();
    let mut found = GcVec::with_capacity(&vm.heap, count);
    for entry in &tasks().entries {
        if let Entry::Task(address) = entry {
            // SAFETY: an entry is removed when its task dies; nothing is collected meanwhile, there is room for all.
            found.push(&vm.heap, unsafe { &*(*address as *const Header) }.as_value());
        }
    }
    found
}

/// Tasks of other classes.
fn foreign_tasks(vm: &Vm) -> PyResult {
    vm.registered("_asyncio.foreign_tasks", |vm| {
        let class = vm.getattr_str(vm.import("weakref")?, "WeakSet")?;
        vm.call(class, &[])
    })
}

fn foreign_eager_tasks(vm: &Vm) -> PyResult<Gc<Set>> {
    let set = vm.registered("_asyncio.foreign_eager_tasks", |vm| Ok(Set::new(&vm.heap).value()))?;
    Ok(set.downcast().expect("made as a set"))
}

fn as_task(v: Value) -> Option<Gc<Native<Future>>> {
    v.downcast::<Native<Future>>().filter(|future| future.task.get().is_some())
}

/// Register a new task in asyncio as executed by loop.
///
/// Returns None.
#[pyfunction(module = "_asyncio", name = "_register_task", sig = "(task)")]
pub fn register_task(vm: &Vm, task: Value) -> PyResult<()> {
    match as_task(task) {
        Some(task) => {
            task.register();
            Ok(())
        }
        None => vm.call_method(foreign_tasks(vm)?, "add", &[task]).map(drop),
    }
}

/// Unregister a task.
///
/// Returns None.
#[pyfunction(module = "_asyncio", name = "_unregister_task", sig = "(task)")]
pub fn unregister_task(vm: &Vm, task: Value) -> PyResult<()> {
    match as_task(task) {
        Some(task) => {
            task.unregister();
            Ok(())
        }
        None => vm.call_method(foreign_tasks(vm)?, "discard", &[task]).map(drop),
    }
}

/// Register a new task in asyncio as executed by loop.
///
/// Returns None.
#[pyfunction(module = "_asyncio", name = "_register_eager_task", sig = "(task)")]
pub fn register_eager_task(vm: &Vm, task: Value) -> PyResult<()> {
    foreign_eager_tasks(vm)?.add(vm, task)
}

/// Unregister a task.
///
/// Returns None.
#[pyfunction(module = "_asyncio", name = "_unregister_eager_task", sig = "(task)")]
pub fn unregister_eager_task(vm: &Vm, task: Value) -> PyResult<()> {
    foreign_eager_tasks(vm)?.remove(vm, task).map(drop)
}

/// Return the running event loop or None.
///
/// This is a low-level function intended to be used by event loops.
/// This function is thread-specific.
#[pyfunction(module = "_asyncio", name = "_get_running_loop")]
pub fn get_running_loop_or_none(vm: &Vm) -> Option<Value> {
    vm.running_loop.get()
}

/// Set the running event loop.
///
/// This is a low-level function intended to be used by event loops.
/// This function is thread-specific.
#[pyfunction(module = "_asyncio", name = "_set_running_loop", sig = "(loop, /)")]
pub fn set_running_loop(vm: &Vm, event_loop: Value) {
    vm.running_loop.set(Some(event_loop).filter(|l| !l.is_none()));
}

/// Return the running event loop.  Raise a RuntimeError if there is none.
///
/// This function is thread-specific.
#[pyfunction(module = "_asyncio", name = "get_running_loop")]
pub fn get_running_loop(vm: &Vm) -> PyResult {
    vm.running_loop.get().ok_or_else(|| vm.runtime_error("no running event loop"))
}

/// Return an asyncio event loop.
///
/// When called from a coroutine or a callback (e.g. scheduled with
/// call_soon or similar API), this function will always return the
/// running event loop.
///
/// If there is no running event loop set, the function will return
/// the result of `get_event_loop_policy().get_event_loop()` call.
#[pyfunction(module = "_asyncio", name = "get_event_loop")]
pub fn get_event_loop(vm: &Vm) -> PyResult {
    if let Some(running) = vm.running_loop.get() {
        return Ok(running);
    }
    let policy = vm.getattr_str(vm.import("asyncio.events")?, "_get_event_loop_policy")?;
    let policy = vm.call(policy, &[])?;
    vm.call_method(policy, "get_event_loop", &[])
}

/// Return a currently executed task.
#[pyfunction(module = "_asyncio", name = "current_task", sig = "(loop=None)")]
pub fn current_task(vm: &Vm, event_loop: Option<Value>) -> PyResult<Option<Value>> {
    let event_loop = match event_loop.filter(|l| !l.is_none()) {
        Some(event_loop) => event_loop,
        None => get_running_loop(vm)?,
    };
    let here = vm.running_loop.get() == Some(event_loop);
    Ok(if here { vm.running_task.get() } else { vm.interpreter().task_of_loop(event_loop) })
}

/// Return a set of all tasks for the loop.
#[pyfunction(module = "_asyncio", name = "all_tasks", sig = "(loop=None)")]
pub fn all_tasks(vm: &Vm, event_loop: Option<Value>) -> PyResult<Gc<Set>> {
    let event_loop = match event_loop.filter(|l| !l.is_none()) {
        Some(event_loop) => event_loop,
        None => get_running_loop(vm)?,
    };
    let found = Set::new(&vm.heap);
    let own = registered_tasks(vm);
    for &task in own.iter() {
        let future = as_task(task).expect("only tasks are registered");
        if future.event_loop.get() == Some(event_loop) && future.state.get() == State::Pending {
            found.add(vm, task)?;
        }
    }
    for foreign in [foreign_tasks(vm)?, foreign_eager_tasks(vm)?.value()] {
        let list = vm.call(vm.types.list.value(), &[foreign])?;
        let iterator = vm.iter(list)?;
        while let Some(task) = vm.next(iterator)? {
            if super::step::loop_of(vm, task)? == event_loop {
                let done = vm.call_method(task, "done", &[])?;
                if !vm.truthy(done)? {
                    found.add(vm, task)?;
                }
            }
        }
    }
    Ok(found)
}

fn check_running(vm: &Vm, event_loop: Value) -> PyResult<()> {
    if vm.running_loop.get() == Some(event_loop) {
        return Ok(());
    }
    Err(vm.runtime_error(format!("loop {} is not the running loop", vm.repr_text(event_loop)?)))
}

/// Enter into task execution or resume suspended task.
///
/// Task belongs to loop.
///
/// Returns None.
#[pyfunction(module = "_asyncio", name = "_enter_task", sig = "(loop, task)")]
pub fn enter_task(vm: &Vm, event_loop: Value, task: Value) -> PyResult<()> {
    check_running(vm, event_loop)?;
    match vm.running_task.get() {
        None => {
            vm.running_task.set(Some(task));
            Ok(())
        }
        Some(current) => Err(vm.runtime_error(format!(
            "Cannot enter into task {} while another task {} is being executed.",
            vm.repr_text(task)?,
            vm.repr_text(current)?
        ))),
    }
}

/// Leave task execution or suspend a task.
///
/// Task belongs to loop.
///
/// Returns None.
#[pyfunction(module = "_asyncio", name = "_leave_task", sig = "(loop, task)")]
pub fn leave_task(vm: &Vm, event_loop: Value, task: Value) -> PyResult<()> {
    check_running(vm, event_loop)?;
    match vm.running_task.get() {
        Some(current) if current == task => {
            vm.running_task.set(None);
            Ok(())
        }
        current => Err(vm.runtime_error(format!(
            "Invalid attempt to leave task {} while task {} is entered.",
            vm.repr_text(task)?,
            vm.repr_text(current.unwrap_or(Value::none()))?
        ))),
    }
}

/// Temporarily swap in the supplied task and return the original one (or None).
///
/// This is intended for use during eager coroutine execution.
#[pyfunction(module = "_asyncio", name = "_swap_current_task", sig = "(loop, task)")]
pub fn swap_current_task(vm: &Vm, event_loop: Value, task: Value) -> PyResult<Option<Value>> {
    check_running(vm, event_loop)?;
    Ok(vm.running_task.replace(Some(task).filter(|t| !t.is_none())))
}

/// The error of leaving must not hide the one that is pending.
pub fn leave_after(vm: &Vm, event_loop: Value, task: Value, result: PyResult) -> PyResult {
    match result {
        Ok(v) => leave_task(vm, event_loop, task).map(|()| v),
        Err(Raised) => {
            let pending = vm.take_pending();
            if leave_task(vm, event_loop, task).is_err() {
                vm.take_pending();
            }
            if let Some(pending) = pending {
                vm.set_pending(pending);
            }
            Err(Raised)
        }
    }
}

/// `asyncio.coroutines.iscoroutine`.
pub fn is_coroutine(vm: &Vm, v: Value) -> PyResult<bool> {
    let test = python(vm, "_asyncio.iscoroutine", "asyncio.coroutines", "iscoroutine")?;
    let answer = vm.call(test, &[v])?;
    vm.truthy(answer)
}
