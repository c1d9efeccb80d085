//! Argument binding of native functions, with CPython's wording of every mistake.
//!
//! The attribute macros emit one constant [`Signature`] per function and a wrapper that calls the functions here;
//! nothing is generic over the function, so that thousands of wrappers stay small. A call with plain positional
//! arguments in the right number costs one comparison and copies nothing.
//!
//! CPython words its errors in families, by how the C function takes its arguments. A signature decides its family:
//!
//! | parameters | family | example |
//! | --- | --- | --- |
//! | none, or one required positional-only | exact | `list.append() takes exactly one argument (2 given)` |
//! | positional-only | counted | `dist expected 2 arguments, got 3` |
//! | with keywords | general | `sum() takes at least 1 positional argument (0 given)` |
//! | special method called through a slot | slot | `expected 1 argument, got 0` |
//!
//! Invariants: required positional parameters come before optional ones, positional ones before `*args`, `**kwargs`
//! last (the macros check it), so the n-th positional argument belongs to the n-th parameter.

use super::FnKind;
use crate::object::dict::Dict;
use crate::object::header::{Gc, HeapObject};
use crate::object::str::Str;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use crate::vm::Vm;
use crate::vm::suggest::suggest;

/// The arguments of one call: positional values, then the values of keywords, all in one slice.
///
/// For methods and class methods the first value is the receiver. The slice usually lies in the caller's registers.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    values: &'a [Value],
    /// Names (`Str`) of the last values; never an empty tuple.
    kwnames: Option<Gc<Tuple>>,
}

impl<'a> Args<'a> {
    /// `values` ends with one value for each name in `kwnames`.
    #[inline(always)]
    pub fn new(values: &'a [Value], kwnames: Option<Gc<Tuple>>) -> Args<'a> {
        Args { values, kwnames: kwnames.filter(|names| !names.is_empty()) }
    }

    /// Arguments as [`super::NativeFn`] gets them.
    ///
    /// # Safety
    /// `values` and `count` are a slice that outlives the call and ends with one value for each of the names.
    #[inline(always)]
    pub unsafe fn from_raw(values: *const Value, count: usize, kwnames: Option<Gc<Tuple>>) -> Args<'a> {
        // SAFETY: promised by the caller.
        Args { values: unsafe { std::slice::from_raw_parts(values, count) }, kwnames }
    }

    /// Positional arguments only.
    #[inline(always)]
    pub fn positional(values: &'a [Value]) -> Args<'a> {
        Args { values, kwnames: None }
    }

    /// Positional and keyword values.
    #[inline(always)]
    pub fn all_values(self) -> &'a [Value] {
        self.values
    }

    /// The names of the keyword arguments, if there are any.
    #[inline(always)]
    pub fn kwnames(self) -> Option<Gc<Tuple>> {
        self.kwnames
    }

    #[inline(always)]
    pub fn has_keywords(self) -> bool {
        self.kwnames.is_some()
    }

    #[inline(always)]
    fn keyword_count(self) -> usize {
        self.kwnames.map_or(0, |names| names.len())
    }

    /// The positional arguments.
    #[inline(always)]
    pub fn positional_values(self) -> &'a [Value] {
        &self.values[..self.values.len() - self.keyword_count()]
    }

    /// The values of the keyword arguments.
    #[inline(always)]
    pub fn keyword_values(self) -> &'a [Value] {
        &self.values[self.values.len() - self.keyword_count()..]
    }

    /// Keyword arguments in the order of the call.
    pub fn keywords(self) -> impl Iterator<Item = (Gc<Str>, Value)> + 'a {
        let names: &'a [Value] = match self.kwnames {
            Some(names) => names.as_ref(),
            None => &[],
        };
        // The call has checked that the names are strings.
        names
            .iter()
            .zip(self.keyword_values())
            .filter_map(|(name, &value)| Some((name.downcast::<Str>()?, value)))
    }

    /// The value of keyword `name`.
    pub fn keyword(self, name: &str) -> Option<Value> {
        self.keywords().find(|(k, _)| k.eq_str(name)).map(|(_, value)| value)
    }

    /// The keyword arguments as a new dict; `None` without any.
    pub fn keyword_dict(self, vm: &Vm) -> Option<Gc<Dict>> {
        self.kwnames?;
        let dict = Dict::new(&vm.heap);
        self.keywords().for_each(|(name, value)| dict.insert_str(&vm.heap, name, value));
        Some(dict)
    }

    /// For functions that bind by hand: raises "`name`() takes no keyword arguments".
    pub fn reject_keywords(self, vm: &Vm, name: &str) -> PyResult<()> {
        match self.kwnames {
            None => Ok(()),
            Some(_) => Err(vm.type_error(format!("{name}() takes no keyword arguments"))),
        }
    }

    /// For functions that bind by hand: the positional arguments, between `min` and `max` of them.
    pub fn counted(self, vm: &Vm, name: &str, min: usize, max: usize) -> PyResult<&'a [Value]> {
        let values = self.positional_values();
        if values.len() < min || values.len() > max {
            return Err(vm.type_error(counted_message(name, min, Some(max), values.len())));
        }
        Ok(values)
    }

    /// All arguments without their receiver or class, which must be there.
    #[inline(always)]
    pub fn split_receiver(self, vm: &Vm, sig: &'static Signature) -> PyResult<(Value, Args<'a>)> {
        match self.values.split_first() {
            Some((&first, rest)) if rest.len() >= self.keyword_count() => {
                Ok((first, Args { values: rest, kwnames: self.kwnames }))
            }
            _ => Err(sig.missing_receiver(vm)),
        }
    }

    /// Exactly `N` positional arguments (the receiver counts) and no keywords.
    #[inline(always)]
    pub fn exact<const N: usize>(self, vm: &Vm, sig: &'static Signature) -> PyResult<&'a [Value; N]> {
        match <&[Value; N]>::try_from(self.values) {
            Ok(values) if self.kwnames.is_none() => Ok(values),
            _ => Err(sig.mismatch(vm, self)),
        }
    }

    /// The positional arguments (the receiver counts) of a function without keywords, their count checked.
    #[inline(always)]
    pub fn positional_for(self, vm: &Vm, sig: &'static Signature) -> PyResult<&'a [Value]> {
        let receiver = sig.kind.passes_receiver() as usize;
        let (min, max) = (sig.required_positional as usize + receiver, sig.positional as usize + receiver);
        let count = self.values.len();
        if self.kwnames.is_none() && count >= min && (count <= max || sig.var_positional) {
            Ok(self.values)
        } else {
            Err(sig.mismatch(vm, self))
        }
    }

    /// Sorts the arguments (receiver already split off) into `slots`, one for each parameter but `*args`, whose
    /// values are returned. The slot of `**kwargs` gets a dict if there is anything to put in.
    #[inline(always)]
    pub fn bind(
        self,
        vm: &Vm,
        sig: &'static Signature,
        slots: &mut [Option<Value>],
    ) -> PyResult<&'a [Value]> {
        let (count, max) = (self.values.len(), sig.positional as usize);
        let plain = self.kwnames.is_none() && count >= sig.required_positional as usize && count <= max;
        if plain && sig.required_keywords == 0 {
            for (slot, &value) in slots.iter_mut().zip(self.values) {
                *slot = Some(value);
            }
            return Ok(&[]);
        }
        sig.bind_general(vm, self, slots)
    }
}

/// The value of a required parameter, which [`Args::bind`] has filled.
#[inline(always)]
pub fn filled(slot: Option<Value>) -> Value {
    slot.expect("binding fills required parameters")
}

/// The dict of `**kwargs`.
#[inline]
pub fn keyword_dict(slot: Option<Value>) -> Option<Gc<Dict>> {
    slot?.downcast()
}

/// The receiver of a method, checked to have the layout of `T`.
#[inline(always)]
pub fn receiver<T: HeapObject>(vm: &Vm, value: Value, sig: &'static Signature) -> PyResult<Gc<T>> {
    match value.downcast() {
        Some(this) => Ok(this),
        None => Err(sig.wrong_receiver(vm, value)),
    }
}

/// The class that a class method or `__new__` gets.
#[inline]
pub fn class_argument(vm: &Vm, value: Value, sig: &'static Signature) -> PyResult<Gc<Type>> {
    match value.downcast() {
        Some(class) => Ok(class),
        None => {
            let (owner, name, given) = (sig.owner, sig.name, vm.type_of(value).name());
            Err(vm.type_error(format!("{owner}.{name}(X): X is not a type object ({given})")))
        }
    }
}

/// How a parameter takes its argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    PositionalOnly,
    PositionalOrKeyword,
    /// `*args`.
    VarPositional,
    KeywordOnly,
    /// `**kwargs`.
    VarKeyword,
}

/// A parameter that Python sees.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub name: &'static str,
    pub kind: ParamKind,
    /// Without a default; false for `*args` and `**kwargs`.
    pub required: bool,
}

/// What binding and its errors need to know about a native function.
#[derive(Debug)]
pub struct Signature {
    /// Defining module, for messages.
    pub module: &'static str,
    /// Defining class; empty for functions.
    pub owner: &'static str,
    pub name: &'static str,
    pub kind: FnKind,
    /// A special method that CPython calls through a type slot.
    pub slot: bool,
    /// Wrong argument counts are reported without the function's name.
    anonymous: bool,
    /// Without the receiver.
    pub params: &'static [Param],
    /// Positional parameters: all, the required ones, those that keywords cannot name.
    positional: u16,
    required_positional: u16,
    positional_only: u16,
    /// Keyword-only parameters without a default.
    required_keywords: u16,
    /// Parameters other than `*args` and `**kwargs`.
    named: u16,
    var_positional: bool,
    var_keyword: bool,
}

impl Signature {
    pub const fn new(
        module: &'static str,
        owner: &'static str,
        name: &'static str,
        kind: FnKind,
        slot: bool,
        anonymous: bool,
        params: &'static [Param],
    ) -> Signature {
        let mut sig = Signature {
            module,
            owner,
            name,
            kind,
            slot,
            anonymous,
            params,
            positional: 0,
            required_positional: 0,
            positional_only: 0,
            required_keywords: 0,
            named: 0,
            var_positional: false,
            var_keyword: false,
        };
        let mut i = 0;
        while i < params.len() {
            let required = params[i].required as u16;
            match params[i].kind {
                ParamKind::PositionalOnly | ParamKind::PositionalOrKeyword => {
                    sig.positional += 1;
                    sig.required_positional += required;
                    sig.positional_only += matches!(params[i].kind, ParamKind::PositionalOnly) as u16;
                    sig.named += 1;
                }
                ParamKind::KeywordOnly => {
                    sig.required_keywords += required;
                    sig.named += 1;
                }
                ParamKind::VarPositional => sig.var_positional = true,
                ParamKind::VarKeyword => sig.var_keyword = true,
            }
            i += 1;
        }
        sig
    }

    /// Names parameter `index` in conversion errors.
    #[inline(always)]
    pub const fn at(&'static self, index: usize) -> ArgRef {
        ArgRef { sig: self, index }
    }

    /// Fewest and most positional arguments, the receiver not counted; `None` is any number.
    pub fn positional_range(&self) -> (usize, Option<usize>) {
        (self.required_positional as usize, (!self.var_positional).then_some(self.positional as usize))
    }

    /// The name in most messages: the class's for constructors.
    pub fn display_name(&self) -> &'static str {
        if self.kind == FnKind::New || self.name == "__init__" { self.owner } else { self.name }
    }

    /// The name with its class, or with its module unless that is `builtins`.
    pub fn qualified_name(&self) -> String {
        if self.display_name() == self.owner && !self.owner.is_empty() {
            self.owner.to_owned()
        } else if !self.owner.is_empty() {
            format!("{}.{}", self.owner, self.name)
        } else if self.module != "builtins" && !self.module.is_empty() {
            format!("{}.{}", self.module, self.name)
        } else {
            self.name.to_owned()
        }
    }

    /// The defining class as C code names it: with its module unless that is `builtins`.
    fn class_name(&self) -> String {
        match self.module {
            "builtins" | "" => self.owner.to_owned(),
            module => format!("{module}.{}", self.owner),
        }
    }

    #[cold]
    fn missing_receiver(&self, vm: &Vm) -> Raised {
        let name = self.name;
        vm.type_error(match self.kind {
            FnKind::New => format!("{}.__new__(): not enough arguments", self.owner),
            _ if self.slot => {
                format!("descriptor '{name}' of '{}' object needs an argument", self.class_name())
            }
            _ => format!("unbound method {}() needs an argument", self.qualified_name()),
        })
    }

    #[cold]
    fn wrong_receiver(&self, vm: &Vm, value: Value) -> Raised {
        let (name, class, given) = (self.name, self.class_name(), type_name(vm, value));
        vm.type_error(match self.slot {
            true => format!("descriptor '{name}' requires a '{class}' object but received a '{given}'"),
            false => format!("descriptor '{name}' for '{class}' objects doesn't apply to a '{given}' object"),
        })
    }

    /// Why arguments do not suit a function without keyword parameters.
    #[cold]
    #[inline(never)]
    fn mismatch(&'static self, vm: &Vm, args: Args<'_>) -> Raised {
        let mut given = args.positional_values().len();
        if self.kind.passes_receiver() {
            if given == 0 {
                return self.missing_receiver(vm);
            }
            given -= 1;
        }
        let constructor = self.display_name() == self.owner;
        if constructor && self.params.is_empty() {
            return vm.type_error(format!("{}() takes no arguments", self.owner));
        }
        if args.has_keywords() {
            return vm.type_error(match self.slot && !constructor {
                true => format!("wrapper {}() takes no keyword arguments", self.name),
                false => format!("{}() takes no keyword arguments", self.qualified_name()),
            });
        }
        let (min, max) = self.positional_range();
        if self.anonymous {
            let (min, max) = (min, max.unwrap_or(min));
            let range = if min < max { format!("{min} or {max}") } else { max.to_string() };
            return vm.type_error(format!("expected {range} argument{}, got {given}", plural(max)));
        }
        vm.type_error(match (min, max, constructor || self.slot) {
            (0, Some(0), false) => format!("{}() takes no arguments ({given} given)", self.qualified_name()),
            (1, Some(1), false) => {
                format!("{}() takes exactly one argument ({given} given)", self.qualified_name())
            }
            _ => counted_message(self.display_name(), min, max, given),
        })
    }

    /// The slow path of [`Args::bind`].
    #[inline(never)]
    fn bind_general<'a>(
        &'static self,
        vm: &Vm,
        args: Args<'a>,
        slots: &mut [Option<Value>],
    ) -> PyResult<&'a [Value]> {
        let given = args.positional_values();
        let max = self.positional as usize;
        self.check_counts(vm, given.len(), args.keyword_count())?;
        let (direct, rest) = given.split_at(given.len().min(max));
        for (slot, &value) in slots.iter_mut().zip(direct) {
            *slot = Some(value);
        }
        // Keywords that name a parameter without a value yet; the others are counted and looked at later.
        let mut unused = 0;
        for (name, value) in args.keywords() {
            match self.keyword_parameter(name) {
                Some(i) if slots[i].is_none() => slots[i] = Some(value),
                _ => unused += 1,
            }
        }
        let missing = self.params.iter().enumerate().find(|&(i, p)| p.required && slots[i].is_none());
        if let Some((i, param)) = missing {
            // `*args` does not count.
            let position = i + 1 - (self.var_positional && i >= max) as usize;
            let (function, name) = (self.display_name(), param.name);
            return Err(
                vm.type_error(format!("{function}() missing required argument '{name}' (pos {position})"))
            );
        }
        if unused > 0 {
            self.place_unused(vm, args, direct.len(), slots)?;
        }
        Ok(rest)
    }

    /// The parameter that a keyword can name.
    fn keyword_parameter(&self, name: Gc<Str>) -> Option<usize> {
        let keyword = |p: &Param| matches!(p.kind, ParamKind::PositionalOrKeyword | ParamKind::KeywordOnly);
        self.params.iter().position(|p| keyword(p) && name.eq_str(p.name))
    }

    /// Checks that need no look at the names.
    fn check_counts(&self, vm: &Vm, given: usize, keywords: usize) -> PyResult<()> {
        let function = self.display_name();
        let (named, min, max) =
            (self.named as usize, self.required_positional as usize, self.positional as usize);
        if !self.var_positional && !self.var_keyword && given + keywords > named {
            let (what, s, total) =
                (if given == 0 { "keyword argument" } else { "argument" }, plural(named), given + keywords);
            return Err(
                vm.type_error(format!("{function}() takes at most {named} {what}{s} ({total} given)"))
            );
        }
        if !self.var_positional && given > max {
            if max == 0 {
                return Err(vm.type_error(format!("{function}() takes no positional arguments")));
            }
            let limit = if min < max { "at most" } else { "exactly" };
            return Err(self.positional_count_error(vm, limit, max, given));
        }
        let required = min.min(self.positional_only as usize);
        if given < required {
            let limit = if required < max { "at least" } else { "exactly" };
            return Err(self.positional_count_error(vm, limit, required, given));
        }
        Ok(())
    }

    fn positional_count_error(&self, vm: &Vm, limit: &str, count: usize, given: usize) -> Raised {
        let (function, s) = (self.display_name(), plural(count));
        vm.type_error(format!("{function}() takes {limit} {count} positional argument{s} ({given} given)"))
    }

    /// Keywords that name no free parameter: into `**kwargs`, or wrong.
    fn place_unused(
        &self,
        vm: &Vm,
        args: Args<'_>,
        direct: usize,
        slots: &mut [Option<Value>],
    ) -> PyResult<()> {
        let function = self.display_name();
        for (i, param) in self.params[..direct].iter().enumerate().skip(self.positional_only as usize) {
            if args.keyword(param.name).is_some() {
                let (name, position) = (param.name, i + 1);
                return Err(vm.type_error(format!(
                    "argument for {function}() given by name ('{name}') and position ({position})"
                )));
            }
        }
        let mut unknown = args.keywords().filter(|&(name, _)| self.keyword_parameter(name).is_none());
        if self.var_keyword {
            let dict = Dict::new(&vm.heap);
            unknown.for_each(|(name, value)| dict.insert_str(&vm.heap, name, value));
            slots[self.params.len() - 1] = Some(dict.value());
            return Ok(());
        }
        match unknown.next() {
            Some((name, _)) => Err(self.unexpected_keyword(vm, &name.to_string_lossy())),
            None => Ok(()),
        }
    }

    #[cold]
    fn unexpected_keyword(&self, vm: &Vm, name: &str) -> Raised {
        let nameable = |p: &&Param| matches!(p.kind, ParamKind::PositionalOrKeyword | ParamKind::KeywordOnly);
        let names = self.params.iter().filter(nameable).map(|p| p.name);
        let hint = match suggest(name, names) {
            Some(better) => format!(". Did you mean '{better}'?"),
            None => String::new(),
        };
        let function = self.display_name();
        vm.type_error(format!("{function}() got an unexpected keyword argument '{name}'{hint}"))
    }
}

impl FnKind {
    /// The first argument of a call is the receiver or the class.
    #[inline(always)]
    pub const fn passes_receiver(self) -> bool {
        matches!(self, FnKind::Method | FnKind::ClassMethod | FnKind::New)
    }
}

/// One parameter of a function, for conversion errors.
#[derive(Clone, Copy, Debug)]
pub struct ArgRef {
    sig: &'static Signature,
    index: usize,
}

impl ArgRef {
    /// `argument`, `argument 2` or `argument 'x'`, as the parameter can be given.
    pub fn display(self) -> String {
        let param = &self.sig.params[self.index];
        match param.kind {
            ParamKind::PositionalOnly if self.sig.params.len() == 1 && param.required => {
                "argument".to_owned()
            }
            ParamKind::PositionalOnly | ParamKind::VarPositional => format!("argument {}", self.index + 1),
            _ => format!("argument '{}'", param.name),
        }
    }

    /// The function's name in messages.
    pub fn function(self) -> &'static str {
        self.sig.display_name()
    }

    /// The function's bare name.
    pub fn function_name(self) -> &'static str {
        self.sig.name
    }

    /// The parameter's name.
    pub fn parameter(self) -> &'static str {
        self.sig.params[self.index].name
    }

    /// Raises "f() argument 'x' must be `expected`, not int".
    #[cold]
    pub fn must_be(self, vm: &Vm, expected: &str, given: Value) -> Raised {
        let given = if given == Value::none() { "None".to_owned() } else { type_name(vm, given) };
        vm.type_error(format!("{}() {} must be {expected}, not {given}", self.function(), self.display()))
    }
}

/// The name of the value's class as C code shows it: native classes carry their module.
pub fn type_name(vm: &Vm, value: Value) -> String {
    class_name(vm.type_of(value))
}

/// The class's name as C code shows it.
pub fn class_name(class: Gc<Type>) -> String {
    class.name()
}

/// "name expected at least 1 argument, got 0".
fn counted_message(name: &str, min: usize, max: Option<usize>, given: usize) -> String {
    let (limit, count) = match max {
        Some(max) if min == max => ("", max),
        Some(max) if given >= min => ("at most ", max),
        _ => ("at least ", min),
    };
    format!("{name} expected {limit}{count} argument{}, got {given}", plural(count))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
