//! What happens to an exception that ends a thread: `threading.excepthook`.

use adder_interp::object::str::Str;
use adder_interp::object::structseq::StructSeqDef;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::pyfunction;

/// The arguments of the hook.
pub static ARGS: StructSeqDef = StructSeqDef {
    name: "_ExceptHookArgs",
    module: "_thread",
    doc: "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
    fields: &[
        ("exc_type", "Exception type"),
        ("exc_value", "Exception value"),
        ("exc_traceback", "Exception traceback"),
        ("thread", "Thread"),
    ],
    visible: 4,
    constructible: true,
};

/// Handle uncaught Thread.run() exception.
#[pyfunction(module = "_thread", name = "_excepthook", sig = "(args, /)")]
pub fn excepthook(vm: &Vm, args: Value) -> PyResult<()> {
    let items = match args.downcast::<Tuple>() {
        Some(items) if vm.type_of(args) == vm.structseq_type(&ARGS)? => items,
        _ => return Err(vm.type_error("_thread.excepthook argument type must be ExceptHookArgs")),
    };
    let [class, value, traceback, thread] = [0, 1, 2, 3].map(|i| items[i]);
    if class.downcast::<Type>() == Some(vm.exceptions.system_exit) {
        return Ok(());
    }
    let present = |stream: Option<Value>| stream.filter(|v| !v.is_none());
    let stream = match present(vm.sys.get_str(vm.names.stderr)) {
        Some(stream) => stream,
        // The stream that was there when the thread was made.
        None if thread.is_none() => return Ok(()),
        None => match present(Some(vm.getattr_str(thread, "_stderr")?)) {
            Some(stream) => stream,
            None => return Ok(()),
        },
    };
    let name = match thread.is_none() {
        true => None,
        false => vm.getattr_opt(thread, vm.names.name)?,
    };
    let name = match name {
        Some(name) => vm.str_of(name)?.value(),
        None => vm.new_str(&super::ident().to_string()),
    };
    for text in [vm.new_str("Exception in thread "), name, vm.new_str(":\n")] {
        vm.call_method(stream, "write", &[text])?;
    }
    let text = vm.format_exception_with(value, traceback.downcast());
    let text = Str::from_wtf8(&vm.heap, &text).value();
    vm.call_method(stream, "write", &[text])?;
    vm.call_method(stream, "flush", &[])?;
    Ok(())
}
