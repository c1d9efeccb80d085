//! Back in the interpreter: what machine code holds in registers comes home as a [`Plan`] says.
//!
//! Machine code that leaves stores the values it has, as they are, and calls [`land`] (or [`land_in_handler`], [`land_at_end`]); what is to
//! become of them is data. So there is no code for boxes, headers of frames and objects at each way out: it was a quarter of
//! all code, and as it called the runtime it made values of the hot path go through memory, since what lives across a call in a block that
//! shares its values has no register of its own.
//!
//! Plans are made where exits are lowered (`lower/exits.rs`) and live as long as the exits, as long as the process.

use crate::hir::Ty;
use crate::hir::helpers::Helper;
use adder_bytecode::Insn;
use adder_interp::heap::GcVec;
use adder_interp::object::dict::Dict;
use adder_interp::object::generator::Generator;
use adder_interp::object::header::Gc;
use adder_interp::value::{DOUBLE_OFFSET, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::dispatch::{direct, generators, step, tier};
use adder_interp::vm::frame::Window;
use adder_interp::vm::tier_up::Exit;
use std::mem::transmute;

/// How what machine code holds comes home where it leaves.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Plan {
    /// Inlined frames that have no header yet, outermost first.
    pub frames: Box<[FrameHeader]>,
    /// Words of headers that depend on the call: they make the frames readable, so they come before everything that may collect.
    pub header_words: Box<[(u16, Source)]>,
    /// Registers of the unit's window.
    pub registers: Box<[(u16, Source)]>,
    /// Entries of namespaces: the dict's address, the index.
    pub names: Box<[(usize, usize, Source)]>,
    /// Generators whose frames are part of the unit.
    pub generators: Box<[GeneratorPlan]>,
    /// Some source is [`Source::Same`].
    pub shares: bool,
}

/// A generator that nobody has seen so far, or not the way it is here.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GeneratorPlan {
    pub generator: Source,
    /// Where it goes on; 0 if it runs.
    pub pc: usize,
    /// What it keeps, if it is suspended.
    pub registers: Box<[(u16, Source)]>,
}

/// The header of an inlined frame, but for what depends on the call.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameHeader {
    /// Registers of the unit's window where the frame's window and its caller's begin.
    pub offset: u32,
    pub caller: u32,
    pub return_pc: usize,
    pub caller_words: usize,
}

/// What a home gets. Values are named by their place among those that machine code stores: ints and words from 0 on, floats apart.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A value of this type.
    Value(Ty, u16),
    /// The bits of a value.
    Constant(i64),
    /// An int that is not tagged, for an operand of a helper: a value, a constant.
    Int(u16),
    ConstantInt(i64),
    /// What this operator of `Op::Wide` makes of two ints.
    Exact(Box<(i64, [Source; 2])>),
    /// What this helper makes of the values.
    Made(Box<(i64, Box<[Source]>)>),
    /// What has been made already: the how manieth.
    Same(u16),
    /// The link word of this object's frame, with this tag.
    Link(Box<(Source, u64)>),
}

impl Plan {
    /// Whether everything is home.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
            && self.header_words.is_empty()
            && self.registers.is_empty()
            && self.names.is_empty()
            && self.generators.is_empty()
    }
}

/// A plan at work.
struct Landing<'v> {
    vm: &'v Vm,
    /// The first int; floats lie below it, the first next to it.
    values: *const u64,
    made: GcVec,
    shares: bool,
}

impl Landing<'_> {
    fn int(&self, at: u16) -> u64 {
        // SAFETY: machine code has stored what its plans mention.
        unsafe { *self.values.add(usize::from(at)) }
    }

    /// Bits of a float.
    fn float(&self, at: u16) -> u64 {
        // SAFETY: as above.
        unsafe { *self.values.sub(usize::from(at) + 1) }
    }

    /// The word for a source: bits of a value (0 is an empty register), or a plain int where a helper takes that.
    fn word(&mut self, source: &Source) -> u64 {
        match source {
            Source::Constant(bits) | Source::ConstantInt(bits) => *bits as u64,
            Source::Int(at) => self.int(*at),
            Source::Value(ty, at) => self.tagged(*ty, *at),
            Source::Same(at) => self.made[usize::from(*at)].bits(),
            Source::Link(link) => self.word(&link.0) | link.1,
            Source::Exact(operation) => {
                let (op, [x, y]) = &**operation;
                let operands = [self.word(x), self.word(y)].map(as_value);
                // SAFETY: the operands are ints.
                unsafe { direct::exact_int(self.vm, *op as u64, operands[0], operands[1]) }
            }
            Source::Made(made) => {
                let (helper, parts) = &**made;
                let object = self.make(Helper::of(*helper), parts);
                if self.shares {
                    self.made.push(&self.vm.heap, as_value(object));
                }
                object
            }
        }
    }

    fn tagged(&self, ty: Ty, at: u16) -> u64 {
        match ty {
            // As machine code does it: `Op::FloatOfBox` may be no float at all.
            Ty::Float => self.float(at).wrapping_add(DOUBLE_OFFSET),
            Ty::Bool => Value::bool(self.int(at) != 0).bits(),
            // SAFETY: any int will do.
            Ty::Int => unsafe { step::box_int(self.vm, self.int(at) as i64) },
            // SAFETY: as above.
            Ty::Word => unsafe { direct::box_word(self.vm, self.int(at)) },
            _ => self.int(at),
        }
    }

    /// Calls a helper that makes an object.
    fn make(&mut self, helper: Helper, parts: &[Source]) -> u64 {
        let n = parts.len();
        // What is made for a part is seen on the native stack, or in `kept`.
        let (mut few, mut many, mut kept) = ([0; FEW_PARTS], Vec::new(), GcVec::new());
        let words: &mut [u64] = if n <= FEW_PARTS {
            &mut few[..n]
        } else {
            many.resize(n, 0);
            &mut many
        };
        for (word, part) in words.iter_mut().zip(parts) {
            *word = self.word(part);
            if n > FEW_PARTS && !matches!(part, Source::Int(_) | Source::ConstantInt(_)) {
                kept.push(&self.vm.heap, as_value(*word));
            }
        }
        let (vm, address) = (self.vm, helper.address());
        // SAFETY: helpers are functions of the C convention. They take the thread and words, or the thread, the address of words and
        // their number; see `Helper::takes_array`.
        let object =
            unsafe {
                match *words {
                    _ if helper.takes_array() => transmute::<
                        usize,
                        extern "C" fn(&Vm, *const u64, usize) -> u64,
                    >(address)(vm, words.as_ptr(), n),
                    [a] => transmute::<usize, extern "C" fn(&Vm, u64) -> u64>(address)(vm, a),
                    [a, b] => transmute::<usize, extern "C" fn(&Vm, u64, u64) -> u64>(address)(vm, a, b),
                    [a, b, c] => {
                        transmute::<usize, extern "C" fn(&Vm, u64, u64, u64) -> u64>(address)(vm, a, b, c)
                    }
                    [a, b, c, d] => transmute::<usize, extern "C" fn(&Vm, u64, u64, u64, u64) -> u64>(
                        address,
                    )(vm, a, b, c, d),
                    _ => unreachable!("{helper:?} of {n} operands"),
                }
            };
        std::hint::black_box(&kept);
        object
    }
}

/// As many operands of a helper as lie on the native stack.
const FEW_PARTS: usize = 16;

fn as_value(bits: u64) -> Value {
    Value::from_bits(bits).expect("an object that was made is a value")
}

/// Brings everything home and puts the thread where the interpreter goes on.
///
/// # Safety
/// `base` is the window that machine code was entered with, `values` what the plan of the exit mentions.
pub unsafe extern "C" fn land(base: *mut Option<Value>, vm: &Vm, exit: &Exit, values: *const u64) -> u64 {
    // SAFETY: an exit's plan lives as long as the exit.
    let plan = unsafe { &*exit.plan.cast::<Plan>() };
    let register = |r: u16| -> *mut u64 { base.wrapping_add(usize::from(r)).cast() };
    for frame in &plan.frames {
        let window = Window(base.wrapping_add(frame.offset as usize));
        window.set_return_pc(frame.return_pc);
        window.set_caller(Window(base.wrapping_add(frame.caller as usize)));
        window.set_caller_words(frame.caller_words as *mut u64);
    }
    vm.recursion_left.set(vm.recursion_left.get() - plan.frames.len() as i64);
    let mut landing = Landing { vm, values, made: GcVec::new(), shares: plan.shares };
    for (r, source) in &plan.header_words {
        // SAFETY: the window has the registers that its unit mentions.
        unsafe { *register(*r) = landing.word(source) };
    }
    // Boxing may collect: what has been brought home already must be seen. What has not is on the native stack.
    vm.land(base.wrapping_byte_add(exit.window), exit);
    for (r, source) in &plan.registers {
        // SAFETY: as above.
        unsafe { *register(*r) = landing.word(source) };
    }
    for (dict, entry, source) in &plan.names {
        // SAFETY: the unit keeps its namespaces alive, and where names are at stake they have the keys they had.
        let dict = unsafe { Gc::from_ptr(*dict as *const Dict) };
        dict.as_ref().set_value_at(&vm.heap, *entry, as_value(landing.word(source)));
    }
    for plan in &plan.generators {
        land_generator(&mut landing, plan);
    }
    0
}

fn land_generator(landing: &mut Landing<'_>, plan: &GeneratorPlan) {
    let vm = landing.vm;
    let generator: Gc<Generator> = as_value(landing.word(&plan.generator)).downcast().expect("a generator");
    if plan.pc == 0 {
        return generators::land_running(vm, generator);
    }
    // SAFETY: frame states name what follows the generator's yields.
    unsafe { generators::land_suspended(generator, plan.pc as *const Insn) };
    for (r, source) in &plan.registers {
        if let Some(v) = Value::from_bits(landing.word(source)) {
            generator.registers.set(&vm.heap, usize::from(*r), v);
        }
    }
    std::hint::black_box(generator);
}

/// [`land`], for code with an exception pending that one of its frames handles: 0 when the interpreter has to do that.
///
/// # Safety
/// As for [`land`].
pub unsafe extern "C" fn land_in_handler(
    base: *mut Option<Value>,
    vm: &Vm,
    exit: &Exit,
    values: *const u64,
) -> u64 {
    // SAFETY: promised by the caller.
    unsafe {
        land(base, vm, exit, values);
        tier::catch(base, vm, exit)
    }
}

/// [`land`], for the end of a frame that somebody has looked at: 0 when the interpreter has to end it.
///
/// # Safety
/// As for [`land`].
pub unsafe extern "C" fn land_at_end(
    base: *mut Option<Value>,
    vm: &Vm,
    exit: &Exit,
    values: *const u64,
) -> u64 {
    // SAFETY: promised by the caller.
    unsafe {
        land(base, vm, exit, values);
        tier::end_frame(base.byte_add(exit.window), vm, exit)
    }
}
