//! The runtime's functions that HIR and machine code call by name, see [`adder_interp::vm::dispatch::direct`], [`quiet`] and [`step`].

use crate::runtime::{iterators, landing};
use adder_interp::vm::dispatch::{direct, generators, quiet, step, tier};

macro_rules! helpers {
    ($($name:ident $module:ident::$function:ident;)*) => {
        /// A function of the runtime.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Helper {
            $($name,)*
        }
        impl Helper {
            const ALL: &'static [Helper] = &[$(Helper::$name,)*];
            /// Its address.
            pub fn address(self) -> usize {
                match self { $(Helper::$name => $module::$function as *const () as usize,)* }
            }
        }
    };
}
helpers! {
    Step step::step;
    Truth step::truth;
    CompareTruth step::compare_truth;
    NextItem step::next_item;
    Length step::length;
    BoxInt step::box_int;
    Barrier step::barrier;
    FinishCallee tier::finish_callee;
    Binary direct::binary;
    Inplace direct::inplace;
    BinaryRest direct::binary_rest;
    Compare direct::compare;
    Contains direct::contains;
    GetItem direct::get_item;
    SetItem direct::set_item;
    Negative direct::negative;
    Invert direct::invert;
    GetIter direct::get_iter;
    Call direct::call;
    BadInit direct::bad_init;
    MakeTuple direct::make_tuple;
    MakeList direct::make_list;
    MakeListFor direct::make_list_for;
    MakeSlice direct::make_slice;
    MakeCell direct::make_cell;
    MakeMethod direct::make_method;
    MakeRange direct::make_range;
    MakeRangeIter direct::make_range_iter;
    MakeRangeIterUp direct::make_range_iter;
    MakeListIter direct::make_list_iter;
    MakeTupleIter iterators::make_sequence_iter;
    MakeBytesIter iterators::make_sequence_iter;
    MakeByteArrayIter iterators::make_sequence_iter;
    MakeSequenceIterAt iterators::make_sequence_iter_at;
    StandRangeIter iterators::stand_range_iter;
    StandListIter iterators::stand_list_iter;
    MakeListIterAt direct::make_list_iter_at;
    MakeEnumerate direct::make_enumerate;
    MakeZip direct::make_zip;
    MakeInstance direct::make_instance;
    MakeGenerator generators::inlined_generator;
    SameInt direct::same_int;
    ExactInt direct::exact_int;
    BoxWord direct::box_word;
    GetSlice direct::get_slice;
    SetSlice direct::set_slice;
    NextParts direct::next_parts;
    Send direct::send;
    ListSlice direct::list_slice;
    ListSliceOnce direct::list_slice;
    SetListSlice direct::set_list_slice;
    CopyListSlice direct::copy_list_slice;
    ListPush direct::list_push;
    QuietTruth quiet::truth;
    QuietLen quiet::len;
    QuietItem quiet::item;
    QuietSlice quiet::slice;
    QuietStore quiet::store;
    QuietContains quiet::contains;
    QuietSetAdd quiet::set_add;
    QuietSetDiscard quiet::set_discard;
    QuietSetRemove quiet::set_remove;
    QuietDictGet quiet::dict_get;
    QuietSetDefault quiet::dict_set_default;
    QuietListPop quiet::list_pop;
    QuietGenerator quiet::generator;
    AsyncValue quiet::async_value;
    QuietListPopAt quiet::list_pop_at;
    QuietListInsert quiet::list_insert;
    QuietInt quiet::int;
    QuietByteArrayAppend quiet::bytearray_append;
    QuietNext quiet::next;
    QuietCompare quiet::compare;
    QuietAdd quiet::concatenation;
    QuietFunctionAttr quiet::function_attr;
    QuietSetFunctionAttr quiet::set_function_attr;
    QuietIter quiet::iter;
    QuietMatch quiet::exception_matches;
    PushHandled quiet::push_handled;
    PopHandled quiet::pop_handled;
    Land landing::land;
    LandInHandler landing::land_in_handler;
    LandAtEnd landing::land_at_end;
    QuietIsInstance quiet::isinstance;
    MakeDict direct::make_dict;
    MakeFunction direct::make_function;
    SetFunctionAttr direct::set_function_attr;
    QuietCall quiet::call;
    QuietConstruct quiet::construct;
}

impl Helper {
    /// The helper that an instruction's immediate stands for.
    pub fn of(imm: i64) -> Helper {
        Helper::ALL[imm as usize]
    }
    /// Of those that run no code: may collect, so the window has to be published.
    pub fn allocates(self) -> bool {
        use Helper::*;
        !matches!(
            self,
            QuietTruth
                | QuietLen
                | QuietContains
                | QuietSetDiscard
                | QuietSetRemove
                | QuietDictGet
                | QuietListPop
                | QuietListPopAt
                | QuietInt
                | QuietCompare
                | QuietIsInstance
                | QuietMatch
                | PushHandled
                | PopHandled
        )
    }
    /// The helper of that name, as an immediate.
    pub fn named(name: &str) -> Option<i64> {
        Helper::ALL.iter().position(|h| format!("{h:?}") == name).map(|i| i as i64)
    }
    /// Makes an iterator that stands where it has got to.
    pub fn is_iterator(self) -> bool {
        use Helper::*;
        matches!(
            self,
            MakeRangeIter
                | MakeRangeIterUp
                | MakeListIterAt
                | MakeSequenceIterAt
                | MakeEnumerate
                | MakeZip
                | StandRangeIter
                | StandListIter
        )
    }
    /// Whether operand `i` is an int that is not tagged.
    pub fn takes_int(self, i: usize) -> bool {
        match self {
            Helper::MakeRangeIter | Helper::MakeRangeIterUp | Helper::MakeListFor => true,
            Helper::MakeListIterAt
            | Helper::MakeSequenceIterAt
            | Helper::MakeEnumerate
            | Helper::StandListIter => i == 1,
            Helper::StandRangeIter => i > 0,
            Helper::MakeInstance => i < 2,
            _ => false,
        }
    }
    /// Takes its operands as an array and their number.
    pub fn takes_array(self) -> bool {
        use Helper::*;
        matches!(self, MakeTuple | MakeList | MakeInstance | QuietCall | QuietConstruct | QuietGenerator)
    }
}
