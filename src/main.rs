//! The `adder` command.

use adder_interp::object::code::Code;
use adder_interp::object::function::Function;
use adder_interp::vm::{Config, Interpreter};
use std::sync::Arc;

#[adder_macros::pymodule(name = "boot")]
mod boot {
    use adder_interp::native::Args;
    use adder_interp::value::{PyResult, Value};
    use adder_interp::vm::Vm;
    use std::io::Write;

    #[pyfunction]
    fn print(_vm: &Vm, args: Args<'_>) -> PyResult {
        let texts: Vec<String> = args
            .all_values()
            .iter()
            .map(|v| match v.downcast::<adder_interp::object::str::Str>() {
                Some(s) => s.to_string_lossy().into_owned(),
                None => format!("{v:?}"),
            })
            .collect();
        println!("{}", texts.join(" "));
        let _ = std::io::stdout().flush();
        Ok(Value::none())
    }
    #[pyfunction(name = "range")]
    fn range_(vm: &Vm, args: Args<'_>) -> PyResult {
        let a: Vec<i64> = args.all_values().iter().filter_map(|v| v.as_small_int()).collect();
        let (lo, hi) = if a.len() == 1 { (0, a[0]) } else { (a[0], a[1]) };
        Ok(adder_interp::object::range::RangeIter::new(&vm.heap, lo, 1, (hi - lo).max(0) as u64).value())
    }
    #[pyfunction]
    fn collect(vm: &Vm) -> i64 {
        vm.heap.collect_from_here(true);
        vm.heap.used_bytes() as i64
    }
    #[pyfunction]
    fn len(vm: &Vm, v: Value) -> PyResult<usize> {
        vm.length(v)
    }
}

fn run(path: &str) -> i32 {
    let source = std::fs::read(path).expect("readable");
    let options = adder_compiler::Options::default();
    let (unit, _) = match adder_compiler::compile(&source, path, adder_compiler::Mode::Exec, &options) {
        Ok(r) => r,
        Err(e) => {
            eprintln!("SyntaxError: {e:?}");
            return 1;
        }
    };
    if std::env::var("DUMP").is_ok() {
        print!("{}", adder_bytecode::disasm::listing(&unit));
    }
    let mut config = Config { stack_size: 900 << 20, ..Config::default() };
    if let Ok(n) = std::env::var("STRESS") {
        config.heap.stress = n.parse().expect("number");
        config.heap.poison = true;
        config.heap.verify = true;
    }
    let vm = Interpreter::start(config, None).expect("starts");
    vm.populate_module(vm.builtins, &boot::MODULE).expect("populates");
    for (name, ty) in vm.exceptions.all() {
        vm.builtins.insert_str(&vm.heap, vm.intern(name), ty.value());
    }
    let code = Code::new(&vm.heap, Arc::new(unit));
    let globals = vm.new_dict();
    globals.insert_str(&vm.heap, vm.names.__name__, vm.new_str("__main__"));
    let function = Function::new(&vm.heap, code, globals, vm.builtins, None);
    match vm.call(function.value(), &[globals.value()]) {
        Ok(_) => 0,
        Err(_) => {
            let e = vm.take_pending().expect("pending");
            let ty = vm.type_of(e);
            let args = e.downcast::<adder_interp::object::exception::Exception>().map(|e| {
                e.args
                    .get()
                    .iter()
                    .map(|v| {
                        v.downcast::<adder_interp::object::str::Str>()
                            .map_or(format!("{v:?}"), |s| s.to_string_lossy().into_owned())
                    })
                    .collect::<Vec<_>>()
            });
            eprintln!("{}: {:?}", ty.name(), args);
            1
        }
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("path");
    let code = std::thread::Builder::new()
        .stack_size(1 << 30)
        .spawn(move || run(&path))
        .expect("thread")
        .join()
        .expect("no panic");
    std::process::exit(code);
}
