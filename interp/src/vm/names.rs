//! Interned names the VM itself uses.

use crate::object::header::Gc;
use crate::object::str::Str;

macro_rules! names {
    ($($field:ident)*) => {
        /// Interned strings, one field per name.
        #[allow(non_snake_case, reason = "fields are Python names")]
        pub struct Names {
            $(pub $field: Gc<Str>,)*
        }
        impl Names {
            pub(crate) fn create(mut intern: impl FnMut(&str) -> Gc<Str>) -> Names {
                Names { $($field: intern(stringify!($field).trim_end_matches("_0")),)* }
            }
        }
    };
}

// A name that Rust or another row reserves ends in `_0`, which is cut off.
names! {
    __abstractmethods__ __all__ __annotate__ __annotate_func__ __annotations__ __annotations_cache__ __args__ __bases__ __build_class__
    __builtins__ __cached__ __call__ __cause__ __class__ __class_getitem__ __classcell__ __classdict__ __classdictcell__
    __code__ __context__ __debug__ __del__ __delattr__ __delete__ __dict__ __dir__ __doc__ __enter__ __eq__ __exit__ __file__
    __firstlineno__ __format__ __get__ __getattr__ __getattribute__ __getitem__ __getstate__ __globals__ __hash__ __import__ __init__
    __init_subclass__ __instancecheck__ __isabstractmethod__ __iter__ __len__ __loader__ __main__ __match_args__ __missing__ __module__
    __mro_entries__ __mro__ __name__ __new__ __newobj__ __notes__ __objclass__ __orig_class__ __package__ __path__ __prepare__
    __qualname__ __reduce__ __reduce_ex__ __repr__ __self__ __set__ __set_name__ __setattr__ __slots__ __spec__ __static_attributes__
    __str__ __subclasscheck__ __traceback__ __type_params__ __weakref__ __wrapped__ __dictoffset__ __weakrefoffset__
    args big builtins buffering close code copyreg encoding end errors excepthook displayhook unraisablehook filename file flush
    fileno fset fget fdel items keys key last_exc last_traceback last_type last_value lineno little metaclass mode modules mro msg
    name name_from none_0 obj offset path print_file_and_line ps1 ps2 path_hooks path_importer_cache meta_path readline readlines
    read replace send sep stderr stdin stdout strict surrogateescape sys text throw type_0 utf_8 value warnings write
    end_lineno end_offset _initializing _uninitialized_submodules _handle_fromlist _find_and_load _lock_unlock_module parent
    __import_main getattr isinstance default
    call_soon get_debug context cancel result _asyncio_future_blocking get_loop _loop add_done_callback
}
