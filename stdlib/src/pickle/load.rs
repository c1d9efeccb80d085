//! The pickle machine: a stack of values, marks in it, and a memo.
//!
//! The part of the stack below the topmost mark is out of reach for everything but instructions that take the mark away.

use super::input::Input;
use super::opcodes::*;
use super::unpickler::{Unpickler, no_persistent_load};
use super::{cannot_unpickle, unpickling_error};
use adder_interp::heap::GcVec;
use adder_interp::object::bytearray::ByteArray;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::Gc;
use adder_interp::object::int::from_i64;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::set::Set;
use adder_interp::object::shape::shape_id;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_numeric::float_parse;
use adder_numeric::int_bytes::{self, ByteOrder};

/// One load under way. Lives on the native stack, so its values are seen by the collector.
pub struct Loader<'v> {
    pub vm: &'v Vm,
    pub unpickler: Gc<Native<Unpickler>>,
    input: Input<'v>,
    pub stack: GcVec,
    /// Heights of the stack at which marks lie.
    marks: Vec<usize>,
    pub persistent_load: Option<Value>,
    pub find_class: Option<Value>,
}

impl<'v> Loader<'v> {
    pub fn new(vm: &'v Vm, unpickler: Gc<Native<Unpickler>>, input: Input<'v>) -> Loader<'v> {
        Loader {
            vm,
            unpickler,
            input,
            stack: GcVec::new(),
            marks: Vec::new(),
            persistent_load: None,
            find_class: None,
        }
    }

    /// Runs the machine until STOP.
    pub fn run(&mut self) -> PyResult {
        self.persistent_load = Unpickler::persistent_load_hook(self.unpickler, self.vm)?;
        self.find_class = Unpickler::find_class_hook(self.unpickler, self.vm)?;
        self.unpickler.protocol.set(0);
        let result = self.steps();
        match result {
            Ok(value) => self.input.settle(self.vm).map(|()| value),
            Err(raised) => Err(raised),
        }
    }

    fn steps(&mut self) -> PyResult {
        loop {
            let code = match self.input.next(self.vm) {
                Ok(Some(code)) => code,
                Ok(None) => return Err(self.vm.eof_error("Ran out of input")),
                Err(Raised) => {
                    // Whatever a file does when it has nothing left.
                    self.vm.catch(unpickling_error(self.vm)?)?;
                    return Err(self.vm.eof_error("Ran out of input"));
                }
            };
            if code == STOP {
                return self.pop();
            }
            self.step(code)?;
        }
    }

    fn step(&mut self, code: u8) -> PyResult<()> {
        match code {
            NONE => self.push(Value::none()),
            NEWTRUE => self.push(Value::bool(true)),
            NEWFALSE => self.push(Value::bool(false)),
            BININT1 => self.small_int::<1>(),
            BININT2 => self.small_int::<2>(),
            BININT => {
                let bytes = self.input.array(self.vm)?;
                self.push(Value::small_int(i64::from(i32::from_le_bytes(bytes))))
            }
            BINFLOAT => {
                let bytes = self.input.array(self.vm)?;
                self.push(Value::float(f64::from_be_bytes(bytes)))
            }
            SHORT_BINUNICODE => self.unicode::<1>(),
            BINUNICODE => self.unicode::<4>(),
            BINUNICODE8 => self.unicode::<8>(),
            SHORT_BINBYTES => self.bytes::<1>(),
            BINBYTES => self.bytes::<4>(),
            BINBYTES8 => self.bytes::<8>(),
            MEMOIZE => self.memoize(),
            BINGET => self.get_numbered::<1>(),
            LONG_BINGET => self.get_numbered::<4>(),
            BINPUT => self.put_numbered::<1>(),
            LONG_BINPUT => self.put_numbered::<4>(),
            MARK => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            EMPTY_TUPLE => self.push(self.vm.empty_tuple.value()),
            TUPLE1 => self.short_tuple(1),
            TUPLE2 => self.short_tuple(2),
            TUPLE3 => self.short_tuple(3),
            TUPLE => {
                let at = self.mark()?;
                self.tuple_from(at)
            }
            EMPTY_LIST => self.push(List::new(&self.vm.heap).value()),
            EMPTY_DICT => self.push(self.vm.new_dict().value()),
            EMPTY_SET => self.push(Set::new(&self.vm.heap).value()),
            APPEND => self.append_from(self.stack.len().wrapping_sub(1)),
            APPENDS => {
                let at = self.mark()?;
                self.append_from(at)
            }
            SETITEM => self.set_items_from(self.stack.len().wrapping_sub(2)),
            SETITEMS => {
                let at = self.mark()?;
                self.set_items_from(at)
            }
            BUILD => self.build(),
            NEWOBJ => self.newobj(false),
            REDUCE => self.reduce(),
            STACK_GLOBAL => self.stack_global(),
            PROTO => self.protocol(),
            FRAME => self.frame(),
            _ => self.rare_step(code),
        }
    }

    fn rare_step(&mut self, code: u8) -> PyResult<()> {
        match code {
            INT => self.int_line(),
            LONG => self.long_line(),
            LONG1 => {
                let n = self.input.byte(self.vm)?;
                self.long(usize::from(n))
            }
            LONG4 => {
                let n = self.signed_length("LONG")?;
                self.long(n)
            }
            FLOAT => self.float_line(),
            STRING => self.string_line(),
            BINSTRING => {
                let n = self.signed_length("BINSTRING")?;
                self.binary_string(n)
            }
            SHORT_BINSTRING => {
                let n = self.input.byte(self.vm)?;
                self.binary_string(usize::from(n))
            }
            UNICODE => self.unicode_line(),
            BYTEARRAY8 => self.bytearray(),
            NEXT_BUFFER => self.next_buffer(),
            READONLY_BUFFER => self.readonly_buffer(),
            LIST => {
                let at = self.mark()?;
                let list = self.vm.new_list(&self.stack[at..]);
                self.replace_from(at, list)
            }
            DICT => self.dict(),
            FROZENSET => {
                let at = self.mark()?;
                let list = self.vm.new_list(&self.stack[at..]);
                let set = self.vm.call(self.vm.types.frozenset.value(), &[list])?;
                self.replace_from(at, set)
            }
            ADDITEMS => self.add_items(),
            NEWOBJ_EX => self.newobj(true),
            GLOBAL => self.global_line(),
            INST => self.inst(),
            OBJ => self.obj(),
            EXT1 => self.extension_numbered::<1>(),
            EXT2 => self.extension_numbered::<2>(),
            EXT4 => self.extension_numbered::<4>(),
            GET => {
                let number = self.number_line()?;
                self.get(number)
            }
            PUT => self.put_line(),
            POP => self.discard(),
            POP_MARK => {
                let at = self.mark()?;
                self.stack.truncate(at);
                Ok(())
            }
            DUP => {
                let top = self.top()?;
                self.push(top)
            }
            PERSID => self.persistent_id_line(),
            BINPERSID => {
                let id = self.pop()?;
                self.persistent(id)
            }
            _ => Err(self.invalid_key(code)),
        }
    }

    #[cold]
    fn invalid_key(&self, code: u8) -> Raised {
        let shown = match code {
            b'\'' | b'\\' => format!("\\x{code:02x}"),
            0x20..=0x7E => char::from(code).to_string(),
            _ => format!("\\x{code:02x}"),
        };
        cannot_unpickle(self.vm, format!("invalid load key, '{shown}'."))
    }

    // ---- the stack

    #[inline]
    pub fn push(&mut self, value: Value) -> PyResult<()> {
        self.stack.push(&self.vm.heap, value);
        Ok(())
    }

    /// Height of the stack that is out of reach.
    #[inline]
    pub fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    #[cold]
    pub fn underflow(&self) -> Raised {
        let marked = !self.marks.is_empty();
        cannot_unpickle(self.vm, if marked { "unexpected MARK found" } else { "unpickling stack underflow" })
    }

    #[inline]
    pub fn pop(&mut self) -> PyResult {
        if self.stack.len() <= self.fence() {
            return Err(self.underflow());
        }
        Ok(self.stack.pop().expect("the stack is higher than the fence"))
    }

    #[inline]
    pub fn top(&self) -> PyResult {
        match self.stack.last() {
            Some(&top) if self.stack.len() > self.fence() => Ok(top),
            _ => Err(self.underflow()),
        }
    }

    /// Takes the topmost mark away; where it was.
    #[inline]
    pub fn mark(&mut self) -> PyResult<usize> {
        self.marks.pop().ok_or_else(|| cannot_unpickle(self.vm, "could not find MARK"))
    }

    /// Puts one value in the place of all from `at` on.
    pub fn replace_from(&mut self, at: usize, value: Value) -> PyResult<()> {
        self.stack.truncate(at);
        self.push(value)
    }

    /// POP: a value, or the mark on top of it.
    fn discard(&mut self) -> PyResult<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop().map(drop)
    }

    // ---- the memo

    fn memoize(&mut self) -> PyResult<()> {
        let top = self.top()?;
        let mut memo = self.unpickler.memo.borrow_mut();
        let number = memo.len();
        memo.set(number, top);
        Ok(())
    }

    fn get_numbered<const N: usize>(&mut self) -> PyResult<()> {
        let number = self.number::<N>()?;
        self.get(number)
    }

    fn put_numbered<const N: usize>(&mut self) -> PyResult<()> {
        let number = self.number::<N>()?;
        let top = self.top()?;
        self.unpickler.memo.borrow_mut().set(number, top);
        Ok(())
    }

    fn get(&mut self, number: usize) -> PyResult<()> {
        let found = self.unpickler.memo.borrow().get(number);
        match found {
            Some(value) => self.push(value),
            None => {
                let message = format!("Memo value not found at index {number}");
                Err(cannot_unpickle(self.vm, message))
            }
        }
    }

    fn put_line(&mut self) -> PyResult<()> {
        let number = self.int_of_line()?;
        let number = self.vm.index_i64(number)?;
        let Ok(number) = usize::try_from(number) else {
            return Err(self.vm.value_error("negative PUT argument"));
        };
        let top = self.top()?;
        self.unpickler.memo.borrow_mut().set(number, top);
        Ok(())
    }

    /// The number in a line; what cannot be one is reported as not found.
    fn number_line(&mut self) -> PyResult<usize> {
        let number = self.int_of_line()?;
        match usize::try_from(self.vm.index_i64(number)?) {
            Ok(number) => Ok(number),
            Err(_) => {
                let shown = self.vm.repr_text(number)?;
                Err(cannot_unpickle(self.vm, format!("Memo value not found at index {shown}")))
            }
        }
    }

    // ---- frames

    fn protocol(&mut self) -> PyResult<()> {
        let protocol = self.input.byte(self.vm)?;
        if i64::from(protocol) > HIGHEST_PROTOCOL {
            return Err(self.vm.value_error(format!("unsupported pickle protocol: {protocol}")));
        }
        self.unpickler.protocol.set(protocol);
        Ok(())
    }

    fn frame(&mut self) -> PyResult<()> {
        let length = self.length::<8>("FRAME length", "")?;
        self.input.begin_frame(self.vm, length)
    }

    // ---- numbers

    /// A little-endian unsigned number.
    #[inline]
    fn number<const N: usize>(&mut self) -> PyResult<usize> {
        let bytes: [u8; N] = self.input.array(self.vm)?;
        let mut all = [0; 8];
        all[..N].copy_from_slice(&bytes);
        Ok(u64::from_le_bytes(all) as usize)
    }

    /// A length, which has to be one that the machine could have.
    fn length<const N: usize>(&mut self, what: &str, of: &str) -> PyResult<usize> {
        let length = self.number::<N>()?;
        if length > isize::MAX as usize {
            let message = format!("{what} exceeds system's maximum {of}of {} bytes", isize::MAX);
            return Err(self.vm.overflow_error(message));
        }
        Ok(length)
    }

    fn signed_length(&mut self, what: &str) -> PyResult<usize> {
        let bytes = self.input.array(self.vm)?;
        usize::try_from(i32::from_le_bytes(bytes))
            .map_err(|_| cannot_unpickle(self.vm, format!("{what} pickle has negative byte count")))
    }

    fn small_int<const N: usize>(&mut self) -> PyResult<()> {
        let n = self.number::<N>()?;
        self.push(Value::small_int(n as i64))
    }

    fn long(&mut self, n: usize) -> PyResult<()> {
        let bytes = self.input.take(self.vm, n)?;
        let number = int_bytes::from_bytes(bytes, ByteOrder::Little, true);
        self.push(self.vm.new_int_from(number))
    }

    /// `int(line)`.
    fn int_of_line(&mut self) -> PyResult {
        let line = self.input.line(self.vm)?;
        if line.len() < 2 {
            return Err(cannot_unpickle(self.vm, "pickle data was truncated"));
        }
        let text = self.vm.new_bytes(line);
        self.int_of(text)
    }

    fn int_of(&self, text: Value) -> PyResult {
        let text = self.vm.call_method(text, "decode", &[self.vm.new_str("latin-1")])?;
        self.vm.call(self.vm.types.int.value(), &[text])
    }

    fn int_line(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let word = self.input.word(vm)?;
        let value = match word {
            b"00" => Value::bool(false),
            b"01" => Value::bool(true),
            word => {
                let small = str::from_utf8(word).ok().and_then(|text| text.parse::<i64>().ok());
                // `int()` knows underscores, spaces and large numbers.
                match small {
                    Some(n) => from_i64(&vm.heap, n),
                    None => {
                        let text = vm.new_bytes(word);
                        match self.int_of(text) {
                            Ok(n) => n,
                            Err(Raised) => {
                                vm.catch(vm.exceptions.value_error)?;
                                return Err(vm.value_error("could not convert string to int"));
                            }
                        }
                    }
                }
            }
        };
        self.push(value)
    }

    fn long_line(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let line = self.input.line(vm)?;
        let text = match line {
            [] | [_] => return Err(cannot_unpickle(vm, "pickle data was truncated")),
            [digits @ .., b'L', _] => vm.new_bytes(digits),
            line => vm.new_bytes(line),
        };
        let number = self.int_of(text)?;
        self.push(number)
    }

    fn float_line(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let word = self.input.word(vm)?;
        // Unlike float(), spaces and underscores are errors.
        let plain = word.iter().all(|c| c.is_ascii_graphic() && *c != b'_');
        let Some(x) = float_parse::parse_ascii(word).filter(|_| plain) else {
            let shown = String::from_utf8_lossy(word);
            return Err(vm.value_error(format!("could not convert string to float: '{shown}\n'")));
        };
        self.push(Value::float(x))
    }

    // ---- strings

    fn unicode<const N: usize>(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let length = match N {
            8 => self.length::<N>("BINUNICODE", "size ")?,
            _ => self.number::<N>()?,
        };
        let bytes = self.input.take(vm, length)?;
        let text = match bytes {
            [] => vm.empty_str.value(),
            [c @ ..0x80] => vm.char_str(u32::from(*c)),
            ascii if ascii.is_ascii() => Str::from_unit_bytes(&vm.heap, ascii, 1, true).value(),
            bytes => match str::from_utf8(bytes) {
                Ok(text) => Str::from_utf8(&vm.heap, text).value(),
                Err(_) => {
                    let bytes = vm.new_bytes(bytes);
                    let (encoding, errors) = (vm.new_str("utf-8"), vm.new_str("surrogatepass"));
                    vm.call_method(bytes, "decode", &[encoding, errors])?
                }
            },
        };
        self.push(text)
    }

    fn bytes<const N: usize>(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let length = match N {
            8 => self.length::<N>("BINBYTES", "size ")?,
            _ => self.number::<N>()?,
        };
        let bytes = vm.new_bytes(self.input.take(vm, length)?);
        self.push(bytes)
    }

    fn bytearray(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let length = self.length::<8>("BYTEARRAY8", "size ")?;
        if !vm.heap.has_room(length) {
            return Err(vm.out_of_memory());
        }
        let bytes = self.input.take(vm, length)?;
        let array = ByteArray::new(&vm.heap, shape_id::BYTEARRAY, 0, bytes);
        self.push(array.value())
    }

    /// A byte string of Python 2: text in the encoding that was asked for.
    fn old_string(&mut self, bytes: Value) -> PyResult<()> {
        let vm = self.vm;
        let encoding = self.unpickler.encoding.get();
        if encoding.is_some_and(|encoding| encoding.eq_str("bytes")) {
            return self.push(bytes);
        }
        let encoding = encoding.map_or_else(|| vm.new_str("ASCII"), Gc::value);
        let errors = self.unpickler.errors.get().map_or_else(|| vm.new_str("strict"), Gc::value);
        let text = vm.call_method(bytes, "decode", &[encoding, errors])?;
        self.push(text)
    }

    fn binary_string(&mut self, length: usize) -> PyResult<()> {
        let bytes = self.vm.new_bytes(self.input.take(self.vm, length)?);
        self.old_string(bytes)
    }

    fn string_line(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let line = self.input.line(vm)?;
        let (quoted @ [first @ (b'"' | b'\''), .., last], _) = line.split_at(line.len() - 1) else {
            return Err(cannot_unpickle(vm, "the STRING opcode argument must be quoted"));
        };
        if first != last {
            return Err(cannot_unpickle(vm, "the STRING opcode argument must be quoted"));
        }
        let escaped = vm.new_bytes(&quoted[1..quoted.len() - 1]);
        let codecs = vm.import("codecs")?;
        let pair = vm.call_method(codecs, "escape_decode", &[escaped])?;
        let bytes = vm.getitem(pair, Value::small_int(0))?;
        self.old_string(bytes)
    }

    fn unicode_line(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let line = self.input.line(vm)?;
        let bytes = vm.new_bytes(&line[..line.len() - 1]);
        let codecs = vm.import("codecs")?;
        let pair = vm.call_method(codecs, "raw_unicode_escape_decode", &[bytes])?;
        let text = vm.getitem(pair, Value::small_int(0))?;
        self.push(text)
    }

    // ---- containers

    fn short_tuple(&mut self, count: usize) -> PyResult<()> {
        match self.stack.len().checked_sub(count) {
            Some(at) if at >= self.fence() => self.tuple_from(at),
            _ => Err(self.underflow()),
        }
    }

    fn tuple_from(&mut self, at: usize) -> PyResult<()> {
        let tuple = Tuple::new(&self.vm.heap, &self.stack[at..]);
        self.replace_from(at, tuple.value())
    }

    fn dict(&mut self) -> PyResult<()> {
        let at = self.mark()?;
        if !(self.stack.len() - at).is_multiple_of(2) {
            return Err(cannot_unpickle(self.vm, "odd number of items for DICT"));
        }
        let dict = self.vm.new_dict();
        self.insert_pairs(dict, at)?;
        self.replace_from(at, dict.value())
    }

    /// Enters the pairs from `at` on.
    pub fn insert_pairs(&mut self, dict: Gc<Dict>, at: usize) -> PyResult<()> {
        for i in (at..self.stack.len()).step_by(2) {
            let (key, value) = (self.stack[i], self.stack[i + 1]);
            if key.header().is_some_and(|h| h.shape() == shape_id::STR) {
                dict.insert_str(&self.vm.heap, key.downcast().expect("shape"), value);
            } else {
                self.vm.setitem(dict.value(), key, Some(value))?;
            }
        }
        Ok(())
    }

    // ---- what lines and operands of instructions in `build` say

    fn stack_global(&mut self) -> PyResult<()> {
        let name = self.pop()?;
        let module = self.pop()?;
        let is_str = |v: Value| v.header().is_some_and(|h| h.shape() == shape_id::STR);
        if !is_str(name) || !is_str(module) {
            return Err(cannot_unpickle(self.vm, "STACK_GLOBAL requires str"));
        }
        let found = self.global(module, name)?;
        self.push(found)
    }

    /// Module and name in two lines.
    fn place_lines(&mut self, encoding: &str) -> PyResult<(Value, Value)> {
        let vm = self.vm;
        let encoding = vm.new_str(encoding);
        let module = vm.new_bytes(self.input.word(vm)?);
        let module = vm.call_method(module, "decode", &[encoding])?;
        let name = vm.new_bytes(self.input.word(vm)?);
        let name = vm.call_method(name, "decode", &[encoding])?;
        Ok((module, name))
    }

    fn global_line(&mut self) -> PyResult<()> {
        let (module, name) = self.place_lines("utf-8")?;
        let found = self.global(module, name)?;
        self.push(found)
    }

    fn inst(&mut self) -> PyResult<()> {
        let at = self.mark()?;
        let (module, name) = self.place_lines("ascii")?;
        let class = self.global(module, name)?;
        self.instantiate(class, at, at)
    }

    fn extension_numbered<const N: usize>(&mut self) -> PyResult<()> {
        let code = self.number::<N>()?;
        self.extension(if N == 4 { i64::from(code as u32 as i32) } else { code as i64 })
    }

    fn persistent_id_line(&mut self) -> PyResult<()> {
        let vm = self.vm;
        if self.persistent_load.is_none() {
            let line = self.input.line(vm)?;
            if !line.is_ascii() {
                let message = "persistent IDs in protocol 0 must be ASCII strings";
                return Err(cannot_unpickle(vm, message));
            }
            return Err(no_persistent_load(vm));
        }
        let line = self.input.line(vm)?;
        let Some(id) = str::from_utf8(&line[..line.len() - 1]).ok().filter(|id| id.is_ascii()) else {
            return Err(cannot_unpickle(vm, "persistent IDs in protocol 0 must be ASCII strings"));
        };
        let id = vm.new_str(id);
        self.persistent(id)
    }
}
