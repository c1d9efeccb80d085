//! Writing objects whose form in a pickle is built in: numbers, strings, containers.

use super::buffer::PickleBuffer;
use super::cannot_pickle;
use super::opcodes::*;
use super::output::{FRAME_TARGET, Output};
use super::pickler::Pickler;
use super::reduce::Plans;
use crate::support::add_note;
use adder_interp::object::bytearray::ByteArray;
use adder_interp::object::bytes::Bytes;
use adder_interp::object::dict::Dict;
use adder_interp::object::header::{Gc, Header};
use adder_interp::object::int::as_int;
use adder_interp::object::list::List;
use adder_interp::object::native::Native;
use adder_interp::object::set::Set;
use adder_interp::object::shape::shape_id;
use adder_interp::object::str::Str;
use adder_interp::object::tuple::Tuple;
use adder_interp::value::{PyResult, Raised, Value};
use adder_interp::vm::Vm;
use adder_numeric::int_bytes::{self, ByteOrder};
use adder_numeric::{Int, float_repr, int_bits, int_str};

/// From this depth on, pickling without a memo looks for cycles.
const FAST_NESTING_LIMIT: usize = 50;

/// One dump under way. Lives on the native stack, so its values are seen by the collector.
pub struct Saver<'v> {
    pub vm: &'v Vm,
    pub pickler: Gc<Native<Pickler>>,
    pub out: Output,
    pub protocol: i64,
    pub bin: bool,
    fast: bool,
    write: Option<Value>,
    persistent_id: Option<Value>,
    pub reducer_override: Option<Value>,
    pub dispatch_table: Option<Value>,
    /// How instances by shape are taken apart.
    pub plans: Plans,
    /// Containers being written without a memo, by identity; they are on the native stack, too.
    nested: Vec<Value>,
}

impl<'v> Saver<'v> {
    pub fn new(vm: &'v Vm, pickler: Gc<Native<Pickler>>, out: Output) -> Saver<'v> {
        Saver {
            vm,
            pickler,
            out,
            protocol: pickler.options.get().protocol,
            bin: pickler.bin.get() != 0,
            fast: pickler.fast.get() != 0,
            write: pickler.write.get(),
            persistent_id: None,
            reducer_override: None,
            dispatch_table: None,
            plans: Plans::default(),
            nested: Vec::new(),
        }
    }

    /// The whole pickle of `object`.
    pub fn dump(&mut self, object: Value) -> PyResult<()> {
        let (vm, pickler) = (self.vm, self.pickler);
        if !pickler.internal.get() {
            self.persistent_id = Pickler::persistent_id_hook(pickler, vm)?;
            self.reducer_override = vm.getattr_opt(pickler.value(), vm.intern("reducer_override"))?;
            self.dispatch_table = Pickler::own_dispatch_table(pickler, vm)?;
        }
        if self.protocol >= 2 {
            self.out.bytes(&[PROTO, self.protocol as u8]);
        }
        self.out.set_framing(self.protocol >= 4);
        self.save(object)?;
        self.out.byte(STOP);
        self.out.set_framing(false);
        Ok(())
    }

    /// Hands what was written to the file.
    pub fn flush(&mut self) -> PyResult<()> {
        if let Some(write) = self.write {
            let bytes = self.vm.new_bytes(self.out.written());
            self.vm.call(write, &[bytes])?;
            self.out.clear_written();
        }
        Ok(())
    }

    #[cold]
    fn next_frame(&mut self) -> PyResult<()> {
        self.out.end_frame();
        self.flush()
    }

    /// Between two objects a full frame ends.
    #[inline]
    pub fn frame_boundary(&mut self) -> PyResult<()> {
        if self.out.frame_is_full() { self.next_frame() } else { Ok(()) }
    }

    /// Writes `object`.
    pub fn save(&mut self, object: Value) -> PyResult<()> {
        self.frame_boundary()?;
        if let Some(hook) = self.persistent_id {
            let id = self.vm.call(hook, &[object])?;
            if !id.is_none() {
                return self.save_persistent_id(id);
            }
        }
        self.save_itself(object)
    }

    fn save_persistent_id(&mut self, id: Value) -> PyResult<()> {
        if self.bin {
            self.frame_boundary()?;
            self.save_itself(id)?;
            self.out.byte(BINPERSID);
            return Ok(());
        }
        let text = self.vm.str_of(id)?;
        let Some(ascii) = text.as_ascii() else {
            return Err(cannot_pickle(self.vm, "persistent IDs in protocol 0 must be ASCII strings"));
        };
        self.out.byte(PERSID);
        self.out.bytes(ascii.as_bytes());
        self.out.byte(b'\n');
        Ok(())
    }

    /// Writes `object`, which has no persistent id.
    fn save_itself(&mut self, object: Value) -> PyResult<()> {
        if let Some(i) = object.as_small_int() {
            return self.save_i64(i);
        }
        let Some(header) = object.header() else {
            self.save_float(object.as_float().expect("neither a pointer nor an int"));
            return Ok(());
        };
        match header.shape() {
            shape_id::NONE_TYPE => {
                self.out.byte(NONE);
                return Ok(());
            }
            shape_id::BOOL => {
                self.save_bool(object == Value::bool(true));
                return Ok(());
            }
            shape_id::INT => return self.save_large_int(object),
            _ => {}
        }
        let known = self.pickler.memo.borrow().get(object);
        if let Some(number) = known {
            self.get(number);
            return Ok(());
        }
        match header.shape() {
            shape_id::STR => return self.save_str(object),
            shape_id::BYTES => return self.save_bytes(object),
            _ => {}
        }
        self.vm.check_native_stack(" while pickling an object")?;
        self.save_object(header, object)
    }

    fn save_object(&mut self, header: &Header, object: Value) -> PyResult<()> {
        match header.shape() {
            shape_id::DICT => self.unless_cyclic(object, Self::save_dict),
            shape_id::SET => self.save_set(object),
            shape_id::FROZENSET => self.save_frozenset(object),
            shape_id::LIST => self.unless_cyclic(object, Self::save_list),
            shape_id::TUPLE => self.save_tuple(object),
            shape_id::BYTEARRAY => self.save_bytearray(object),
            _ => match object.downcast::<Native<PickleBuffer>>() {
                Some(buffer) => self.save_buffer(buffer),
                None => self.save_other(object),
            },
        }
    }

    /// Refuses cyclic structures where no memo would end them.
    pub fn unless_cyclic(
        &mut self,
        object: Value,
        save: impl FnOnce(&mut Self, Value) -> PyResult<()>,
    ) -> PyResult<()> {
        if !self.fast {
            return save(self, object);
        }
        if self.nested.get(FAST_NESTING_LIMIT - 1..).is_some_and(|deep| deep.contains(&object)) {
            let class = self.vm.type_of(object).name();
            let message = format!(
                "fast mode: can't pickle cyclic objects including object type {class} at {:#x}",
                object.bits()
            );
            return Err(self.vm.value_error(message));
        }
        self.nested.push(object);
        let result = save(self, object);
        self.nested.pop();
        result
    }

    // ---- the memo

    /// Remembers `object`, which was just built.
    pub fn memoize(&mut self, object: Value) {
        if !self.fast {
            let number = self.pickler.memo.borrow_mut().add(object);
            self.put(number);
        }
    }

    /// Remembers an object that exists in the pickle only.
    pub fn memoize_nothing(&mut self) {
        let number = self.pickler.memo.borrow_mut().skip();
        self.put(number);
    }

    fn put(&mut self, number: usize) {
        match u8::try_from(number) {
            _ if self.protocol >= 4 => self.out.byte(MEMOIZE),
            _ if !self.bin => self.line(PUT, number.to_string().as_bytes()),
            Ok(n) => self.out.bytes(&[BINPUT, n]),
            Err(_) => self.with_u32(LONG_BINPUT, number as u32),
        }
    }

    /// Fetches what was remembered.
    pub fn get(&mut self, number: u32) {
        match u8::try_from(number) {
            _ if !self.bin => self.line(GET, number.to_string().as_bytes()),
            Ok(n) => self.out.bytes(&[BINGET, n]),
            Err(_) => self.with_u32(LONG_BINGET, number),
        }
    }

    pub fn number_of(&self, object: Value) -> Option<u32> {
        self.pickler.memo.borrow().get(object)
    }

    /// An instruction and its argument on the rest of the line.
    pub fn line(&mut self, code: u8, text: &[u8]) {
        self.out.byte(code);
        self.out.bytes(text);
        self.out.byte(b'\n');
    }

    fn with_u32(&mut self, code: u8, n: u32) {
        let mut bytes = [code; 5];
        bytes[1..].copy_from_slice(&n.to_le_bytes());
        self.out.bytes(&bytes);
    }

    // ---- numbers

    fn save_bool(&mut self, value: bool) {
        match (self.protocol >= 2, value) {
            (true, true) => self.out.byte(NEWTRUE),
            (true, false) => self.out.byte(NEWFALSE),
            (false, true) => self.out.bytes(b"I01\n"),
            (false, false) => self.out.bytes(b"I00\n"),
        }
    }

    fn save_i64(&mut self, i: i64) -> PyResult<()> {
        let Ok(word) = i32::try_from(i) else { return self.save_long(&Int::from(i)) };
        if !self.bin {
            self.line(INT, word.to_string().as_bytes());
        } else if let Ok(n) = u8::try_from(word) {
            self.out.bytes(&[BININT1, n]);
        } else if let Ok(n) = u16::try_from(word) {
            let [low, high] = n.to_le_bytes();
            self.out.bytes(&[BININT2, low, high]);
        } else {
            self.with_u32(BININT, word as u32);
        }
        Ok(())
    }

    fn save_large_int(&mut self, object: Value) -> PyResult<()> {
        let n = as_int(object).expect("shape");
        self.save_long(&n)
    }

    fn save_long(&mut self, n: &Int) -> PyResult<()> {
        if self.protocol < 2 {
            let limit = self.vm.sys_state.int_max_str_digits.get();
            let mut text =
                int_str::to_decimal_limited(n, limit).map_err(|error| self.vm.numeric_error(error))?;
            text.push('L');
            self.line(LONG, text.as_bytes());
            return Ok(());
        }
        let bits = int_bits::bit_length(n);
        let length = bits as usize / 8 + 1;
        let mut bytes = int_bytes::to_bytes(n, length, ByteOrder::Little, true)
            .map_err(|error| self.vm.numeric_error(error))?;
        // A negative number may not need its last byte: -128 is one byte, though its magnitude has eight bits.
        if let [.., before, 0xFF] = bytes[..]
            && before & 0x80 != 0
        {
            bytes.pop();
        }
        match u8::try_from(bytes.len()) {
            Ok(length) => self.out.bytes(&[LONG1, length]),
            Err(_) => match i32::try_from(bytes.len()) {
                Ok(length) => self.with_u32(LONG4, length as u32),
                Err(_) => return Err(self.vm.overflow_error("int too large to pickle")),
            },
        }
        self.out.bytes(&bytes);
        Ok(())
    }

    fn save_float(&mut self, x: f64) {
        if self.bin {
            let mut bytes = [BINFLOAT; 9];
            bytes[1..].copy_from_slice(&x.to_be_bytes());
            self.out.bytes(&bytes);
        } else {
            let text = float_repr::repr(x);
            self.line(FLOAT, text.as_bytes());
        }
    }

    // ---- strings

    /// An instruction with its argument's length, and the argument. A large one is written to the file as it is, outside
    /// of frames; `whole` is the object with exactly these bytes, if there is one.
    fn sized(&mut self, head: &[u8], bytes: &[u8], whole: Option<Value>) -> PyResult<()> {
        if bytes.len() < FRAME_TARGET {
            self.out.bytes(head);
            self.out.bytes(bytes);
            return Ok(());
        }
        let framing = self.out.is_framing();
        self.out.set_framing(false);
        self.out.bytes(head);
        match self.write {
            Some(write) => {
                self.flush()?;
                let whole = whole.unwrap_or_else(|| self.vm.new_bytes(bytes));
                self.vm.call(write, &[whole])?;
            }
            None => self.out.bytes(bytes),
        }
        self.out.set_framing(framing);
        Ok(())
    }

    /// As [`Self::sized`], the instruction chosen by the length among those with one, four and eight bytes of it.
    fn sized_by(
        &mut self,
        codes: [Option<u8>; 3],
        bytes: &[u8],
        whole: Option<Value>,
        what: &str,
    ) -> PyResult<()> {
        let length = (bytes.len() as u64).to_le_bytes();
        let mut head = [0; 9];
        head[1..].copy_from_slice(&length);
        let [short, medium, long] = codes;
        let (code, size) = match (short, medium, long) {
            (Some(code), ..) if bytes.len() <= 0xFF => (code, 2),
            (_, Some(code), _) if bytes.len() <= 0xFFFF_FFFF => (code, 5),
            (_, _, Some(code)) => (code, 9),
            _ => {
                let message =
                    format!("serializing a {what} larger than 4 GiB requires pickle protocol 4 or higher");
                return Err(self.vm.overflow_error(message));
            }
        };
        head[0] = code;
        self.sized(&head[..size], bytes, whole)
    }

    fn save_str(&mut self, object: Value) -> PyResult<()> {
        let text: Gc<Str> = object.downcast().expect("shape");
        let newer = self.protocol >= 4;
        if !self.bin {
            let escaped = escape_line(text);
            self.line(UNICODE, &escaped);
        } else if newer && text.is_ascii() && text.len() <= 0xFF {
            self.out.bytes(&[SHORT_BINUNICODE, text.len() as u8]);
            self.out.bytes(text.unit_bytes());
        } else {
            let short = newer.then_some(SHORT_BINUNICODE);
            let codes = [short, Some(BINUNICODE), newer.then_some(BINUNICODE8)];
            self.sized_by(codes, &text.to_wtf8(), None, "string")?;
        }
        self.memoize(object);
        Ok(())
    }

    fn save_bytes(&mut self, object: Value) -> PyResult<()> {
        let bytes: Gc<Bytes> = object.downcast().expect("shape");
        if self.protocol >= 3 {
            self.write_bytes(bytes.as_ref(), Some(object))?;
            self.memoize(object);
            return Ok(());
        }
        // Older protocols have no bytes: they are made from a str of the same characters.
        let vm = self.vm;
        if bytes.is_empty() {
            return self.save_reduction(vm.types.bytes.value(), vm.empty_tuple.value(), object);
        }
        let text = Str::from_unit_bytes(&vm.heap, &bytes, 1, bytes.is_ascii());
        let codecs = vm.import("codecs")?;
        let encode = vm.getattr_str(codecs, "encode")?;
        let arguments = vm.new_tuple(&[text.value(), vm.intern("latin1").value()]);
        self.save_reduction(encode, arguments, object)
    }

    fn write_bytes(&mut self, bytes: &[u8], whole: Option<Value>) -> PyResult<()> {
        let long = (self.protocol >= 4).then_some(BINBYTES8);
        self.sized_by([Some(SHORT_BINBYTES), Some(BINBYTES), long], bytes, whole, "bytes object")
    }

    fn save_bytearray(&mut self, object: Value) -> PyResult<()> {
        let array: Gc<ByteArray> = object.downcast().expect("shape");
        if self.protocol >= 5 {
            self.sized_by([None, None, Some(BYTEARRAY8)], &array.to_vec(), Some(object), "bytearray")?;
            self.memoize(object);
            return Ok(());
        }
        let vm = self.vm;
        let arguments = match array.is_empty() {
            true => vm.empty_tuple.value(),
            false => vm.new_tuple(&[vm.new_bytes(&array.to_vec())]),
        };
        self.save_reduction(vm.types.bytearray.value(), arguments, object)
    }

    fn save_buffer(&mut self, buffer: Gc<Native<PickleBuffer>>) -> PyResult<()> {
        let vm = self.vm;
        if self.protocol < 5 {
            return Err(cannot_pickle(vm, "PickleBuffer can only be pickled with protocol >= 5"));
        }
        let Some((bytes, readonly)) = buffer.contents(vm)? else {
            let message = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(cannot_pickle(vm, message));
        };
        let in_band = match self.pickler.options.get().buffer_callback {
            None => true,
            Some(callback) => {
                let result = vm.call(callback, &[buffer.value()])?;
                vm.truthy(result)?
            }
        };
        match (in_band, readonly) {
            (true, true) => self.write_bytes(&bytes, None)?,
            (true, false) => self.sized_by([None, None, Some(BYTEARRAY8)], &bytes, None, "bytearray")?,
            (false, true) => self.out.bytes(&[NEXT_BUFFER, READONLY_BUFFER]),
            (false, false) => self.out.byte(NEXT_BUFFER),
        }
        if in_band {
            self.memoize(buffer.value());
        }
        Ok(())
    }

    // ---- containers

    fn save_tuple(&mut self, object: Value) -> PyResult<()> {
        let items = object.downcast::<Tuple>().expect("shape").as_ref();
        if items.is_empty() {
            self.out.bytes(if self.bin { &[EMPTY_TUPLE] } else { &[MARK, TUPLE] });
            return Ok(());
        }
        let short = items.len() <= 3 && self.protocol >= 2;
        if !short {
            self.out.byte(MARK);
        }
        for (i, &item) in items.iter().enumerate() {
            if self.save(item).is_err() {
                return Err(add_note(self.vm, &format!("when serializing tuple item {i}")));
            }
        }
        // An item may have contained the tuple: then it is there already, and the items are too many.
        if let Some(number) = self.number_of(object) {
            match (short, self.bin) {
                (true, _) => self.out.bytes(&[POP; 3][..items.len()]),
                (false, true) => self.out.byte(POP_MARK),
                (false, false) => (0..=items.len()).for_each(|_| self.out.byte(POP)),
            }
            self.get(number);
            return Ok(());
        }
        let code = if short { [TUPLE1, TUPLE2, TUPLE3][items.len() - 1] } else { TUPLE };
        self.out.byte(code);
        self.memoize(object);
        Ok(())
    }

    fn save_list(&mut self, object: Value) -> PyResult<()> {
        let list: Gc<List> = object.downcast().expect("shape");
        self.out.bytes(if self.bin { &[EMPTY_LIST] } else { &[MARK, LIST] });
        self.memoize(object);
        if self.bin && list.len() != 1 {
            return self.save_list_in_batches(list);
        }
        let mut i = 0;
        while let Some(item) = list.get(i) {
            self.save_list_item(item, i)?;
            self.out.byte(APPEND);
            i += 1;
            if self.bin {
                break;
            }
        }
        Ok(())
    }

    fn save_list_in_batches(&mut self, list: Gc<List>) -> PyResult<()> {
        let mut i = 0;
        while i < list.len() {
            self.out.byte(MARK);
            let end = i + BATCH;
            while i < end
                && let Some(item) = list.get(i)
            {
                self.save_list_item(item, i)?;
                i += 1;
            }
            self.out.byte(APPENDS);
        }
        Ok(())
    }

    #[inline]
    fn save_list_item(&mut self, item: Value, i: usize) -> PyResult<()> {
        match self.save(item) {
            Ok(()) => Ok(()),
            Err(Raised) => Err(add_note(self.vm, &format!("when serializing list item {i}"))),
        }
    }

    fn save_dict(&mut self, object: Value) -> PyResult<()> {
        let dict: Gc<Dict> = object.downcast().expect("shape");
        self.out.bytes(if self.bin { &[EMPTY_DICT] } else { &[MARK, DICT] });
        self.memoize(object);
        if !self.bin {
            let items = self.vm.call_method(object, "items", &[])?;
            let items = self.vm.iter(items)?;
            return self.save_pairs(items, object);
        }
        let size = dict.len();
        if size == 0 {
            return Ok(());
        }
        let mut at = 0;
        if size == 1 {
            if let Some((_, key, value)) = dict.next_entry(at) {
                self.save_pair(key, value, "dict")?;
                self.out.byte(SETITEM);
            }
            return Ok(());
        }
        loop {
            self.out.byte(MARK);
            let mut count = 0;
            while count < BATCH
                && let Some((i, key, value)) = dict.next_entry(at)
            {
                self.save_pair(key, value, "dict")?;
                at = i + 1;
                count += 1;
            }
            self.out.byte(SETITEMS);
            if dict.len() != size {
                return Err(self.vm.runtime_error("dictionary changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    /// Key and value; `class` is the container's, for the note on an error.
    pub fn save_pair(&mut self, key: Value, value: Value, class: &str) -> PyResult<()> {
        self.save(key)?;
        match self.save(value) {
            Ok(()) => Ok(()),
            Err(Raised) => Err(self.note_on_item(key, class)),
        }
    }

    #[cold]
    fn note_on_item(&mut self, key: Value, class: &str) -> Raised {
        let pending = self.vm.take_pending();
        let shown = self.vm.repr_text(key);
        match (pending, shown) {
            (Some(exception), Ok(shown)) => {
                self.vm.set_pending(exception);
                add_note(self.vm, &format!("when serializing {class} item {shown}"))
            }
            _ => Raised,
        }
    }

    fn save_set(&mut self, object: Value) -> PyResult<()> {
        let set: Gc<Set> = object.downcast().expect("shape");
        if self.protocol < 4 {
            return self.save_set_as_list(object, self.vm.types.set.value());
        }
        self.out.byte(EMPTY_SET);
        self.memoize(object);
        let size = set.len();
        if size == 0 {
            return Ok(());
        }
        let mut at = 0;
        loop {
            self.out.byte(MARK);
            let mut count = 0;
            while count < BATCH
                && let Some((i, item, _)) = set.next_slot(at)
            {
                self.save_element(item, "set")?;
                at = i + 1;
                count += 1;
            }
            self.out.byte(ADDITEMS);
            if set.len() != size {
                return Err(self.vm.runtime_error("set changed size during iteration"));
            }
            if count < BATCH {
                return Ok(());
            }
        }
    }

    fn save_frozenset(&mut self, object: Value) -> PyResult<()> {
        let set: Gc<Set> = object.downcast().expect("shape");
        if self.protocol < 4 {
            return self.save_set_as_list(object, self.vm.types.frozenset.value());
        }
        self.out.byte(MARK);
        let mut at = 0;
        while let Some((i, item, _)) = set.next_slot(at) {
            self.save_element(item, "frozenset")?;
            at = i + 1;
        }
        // As with tuples: an element may have contained it.
        if let Some(number) = self.number_of(object) {
            self.out.byte(POP_MARK);
            self.get(number);
            return Ok(());
        }
        self.out.byte(FROZENSET);
        self.memoize(object);
        Ok(())
    }

    fn save_element(&mut self, item: Value, class: &str) -> PyResult<()> {
        match self.save(item) {
            Ok(()) => Ok(()),
            Err(Raised) => Err(add_note(self.vm, &format!("when serializing {class} element"))),
        }
    }

    fn save_set_as_list(&mut self, object: Value, class: Value) -> PyResult<()> {
        let items = self.vm.collect(object)?;
        let list = self.vm.list_from(items);
        let arguments = self.vm.new_tuple(&[list]);
        self.save_reduction(class, arguments, object)
    }
}

/// The text of a str for protocol 0: one line, `\u` before whatever would break it.
fn escape_line(text: Gc<Str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            0x5C | 0 | 0x0A | 0x0D | 0x1A | 0x100..=0xFFFF => {
                out.extend_from_slice(format!("\\u{c:04x}").as_bytes());
            }
            0x1_0000.. => out.extend_from_slice(format!("\\U{c:08x}").as_bytes()),
            _ => out.push(c as u8),
        }
    }
    out
}
