//! The runtime's functions that HIR calls by name, see [`adder_interp::vm::dispatch::direct`].

use adder_interp::vm::dispatch::direct;

macro_rules! helpers {
    ($($name:ident $function:ident;)*) => {
        /// A function of the runtime.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Helper {
            $($name,)*
        }
        impl Helper {
            const ALL: &'static [Helper] = &[$(Helper::$name,)*];
            /// Its address.
            pub fn address(self) -> usize {
                match self { $(Helper::$name => direct::$function as *const () as usize,)* }
            }
        }
    };
}
helpers! {
    Binary binary;
    Inplace inplace;
    Compare compare;
    Contains contains;
    GetItem get_item;
    SetItem set_item;
    Negative negative;
    Invert invert;
    GetIter get_iter;
    Call call;
    BadInit bad_init;
    MakeTuple make_tuple;
    MakeList make_list;
    MakeSlice make_slice;
    MakeCell make_cell;
    MakeRange make_range;
    MakeRangeIter make_range_iter;
    MakeListIter make_list_iter;
    MakeInstance make_instance;
    SameInt same_int;
    ExactInt exact_int;
    BoxWord box_word;
    GetSlice get_slice;
    SetSlice set_slice;
    NextParts next_parts;
    ListPush list_push;
}

impl Helper {
    /// The helper that an instruction's immediate stands for.
    pub fn of(imm: i64) -> Helper {
        Helper::ALL[imm as usize]
    }
    /// Takes its operands as an array and their number.
    pub fn takes_array(self) -> bool {
        matches!(self, Helper::MakeTuple | Helper::MakeList)
    }
}
