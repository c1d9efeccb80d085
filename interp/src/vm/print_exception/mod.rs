//! Uncaught exceptions as CPython prints them: chained, with notes, groups as trees, carets below the failing code.
//!
//! * [`frames`]: the entries of a traceback with their source lines
//! * [`syntax`]: the place of a `SyntaxError`
//! * [`suggest`]: "Did you mean ...?"
//! * [`hooks`]: `sys.excepthook` and its relatives, and what happens at the end of the main program
//!
//! This is the format of the library's `traceback` module, without colours, written here because exceptions have to be printed
//! before that module can be imported and after it has gone. Printing never fails: what cannot be printed is named.

pub mod frames;
pub mod hooks;
pub mod suggest;
pub mod syntax;

use super::Vm;
use crate::heap::GcVec;
use crate::object::exception::{Exception, group};
use crate::object::header::Gc;
use crate::object::list::List;
use crate::object::str::Str;
use crate::object::traceback::Traceback;
use crate::object::tuple::Tuple;
use crate::object::typeobj::Type;
use crate::value::{PyResult, Raised, Value};
use std::collections::HashSet;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// More exceptions of a group are counted, deeper groups are named only.
const MAX_GROUP_WIDTH: usize = 15;
const MAX_GROUP_DEPTH: usize = 10;

/// An exception with those it is chained to, as indices into the tree.
#[derive(Default)]
struct Node {
    cause: Option<usize>,
    context: Option<usize>,
    /// The exceptions of a group.
    members: Option<Vec<usize>>,
}

/// Everything that is to be printed. Each exception has one place: where a chain meets one that is there already, it ends.
struct Tree {
    exceptions: GcVec,
    nodes: Vec<Node>,
    seen: HashSet<Value>,
}

impl Tree {
    fn new(vm: &Vm, root: Value) -> Tree {
        let mut tree = Tree { exceptions: vm.vec(), nodes: Vec::new(), seen: HashSet::new() };
        tree.add(vm, root);
        // The last found comes first, as in the library: members of a group before what the group is chained to.
        let mut queue = vec![0];
        while let Some(at) = queue.pop() {
            let Some(e) = tree.exceptions[at].downcast::<Exception>() else { continue };
            let cause = tree.add_new(vm, e.cause.get());
            let wanted = cause.is_none() && !e.suppress_context.get();
            let context = tree.add_new(vm, e.context.get().filter(|_| wanted));
            let members = group::is_group(vm, e.value()).then(|| {
                let parts = group::parts(e);
                parts.iter().flat_map(|p| p.iter()).map(|&part| tree.add(vm, part)).collect::<Vec<_>>()
            });
            queue.extend(cause.into_iter().chain(context));
            queue.extend(members.iter().flatten());
            tree.nodes[at] = Node { cause, context, members };
        }
        tree
    }

    fn add(&mut self, vm: &Vm, exception: Value) -> usize {
        self.exceptions.push(&vm.heap, exception);
        self.seen.insert(exception);
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    fn add_new(&mut self, vm: &Vm, exception: Option<Value>) -> Option<usize> {
        exception.filter(|e| !self.seen.contains(e)).map(|e| self.add(vm, e))
    }
}

/// Text under construction, and where in the tree of groups it is.
struct Printer<'v> {
    vm: &'v Vm,
    tree: Tree,
    out: Vec<u8>,
    depth: usize,
    need_close: bool,
}

impl<'v> Printer<'v> {
    fn new(vm: &'v Vm, exception: Value) -> Printer<'v> {
        Printer { vm, tree: Tree::new(vm, exception), out: Vec::new(), depth: 0, need_close: false }
    }
}

impl Vm {
    /// The text of an uncaught exception with everything it is chained to, in WTF-8.
    pub fn format_exception(&self, exception: Value) -> Vec<u8> {
        self.format_exception_with(exception, traceback_of(exception))
    }

    /// As [`Vm::format_exception`], with another traceback.
    pub fn format_exception_with(&self, exception: Value, tb: Option<Gc<Traceback>>) -> Vec<u8> {
        let mut printer = Printer::new(self, exception);
        printer.chain(0, tb);
        printer.out
    }

    /// The last lines of an exception's text: class, message, notes.
    pub fn format_exception_only(&self, exception: Value) -> Vec<u8> {
        let mut printer = Printer::new(self, exception);
        printer.exception_only(exception, traceback_of(exception));
        printer.out
    }

    /// `str(v)`; what fails is named instead.
    pub(crate) fn safe_str(&self, v: Value, what: &str) -> Vec<u8> {
        self.safely(self.str_of(v), || format!("<{what} str() failed>"))
    }

    pub(crate) fn safe_repr(&self, v: Value, what: &str) -> Vec<u8> {
        self.safely(self.repr(v), || format!("<{what} repr() failed>"))
    }

    fn safely(&self, result: PyResult<Gc<Str>>, otherwise: impl FnOnce() -> String) -> Vec<u8> {
        match result {
            Ok(s) => s.to_wtf8().into_owned(),
            Err(Raised) => {
                self.take_pending();
                otherwise().into_bytes()
            }
        }
    }
}

pub(crate) fn traceback_of(exception: Value) -> Option<Gc<Traceback>> {
    exception.downcast::<Exception>()?.traceback.get()
}

impl Printer<'_> {
    /// Appends lines at the present depth of the tree.
    fn emit(&mut self, text: &[u8]) {
        self.emit_with(text, b'|');
    }

    fn emit_with(&mut self, text: &[u8], margin: u8) {
        for line in text.split_inclusive(|&b| b == b'\n') {
            if self.depth > 0 {
                self.indent();
                self.out.extend([margin, b' ']);
            }
            self.out.extend(line);
        }
    }

    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n(b' ', 2 * self.depth));
    }

    /// The exception with its causes and contexts, the oldest first.
    fn chain(&mut self, node: usize, tb: Option<Gc<Traceback>>) {
        let mut links = vec![(None, node)];
        let mut at = node;
        loop {
            let Node { cause, context, .. } = self.tree.nodes[at];
            let (message, next) = match (cause, context) {
                (Some(cause), _) => (CAUSE, cause),
                (None, Some(context)) => (CONTEXT, context),
                (None, None) => break,
            };
            links.last_mut().expect("starts with one").0 = Some(message);
            at = next;
            links.push((None, at));
        }
        for (message, at) in links.into_iter().rev() {
            if let Some(message) = message {
                self.emit(message.as_bytes());
            }
            let tb = if at == node { tb } else { traceback_of(self.tree.exceptions[at]) };
            self.one(at, tb);
        }
    }

    fn one(&mut self, node: usize, tb: Option<Gc<Traceback>>) {
        if self.tree.nodes[node].members.is_some() {
            return self.group(node, tb);
        }
        if let Some(tb) = tb {
            self.emit(b"Traceback (most recent call last):\n");
            self.emit(frames::format(self.vm, tb).as_bytes());
        }
        self.exception_only(self.tree.exceptions[node], tb);
    }

    fn group(&mut self, node: usize, tb: Option<Gc<Traceback>>) {
        if self.depth > MAX_GROUP_DEPTH {
            return self.emit(format!("... (max_group_depth is {MAX_GROUP_DEPTH})\n").as_bytes());
        }
        let top = self.depth == 0;
        if top {
            self.depth = 1;
        }
        if let Some(tb) = tb {
            let margin = if top { b'+' } else { b'|' };
            self.emit_with(b"Exception Group Traceback (most recent call last):\n", margin);
            self.emit(frames::format(self.vm, tb).as_bytes());
        }
        self.exception_only(self.tree.exceptions[node], tb);
        self.members(node);
        if top {
            self.depth = 0;
        }
    }

    fn members(&mut self, node: usize) {
        let parts = self.tree.nodes[node].members.take().unwrap_or_default();
        let shown = parts.len().min(MAX_GROUP_WIDTH + 1);
        self.need_close = false;
        for (i, &part) in parts.iter().take(shown).enumerate() {
            let last = i == shown - 1;
            if last {
                self.need_close = true;
            }
            let truncated = i >= MAX_GROUP_WIDTH;
            let title = if truncated { "...".to_owned() } else { (i + 1).to_string() };
            self.indent();
            self.out.extend(if i == 0 { b"+-" } else { b"  " });
            self.out.extend(format!("+---------------- {title} ----------------\n").as_bytes());
            self.depth += 1;
            if truncated {
                let rest = parts.len() - MAX_GROUP_WIDTH;
                let plural = if rest > 1 { "s" } else { "" };
                self.emit(format!("and {rest} more exception{plural}\n").as_bytes());
            } else {
                self.chain(part, traceback_of(self.tree.exceptions[part]));
            }
            if last && self.need_close {
                self.indent();
                self.out.extend(b"+------------------------------------\n");
                self.need_close = false;
            }
            self.depth -= 1;
        }
    }

    /// Class and message, the place of a syntax error before them, notes after them.
    fn exception_only(&mut self, exception: Value, tb: Option<Gc<Traceback>>) {
        let vm = self.vm;
        let class = vm.type_of(exception);
        let name = class_text(vm, class);
        let mut text = Vec::new();
        if class.is_subtype(vm.exceptions.syntax_error) {
            syntax::format(
                vm,
                exception.downcast().expect("a syntax error is an exception"),
                &name,
                &mut text,
            );
        } else {
            text.extend(name.as_bytes());
            let mut message = vm.safe_str(exception, "exception");
            if let Some(hint) = suggest::hint(vm, exception, tb) {
                message.extend(hint.as_bytes());
            }
            if !message.is_empty() {
                text.extend(b": ");
                text.extend(message);
            }
            text.push(b'\n');
        }
        self.emit(&text);
        self.notes(exception);
    }

    fn notes(&mut self, exception: Value) {
        let vm = self.vm;
        let notes = match vm.getattr_opt(exception, vm.names.__notes__) {
            Ok(None) => return,
            Ok(Some(notes)) if notes.is_none() => return,
            Ok(Some(notes)) => notes,
            Err(Raised) => {
                let error = vm.take_pending().unwrap_or(Value::none());
                let mut text = b"Ignored error getting __notes__: ".to_vec();
                text.extend(vm.safe_repr(error, "__notes__"));
                text.push(b'\n');
                return self.emit(&text);
            }
        };
        if !notes.is::<List>() && !notes.is::<Tuple>() {
            let mut text = vm.safe_repr(notes, "__notes__");
            text.push(b'\n');
            return self.emit(&text);
        }
        let Ok(items) = vm.collect(notes) else {
            vm.take_pending();
            return;
        };
        for &note in items.iter() {
            let mut text = vm.safe_str(note, "note");
            text.push(b'\n');
            self.emit(&text);
        }
    }
}

/// Class name, with its module unless that is `builtins` or `__main__`.
pub(crate) fn class_text(vm: &Vm, class: Gc<Type>) -> String {
    let qualname = class.qualname.get().to_string_lossy().into_owned();
    let module = vm.getattr_opt(class.value(), vm.names.__module__).unwrap_or_else(|Raised| {
        vm.take_pending();
        None
    });
    match module.and_then(|m| m.downcast::<Str>()) {
        Some(m) if m.eq_str("builtins") || m.eq_str("__main__") => qualname,
        Some(m) => format!("{}.{qualname}", m.to_string_lossy()),
        None => format!("<unknown>.{qualname}"),
    }
}
