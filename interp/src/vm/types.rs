//! The table of built-in classes: field name in [`Types`], shape id constant, definition.

use crate::object::header::Gc;
use crate::object::typeobj::Type;

/// Calls macro `$m` with `CONST field: path::to::TYPE_DEF,` rows. Order fixes the shape ids.
#[macro_export]
macro_rules! for_each_builtin_type {
    ($m:ident) => {
        $m! {
            OBJECT object: $crate::object::objecttype::TYPE_DEF,
            TYPE type_: $crate::object::type_methods::TYPE_DEF,
            INT int: $crate::object::int_methods::TYPE_DEF,
            BOOL bool_: $crate::object::int_methods::BOOL_DEF,
            FLOAT float: $crate::object::float_methods::TYPE_DEF,
            COMPLEX complex: $crate::object::complex_methods::TYPE_DEF,
            STR str: $crate::object::str_methods::TYPE_DEF,
            BYTES bytes: $crate::object::bytes_methods::TYPE_DEF,
            BYTEARRAY bytearray: $crate::object::bytearray_methods::TYPE_DEF,
            MEMORYVIEW memoryview: $crate::object::memoryview::TYPE_DEF,
            LIST list: $crate::object::list::TYPE_DEF,
            TUPLE tuple: $crate::object::tuple::TYPE_DEF,
            DICT dict: $crate::object::dict_methods::TYPE_DEF,
            SET set: $crate::object::set_methods::TYPE_DEF,
            FROZENSET frozenset: $crate::object::set_methods::FROZENSET_DEF,
            RANGE range: $crate::object::range::TYPE_DEF,
            RANGE_ITERATOR range_iterator: $crate::object::range::ITER_DEF,
            LONGRANGE_ITERATOR longrange_iterator: $crate::object::range::LONG_ITER_DEF,
            SLICE slice: $crate::object::slice::TYPE_DEF,
            LIST_ITERATOR list_iterator: $crate::object::iter::LIST_ITER_DEF,
            TUPLE_ITERATOR tuple_iterator: $crate::object::iter::TUPLE_ITER_DEF,
            STR_ITERATOR str_iterator: $crate::object::iter::STR_ITER_DEF,
            BYTES_ITERATOR bytes_iterator: $crate::object::iter::BYTES_ITER_DEF,
            BYTEARRAY_ITERATOR bytearray_iterator: $crate::object::iter::BYTEARRAY_ITER_DEF,
            SEQUENCE_ITERATOR sequence_iterator: $crate::object::iter::SEQ_ITER_DEF,
            LIST_REVERSEITERATOR list_reverseiterator: $crate::object::iter::LIST_REVITER_DEF,
            REVERSED reversed: $crate::object::iter::REVERSED_DEF,
            DICT_KEYS dict_keys: $crate::object::dict_views::DICT_KEYS_DEF,
            DICT_VALUES dict_values: $crate::object::dict_views::DICT_VALUES_DEF,
            DICT_ITEMS dict_items: $crate::object::dict_views::DICT_ITEMS_DEF,
            DICT_KEYITERATOR dict_keyiterator: $crate::object::iter::DICT_KEYITER_DEF,
            DICT_VALUEITERATOR dict_valueiterator: $crate::object::iter::DICT_VALUEITER_DEF,
            DICT_ITEMITERATOR dict_itemiterator: $crate::object::iter::DICT_ITEMITER_DEF,
            DICT_REVERSEKEYITERATOR dict_reversekeyiterator: $crate::object::iter::DICT_REVERSEKEYITER_DEF,
            DICT_REVERSEVALUEITERATOR dict_reversevalueiterator: $crate::object::iter::DICT_REVERSEVALUEITER_DEF,
            DICT_REVERSEITEMITERATOR dict_reverseitemiterator: $crate::object::iter::DICT_REVERSEITEMITER_DEF,
            SET_ITERATOR set_iterator: $crate::object::iter::SET_ITER_DEF,
            ENUMERATE enumerate: $crate::object::iter_tools::ENUMERATE_DEF,
            ZIP zip: $crate::object::iter_tools::ZIP_DEF,
            MAP map: $crate::object::iter_tools::MAP_DEF,
            FILTER filter: $crate::object::iter_tools::FILTER_DEF,
            CALLABLE_ITERATOR callable_iterator: $crate::object::iter_tools::CALLABLE_ITERATOR_DEF,
            FUNCTION function: $crate::object::function_methods::TYPE_DEF,
            METHOD method: $crate::object::method::TYPE_DEF,
            BUILTIN_FUNCTION builtin_function_or_method: $crate::object::descriptor::BUILTIN_FUNCTION_DEF,
            METHOD_DESCRIPTOR method_descriptor: $crate::object::descriptor::METHOD_DESCRIPTOR_DEF,
            CLASSMETHOD_DESCRIPTOR classmethod_descriptor: $crate::object::descriptor::CLASSMETHOD_DESCRIPTOR_DEF,
            WRAPPER_DESCRIPTOR wrapper_descriptor: $crate::object::descriptor::WRAPPER_DESCRIPTOR_DEF,
            METHOD_WRAPPER method_wrapper: $crate::object::descriptor::METHOD_WRAPPER_DEF,
            GETSET_DESCRIPTOR getset_descriptor: $crate::object::descriptor::GETSET_DEF,
            MEMBER_DESCRIPTOR member_descriptor: $crate::object::descriptor::MEMBER_DEF,
            CODE code: $crate::object::code::TYPE_DEF,
            CELL cell: $crate::object::cell_methods::TYPE_DEF,
            FRAME frame: $crate::object::frame::TYPE_DEF,
            TRACEBACK traceback: $crate::object::traceback::TYPE_DEF,
            GENERATOR generator: $crate::object::generator::TYPE_DEF,
            COROUTINE coroutine: $crate::object::generator::COROUTINE_DEF,
            ASYNC_GENERATOR async_generator: $crate::object::generator::ASYNC_GENERATOR_DEF,
            ASYNC_WRAPPED async_wrapped: $crate::object::generator::ASYNC_WRAPPED_DEF,
            MODULE module: $crate::object::module_methods::TYPE_DEF,
            NONE_TYPE none_type: $crate::object::singleton_methods::NONE_DEF,
            ELLIPSIS ellipsis: $crate::object::singleton_methods::ELLIPSIS_DEF,
            NOT_IMPLEMENTED_TYPE not_implemented: $crate::object::singleton_methods::NOT_IMPLEMENTED_DEF,
            BASE_EXCEPTION base_exception: $crate::object::exception::TYPE_DEF,
            PROPERTY property: $crate::object::property::TYPE_DEF,
            CLASSMETHOD classmethod: $crate::object::classmethod::TYPE_DEF,
            STATICMETHOD staticmethod: $crate::object::staticmethod::TYPE_DEF,
            SUPER super_: $crate::object::superobject::TYPE_DEF,
            MAPPINGPROXY mappingproxy: $crate::object::mappingproxy::TYPE_DEF,
            GENERIC_ALIAS generic_alias: $crate::object::typing::generic_alias::TYPE_DEF,
            UNION union: $crate::object::typing::union::TYPE_DEF,
            WEAKREF weakref: $crate::object::weakref::TYPE_DEF,
        }
    };
}

macro_rules! define_types {
    ($($konst:ident $field:ident: $def:path,)*) => {
        /// The built-in classes of an interpreter.
        pub struct Types {
            $(pub $field: Gc<Type>,)*
        }

        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "the variants name the constants below")]
        enum Order { INTERNAL, $($konst,)* COUNT }

        /// Shape ids of the built-in classes; the same in every interpreter.
        pub mod builtin_shape_ids {
            use crate::object::shape::ShapeId;
            $(pub const $konst: ShapeId = ShapeId(super::Order::$konst as u32);)*
            /// First id of a shape made at run time.
            pub const FIRST_DYNAMIC: u32 = super::Order::COUNT as u32;
            const _: () = assert!(super::Order::INTERNAL as u32 == 0);
        }

        impl Types {
            /// Creates all classes through `make`, in table order.
            pub(crate) fn create(mut make: impl FnMut(&'static crate::native::TypeDef, crate::object::shape::ShapeId) -> Gc<Type>) -> Types {
                Types { $($field: make(&$def, builtin_shape_ids::$konst),)* }
            }
        }
    };
}
for_each_builtin_type!(define_types);
