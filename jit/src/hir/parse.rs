//! Reads the text form of HIR, the inverse of [`super::print`]: printing what was read gives the text again.
//!
//! Written by hand a text may be shorter. The `unit` line may be missing; tables that are not given are empty, but there is
//! always the unit's own frame; a frame state without a line is `pc 0` and writes nothing; what follows `;` is a comment. Instructions
//! without a result get the numbers that no other one has.
//!
//! The reader checks the form only: what it returns may break the rules that [`super::verify`] checks.

use super::print::Imm;
use super::*;

/// A place in the text that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Counted from 1.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

type Parsed<T> = Result<T, String>;

/// Reads one unit.
///
/// # Errors
/// The first line that cannot be read.
pub fn parse(text: &str) -> Result<Unit, ParseError> {
    let mut parser = Parser::default();
    let mut last = 0;
    for (i, line) in text.lines().enumerate() {
        let line = line.split(';').next().unwrap_or("").trim();
        last = i + 1;
        if !line.is_empty() {
            parser.line(line).map_err(|message| ParseError { line: last, message })?;
        }
    }
    parser.finish().map_err(|message| ParseError { line: last, message })
}

/// Reads the units of a text, as `-X dump=hir` writes them.
///
/// # Errors
/// The first line that cannot be read.
pub fn parse_all(text: &str) -> Result<Vec<Unit>, ParseError> {
    let mut units = Vec::new();
    let mut start = None;
    let lines: Vec<&str> = text.lines().collect();
    for i in 0..=lines.len() {
        if i < lines.len() && !lines[i].starts_with("unit ") {
            continue;
        }
        if let Some(first) = start.replace(i) {
            let shift = |e: ParseError| ParseError { line: first + e.line, ..e };
            units.push(parse(&lines[first..i].join("\n")).map_err(shift)?);
        }
    }
    Ok(units)
}

/// The instruction of a number that no line has.
fn nothing() -> Inst {
    Inst { op: Op::ConstInt, ty: Ty::None, args: vec![], imm: 0, imm2: 0, state: None }
}

/// Where the exceptions of a block's instructions go on.
fn catches(block: &Block, insts: &[Option<Inst>], states: &[Option<FrameState>]) -> Vec<BlockId> {
    let mut found = Vec::new();
    for v in &block.insts {
        let inst = insts[v.0 as usize].as_ref().filter(|i| i.op.effect() == Effect::Call);
        let state = inst.and_then(|i| i.state).and_then(|s| states[s.0 as usize].as_ref());
        if let Some(catch) = state.and_then(|s| s.catch)
            && !found.contains(&catch)
        {
            found.push(catch);
        }
    }
    found
}

fn no_state() -> FrameState {
    FrameState {
        pc: 0,
        frame: 0,
        pushed: 0,
        writes: vec![],
        catch: None,
        entry: false,
        site: false,
        blamed: None,
    }
}

#[derive(Default)]
struct Parser {
    name: Option<String>,
    entry: Option<Entry>,
    insts: Vec<Option<Inst>>,
    /// Instructions without a result, by block and position.
    unnamed: Vec<(BlockId, usize, Inst)>,
    blocks: Vec<Option<Block>>,
    /// The block that lines belong to; none before the first and after a terminator.
    open: Option<BlockId>,
    states: Vec<Option<FrameState>>,
    names: Vec<NameSlot>,
    callees: Vec<Callee>,
    namespaces: [Namespace; 2],
    frames: Vec<InlinedFrame>,
    classes: Vec<(usize, u64)>,
    functions: Vec<(usize, usize)>,
    shapes: Vec<(ShapeId, usize)>,
    /// The first mention of a block.
    mentioned: Vec<BlockId>,
}

/// Puts an entry into a table with holes.
fn put<T>(table: &mut Vec<Option<T>>, index: u32, entry: T, what: &str) -> Parsed<()> {
    let index = index as usize;
    if index > 1 << 20 {
        return Err(format!("{what} is a strange number"));
    }
    if index >= table.len() {
        table.resize_with(index + 1, || None);
    }
    match table[index].replace(entry) {
        None => Ok(()),
        Some(_) => Err(format!("{what} is defined twice")),
    }
}

impl Parser {
    fn line(&mut self, line: &str) -> Parsed<()> {
        let mut c = Cursor(line);
        let word = c.peek_word();
        match word {
            "unit" => self.unit(line),
            "sunk" => {
                c.word()?;
                self.inst(&mut c, None)
            }
            "name" | "callee" | "globals" | "builtins" | "frame" | "class" | "function" | "shape" => {
                self.table(&mut c)
            }
            _ if number_after("bb", word).is_some() => self.block(&mut c),
            _ if number_after("fs", word).is_some() => self.state(&mut c),
            _ => {
                let block = self.open.ok_or("an instruction outside of a block")?;
                match self.term(&mut c)? {
                    Some(term) => {
                        self.current(block).term = term;
                        self.open = None;
                        Ok(())
                    }
                    None => self.inst(&mut c, Some(block)),
                }
            }
        }?;
        Ok(())
    }

    fn current(&mut self, block: BlockId) -> &mut Block {
        self.blocks[block.0 as usize].as_mut().expect("opened")
    }

    /// `unit NAME Function(2)`, `Loop(3, 9)` or `Resume(4)`.
    fn unit(&mut self, line: &str) -> Parsed<()> {
        let rest = line["unit".len()..].trim();
        let at = ["Function(", "Loop(", "Resume("].iter().filter_map(|kind| rest.rfind(kind)).max();
        let (name, entry) =
            rest.split_at(at.ok_or("`unit NAME` with `Function(N)`, `Loop(N, N)` or `Resume(N)` expected")?);
        let mut c = Cursor(entry);
        self.name = Some(name.trim().to_string());
        self.entry = Some(if c.eat("Function(") {
            Entry::Function(c.number()?)
        } else if c.eat("Resume(") {
            Entry::Resume(c.number()?)
        } else {
            c.expect("Loop(")?;
            let start = c.number()?;
            c.expect(",")?;
            Entry::Loop(start, c.number()?)
        });
        c.expect(")")?;
        c.end()
    }

    /// A line before the first block.
    fn table(&mut self, c: &mut Cursor<'_>) -> Parsed<()> {
        let kind = c.word()?;
        match kind {
            "name" => {
                c.index(self.names.len())?;
                c.expect("=")?;
                let (text, builtin) = (c.word()?.to_string(), c.eat("(builtin)"));
                self.names.push(NameSlot { text, builtin, entry: c.field("at")? });
            }
            "callee" => {
                c.index(self.callees.len())?;
                c.expect("=")?;
                let (function, cell) = (c.number()?, c.field("cell")?);
                self.callees.push(Callee {
                    function,
                    cell,
                    nargs: c.field("args")?,
                    nregs: c.field("regs")?,
                });
            }
            "globals" | "builtins" => {
                let space = &mut self.namespaces[usize::from(kind == "builtins")];
                *space = Namespace { dict: c.number()?, version: c.field("version")? };
            }
            "frame" => {
                c.index(self.frames.len())?;
                let parent = c.field("in")?;
                c.expect("at")?;
                c.expect("r")?;
                let (offset, code_entry, words) = (c.number()?, c.field("code")?, c.field("words")?);
                self.frames.push(InlinedFrame {
                    parent,
                    offset,
                    code_entry,
                    words,
                    return_pc: c.field("back")?,
                });
            }
            "class" => self.classes.push((c.number()?, c.field("version")?)),
            "shape" => self.shapes.push((ShapeId(c.number()?), c.field("at")?)),
            _ => self.functions.push((c.number()?, c.field("code")?)),
        }
        c.end()
    }

    /// `bb1(v2: Int, v3: Any) cold:`.
    fn block(&mut self, c: &mut Cursor<'_>) -> Parsed<()> {
        if let Some(open) = self.open {
            return Err(format!("{open:?} has no end"));
        }
        let id = c.block()?;
        c.expect("(")?;
        let mut params = Vec::new();
        while !c.eat(")") {
            if !params.is_empty() {
                c.expect(",")?;
            }
            let v = c.value()?;
            c.expect(":")?;
            let ty = c.ty()?;
            let position = if id.0 == 0 { params.len() as i64 } else { 0 };
            let imm = if c.eat("#") { c.number()? } else { position };
            put(&mut self.insts, v.0, Inst { op: Op::Param, ty, imm, ..nothing() }, &format!("{v:?}"))?;
            params.push(v);
        }
        let cold = c.eat("cold");
        c.expect(":")?;
        put(
            &mut self.blocks,
            id.0,
            Block { params, insts: vec![], term: Term::Open, cold, catches: vec![] },
            &format!("{id:?}"),
        )?;
        self.open = Some(id);
        c.end()
    }

    /// `fs1: pc 3 frame 1 pushed 1 entry site blamed 0 9 r5=v2 n0=v3`.
    fn state(&mut self, c: &mut Cursor<'_>) -> Parsed<()> {
        let id = c.state()?;
        c.expect(":")?;
        let mut state = FrameState { pc: c.field("pc")?, ..no_state() };
        if c.eat("frame") {
            state.frame = c.number()?;
        }
        if c.eat("pushed") {
            state.pushed = c.number()?;
        }
        state.entry = c.eat("entry");
        state.site = c.eat("site");
        if c.eat("blamed") {
            state.blamed = Some((c.number()?, c.number()?));
        }
        if c.eat("catch") {
            state.catch = Some(c.block()?);
        }
        while !c.0.is_empty() {
            let home = if c.eat("r") {
                Home::Reg(c.number()?)
            } else if c.eat("g") {
                Home::Generator { frame: c.number()?, pc: c.field("@")? }
            } else if c.eat("k") {
                Home::Kept { frame: c.number()?, register: c.field("@")? }
            } else {
                Home::Name(c.field("n")?)
            };
            c.expect("=")?;
            state.writes.push((home, c.value()?));
        }
        put(&mut self.states, id.0, state, &format!("{id:?}"))
    }

    fn term(&mut self, c: &mut Cursor<'_>) -> Parsed<Option<Term>> {
        let term = match c.peek_word() {
            "open" => {
                c.word()?;
                Term::Open
            }
            "jump" => {
                c.word()?;
                Term::Jump(self.edge(c)?)
            }
            "branch" => {
                c.word()?;
                let condition = c.value()?;
                let yes = self.edge(c)?;
                c.expect("else")?;
                Term::Branch(condition, yes, self.edge(c)?)
            }
            "return" => {
                c.word()?;
                Term::Return(c.value()?, c.bracketed_state()?)
            }
            "exit" => {
                c.word()?;
                let reason = c.word()?;
                let reason = Reason::named(reason).ok_or_else(|| format!("unknown reason `{reason}`"))?;
                Term::Exit(c.bracketed_state()?, reason)
            }
            _ => return Ok(None),
        };
        c.end()?;
        Ok(Some(term))
    }

    fn edge(&mut self, c: &mut Cursor<'_>) -> Parsed<Edge> {
        let to = c.block()?;
        self.mentioned.push(to);
        c.expect("(")?;
        let mut args = Vec::new();
        while !c.eat(")") {
            if !args.is_empty() {
                c.expect(",")?;
            }
            args.push(c.value()?);
        }
        Ok(Edge { to, args })
    }

    /// `v3: Int = AddInt v1 v2 #imm @imm2 [fs0]`.
    fn inst(&mut self, c: &mut Cursor<'_>, block: Option<BlockId>) -> Parsed<()> {
        let mut result = None;
        if number_after("v", c.peek_word()).is_some() {
            let v = c.value()?;
            c.expect(":")?;
            result = Some((v, c.ty()?));
            c.expect("=")?;
        }
        let op = c.word()?;
        let op = Op::named(op)
            .filter(|&op| op != Op::Param)
            .ok_or_else(|| format!("unknown instruction `{op}`"))?;
        let mut inst = Inst { op, ..nothing() };
        while number_after("v", c.peek_word()).is_some() {
            inst.args.push(c.value()?);
        }
        match Imm::of(op) {
            Imm::Float => inst.imm = c.float()?,
            Imm::Bits => inst.imm = c.number::<u64>()? as i64,
            Imm::Helper => {
                let name = c.word()?;
                inst.imm = helpers::Helper::named(name).ok_or_else(|| format!("unknown helper `{name}`"))?;
            }
            Imm::Number if c.eat("#") => inst.imm = c.number()?,
            Imm::Number => {}
        }
        if c.eat("@") {
            inst.imm2 = c.number()?;
        }
        if c.0.starts_with('[') {
            inst.state = Some(c.bracketed_state()?);
        }
        c.end()?;
        match result {
            Some((v, ty)) => {
                inst.ty = ty;
                if let Some(block) = block {
                    self.current(block).insts.push(v);
                }
                put(&mut self.insts, v.0, inst, &format!("{v:?}"))
            }
            None => {
                let block = block.ok_or("only values are made in exits")?;
                let position = self.current(block).insts.len();
                self.current(block).insts.push(ValueId(u32::MAX));
                self.unnamed.push((block, position, inst));
                Ok(())
            }
        }
    }

    fn finish(mut self) -> Parsed<Unit> {
        if let Some(open) = self.open {
            return Err(format!("{open:?} has no end"));
        }
        let defined = |b: BlockId| self.blocks.get(b.0 as usize).is_some_and(|b| b.is_some());
        if let Some(b) =
            std::iter::once(BlockId(0)).chain(self.mentioned.iter().copied()).find(|&b| !defined(b))
        {
            return Err(format!("there is no {b:?}"));
        }
        let mut free = 0;
        for (block, position, inst) in std::mem::take(&mut self.unnamed) {
            while self.insts.get(free).is_some_and(Option::is_some) {
                free += 1;
            }
            put(&mut self.insts, free as u32, inst, "an instruction")?;
            self.current(block).insts[position] = ValueId(free as u32);
        }
        self.fill_holes();
        let empty =
            || Block { params: vec![], insts: vec![], term: Term::Open, cold: false, catches: vec![] };
        let mut blocks: Vec<Block> = self.blocks.into_iter().map(|b| b.unwrap_or_else(empty)).collect();
        for block in &mut blocks {
            block.catches = catches(block, &self.insts, &self.states);
        }
        let own = InlinedFrame { parent: 0, offset: 0, code_entry: 0, words: 0, return_pc: 0 };
        if self.frames.is_empty() {
            self.frames.push(own);
        }
        Ok(Unit {
            name: self.name.unwrap_or_else(|| "example".into()),
            entry: self.entry.unwrap_or(Entry::Function(blocks[0].params.len())),
            insts: self.insts.into_iter().map(|i| i.unwrap_or_else(nothing)).collect(),
            blocks,
            states: self.states.into_iter().map(|s| s.unwrap_or_else(no_state)).collect(),
            names: self.names,
            callees: self.callees,
            namespaces: self.namespaces,
            frames: self.frames,
            classes: self.classes,
            functions: self.functions,
            shapes: self.shapes,
            places: vec![],
        })
    }

    /// Values and states that are mentioned and not defined get an entry, so that the tables can be indexed.
    fn fill_holes(&mut self) {
        let mut values: Vec<ValueId> = Vec::new();
        let mut states: Vec<StateId> = Vec::new();
        for inst in self.insts.iter().flatten() {
            values.extend(&inst.args);
            states.extend(inst.state);
        }
        for block in self.blocks.iter().flatten() {
            match &block.term {
                Term::Open => {}
                Term::Jump(e) => values.extend(&e.args),
                Term::Branch(c, yes, no) => values.extend(yes.args.iter().chain(&no.args).chain([c])),
                Term::Return(v, s) => {
                    values.push(*v);
                    states.push(*s);
                }
                Term::Exit(s, _) => states.push(*s),
            }
        }
        values.extend(self.states.iter().flatten().flat_map(|s| s.writes.iter().map(|w| w.1)));
        let len = values.iter().map(|v| v.0 as usize + 1).max().unwrap_or(0);
        self.insts.resize(self.insts.len().max(len), None);
        let len = states.iter().map(|s| s.0 as usize + 1).max().unwrap_or(0);
        self.states.resize(self.states.len().max(len), None);
    }
}

/// The number in a word such as `v12`.
fn number_after(prefix: &str, word: &str) -> Option<u32> {
    word.strip_prefix(prefix)?.parse().ok().filter(|&n| n < 1 << 20)
}

/// The rest of a line.
struct Cursor<'t>(&'t str);

impl<'t> Cursor<'t> {
    /// Letters, digits and what names consist of else, up to the next space or punctuation.
    fn peek_word(&self) -> &'t str {
        let ends = |c: char| c.is_whitespace() || "(),:=#@[]".contains(c);
        &self.0[..self.0.find(ends).unwrap_or(self.0.len())]
    }
    fn skip(&mut self, bytes: usize) {
        self.0 = self.0[bytes..].trim_start();
    }
    fn word(&mut self) -> Parsed<&'t str> {
        let word = self.peek_word();
        self.skip(word.len());
        if word.is_empty() { Err(self.unexpected("a word")) } else { Ok(word) }
    }
    fn unexpected(&self, wanted: &str) -> String {
        let found = if self.0.is_empty() { "the end of the line".into() } else { format!("`{}`", self.0) };
        format!("{wanted} expected, found {found}")
    }
    fn eat(&mut self, text: &str) -> bool {
        let found = self.0.starts_with(text);
        if found {
            self.skip(text.len());
        }
        found
    }
    fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { Err(self.unexpected(&format!("`{text}`"))) }
    }
    fn end(&self) -> Parsed<()> {
        if self.0.is_empty() { Ok(()) } else { Err(self.unexpected("the end of the line")) }
    }
    /// A decimal or hexadecimal number.
    fn number<T: TryFrom<i128>>(&mut self) -> Parsed<T> {
        let word = self.peek_word();
        let number = match word.strip_prefix("0x") {
            Some(digits) => i128::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        };
        let number = number.and_then(|n| T::try_from(n).ok()).ok_or_else(|| self.unexpected("a number"))?;
        self.skip(word.len());
        Ok(number)
    }
    /// The bits of a float.
    fn float(&mut self) -> Parsed<i64> {
        if self.0.starts_with("0x") {
            return Ok(self.number::<u64>()? as i64);
        }
        let word = self.peek_word();
        let float: f64 = word.parse().map_err(|_| self.unexpected("a float"))?;
        self.skip(word.len());
        Ok(float.to_bits() as i64)
    }
    /// A number after a word.
    fn field<T: TryFrom<i128>>(&mut self, name: &str) -> Parsed<T> {
        self.expect(name)?;
        self.number()
    }
    /// The number of a table's next row.
    fn index(&mut self, next: usize) -> Parsed<()> {
        let index: usize = self.number()?;
        if index == next { Ok(()) } else { Err(format!("row {next} expected, found {index}")) }
    }
    fn numbered(&mut self, prefix: &str, what: &str) -> Parsed<u32> {
        let word = self.peek_word();
        let number = number_after(prefix, word).ok_or_else(|| self.unexpected(what))?;
        self.skip(word.len());
        Ok(number)
    }
    fn value(&mut self) -> Parsed<ValueId> {
        self.numbered("v", "a value").map(ValueId)
    }
    fn block(&mut self) -> Parsed<BlockId> {
        self.numbered("bb", "a block").map(BlockId)
    }
    fn state(&mut self) -> Parsed<StateId> {
        self.numbered("fs", "a frame state").map(StateId)
    }
    fn bracketed_state(&mut self) -> Parsed<StateId> {
        self.expect("[")?;
        let state = self.state()?;
        self.expect("]")?;
        Ok(state)
    }
    fn ty(&mut self) -> Parsed<Ty> {
        let word = self.word()?;
        Ty::named(word).ok_or_else(|| format!("unknown type `{word}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_gives_the_text_again() {
        let text = "\
unit <generic parameters of f> Loop(3, 20)
  name 0 = range (builtin) at 71
  name 1 = total at 4
  callee 0 = 0x7f0010002000 cell 0x7f0010003000 args 2 regs 14
  globals 0x7f0010004000 version 12
  frame 0 in 0 at r0 code 0x7f10 words 0x7f20 back 0x0
  frame 1 in 0 at r9 code 0x7f30 words 0x7f40 back 0x7f18
  class 0x7f0010005000 version 3
  function 0x7f0010002000 code 0x7f0010006000
bb0(v0: Any, v9: Int #3):
    EntryCheck #20 @2 [fs0]
    v2: Float = ConstFloat -0.0
    v3: Float = ConstFloat 0x7ff8000000000001
    v4: Any = ConstValue 0xfffe000000000007
    v5: Any = Make v0 v4 MakeTuple @9
    jump bb2(v9, v2)
bb2(v6: Int, v7: Float):
    v8: Bool = CmpInt v6 v9 #2
    branch v8 bb2(v6, v7) else bb3()
bb3() cold:
    exit unreached [fs1]
  fs0: pc 3 r1=v0 n0=v0
  fs1: pc 4 frame 1 pushed 1 entry
  fs2: pc 5 site blamed 1 9 r1=v0 g1@4=v5 k1@0=v9
";
        assert_eq!(parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn units_of_real_programs_read_back() {
        let text = include_str!("../../tests/corpus.hir");
        let mut printed = String::new();
        for unit in parse_all(text).unwrap() {
            crate::hir::verify::verify(&unit).unwrap_or_else(|e| panic!("{e}\n{unit}"));
            printed += &unit.to_string();
        }
        let text: Vec<&str> = text.lines().filter(|l| !l.starts_with(';')).collect();
        assert!(text == printed.lines().collect::<Vec<_>>());
    }

    #[test]
    fn short_texts_are_completed() {
        let unit = parse("bb0(v0: Any): ; the only block\n return v0 [fs2]").unwrap();
        assert_eq!((unit.entry, unit.states.len(), unit.frames.len()), (Entry::Function(1), 3, 1));
    }

    #[test]
    fn errors_tell_the_line() {
        let cases = [
            ("", "line 0: there is no bb0"),
            ("unit f\n", "line 1: `unit NAME` with `Function(N)`, `Loop(N, N)` or `Resume(N)` expected"),
            ("AddInt", "line 1: an instruction outside of a block"),
            ("bb0():\n v0: Int = AddInts", "line 2: unknown instruction `AddInts`"),
            ("bb0():\n v0: Long = ConstInt #1", "line 2: unknown type `Long`"),
            ("bb0():\n v0: Int = ConstInt #x", "line 2: a number expected, found `x`"),
            ("bb0():\n v0: Any = Make MakeTuples", "line 2: unknown helper `MakeTuples`"),
            ("bb0():\n exit soon [fs0]", "line 2: unknown reason `soon`"),
            ("bb0():\n exit done", "line 2: `[` expected, found the end of the line"),
            ("bb0(v1: Int):\n v1: Int = ConstInt #1", "line 2: v1 is defined twice"),
            ("bb0():\nbb1():", "line 2: bb0 has no end"),
            ("bb0():\n jump bb1()\n", "line 2: there is no bb1"),
            ("bb0():\n jump bb0() bb0()", "line 2: the end of the line expected, found `bb0()`"),
            ("frame 1 in 0 at r0 code 0 words 0 back 0", "line 1: row 0 expected, found 1"),
        ];
        for (text, message) in cases {
            let error = parse(text).map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
        }
    }
}
