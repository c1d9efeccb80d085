//! The `sys.monitoring` namespace: tool ids, events and their registration.

use crate::heap::GcVec;
use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::header::Gc;
use crate::object::list::List;
use crate::object::module::Module;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use adder_macros::pymodule;

const TOOLS: usize = 6;

/// Events in bit order.
const EVENTS: [&str; 19] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];

/// Registry keys: lists of tool names, of callbacks (by tool and event), of global event sets; a dict of local ones.
const NAMES: &str = "sys.monitoring names";
const CALLBACKS: &str = "sys.monitoring callbacks";
const GLOBAL_EVENTS: &str = "sys.monitoring events";
const LOCAL_EVENTS: &str = "sys.monitoring local events";

fn table(vm: &Vm, key: &'static str, len: usize, initial: Value) -> PyResult<Gc<List>> {
    let list = vm.registered(key, |vm| {
        Ok(vm.list_from(GcVec::from_iter_in(&vm.heap, std::iter::repeat_n(initial, len))))
    })?;
    Ok(list.downcast().expect("the registry holds lists under these keys"))
}

fn names(vm: &Vm) -> PyResult<Gc<List>> {
    table(vm, NAMES, TOOLS, Value::none())
}

fn tool_index(vm: &Vm, tool_id: i32) -> PyResult<usize> {
    match usize::try_from(tool_id) {
        Ok(i) if i < TOOLS => Ok(i),
        _ => Err(vm.value_error(format!("invalid tool {tool_id} (must be between 0 and 5)"))),
    }
}

/// The index of a tool that is in use.
fn used_tool(vm: &Vm, tool_id: i32) -> PyResult<usize> {
    let index = tool_index(vm, tool_id)?;
    match names(vm)?.get(index) {
        Some(name) if !name.is_none() => Ok(index),
        _ => Err(vm.value_error(format!("tool {tool_id} is not in use"))),
    }
}

fn event_set(vm: &Vm, events: i32) -> PyResult<u32> {
    let known = (1 << EVENTS.len()) - 1;
    match u32::try_from(events) {
        Ok(set) if set & !known == 0 => Ok(set),
        _ => Err(vm.value_error(format!("invalid event set 0x{events:x}"))),
    }
}

fn clear_tool(vm: &Vm, index: usize) -> PyResult<()> {
    let callbacks = table(vm, CALLBACKS, TOOLS * EVENTS.len(), Value::none())?;
    for event in 0..EVENTS.len() {
        callbacks.set(&vm.heap, index * EVENTS.len() + event, Value::none());
    }
    table(vm, GLOBAL_EVENTS, TOOLS, Value::small_int(0))?.set(&vm.heap, index, Value::small_int(0));
    Ok(())
}

/// The namespace object.
pub fn make(vm: &Vm) -> PyResult {
    let module: Gc<Module> = vm.new_native_module(&monitoring::MODULE)?;
    let dict = module.dict.get();
    let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        set(name, vm.new_int(id));
    }
    set("DISABLE", vm.new_instance(vm.types.object));
    set("MISSING", vm.new_instance(vm.types.object));
    let events: Gc<Dict> = vm.new_dict();
    for (bit, name) in EVENTS.iter().enumerate() {
        events.insert_str(&vm.heap, vm.intern(name), vm.new_int(1 << bit));
    }
    events.insert_str(&vm.heap, vm.intern("NO_EVENTS"), vm.new_int(0));
    set("events", vm.new_namespace(events)?);
    Ok(module.value())
}

/// Functions and constants for monitoring execution events.
#[pymodule(name = "sys.monitoring")]
mod monitoring {
    use super::*;

    #[pyfunction(sig = "(tool_id, name, /)")]
    fn use_tool_id(vm: &Vm, tool_id: i32, name: Value) -> PyResult<()> {
        let index = tool_index(vm, tool_id)?;
        if !name.is::<Str>() {
            return Err(vm.value_error("tool name must be a str"));
        }
        if names(vm)?.get(index).is_some_and(|n| !n.is_none()) {
            return Err(vm.value_error(format!("tool {tool_id} is already in use")));
        }
        names(vm)?.set(&vm.heap, index, name);
        Ok(())
    }

    #[pyfunction(sig = "(tool_id, /)")]
    fn clear_tool_id(vm: &Vm, tool_id: i32) -> PyResult<()> {
        let index = tool_index(vm, tool_id)?;
        clear_tool(vm, index)
    }

    #[pyfunction(sig = "(tool_id, /)")]
    fn free_tool_id(vm: &Vm, tool_id: i32) -> PyResult<()> {
        let index = tool_index(vm, tool_id)?;
        clear_tool(vm, index)?;
        names(vm)?.set(&vm.heap, index, Value::none());
        Ok(())
    }

    #[pyfunction(sig = "(tool_id, /)")]
    fn get_tool(vm: &Vm, tool_id: i32) -> PyResult<Option<Value>> {
        Ok(names(vm)?.get(tool_index(vm, tool_id)?))
    }

    #[pyfunction(sig = "(tool_id, event, func, /)")]
    fn register_callback(vm: &Vm, tool_id: i32, event: i32, func: Value) -> PyResult {
        let index = tool_index(vm, tool_id)?;
        let set = event_set(vm, event).ok().filter(|s| s.is_power_of_two());
        let Some(set) = set else {
            vm.take_pending();
            return Err(vm.value_error("The callback can only be set for one event at a time"));
        };
        let callbacks = table(vm, CALLBACKS, TOOLS * EVENTS.len(), Value::none())?;
        let slot = index * EVENTS.len() + set.trailing_zeros() as usize;
        let old = callbacks.get(slot).unwrap_or(Value::none());
        callbacks.set(&vm.heap, slot, func);
        Ok(old)
    }

    #[pyfunction(sig = "(tool_id, /)")]
    fn get_events(vm: &Vm, tool_id: i32) -> PyResult<Option<Value>> {
        let index = used_tool(vm, tool_id)?;
        Ok(table(vm, GLOBAL_EVENTS, TOOLS, Value::small_int(0))?.get(index))
    }

    #[pyfunction(sig = "(tool_id, event_set, /)")]
    fn set_events(vm: &Vm, tool_id: i32, event_set: i32) -> PyResult<()> {
        let index = used_tool(vm, tool_id)?;
        let set = super::event_set(vm, event_set)?;
        let events = table(vm, GLOBAL_EVENTS, TOOLS, Value::small_int(0))?;
        events.set(&vm.heap, index, Value::small_int(set.into()));
        Ok(())
    }

    #[pyfunction(sig = "(tool_id, code, /)")]
    fn get_local_events(vm: &Vm, tool_id: i32, code: Gc<Code>) -> PyResult {
        let key = local_key(vm, used_tool(vm, tool_id)?, code);
        Ok(local_events(vm)?.get(vm, key)?.unwrap_or(Value::small_int(0)))
    }

    #[pyfunction(sig = "(tool_id, code, event_set, /)")]
    fn set_local_events(vm: &Vm, tool_id: i32, code: Gc<Code>, event_set: i32) -> PyResult<()> {
        let key = local_key(vm, used_tool(vm, tool_id)?, code);
        let set = super::event_set(vm, event_set)?;
        local_events(vm)?.insert(vm, key, Value::small_int(set.into()))
    }

    fn local_key(vm: &Vm, index: usize, code: Gc<Code>) -> Value {
        vm.new_tuple(&[vm.new_int(index as i64), vm.id(code.value())])
    }

    fn local_events(vm: &Vm) -> PyResult<Gc<Dict>> {
        let dict = vm.registered(LOCAL_EVENTS, |vm| Ok(vm.new_dict().value()))?;
        Ok(dict.downcast().expect("the registry holds a dict under this key"))
    }

    #[pyfunction(sig = "()")]
    fn restart_events() {}

    #[pyfunction(sig = "()")]
    fn _all_events(vm: &Vm) -> PyResult {
        let all = vm.new_dict();
        let events = table(vm, GLOBAL_EVENTS, TOOLS, Value::small_int(0))?;
        for (bit, name) in EVENTS.iter().enumerate() {
            let tools = (0..TOOLS).filter(|&tool| {
                let set = events.get(tool).and_then(|v| v.as_small_int()).unwrap_or(0);
                set & (1 << bit) != 0
            });
            let tools: i64 = tools.map(|t| 1 << t).sum();
            if tools != 0 {
                all.insert_str(&vm.heap, vm.intern(name), vm.new_int(tools));
            }
        }
        Ok(all.value())
    }
}
