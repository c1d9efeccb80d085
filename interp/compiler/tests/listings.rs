//! The listing of small programs: what the code generator makes of each construct.
//!
//! A test fails with the listing it got; paste it when the change is meant.

use adder_compiler::{Mode, Options, compile_str};

/// Compares the listing of `source`; the module's own unit is left out unless it is all there is.
#[track_caller]
fn check(source: &str, expected: &str) {
    let (unit, _) =
        compile_str(source, "test", Mode::Exec, &Options::default()).expect("the program is right");
    adder_bytecode::verify::verify(&unit).expect("the code is well formed");
    let listing = adder_bytecode::disasm::listing(&unit);
    let inner = listing.split_once("\n\n").map_or(&listing[..], |parts| parts.1);
    assert!(inner.trim() == expected.trim(), "listing changed:\n{inner}");
}

#[test]
fn arithmetic_goes_straight_to_the_local() {
    check(
        r#"def f(a, b):
    x = a + b * 2
    x -= 1
    return x"#,
        r#"
f (file test, line 1): 2 args, 4 regs
    2    0  MulK r3 r1(b) w5=2
         1  Add r2(x) r0(a) r3
    3    2  SubK r2(x) r2(x) w6=1 inplace
    4    3  Return r2(x)
"#,
    );
}

#[test]
fn comparisons_fuse_with_jumps() {
    check(
        r#"def f(a, b):
    if a < b and not a == 3 or b is None:
        return 1
    return a < b < 5"#,
        r#"
f (file test, line 1): 2 args, 4 regs
    2    0  JNotLt r0(a) r1(b) ->2
         1  JNotEqK r0(a) w5=3 ->3
         2  JumpIfNotNone r1(b) ->4
    3    3  ReturnK w6=1
    4    4  Lt r2 r0(a) r1(b)
         5  JumpIfFalse r2 ->8
         6  LoadConst r3 w7=5
         7  Lt r2 r1(b) r3
         8  Return r2
"#,
    );
}

#[test]
fn loops_test_at_the_bottom() {
    check(
        r#"def f(n):
    for i in range(n):
        if i % 2:
            continue
        g(i)
    while n > 0:
        n -= 1"#,
        r#"
f (file test, line 1): 1 args, 9 regs
    2    0  LoadGlobal r7 w5=range
         1  Move r8 r0(n)
         2  Call r3 #1 w9=cache
         3  GetIter r2 r3
         4  Jump ->11
    3    5  ModK r3 r1(i) w10=2
         6  JumpIfFalse r3 ->8
    4    7  Jump ->11
    5    8  LoadGlobal r7 w11=g
         9  Move r8 r1(i)
        10  Call r3 #1 w15=cache
    2   11  ForIter r1(i) r2 ->5
    6   12  JNotGtK r0(n) w16=0 ->15
    7   13  SubK r0(n) r0(n) w17=1 inplace
    0   14  JumpBack ->12
        15  ReturnK w18=None
"#,
    );
}

#[test]
fn a_rebound_operand_is_copied() {
    check(
        r#"def f(x):
    return x + (x := 2)"#,
        r#"
f (file test, line 1): 1 args, 3 regs
    2    0  Move r2 r0(x)
         1  LoadConst r0(x) w5=2
         2  Add r1 r2 r0(x)
         3  Return r1
"#,
    );
}

#[test]
fn calls_build_their_area_in_place() {
    check(
        r#"def f(a):
    return g(h(a), a.m(1, k=2), *a, **a)"#,
        r#"
f (file test, line 1): 1 args, 16 regs
    2    0  LoadGlobal r5 w5=g
         1  LoadGlobal r11 w9=h
         2  Move r12 r0(a)
         3  Call r7 #1 w13=cache
         4  LoadMethod r8 r0(a) w14=m
         5  LoadConst r14 w18=1
         6  LoadConst r15 w19=2
         7  CallMethodKw r8 #2 w20=("k")
         8  Move r9 r0(a)
         9  BuildTupleStar r6 r7 #3
        10  BuildMap r7 r7 #0
        11  DictMerge r7 r0(a) r5
        12  CallEx r1 #1 w22=cache
        13  Return r1
"#,
    );
}

#[test]
fn super_needs_no_object() {
    check(
        r#"class A(B):
    def m(self):
        return super().m(self.x)"#,
        r#"
A (file test, line 1): 0 args, 5 regs
    1    0  MakeCell r1(__class__)
         1  MakeCell r2(__classdict__)
         2  LoadName r3 w5=__name__
         3  StoreName r3 w9=__module__
         4  LoadConst r3 w13="A"
         5  StoreName r3 w14=__qualname__
         6  LoadConst r3 w18=1
         7  StoreName r3 w19=__firstlineno__
         8  StoreCell r2(__classdict__) r0(.namespace)
    2    9  MakeFunction r3 w23=<code A.m>
        10  Move r4 r1(__class__)
        11  BuildTuple r4 r4 #1
        12  SetFunctionAttr r3 r4 #3
        13  StoreName r3 w24=m
    0   14  LoadConst r3 w28=()
        15  StoreName r3 w29=__static_attributes__
        16  StoreName r2(__classdict__) w33=__classdictcell__
        17  StoreName r1(__class__) w37=__classcell__
        18  Return r1(__class__)

A.m (file test, line 2): 1 args, 11 regs
    2    0  CopyFree r1(__class__) #1
    3    1  LoadGlobal r8 w5=super
         2  LoadCell r9 r1(__class__)
         3  Move r10 r0(self)
         4  LoadSuperMethod r2 r8 w9=m
         5  LoadAttr r8 r0(self) w13=x
         6  CallMethod r2 #1 w17=cache
         7  Return r2
"#,
    );
}

#[test]
fn finally_is_generated_per_way_out() {
    check(
        r#"def f(x):
    for i in x:
        try:
            return i
        finally:
            g()"#,
        r#"
f (file test, line 1): 1 args, 11 regs
    2    0  GetIter r2 r0(x)
         1  Jump ->13
    3    2  Nop
    4    3  Move r4 r1(i)
    6    4  LoadGlobal r9 w5=g
         5  Call r5 #0 w9=cache
    0    6  Return r4
         7  PushExc r4 r3
    6    8  LoadGlobal r10 w15=g
         9  Call r6 #0 w19=cache
    0   10  Reraise r3
        11  PopExc r4
        12  Reraise r5
    2   13  ForIter r1(i) r2 ->2
    0   14  ReturnK w20=None
      3..4 -> 7 in r3
      8..11 -> 11 in r5
"#,
    );
}

#[test]
fn handlers_restore_the_handled_exception() {
    check(
        r#"def f(x):
    try:
        g()
    except ValueError as e:
        h(e)
    except:
        raise"#,
        r#"
f (file test, line 1): 1 args, 12 regs
    2    0  Nop
    3    1  LoadGlobal r7 w5=g
         2  Call r3 #0 w9=cache
    0    3  Jump ->21
         4  PushExc r3 r2
    4    5  LoadGlobal r5 w10=ValueError
         6  CheckExcMatch r6 r2 r5
         7  JumpIfFalse r6 ->17
         8  Move r1(e) r2
    5    9  LoadGlobal r10 w14=h
        10  Move r11 r1(e)
        11  Call r6 #1 w18=cache
    0   12  ClearLocal r1(e)
        13  PopExc r3
        14  Jump ->21
        15  ClearLocal r1(e)
        16  Reraise r5
    6   17  Nop
    7   18  Raise r0(x) #0
    0   19  PopExc r3
        20  Reraise r4
        21  ReturnK w19=None
      9..12 -> 15 in r5
      1..3 -> 4 in r2
      5..19 -> 19 in r4
"#,
    );
}

#[test]
fn with_calls_exit_on_every_way() {
    check(
        r#"def f(x):
    with x as y:
        return y"#,
        r#"
f (file test, line 1): 1 args, 15 regs
    2    0  LoadSpecial r2 r0(x) #1
         1  LoadSpecial r8 r0(x) #0
         2  Call r4 #0 w5=cache
         3  Move r1(y) r4
    3    4  Move r5 r1(y)
    2    5  Move r10 r2
         6  LoadConst r11 w6=None
         7  LoadConst r12 w6=None
         8  LoadConst r13 w6=None
         9  Call r6 #3 w7=cache
    0   10  Return r5
    2   11  PushExc r5 r3
        12  Move r11 r2
        13  ExcTriple r12 r3
        14  Call r7 #3 w9=cache
        15  JumpIfTrue r7 ->17
    0   16  Reraise r3
        17  PopExc r5
        18  Jump ->21
        19  PopExc r5
        20  Reraise r6
        21  ReturnK w6=None
      3..5 -> 11 in r3
      12..19 -> 19 in r6
"#,
    );
}

#[test]
fn comprehensions_are_inlined() {
    check(
        r#"def f(x):
    return [i for i in x if i], (lambda: [y for y in x])"#,
        r#"
f (file test, line 1): 1 args, 6 regs
    1    0  MakeCell r0(x)
    2    1  LoadCell r5 r0(x)
         2  GetIter r4 r5
         3  BuildList r3 r3 #0
         4  Jump ->7
         5  JumpIfFalse r1(i) ->7
         6  ListAppend r3 r1(i)
         7  ForIter r1(i) r4 ->5
         8  ClearLocal r1(i)
         9  MakeFunction r4 w5=<code f.<locals>.<lambda>>
        10  Move r5 r0(x)
        11  BuildTuple r5 r5 #1
        12  SetFunctionAttr r4 r5 #3
        13  BuildTuple r2 r3 #2
        14  Return r2

f.<locals>.<lambda> (file test, line 2): 0 args, 5 regs
    2    0  CopyFree r1(x) #1
         1  LoadCell r4 r1(x)
         2  GetIter r3 r4
         3  BuildList r2 r2 #0
         4  Jump ->6
         5  ListAppend r2 r0(y)
         6  ForIter r0(y) r3 ->5
         7  ClearLocal r0(y)
         8  Return r2
"#,
    );
}

#[test]
fn only_unproven_locals_are_checked() {
    check(
        r#"def f(a):
    if a:
        x = 1
    print(x)
    return x"#,
        r#"
f (file test, line 1): 1 args, 8 regs
    2    0  JumpIfFalse r0(a) ->2
    3    1  LoadConst r1(x) w5=1
    4    2  LoadGlobal r6 w6=print
         3  CheckLocal r1(x)
         4  Move r7 r1(x)
         5  Call r2 #1 w10=cache
    5    6  Return r1(x)
"#,
    );
}

#[test]
fn cells() {
    check(
        r#"def f(n):
    def g():
        nonlocal n
        n += 1
        return n
    return g"#,
        r#"
f (file test, line 1): 1 args, 4 regs
    1    0  MakeCell r0(n)
    2    1  MakeFunction r2 w5=<code f.<locals>.g>
         2  Move r3 r0(n)
         3  BuildTuple r3 r3 #1
         4  SetFunctionAttr r2 r3 #3
         5  Move r1(g) r2
    6    6  Return r1(g)

f.<locals>.g (file test, line 2): 0 args, 2 regs
    2    0  CopyFree r0(n) #1
    4    1  LoadCell r1 r0(n)
         2  AddK r1 r1 w5=1 inplace
         3  StoreCell r0(n) r1
    5    4  LoadCell r1 r0(n)
         5  Return r1
"#,
    );
}

#[test]
fn swaps_use_no_tuple() {
    check(
        r#"def f(a, b):
    a, b = b, a
    a, *b = b
    return a"#,
        r#"
f (file test, line 1): 2 args, 4 regs
    2    0  Move r2 r0(a)
         1  Move r0(a) r1(b)
         2  Move r1(b) r2
    3    3  UnpackEx r2 r1(b) #1
         4  Move r0(a) r2
         5  Move r1(b) r3
    4    6  Return r0(a)
"#,
    );
}

#[test]
fn constants_fold() {
    check(
        r#"def f(x):
    return (1 + 2, 'a' * 3, -1j, x in [1, 2], 2 ** 100, (1, 2)[0])"#,
        r#"
f (file test, line 1): 1 args, 8 regs
    2    0  LoadConst r2 w5=3
         1  LoadConst r3 w6="aaa"
         2  LoadConst r4 w7=complex(-0.0, -1.0)
         3  LoadConst r6 w8=(1, 2)
         4  In r5 r0(x) r6
         5  LoadConst r7 w9=2
         6  PowK r6 r7 w10=100
         7  LoadConst r7 w11=1
         8  BuildTuple r1 r2 #6
         9  Return r1
"#,
    );
}

#[test]
fn dead_branches_vanish() {
    check(
        r#"def f(x):
    if 0:
        g()
    while 1:
        if x: break
    return __debug__"#,
        r#"
f (file test, line 1): 1 args, 6 regs
    2    0  Nop
    4    1  Nop
    5    2  JumpIfTrue r0(x) ->4
    4    3  JumpBack ->2
    6    4  ReturnK w10=True
"#,
    );
}

#[test]
fn f_strings() {
    check(
        r#"def f(x):
    return f'a{x!r:>{x}}b{x=}'"#,
        r#"
f (file test, line 1): 1 args, 8 regs
    2    0  LoadConst r2 w5="a"
         1  Convert r4 r0(x) #2
         2  LoadConst r6 w6=">"
         3  FormatSimple r7 r0(x)
         4  BuildString r5 r6 #2
         5  FormatSpec r3 r4 r5
         6  LoadConst r4 w7="bx="
         7  Convert r6 r0(x) #2
         8  FormatSimple r5 r6
         9  BuildString r1 r2 #4
        10  Return r1
"#,
    );
}

#[test]
fn patterns() {
    check(
        r#"def f(x):
    match x:
        case [1, y, *_] if y:
            return y
        case {'k': v} | C(v):
            return v"#,
        r#"
f (file test, line 1): 1 args, 10 regs
    2    0  Move r3 r0(x)
    3    1  MatchSequence r4 r3
         2  JumpIfFalse r4 ->11
         3  GetLen r4 r3
         4  JNotGeK r4 w5=2 ->11
         5  GetItemK r4 r3 w6=0
         6  JNotEqK r4 w7=1 ->11
         7  GetItemK r5 r3 w7=1
         8  Move r1(y) r5
         9  JumpIfFalse r1(y) ->11
    4   10  Return r1(y)
    5   11  MatchMapping r5 r3
        12  JumpIfFalse r5 ->22
        13  GetLen r5 r3
        14  JNotGeK r5 w7=1 ->22
        15  LoadConst r6 w8="k"
        16  BuildTuple r5 r6 #1
        17  MatchKeys r6 r3 r5
        18  JumpIfNone r6 ->22
        19  UnpackSeq r7 r6 #1
        20  Move r4 r7
        21  Jump ->29
        22  Move r5 r3
        23  LoadGlobal r6 w9=C
        24  LoadConst r7 w13=()
        25  MatchClass r8 r5 #1
        26  JumpIfNone r8 ->31
        27  UnpackSeq r9 r8 #1
        28  Move r4 r9
        29  Move r2(v) r4
    6   30  Return r2(v)
    0   31  ReturnK w14=None
"#,
    );
}

#[test]
fn generators_and_await() {
    check(
        r#"async def f(x):
    async for y in x:
        yield await y"#,
        r#"
f (file test, line 1): 1 args, 7 regs
    1    0  MakeGenerator
    2    1  GetAIter r2 r0(x)
         2  GetANext r5 r2
         3  LoadConst r4 w5=None
         4  Send r5 r4 ->7
         5  Yield r4 #5 #6
         6  JumpBack ->4
         7  Move r1(y) r4
    3    8  GetAwaitable r6 r1(y) #0
         9  LoadConst r5 w5=None
        10  Send r6 r5 ->13
        11  Yield r5 #6 #7
        12  JumpBack ->10
        13  AsyncGenWrap r5 r5
        14  Yield r5 #65535 #6
    0   15  JumpBack ->2
    2   16  EndAsyncFor r3
    0   17  ReturnK w5=None
      2..7 -> 16 in r3
"#,
    );
}

#[test]
fn annotations_are_lazy() {
    check(
        r#"class A:
    x: int
    if x:
        y: str
    def m(self) -> int: pass"#,
        r#"
A (file test, line 1): 0 args, 6 regs
    1    0  MakeCell r1(__classdict__)
         1  MakeCell r2(__conditional_annotations__)
         2  LoadName r3 w5=__name__
         3  StoreName r3 w9=__module__
         4  LoadConst r3 w13="A"
         5  StoreName r3 w14=__qualname__
         6  LoadConst r3 w18=1
         7  StoreName r3 w19=__firstlineno__
         8  StoreCell r1(__classdict__) r0(.namespace)
         9  BuildSet r4 r4 #0
        10  StoreCell r2(__conditional_annotations__) r4
    3   11  LoadName r3 w23=x
        12  JumpIfFalse r3 ->16
    4   13  LoadCell r3 r2(__conditional_annotations__)
        14  LoadConst r4 w27=0
        15  SetAdd r3 r4
    5   16  MakeFunction r4 w28=<code A.__annotate__>
        17  Move r5 r1(__classdict__)
        18  BuildTuple r5 r5 #1
        19  SetFunctionAttr r4 r5 #3
        20  MakeFunction r3 w29=<code A.m>
        21  SetFunctionAttr r3 r4 #2
        22  StoreName r3 w30=m
    1   23  MakeFunction r3 w34=<code A.__annotate__>
        24  Move r4 r1(__classdict__)
        25  Move r5 r2(__conditional_annotations__)
        26  BuildTuple r4 r4 #2
        27  SetFunctionAttr r3 r4 #3
        28  StoreName r3 w35=__annotate_func__
    0   29  LoadConst r3 w39=()
        30  StoreName r3 w40=__static_attributes__
        31  StoreName r1(__classdict__) w44=__classdictcell__
        32  ReturnK w48=None

A.__annotate__ (file test, line 5): 1 args, 5 regs
    5    0  CopyFree r1(__classdict__) #1
         1  JNotGtK r0(format) w5=2 ->4
         2  Intrinsic r2 r2 #12
         3  Raise r2 #1
         4  LoadConst r2 w6="return"
         5  LoadCell r3 r1(__classdict__)
         6  LoadDictOrGlobal r3 w7=int
         7  BuildMap r4 r2 #1
         8  Return r4

A.m (file test, line 5): 1 args, 1 regs
    5    0  Nop
    0    1  ReturnK w5=None

A.__annotate__ (file test, line 1): 1 args, 8 regs
    1    0  CopyFree r1(__classdict__) #2
         1  JNotGtK r0(format) w5=2 ->4
         2  Intrinsic r3 r3 #12
         3  Raise r3 #1
         4  BuildMap r3 r3 #0
    2    5  LoadCell r4 r1(__classdict__)
         6  LoadDictOrGlobal r4 w6=int
         7  LoadConst r5 w7="x"
         8  SetItem r3 r5 r4
    4    9  LoadConst r4 w8=0
        10  LoadCell r5 r1(__classdict__)
        11  LoadDictOrCell r5 r2(__conditional_annotations__) w9=__conditional_annotations__
        12  In r4 r4 r5
        13  JumpIfFalse r4 ->18
        14  LoadCell r6 r1(__classdict__)
        15  LoadDictOrGlobal r6 w10=str
        16  LoadConst r7 w11="y"
        17  SetItem r3 r7 r6
    1   18  Return r3
"#,
    );
}

#[test]
fn type_parameters() {
    check(
        r#"def f[T: int](x: T = 1): pass
type A[T] = list[T]"#,
        r#"
<generic parameters of f> (file test, line 1): 1 args, 7 regs
    1    0  MakeCell r1(T)
         1  LoadConst r4 w5="T"
         2  MakeFunction r5 w6=<code T>
         3  LoadConst r6 w7=(1)
         4  SetFunctionAttr r5 r6 #0
         5  Intrinsic r3 r4 #2
         6  StoreCell r1(T) r3
         7  BuildTuple r2 r3 #1
         8  MakeFunction r4 w8=<code __annotate__>
         9  Move r5 r1(T)
        10  BuildTuple r5 r5 #1
        11  SetFunctionAttr r4 r5 #3
        12  MakeFunction r3 w9=<code f>
        13  SetFunctionAttr r3 r0(.defaults) #0
        14  SetFunctionAttr r3 r4 #2
        15  SetFunctionAttr r3 r2 #5
        16  Return r3

T (file test, line 1): 1 args, 2 regs
    1    0  JNotGtK r0(.format) w5=2 ->3
         1  Intrinsic r1 r1 #12
         2  Raise r1 #1
         3  LoadGlobal r1 w6=int
         4  Return r1

__annotate__ (file test, line 1): 1 args, 5 regs
    1    0  CopyFree r1(T) #1
         1  JNotGtK r0(format) w5=2 ->4
         2  Intrinsic r2 r2 #12
         3  Raise r2 #1
         4  LoadConst r2 w6="x"
         5  LoadCell r3 r1(T)
         6  BuildMap r4 r2 #1
         7  Return r4

f (file test, line 1): 1 args, 1 regs
    1    0  Nop
    0    1  ReturnK w5=None

<generic parameters of A> (file test, line 2): 0 args, 6 regs
    2    0  MakeCell r0(T)
         1  LoadConst r1 w5="A"
         2  LoadConst r4 w6="T"
         3  Intrinsic r3 r4 #1
         4  StoreCell r0(T) r3
         5  BuildTuple r2 r3 #1
         6  MakeFunction r3 w7=<code A>
         7  Move r4 r0(T)
         8  BuildTuple r4 r4 #1
         9  SetFunctionAttr r3 r4 #3
        10  LoadConst r4 w8=(1)
        11  SetFunctionAttr r3 r4 #0
        12  BuildTuple r1 r1 #3
        13  Intrinsic r1 r1 #8
        14  Return r1

A (file test, line 2): 1 args, 5 regs
    2    0  CopyFree r1(T) #1
         1  JNotGtK r0(.format) w5=2 ->4
         2  Intrinsic r2 r2 #12
         3  Raise r2 #1
         4  LoadGlobal r3 w6=list
         5  LoadCell r4 r1(T)
         6  GetItem r2 r3 r4
         7  Return r2
"#,
    );
}
