//! How objects without a pickling method of their own are taken apart: `object.__reduce_ex__` and `__getstate__`.

use super::dict::Dict;
use super::header::{Gc, Kind};
use super::list::List;
use super::objecttype::native_base;
use super::tuple::Tuple;
use super::typeobj::{Type, type_flag};
use crate::heap::GcVec;
use crate::value::{PyResult, Value};
use crate::vm::Vm;

impl Vm {
    /// The value of `object.__reduce_ex__(protocol)`.
    pub fn common_reduce(&self, object: Value, protocol: i32) -> PyResult {
        let copyreg = self.import("copyreg")?;
        if protocol >= 2 {
            return self.reduce_newobj(object, copyreg);
        }
        let function = self.getattr_str(copyreg, "_reduce_ex")?;
        self.call(function, &[object, Value::small_int(protocol as i64)])
    }

    #[cold]
    fn cannot_pickle(&self, ty: Gc<Type>) -> crate::value::Raised {
        self.type_error(format!("cannot pickle '{}' object", ty.name()))
    }

    fn reduce_newobj(&self, object: Value, copyreg: Value) -> PyResult {
        let heap = &self.heap;
        let ty = self.type_of(object);
        if native_base(ty).has(type_flag::NO_CONSTRUCTOR) {
            return Err(self.cannot_pickle(ty));
        }
        let (args, kwargs) = self.new_arguments(object)?;
        let has_arguments = args.is_some();
        let mut all = GcVec::new();
        all.push(heap, ty.value());
        let (function, arguments) = match kwargs.filter(|k| !k.is_empty()) {
            None => {
                args.iter().for_each(|args| all.extend_from_slice(heap, args));
                (self.getattr_str(copyreg, "__newobj__")?, self.new_tuple(&all))
            }
            Some(kwargs) => {
                let args = args.map_or(self.empty_tuple, |a| a);
                all.push(heap, args.value());
                all.push(heap, kwargs.value());
                (self.getattr_str(copyreg, "__newobj_ex__")?, self.new_tuple(&all))
            }
        };
        let required = !has_arguments && !object.is::<List>() && !object.is::<Dict>();
        let state = self.object_state(object, required)?;
        let none = Value::none();
        let list_items = if object.is::<List>() { self.iter(object)? } else { none };
        let dict_items = if object.is::<Dict>() {
            let items = self.call_method(object, "items", &[])?;
            self.iter(items)?
        } else {
            none
        };
        Ok(self.new_tuple(&[function, arguments, state, list_items, dict_items]))
    }

    /// What `__getnewargs_ex__` or `__getnewargs__` return.
    fn new_arguments(&self, object: Value) -> PyResult<(Option<Gc<Tuple>>, Option<Gc<Dict>>)> {
        // Looked up on the class: `__getattr__` is not asked.
        let class = self.type_of(object);
        let find = |name: &str| match self.lookup(class, self.intern(name)) {
            Some(raw) => self.bind_attr(raw, Some(object), class).map(Some),
            None => Ok(None),
        };
        if let Some(method) = find("__getnewargs_ex__")? {
            let result = self.call(method, &[])?;
            let Some(pair) = result.downcast::<Tuple>() else {
                return Err(self.type_error(format!(
                    "__getnewargs_ex__ should return a tuple, not '{}'",
                    self.type_of(result).name()
                )));
            };
            if pair.len() != 2 {
                return Err(self.value_error(format!(
                    "__getnewargs_ex__ should return a tuple of length 2, not {}",
                    pair.len()
                )));
            }
            let Some(args) = pair[0].downcast::<Tuple>() else {
                return Err(self.type_error(format!(
                    "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                    self.type_of(pair[0]).name()
                )));
            };
            let Some(kwargs) = pair[1].downcast::<Dict>() else {
                return Err(self.type_error(format!(
                    "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                    self.type_of(pair[1]).name()
                )));
            };
            return Ok((Some(args), Some(kwargs)));
        }
        let Some(method) = find("__getnewargs__")? else {
            return Ok((None, None));
        };
        let result = self.call(method, &[])?;
        match result.downcast::<Tuple>() {
            Some(args) => Ok((Some(args), None)),
            None => Err(self.type_error(format!(
                "__getnewargs__ should return a tuple, not '{}'",
                self.type_of(result).name()
            ))),
        }
    }

    /// The state by `__getstate__`. With `required` a layout that the state does not cover is an error.
    fn object_state(&self, object: Value, required: bool) -> PyResult {
        let name = self.names.__getstate__;
        let ty = self.type_of(object);
        if self.lookup(ty, name) == self.lookup(self.types.object, name)
            && self.own_attr(object, name).is_none()
        {
            return self.default_getstate(object, required);
        }
        let method = self.getattr(object, name)?;
        self.call(method, &[])
    }

    /// `object.__getstate__`: the attribute dict, or a pair of it and a dict of slots; None when there is nothing.
    pub fn default_getstate(&self, object: Value, required: bool) -> PyResult {
        let ty = self.type_of(object);
        if required && ty.kind != Kind::Instance && !object.is::<super::module::Module>() {
            // A native class without a payload has no more than a dict.
            let covered = ty.native.is_some_and(|info| info.size == 0);
            if !covered {
                return Err(self.cannot_pickle(ty));
            }
        }
        if required && object.is::<super::module::Module>() {
            return Err(self.cannot_pickle(ty));
        }
        let mut state = match self.getattr_opt(object, self.names.__dict__)? {
            Some(dict) if !self.is_empty_dict(dict) => dict,
            _ => Value::none(),
        };
        let names = self.slot_names_of(ty)?;
        if let Some(names) = names {
            let slots = self.new_dict();
            for &name in names.iter() {
                let name = self.attribute_name(name)?;
                if let Some(value) = self.getattr_opt(object, name)? {
                    slots.insert_str(&self.heap, name, value);
                }
            }
            if !slots.is_empty() {
                state = self.new_tuple(&[state, slots.value()]);
            }
        }
        Ok(state)
    }

    fn is_empty_dict(&self, v: Value) -> bool {
        // An instance whose dict is empty still has a state: the empty dict, as far as `__getstate__` goes None.
        v.downcast::<Dict>().is_some_and(|d| d.is_empty())
    }

    /// `copyreg._slotnames(ty)`, through its cache in the class.
    pub fn slot_names_of(&self, ty: Gc<Type>) -> PyResult<Option<GcVec>> {
        let cached = ty.dict.get().get_str(self.intern("__slotnames__"));
        let names = match cached {
            Some(names) => names,
            None => {
                let copyreg = self.import("copyreg")?;
                self.call_method(copyreg, "_slotnames", &[ty.value()])?
            }
        };
        if names.is_none() {
            return Ok(None);
        }
        Ok(Some(self.collect(names)?).filter(|n| !n.is_empty()))
    }
}
