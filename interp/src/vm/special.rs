//! The table of special methods that the interpreter looks up on classes.
//!
//! Each class caches what a lookup found per version ([`crate::object::typeobj::Type::cached_special`]), so that the protocol of an
//! operation costs an array load, whether the method is native or Python's, present or absent.

macro_rules! specials {
    ($($variant:ident $name:literal,)*) => {
        /// A special method.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Special {
            $(#[doc = $name] $variant,)*
        }
        impl Special {
            pub const COUNT: usize = [$($name),*].len();
            pub const NAMES: [&'static str; Special::COUNT] = [$($name),*];
            pub fn name(self) -> &'static str {
                Special::NAMES[self as usize]
            }
        }
    };
}

specials! {
    Add "__add__", RAdd "__radd__", IAdd "__iadd__",
    Sub "__sub__", RSub "__rsub__", ISub "__isub__",
    Mul "__mul__", RMul "__rmul__", IMul "__imul__",
    TrueDiv "__truediv__", RTrueDiv "__rtruediv__", ITrueDiv "__itruediv__",
    FloorDiv "__floordiv__", RFloorDiv "__rfloordiv__", IFloorDiv "__ifloordiv__",
    Mod "__mod__", RMod "__rmod__", IMod "__imod__",
    Pow "__pow__", RPow "__rpow__", IPow "__ipow__",
    And "__and__", RAnd "__rand__", IAnd "__iand__",
    Or "__or__", ROr "__ror__", IOr "__ior__",
    Xor "__xor__", RXor "__rxor__", IXor "__ixor__",
    LShift "__lshift__", RLShift "__rlshift__", ILShift "__ilshift__",
    RShift "__rshift__", RRShift "__rrshift__", IRShift "__irshift__",
    MatMul "__matmul__", RMatMul "__rmatmul__", IMatMul "__imatmul__",
    DivMod "__divmod__", RDivMod "__rdivmod__",
    Neg "__neg__", Pos "__pos__", Invert "__invert__", Abs "__abs__",
    Lt "__lt__", Le "__le__", Eq "__eq__", Ne "__ne__", Gt "__gt__", Ge "__ge__",
    Hash "__hash__", Bool "__bool__", Len "__len__", LengthHint "__length_hint__",
    Repr "__repr__", Str "__str__", Format "__format__", Bytes "__bytes__",
    Int "__int__", Float "__float__", Complex "__complex__", Index "__index__",
    Round "__round__", Trunc "__trunc__", Floor "__floor__", Ceil "__ceil__",
    GetItem "__getitem__", SetItem "__setitem__", DelItem "__delitem__", Contains "__contains__",
    Missing "__missing__", Iter "__iter__", Next "__next__", Reversed "__reversed__",
    Call "__call__", New "__new__", Init "__init__", Del "__del__",
    GetAttribute "__getattribute__", GetAttr "__getattr__", SetAttr "__setattr__", DelAttr "__delattr__",
    Get "__get__", Set "__set__", Delete "__delete__", SetName "__set_name__",
    Enter "__enter__", Exit "__exit__", AEnter "__aenter__", AExit "__aexit__",
    Await "__await__", AIter "__aiter__", ANext "__anext__",
    InstanceCheck "__instancecheck__", SubclassCheck "__subclasscheck__", InitSubclass "__init_subclass__",
    ClassGetItem "__class_getitem__", Prepare "__prepare__", Dir "__dir__", Buffer "__buffer__",
    ReleaseBuffer "__release_buffer__", Copy "__copy__", Reduce "__reduce__", ReduceEx "__reduce_ex__",
    Fspath "__fspath__", MroEntries "__mro_entries__", SizeOf "__sizeof__",
}
