//! The `sys.monitoring` namespace: tool ids, events and their registration.

use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::header::Gc;
use crate::object::module::Module;
use crate::object::str::Str;
use crate::value::{PyResult, Value};
use crate::vm::Vm;
use crate::vm::tracing::{USER_TOOLS, event};
use adder_macros::pymodule;

fn tool_index(vm: &Vm, tool_id: i32) -> PyResult<usize> {
    match usize::try_from(tool_id) {
        Ok(i) if i < USER_TOOLS => Ok(i),
        _ => Err(vm.value_error(format!("invalid tool {tool_id} (must be between 0 and 5)"))),
    }
}

/// The index of a tool that is in use.
fn used_tool(vm: &Vm, tool_id: i32) -> PyResult<usize> {
    let index = tool_index(vm, tool_id)?;
    match vm.monitor.names[index].get() {
        Some(_) => Ok(index),
        None => Err(vm.value_error(format!("tool {tool_id} is not in use"))),
    }
}

/// Events that come and go with `CALL`.
const CALL_ENDS: u32 = 1 << event::C_RETURN | 1 << event::C_RAISE;
/// Events at instructions, which can be asked for locally.
const LOCAL: u32 = (1 << event::RAISE) - 1;

/// A set of events as a tool gives it, with what it stands for.
fn event_set(vm: &Vm, events: i32, kind: &str, allowed: u32) -> PyResult<u32> {
    let mut set = events as u32;
    if events < 0 || set >= 1 << event::COUNT {
        return Err(vm.value_error(format!("invalid {kind}event set 0x{events:x}")));
    }
    if set & CALL_ENDS != 0 {
        if set & CALL_ENDS != CALL_ENDS || set & 1 << event::CALL == 0 {
            return Err(vm.value_error("cannot set C_RETURN or C_RAISE events independently"));
        }
        set &= !CALL_ENDS;
    }
    if set & 1 << event::BRANCH != 0 {
        set = set & !(1 << event::BRANCH) | 1 << event::BRANCH_LEFT | 1 << event::BRANCH_RIGHT;
    }
    if set & !allowed != 0 {
        return Err(vm.value_error(format!("invalid {kind}event set 0x{set:x}")));
    }
    Ok(set)
}

/// Removes everything a tool has asked for.
fn clear_tool(vm: &Vm, index: usize) {
    vm.monitor.callbacks[index].iter().for_each(|c| c.set(None));
    vm.monitor.events[index].set(0);
    vm.monitor.forget_local_events(index);
    vm.monitoring_changed();
}

fn code_object(vm: &Vm, code: Value) -> PyResult<Gc<Code>> {
    code.downcast::<Code>().ok_or_else(|| vm.type_error("code must be a code object"))
}

/// The namespace object.
pub fn make(vm: &Vm) -> PyResult {
    let module: Gc<Module> = vm.new_native_module(&monitoring::MODULE)?;
    let dict = module.dict.get();
    let set = |name: &str, value: Value| dict.insert_str(&vm.heap, vm.intern(name), value);
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        set(name, vm.new_int(id));
    }
    let [disable, missing] = [0; 2].map(|_| vm.new_instance(vm.types.object));
    set("DISABLE", disable);
    set("MISSING", missing);
    vm.monitor.disable.set(Some(disable));
    vm.monitor.missing.set(Some(missing));
    let events: Gc<Dict> = vm.new_dict();
    for (bit, name) in event::NAMES.iter().enumerate() {
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
        if vm.monitor.names[index].get().is_some() {
            return Err(vm.value_error(format!("tool {tool_id} is already in use")));
        }
        vm.monitor.names[index].set(Some(name));
        Ok(())
    }

    #[pyfunction(sig = "(tool_id, /)")]
    fn clear_tool_id(vm: &Vm, tool_id: i32) -> PyResult<()> {
        let index = tool_index(vm, tool_id)?;
        if vm.monitor.names[index].get().is_some() {
            clear_tool(vm, index);
        }
        Ok(())
    }

    #[pyfunction(sig = "(tool_id, /)")]
    fn free_tool_id(vm: &Vm, tool_id: i32) -> PyResult<()> {
        let index = tool_index(vm, tool_id)?;
        if vm.monitor.names[index].take().is_some() {
            clear_tool(vm, index);
        }
        Ok(())
    }

    #[pyfunction(sig = "(tool_id, /)")]
    fn get_tool(vm: &Vm, tool_id: i32) -> PyResult<Option<Value>> {
        Ok(vm.monitor.names[tool_index(vm, tool_id)?].get())
    }

    #[pyfunction(sig = "(tool_id, event, func, /)")]
    fn register_callback(vm: &Vm, tool_id: i32, event: i32, func: Value) -> PyResult<Option<Value>> {
        let index = tool_index(vm, tool_id)?;
        if event <= 0 || event.count_ones() != 1 {
            return Err(vm.value_error("The callback can only be set for one event at a time"));
        }
        let number = event.trailing_zeros() as usize;
        if number >= event::COUNT {
            return Err(vm.value_error(format!("invalid event {event}")));
        }
        vm.audit("sys.monitoring.register_callback", &[func])?;
        let callbacks = &vm.monitor.callbacks[index];
        let func = Some(func).filter(|f| !f.is_none());
        if number == event::BRANCH {
            callbacks[event::BRANCH_LEFT].set(func);
            callbacks[event::BRANCH_RIGHT].set(func);
        }
        Ok(callbacks[number].replace(func))
    }

    #[pyfunction(sig = "(tool_id, /)")]
    fn get_events(vm: &Vm, tool_id: i32) -> PyResult<u32> {
        Ok(vm.monitor.events[tool_index(vm, tool_id)?].get())
    }

    #[pyfunction(sig = "(tool_id, event_set, /)")]
    fn set_events(vm: &Vm, tool_id: i32, event_set: i32) -> PyResult<()> {
        let index = tool_index(vm, tool_id)?;
        let set = super::event_set(vm, event_set, "", u32::MAX)?;
        used_tool(vm, tool_id)?;
        if vm.monitor.events[index].replace(set) != set {
            vm.monitoring_changed();
        }
        Ok(())
    }

    #[pyfunction(sig = "(tool_id, code, /)")]
    fn get_local_events(vm: &Vm, tool_id: i32, code: Value) -> PyResult<u32> {
        let code = code_object(vm, code)?;
        let index = tool_index(vm, tool_id)?;
        Ok(code.as_ref().monitoring().local_events(vm, index))
    }

    #[pyfunction(sig = "(tool_id, code, event_set, /)")]
    fn set_local_events(vm: &Vm, tool_id: i32, code: Value, event_set: i32) -> PyResult<()> {
        let code = code_object(vm, code)?;
        let index = tool_index(vm, tool_id)?;
        let set = super::event_set(vm, event_set, "local ", LOCAL)?;
        used_tool(vm, tool_id)?;
        let old = code.as_ref().monitoring().set_local_events(vm, index, set);
        vm.monitor.count_local_events(old, set);
        if old != set {
            vm.monitoring_changed();
        }
        Ok(())
    }

    #[pyfunction(sig = "()")]
    fn restart_events(vm: &Vm) {
        vm.monitor.restart();
        if vm.monitored() {
            vm.monitoring_changed();
        }
    }

    #[pyfunction(sig = "()")]
    fn _all_events(vm: &Vm) -> PyResult {
        let all = vm.new_dict();
        for (number, name) in event::NAMES.iter().enumerate() {
            let tools = vm.monitor.tools(number);
            if tools != 0 {
                all.insert_str(&vm.heap, vm.intern(name), vm.new_int(tools.into()));
            }
        }
        Ok(all.value())
    }
}
