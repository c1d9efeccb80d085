//! The cache behind `functools.lru_cache`.
//!
//! A dict maps keys to results, or, when the size is bounded, to links of a ring in order of use, oldest first.
//! Running the cached function may change the cache: what was looked up before the call is looked up again.

use adder_interp::native::Args;
use adder_interp::object::dict::Dict;
use adder_interp::object::function::BoundMethod;
use adder_interp::object::header::Gc;
use adder_interp::object::native::Native;
use adder_interp::object::shape::shape_id;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods};
use std::cell::Cell;

/// One cached result; `previous` and `next` are in the ring, whose root is the cache's own link.
#[pyclass(name = "_lru_list_elem", module = "functools")]
#[derive(Trace)]
pub struct Link {
    previous: Cell<Option<Gc<Native<Link>>>>,
    next: Cell<Option<Gc<Native<Link>>>>,
    key: Cell<Option<Value>>,
    #[trace(skip)]
    hash: Cell<u64>,
    result: Cell<Option<Value>>,
}

#[pymethods]
impl Link {}

type LinkRef = Gc<Native<Link>>;

impl Link {
    fn create(vm: &Vm) -> PyResult<LinkRef> {
        let class = vm.native_type(Link::TYPE_DEF)?;
        let payload = Link {
            previous: Cell::new(None),
            next: Cell::new(None),
            key: Cell::new(None),
            hash: Cell::new(0),
            result: Cell::new(None),
        };
        Ok(vm.new_native(class, payload))
    }

    /// A link that is a ring by itself.
    fn root(vm: &Vm) -> PyResult<LinkRef> {
        let root = Link::create(vm)?;
        root.previous.set(Some(root));
        root.next.set(Some(root));
        Ok(root)
    }

    fn unlink(link: LinkRef) {
        if let (Some(previous), Some(next)) = (link.previous.get(), link.next.get()) {
            previous.next.set(Some(next));
            next.previous.set(Some(previous));
        }
    }

    /// Puts the link at the recently used end of the ring.
    fn append(link: LinkRef, root: LinkRef) {
        let last = root.previous.get().unwrap_or(root);
        last.next.set(Some(link));
        root.previous.set(Some(link));
        link.previous.set(Some(last));
        link.next.set(Some(root));
    }
}

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    Nothing,
    Everything,
    Entries(usize),
}

/// Create a cached callable that wraps another function.
///
/// user_function:      the function being cached
///
/// maxsize:  0         for no caching
///           None      for unlimited cache size
///           n         for a bounded cache
///
/// typed:    False     cache f(3) and f(3.0) as identical calls
///           True      cache f(3) and f(3.0) as distinct calls
///
/// cache_info_type:    namedtuple class with the fields:
///                         hits misses currsize maxsize
#[pyclass(name = "_lru_cache_wrapper", module = "functools", subclassable, has_dict, weakrefable)]
#[derive(Trace)]
pub struct LruCache {
    function: Value,
    cache: Gc<Dict>,
    root: Cell<LinkRef>,
    #[trace(skip)]
    limit: Limit,
    typed: bool,
    info_type: Value,
    /// Separates positional from keyword arguments in keys.
    mark: Value,
    hits: Cell<i64>,
    misses: Cell<i64>,
}

impl LruCache {
    /// The key of a call: the only argument itself if it is an int or str, otherwise a tuple of everything.
    fn key(&self, vm: &Vm, args: Args<'_>) -> Value {
        let (values, heap) = (args.all_values(), &vm.heap);
        if !self.typed && !args.has_keywords() {
            return match values {
                [only] if matches!(vm.shape_of(*only), shape_id::INT | shape_id::STR) => *only,
                _ => vm.new_tuple(values),
            };
        }
        let mut key = vm.vec();
        key.extend_from_slice(heap, args.positional_values());
        if args.has_keywords() {
            key.push(heap, self.mark);
            for (name, value) in args.keywords() {
                key.push(heap, name.value());
                key.push(heap, value);
            }
        }
        if self.typed {
            values.iter().for_each(|&v| key.push(heap, vm.type_of(v).value()));
        }
        vm.new_tuple(&key)
    }

    fn count_miss(&self) {
        self.misses.set(self.misses.get() + 1);
    }
    fn count_hit(&self) {
        self.hits.set(self.hits.get() + 1);
    }

    fn call_unbounded(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        let key = self.key(vm, args);
        let hash = vm.hash(key)?;
        if let Some(result) = self.cache.get_hashed(vm, key, hash)? {
            self.count_hit();
            return Ok(result);
        }
        self.count_miss();
        let result = vm.call_args(self.function, args)?;
        self.cache.insert_hashed(vm, key, hash, result)?;
        Ok(result)
    }

    fn call_bounded(&self, vm: &Vm, args: Args<'_>, limit: usize) -> PyResult {
        let key = self.key(vm, args);
        let hash = vm.hash(key)?;
        if let Some(link) = self.cache.get_hashed(vm, key, hash)?.and_then(|v| v.downcast::<Native<Link>>()) {
            Link::unlink(link);
            Link::append(link, self.root.get());
            self.count_hit();
            return Ok(link.result.get().unwrap_or(Value::none()));
        }
        self.count_miss();
        let result = vm.call_args(self.function, args)?;
        if self.cache.get_hashed(vm, key, hash)?.is_some() {
            return Ok(result); // the call itself has cached it
        }
        let root = self.root.get();
        let oldest = root.next.get().filter(|&l| l != root);
        let link = match oldest {
            Some(oldest) if self.cache.len() >= limit => {
                Link::unlink(oldest);
                let Some(old_key) = oldest.key.get() else { return Ok(result) };
                match self.cache.remove_hashed(vm, old_key, oldest.hash.get()) {
                    Ok(Some(_)) => {}
                    Ok(None) => return Ok(result), // removed already
                    Err(raised) => {
                        Link::append(oldest, root);
                        return Err(raised);
                    }
                }
                oldest
            }
            _ => Link::create(vm)?,
        };
        link.key.set(Some(key));
        link.hash.set(hash);
        link.result.set(Some(result));
        self.cache.insert_hashed(vm, key, hash, link.value())?;
        Link::append(link, root);
        Ok(result)
    }
}

#[pymethods]
impl LruCache {
    #[pynew(sig = "(user_function, maxsize, typed, cache_info_type)")]
    fn __new__(
        cls: Gc<Type>,
        vm: &Vm,
        user_function: Value,
        maxsize: Value,
        typed: bool,
        cache_info_type: Value,
    ) -> PyResult {
        if !vm.is_callable(user_function) {
            return Err(vm.type_error("the first argument must be callable"));
        }
        let limit = if maxsize.is_none() {
            Limit::Everything
        } else if vm.is_index(maxsize) {
            match vm.index_i64(maxsize)? {
                n if n <= 0 => Limit::Nothing,
                n => Limit::Entries(n as usize),
            }
        } else {
            return Err(vm.type_error("maxsize should be integer or None"));
        };
        let mark = vm.registered("functools.kwd_mark", |vm| vm.call(vm.types.object.value(), &[]))?;
        let cache = Dict::new(&vm.heap);
        let payload = LruCache {
            function: user_function,
            cache,
            root: Cell::new(Link::root(vm)?),
            limit,
            typed,
            info_type: cache_info_type,
            mark,
            hits: Cell::new(0),
            misses: Cell::new(0),
        };
        Ok(vm.new_native(cls, payload).value())
    }
    #[pymethod]
    fn __call__(&self, vm: &Vm, args: Args<'_>) -> PyResult {
        match self.limit {
            Limit::Nothing => {
                self.count_miss();
                vm.call_args(self.function, args)
            }
            Limit::Everything => self.call_unbounded(vm, args),
            Limit::Entries(n) => self.call_bounded(vm, args, n),
        }
    }
    #[pymethod]
    fn __get__(this: Gc<Native<LruCache>>, vm: &Vm, instance: Value, _owner: Option<Value>) -> Value {
        if instance.is_none() {
            this.value()
        } else {
            BoundMethod::new(&vm.heap, this.value(), instance).value()
        }
    }
    /// Report cache statistics
    #[pymethod]
    fn cache_info(&self, vm: &Vm) -> PyResult {
        let limit = match self.limit {
            Limit::Everything => Value::none(),
            Limit::Nothing => Value::small_int(0),
            Limit::Entries(n) => vm.new_int(n as i64),
        };
        let size = vm.new_int(self.cache.len() as i64);
        let [hits, misses] = [&self.hits, &self.misses].map(|n| vm.new_int(n.get()));
        vm.call(self.info_type, &[hits, misses, limit, size])
    }
    /// Clear the cache and cache statistics
    #[pymethod]
    fn cache_clear(&self, vm: &Vm) -> PyResult<()> {
        self.root.set(Link::root(vm)?);
        self.cache.clear();
        self.hits.set(0);
        self.misses.set(0);
        Ok(())
    }
    #[pymethod]
    fn __reduce__(this: Gc<Native<LruCache>>, vm: &Vm) -> PyResult {
        vm.getattr_str(this.value(), "__qualname__")
    }
    #[pymethod]
    fn __copy__(this: Gc<Native<LruCache>>) -> Value {
        this.value()
    }
    #[pymethod]
    fn __deepcopy__(this: Gc<Native<LruCache>>, _memo: Value) -> Value {
        this.value()
    }
}
