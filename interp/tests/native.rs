//! Argument binding against recorded results of CPython's `_testclinic` functions, and the example module.

#[path = "../src/native/example.rs"]
mod example_module;

use adder_interp::heap::GcVec;
use adder_interp::native::{Args, FnDef, ModuleDef};
use adder_interp::object::exception::Exception;
use adder_interp::object::header::Gc;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::Value;
use adder_interp::vm::{Config, Interpreter, Vm};
use adder_macros::{pymethods, pymodule};
use example_module::example;

/// Functions with the signatures of CPython's `_testclinic`; bodies do not matter.
#[pymodule(name = "_testclinic")]
mod clinic {
    use super::*;

    #[pyfunction(sig = "(*, a)")]
    fn keyword_only_parameter(a: Value) -> (Value,) {
        (a,)
    }
    #[pyfunction(sig = "(a, b)")]
    fn keywords(a: Value, b: Value) -> (Value, Value) {
        (a, b)
    }
    #[pyfunction(sig = "(a, *, b)")]
    fn keywords_kwonly(a: Value, b: Value) -> (Value, Value) {
        (a, b)
    }
    #[pyfunction(sig = "(a, b=None, *, c=None, d=None)")]
    fn keywords_opt_kwonly(a: Value, b: Option<Value>, c: Option<Value>, d: Option<Value>) -> Four {
        (a, b, c, d)
    }
    #[pyfunction(sig = "(a, b=None, c=None)")]
    fn keywords_opt(a: Value, b: Option<Value>, c: Option<i64>) -> (Value, Option<Value>, Option<i64>) {
        (a, b, c)
    }
    #[pyfunction(sig = "(a, /, b)")]
    fn posonly_keywords(a: Value, b: Value) -> (Value, Value) {
        (a, b)
    }
    #[pyfunction(sig = "(a, /, *, b)")]
    fn posonly_kwonly(a: Value, b: Value) -> (Value, Value) {
        (a, b)
    }
    #[pyfunction(sig = "(a, /, b, *, c)")]
    fn posonly_keywords_kwonly(a: Value, b: Value, c: Value) -> (Value, Value, Value) {
        (a, b, c)
    }
    #[pyfunction(sig = "(a, /, b, *, c, d=None)")]
    fn posonly_keywords_kwonly_opt(a: Value, b: Value, c: Value, d: Option<Value>) -> Four {
        (a, Some(b), Some(c), d)
    }
    #[pyfunction(sig = "(a, /, b, c=None, d=None)")]
    fn posonly_keywords_opt(a: Value, b: Value, c: Option<Value>, d: Option<Value>) -> Four {
        (a, Some(b), c, d)
    }
    #[pyfunction(sig = "(a, b=None, /, c=None, d=None)")]
    fn posonly_opt_keywords_opt(a: Value, b: Option<Value>, c: Option<Value>, d: Option<Value>) -> Four {
        (a, b, c, d)
    }
    #[pyfunction(sig = "(a, /, *, b, c=None, d=None)")]
    fn posonly_kwonly_opt(a: Value, b: Value, c: Option<Value>, d: Option<Value>) -> Four {
        (a, Some(b), c, d)
    }
    #[pyfunction(sig = "(a, b=None, /, *, c=None, d=None)")]
    fn posonly_opt_kwonly_opt(a: Value, b: Option<Value>, c: Option<Value>, d: Option<Value>) -> Four {
        (a, b, c, d)
    }
    #[pyfunction]
    fn varpos(args: &[Value]) -> usize {
        args.len()
    }
    #[pyfunction]
    fn posonly_varpos(_a: Value, _b: Value, args: &[Value]) -> usize {
        args.len()
    }
    #[pyfunction(sig = "(a, /, b, *args)")]
    fn posonly_poskw_varpos(_a: Value, _b: Value, args: &[Value]) -> usize {
        args.len()
    }
    #[pyfunction(sig = "(a, *args)")]
    fn poskw_varpos(_a: Value, args: &[Value]) -> usize {
        args.len()
    }
    #[pyfunction(sig = "(a, *args, b=False)")]
    fn poskw_varpos_kwonly_opt(_a: Value, args: &[Value], _b: bool) -> usize {
        args.len()
    }
    #[pyfunction(sig = "(*args, b=False)")]
    fn varpos_kwonly_opt(args: &[Value], _b: bool) -> usize {
        args.len()
    }
    #[pyfunction(sig = "(*args, a, b=False, c=False)")]
    fn varpos_kwonly_req_opt(args: &[Value], _a: Value, _b: bool, _c: bool) -> usize {
        args.len()
    }
    #[pyfunction(sig = "(a, b=False, /, *args)")]
    fn posonly_req_opt_varpos(_a: Value, _b: bool, args: &[Value]) -> usize {
        args.len()
    }
    #[pyfunction]
    fn objects_converter(_a: Value, _b: Option<Value>) {}
    #[pyfunction(sig = "(a=True, b=True, c=True, /)")]
    fn bool_converter(a: bool, b: bool, c: bool) -> (bool, bool, bool) {
        (a, b, c)
    }
    #[pyfunction(sig = "(a='a', b='b', c='c', /)")]
    fn str_converter(a: String, b: String, c: Gc<Str>) -> (String, String, Gc<Str>) {
        (a, b, c)
    }
    #[pyfunction(sig = "(a=12, b=34, c=45, /)")]
    fn int_converter(a: i32, b: i32, c: i32) -> (i32, i32, i32) {
        (a, b, c)
    }
    #[pyfunction(sig = "(a=12.5, /)")]
    fn double_converter(a: f64) -> (f64,) {
        (a,)
    }
    #[pyfunction(sig = "(a=12, b=34, c=56, /)")]
    fn unsigned_char_converter(a: u8, b: u8, c: u8) -> (u8, u8, u8) {
        (a, b, c)
    }
    #[pyfunction(sig = "(a=12, /)")]
    fn size_t_converter(a: usize) -> (usize,) {
        (a,)
    }
    #[pyfunction(sig = "(a=12, /)")]
    fn long_converter(a: i64) -> (i64,) {
        (a,)
    }
    #[pyfunction(sig = "(a, /, **kwargs)")]
    fn collect(_a: Value, kwargs: Option<Gc<adder_interp::object::dict::Dict>>) -> usize {
        kwargs.map_or(0, |d| d.len())
    }
}

type Four = (Value, Option<Value>, Option<Value>, Option<Value>);

/// Methods with the signatures of several builtin types.
struct Methods;

#[pymethods(name = "list", kind = List)]
impl Methods {
    #[pymethod]
    fn append(_this: Value, _object: Value) {}
    #[pymethod]
    fn clear(_this: Value) {}
    #[pymethod]
    fn insert(_this: Value, _index: isize, _object: Value) {}
    #[pymethod]
    fn pop(_this: Value, _index: Option<isize>) {}
    #[pymethod(sig = "(*, key=None, reverse=False)")]
    fn sort(_this: Value, _key: Option<Value>, _reverse: bool) {}
    #[pymethod]
    fn __len__(_this: Value) -> usize {
        0
    }
    #[pymethod(method)]
    fn __getitem__(_this: Value, _index: Value) {}
    #[pymethod]
    fn __setitem__(_this: Value, _index: Value, _value: Value) {}
    #[pymethod]
    fn __pow__(_this: Value, _other: Value, _modulus: Option<Value>) {}
    #[pymethod(sig = "(sep=None, maxsplit=-1)")]
    fn split(_this: Value, _sep: Option<Value>, _maxsplit: isize) {}
    #[pymethod(sig = "(length=1, byteorder='big', *, signed=False)")]
    fn to_bytes(_this: Value, _length: isize, _byteorder: Gc<Str>, _signed: bool) {}
    #[pymethod(sig = "(encoding='utf-8', errors='strict')")]
    fn encode(_this: Value, _encoding: String, _errors: Gc<Str>) {}
    #[pyclassmethod]
    fn fromkeys(_cls: Gc<Type>, _iterable: Value, _value: Option<Value>) {}
    #[pynew(sig = "(iterable=(), /)")]
    fn new(_cls: Gc<Type>, _iterable: Option<Value>) {}
}

/// Calls `def` with arguments written as `1,'text',name=None`; the result's repr or the exception.
fn call(vm: &Vm, def: &FnDef, receiver: Option<Value>, source: &str) -> String {
    let heap = &vm.heap;
    let (mut values, mut names) = (GcVec::new(), GcVec::new());
    receiver.into_iter().for_each(|v| values.push(heap, v));
    for argument in source.split(',').map(str::trim).filter(|a| !a.is_empty()) {
        let literal = match argument.split_once('=') {
            Some((name, literal)) => {
                names.push(heap, vm.intern(name).value());
                literal
            }
            None => argument,
        };
        values.push(heap, value(vm, literal));
    }
    let names = if names.is_empty() { None } else { Some(Tuple::new(heap, &names)) };
    match def.call(vm, Args::new(&values, names)) {
        Ok(result) => show(vm, result),
        Err(_) => error(vm),
    }
}

fn value(vm: &Vm, literal: &str) -> Value {
    match literal {
        "None" => Value::none(),
        "True" => Value::bool(true),
        "False" => Value::bool(false),
        _ if literal.starts_with('\'') => vm.new_str(literal.trim_matches('\'')),
        _ if literal.contains('.') => Value::float(literal.parse().unwrap()),
        _ => vm.new_int(literal.parse().unwrap()),
    }
}

/// `repr` of the few kinds of results there are here; needs no `__repr__`.
fn show(vm: &Vm, value: Value) -> String {
    if let Some(i) = value.as_small_int() {
        i.to_string()
    } else if let Some(x) = value.as_float() {
        format!("{x:?}")
    } else if let Some(s) = value.downcast::<Str>() {
        format!("'{}'", s.to_string_lossy())
    } else if let Some(t) = value.downcast::<Tuple>() {
        let items: Vec<String> = t.iter().map(|&v| show(vm, v)).collect();
        if let [one] = &items[..] { format!("({one},)") } else { format!("({})", items.join(", ")) }
    } else if value == Value::none() {
        "None".into()
    } else if value == Value::bool(true) {
        "True".into()
    } else if value == Value::bool(false) {
        "False".into()
    } else if let Some(i) = adder_interp::object::int::as_int(value) {
        i.to_big().to_string()
    } else {
        vm.type_of(value).name()
    }
}

fn error(vm: &Vm) -> String {
    let exception = vm.take_pending().expect("an exception is pending").downcast::<Exception>().unwrap();
    let message = exception.args.get()[0].downcast::<Str>().unwrap();
    format!("{}: {}", vm.type_of(exception.value()).name(), message.to_string_lossy())
}

fn find<'a>(defs: &'a [FnDef], name: &str) -> &'a FnDef {
    defs.iter().find(|d| d.name == name).unwrap_or_else(|| panic!("no function {name}"))
}

fn start() -> &'static Vm {
    Interpreter::start(Config::default(), None).expect("an interpreter starts")
}

#[test]
fn binding_is_cpythons() {
    let vm = start();
    let mut differences = String::new();
    for line in include_str!("binding.txt").lines().filter(|l| !l.starts_with('#')) {
        let (source, expected) = line.split_once(" => ").expect("call => result");
        let (name, arguments) = source.split_once('(').expect("a call");
        let arguments = arguments.strip_suffix(')').expect("a call");
        let methods = Methods::TYPE_DEF.methods;
        let got = match name.split_once('.') {
            None => call(vm, find(clinic::MODULE.functions, name), None, arguments),
            Some(("cls", name)) => call(vm, find(methods, name), Some(vm.types.list.value()), arguments),
            Some(("unbound", name)) => call(vm, find(methods, name), None, arguments),
            Some((_, name)) => call(vm, find(methods, name), Some(vm.new_list(&[])), arguments),
        };
        if got != expected {
            differences.push_str(&format!("{source}\n  is  {got}\n  not {expected}\n"));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn text_signatures_and_docs() {
    let signature = |defs: &[FnDef], name| find(defs, name).text_signature.unwrap().to_owned();
    let methods = Methods::TYPE_DEF.methods;
    assert_eq!(signature(methods, "append"), "($self, object, /)");
    assert_eq!(signature(methods, "sort"), "($self, /, *, key=None, reverse=False)");
    assert_eq!(signature(methods, "fromkeys"), "($type, iterable, value=<unrepresentable>, /)");
    assert_eq!(signature(methods, "__setitem__"), "($self, key, value, /)");
    assert_eq!(signature(methods, "__new__"), "(iterable=(), /)");
    assert_eq!(find(methods, "__len__").doc, Some("Return len(self)."));
    assert_eq!(signature(example::MODULE.functions, "join"), "($module, /, *words, sep=' ', repeat=1)");
    assert_eq!(find(example::MODULE.functions, "sqrt").doc, Some("Return the square root of x."));
    let module: &ModuleDef = &example::MODULE;
    assert_eq!((module.name, module.doc), ("example", Some("A stack, and a few functions.")));
    assert!(find(module.functions, "sqrt").props.unboxed_f64.is_some());
}

#[test]
fn the_example_module_works() {
    let vm = start();
    let function = |name| find(example::MODULE.functions, name);
    assert_eq!(call(vm, function("sqrt"), None, "9"), "3.0");
    assert_eq!(call(vm, function("sqrt"), None, "-1.0"), "ValueError: expected a nonnegative input");
    assert_eq!(call(vm, function("join"), None, "'a','b',sep='-',repeat=2"), "'aa-bb'");
    assert_eq!(call(vm, function("count"), None, "1,2,a=3"), "(2, 1)");
    assert_eq!(call(vm, function("twice"), None, "'ab',2"), "'abababab'");
    assert_eq!(
        call(vm, function("twice"), None, "'ab',256"),
        "OverflowError: unsigned byte integer is greater than maximum"
    );

    let def = example::Stack::TYPE_DEF;
    let class = vm.native_type(def).expect("the class is made");
    let new = find(def.methods, "__new__");
    let stack = new.call(vm, Args::positional(&[class.value(), vm.new_int(1)])).expect("a stack");
    let method = |name, arguments| call(vm, find(def.methods, name), Some(stack), arguments);
    assert_eq!(method("push", "7"), "None");
    assert_eq!(method("push", "8"), "OverflowError: the stack is full");
    assert_eq!(method("__len__", ""), "1");
    assert_eq!(method("pop", ""), "7");
    assert_eq!(method("pop", ""), "IndexError: pop from an empty stack");
    assert_eq!(method("pop", "5"), "5");
    assert_eq!(method("pop", "5,6"), "TypeError: pop expected at most 1 argument, got 2");
    assert_eq!(method("push", ""), "TypeError: Stack.push() takes exactly one argument (0 given)");

    let depth = def.getsets.iter().find(|g| g.name == "depth").unwrap();
    assert_eq!(show(vm, (depth.get)(vm, stack).unwrap()), "1");
    (depth.set.unwrap())(vm, stack, Some(Value::none())).unwrap();
    assert_eq!(show(vm, (depth.get)(vm, stack).unwrap()), "None");
    assert!((depth.get)(vm, vm.new_int(3)).is_err());
    assert_eq!(
        error(vm),
        "TypeError: descriptor 'depth' for 'example.Stack' objects doesn't apply to a 'int' object"
    );
}
