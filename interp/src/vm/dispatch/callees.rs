//! What call sites have called.
//!
//! The word of a call instruction remembers the last callee that is no constant of the code by itself: the code object of a Python function, with
//! or without a bound receiver, or the definition of a bound native method. When a site meets another one, both go on record
//! ([`Vm::note_callee`]). Functions themselves are not remembered: closures of one code are many.
//!
//! Nothing here keeps a code object alive and the collector does not look at it. So an address tells something only when the heap has a
//! code object there ([`remembered`]); another one than was met is a wrong guess, no more.

use super::F;
use crate::native::FnDef;
use crate::object::code::Code;
use crate::object::function::{BoundMethod, Function, NativeFunction};
use crate::object::header::{Gc, Kind};
use crate::value::Value;
use crate::vm::Vm;

/// What lies in the low bits of a word.
const FUNCTION: u64 = 0;
const METHOD: u64 = 1;
const NATIVE: u64 = 2;
const TAGS: u64 = 7;

/// What a site has met.
#[derive(Clone, Copy)]
pub enum Callee {
    /// Functions of this code.
    Function(Gc<Code>),
    /// Bound methods whose function is of this code.
    Method(Gc<Code>),
    /// The native method of this definition, bound.
    Native(&'static FnDef),
}

impl std::fmt::Debug for Callee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Callee::Function(code) | Callee::Method(code) => write!(f, "{:?}", code.as_ref().unit().qualname),
            Callee::Native(def) => write!(f, "{}", def.name),
        }
    }
}

/// The word for a Python function.
#[inline(always)]
pub(super) fn function_word(function: Gc<Function>) -> u64 {
    function.code.get().as_ptr() as u64 | FUNCTION
}

/// The site with word `at` calls this now.
#[inline(never)]
pub(super) fn note(f: F<'_>, at: usize, callable: Value) {
    let word = match callable.kind() {
        Some(Kind::Function) => callable.downcast::<Function>().map(function_word),
        Some(Kind::BoundMethod) => {
            let function = callable.downcast::<BoundMethod>().and_then(|m| m.function.downcast::<Function>());
            function.map(|function| function_word(function) | METHOD)
        }
        Some(Kind::NativeFunction) => {
            let native = callable.downcast::<NativeFunction>().filter(|n| n.passes_receiver());
            native.and_then(|n| n.def()).map(|def| std::ptr::from_ref(def) as u64 | NATIVE)
        }
        _ => None,
    };
    let (Some(word), before) = (word, f.word(at)) else { return };
    if before == word {
        return;
    }
    if before != 0 {
        let site = f.words as usize + 8 * at;
        f.vm.note_callee(site, before);
        f.vm.note_callee(site, word);
    }
    f.set_word(at, word);
}

/// What the site whose word this is has met, most recent last.
///
/// # Safety
/// `word` is the word of a call instruction.
pub unsafe fn remembered(vm: &Vm, word: *const u64) -> Vec<Callee> {
    // SAFETY: promised by the caller.
    let last = unsafe { *word };
    let others = vm.noted_callees(word as usize).filter(|&w| w != last);
    others.chain([last]).filter_map(|word| decode(vm, word)).collect()
}

fn decode(vm: &Vm, word: u64) -> Option<Callee> {
    let (address, tag) = ((word & !TAGS) as usize, word & TAGS);
    if address == 0 {
        return None;
    }
    if tag == NATIVE {
        // SAFETY: definitions are static.
        return Some(Callee::Native(unsafe { &*(address as *const FnDef) }));
    }
    // The collector keeps no code for this word: it may be gone.
    let header = vm.heap.find_object(address)?;
    let there = std::ptr::from_ref(header) as usize == address && header.kind() == Kind::Code;
    // SAFETY: the kind names the layout.
    let code: Gc<Code> = there.then(|| unsafe { Gc::from_ptr(address as *const Code) })?;
    if !code.as_ref().is_materialised() {
        return None;
    }
    Some(if tag == METHOD { Callee::Method(code) } else { Callee::Function(code) })
}
