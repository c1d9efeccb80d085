//! `_random`: the Mersenne Twister behind `random.Random`.
//!
//! MT19937 as published by Matsumoto and Nishimura (2002), with the number of words and the seeding that make equal
//! seeds give CPython's numbers.

use adder_interp::native::Args;
use adder_interp::object::header::Gc;
use adder_interp::object::int::as_int;
use adder_interp::object::native::Native;
use adder_interp::object::tuple::Tuple;
use adder_interp::object::typeobj::Type;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_macros::{Trace, pyclass, pymethods, pymodule};
use adder_numeric::Int;
use num_bigint::BigUint;
use std::cell::RefCell;

#[pymodule(
    name = "_random",
    doc = "Module implements the Mersenne Twister random number generator.",
    classes(super::Random)
)]
pub mod random {}

/// Words of state.
const N: usize = 624;
/// Distance of the words that are combined.
const M: usize = 397;

/// A Mersenne Twister.
struct Twister {
    words: [u32; N],
    /// The next word to hand out; `N` when all are used.
    at: usize,
}

impl Twister {
    /// The state that a single number gives.
    fn from_number(seed: u32) -> Twister {
        let mut words = [seed; N];
        for i in 1..N {
            let last = words[i - 1];
            words[i] = (last ^ (last >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Twister { words, at: N }
    }

    /// The state that a key of any length gives.
    fn from_key(key: &[u32]) -> Twister {
        let mut twister = Twister::from_number(19_650_218);
        let words = &mut twister.words;
        let mixed = |words: &[u32; N], i: usize, factor: u32| {
            words[i] ^ (words[i - 1] ^ (words[i - 1] >> 30)).wrapping_mul(factor)
        };
        let (mut i, mut j) = (1, 0);
        let next = |words: &mut [u32; N], i: &mut usize| {
            *i += 1;
            if *i >= N {
                words[0] = words[N - 1];
                *i = 1;
            }
        };
        for _ in 0..N.max(key.len()) {
            words[i] = mixed(words, i, 1_664_525).wrapping_add(key[j]).wrapping_add(j as u32);
            next(words, &mut i);
            j = (j + 1) % key.len();
        }
        for _ in 1..N {
            words[i] = mixed(words, i, 1_566_083_941).wrapping_sub(i as u32);
            next(words, &mut i);
        }
        words[0] = 0x8000_0000;
        twister
    }

    /// Makes the next `N` words.
    fn refill(&mut self) {
        for i in 0..N {
            let y = (self.words[i] & 0x8000_0000) | (self.words[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[i] = self.words[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.at = 0;
    }

    /// 32 random bits.
    fn next_word(&mut self) -> u32 {
        if self.at >= N {
            self.refill();
        }
        let mut y = self.words[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
}

/// Random() -> create a random number generator with its own internal state.
#[pyclass(name = "Random", module = "_random", subclassable, weakrefable)]
#[derive(Trace)]
pub struct Random {
    #[trace(skip)]
    twister: RefCell<Box<Twister>>,
}

impl Random {
    fn reseed(&self, vm: &Vm, seed: Option<Value>) -> PyResult<()> {
        let key = match seed.filter(|s| !s.is_none()) {
            None => entropy(vm)?,
            Some(seed) => {
                let number = match as_int(seed) {
                    Some(number) => number.magnitude().into_owned(),
                    None => BigUint::from(vm.hash(seed)?),
                };
                number.to_u32_digits()
            }
        };
        let key = if key.is_empty() { vec![0] } else { key };
        **self.twister.borrow_mut() = Twister::from_key(&key);
        Ok(())
    }
}

/// Words from the system.
fn entropy(vm: &Vm) -> PyResult<Vec<u32>> {
    let mut bytes = [0; 4 * N];
    crate::posix::system::random_bytes(vm, &mut bytes)?;
    Ok(bytes.as_chunks::<4>().0.iter().map(|c| u32::from_le_bytes(*c)).collect())
}

#[pymethods]
impl Random {
    #[pynew]
    fn __new__(cls: Gc<Type>, vm: &Vm, args: Args<'_>) -> PyResult {
        let _ = args;
        let twister = RefCell::new(Box::new(Twister { words: [0; N], at: N }));
        Ok(vm.new_native(cls, Random { twister }).value())
    }

    #[pymethod]
    fn __init__(this: Gc<Native<Random>>, vm: &Vm, args: Args<'_>) -> PyResult<()> {
        if args.has_keywords() && vm.type_of(this.value()) == vm.native_type(Random::TYPE_DEF)? {
            return Err(vm.type_error("Random() takes no keyword arguments"));
        }
        let given = args.positional_values();
        if given.len() > 1 {
            return Err(vm.type_error(format!("Random expected at most 1 argument, got {}", given.len())));
        }
        this.reseed(vm, given.first().copied())
    }

    /// seed([n]) -> None.
    ///
    /// Defaults to use urandom and falls back to a combination
    /// of the current time and the process identifier.
    #[pymethod(sig = "(n=None, /)")]
    fn seed(&self, vm: &Vm, n: Option<Value>) -> PyResult<()> {
        self.reseed(vm, n)
    }

    /// random() -> x in the interval [0, 1).
    #[pymethod]
    fn random(&self) -> f64 {
        let mut twister = self.twister.borrow_mut();
        let (high, low) = (twister.next_word() >> 5, twister.next_word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// getrandbits(k) -> x.  Generates an int with k random bits.
    #[pymethod]
    fn getrandbits(&self, vm: &Vm, k: Int) -> PyResult<Int> {
        if k.is_negative() {
            return Err(vm.value_error("Cannot convert negative int"));
        }
        let Some(k) = k.to_usize() else {
            return Err(vm.overflow_error("Python int too large for C uint64_t"));
        };
        let mut twister = self.twister.borrow_mut();
        if k == 0 {
            return Ok(Int::Small(0));
        }
        if k <= 32 {
            return Ok(Int::Small(i64::from(twister.next_word() >> (32 - k))));
        }
        drop(twister);
        let count = k.div_ceil(32);
        vm.room_for(Some(count * 4))?;
        let mut twister = self.twister.borrow_mut();
        let mut words: Vec<u32> = (0..count).map(|_| twister.next_word()).collect();
        if k % 32 != 0 {
            words[count - 1] >>= 32 - k % 32;
        }
        Ok(Int::from_magnitude(false, BigUint::new(words)))
    }

    /// getstate() -> tuple containing the current state.
    #[pymethod]
    fn getstate(&self, vm: &Vm) -> Value {
        let twister = self.twister.borrow();
        // Every number fits the value word, so that none is allocated.
        Tuple::from_fn(&vm.heap, N + 1, |i| {
            vm.new_int(twister.words.get(i).map_or(twister.at as i64, |&word| word.into()))
        })
        .value()
    }

    /// setstate(state) -> None.  Restores generator state.
    #[pymethod]
    fn setstate(&self, vm: &Vm, state: Value) -> PyResult<()> {
        let Some(state) = state.downcast::<Tuple>() else {
            return Err(vm.type_error("state vector must be a tuple"));
        };
        if state.len() != N + 1 {
            return Err(vm.value_error("state vector is the wrong size"));
        }
        let number = |value: Value| -> PyResult<u64> {
            let Some(number) = as_int(value) else { return Err(vm.type_error("an integer is required")) };
            match number.to_u64() {
                Some(number) => Ok(number),
                None if number.is_negative() => {
                    Err(vm.overflow_error("can't convert negative value to unsigned int"))
                }
                None => Err(vm.overflow_error("Python int too large to convert to C unsigned long")),
            }
        };
        let mut words = [0; N];
        for (i, word) in words.iter_mut().enumerate() {
            *word = number(state[i])? as u32;
        }
        let at = vm.index_i64(state[N])?;
        let at = usize::try_from(at).ok().filter(|&at| at <= N);
        let Some(at) = at else { return Err(vm.value_error("invalid state")) };
        **self.twister.borrow_mut() = Twister { words, at };
        Ok(())
    }
}
