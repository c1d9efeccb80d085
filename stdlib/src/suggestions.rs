//! `_suggestions`: the interpreter's "Did you mean ...?" for `traceback`.

use adder_interp::object::header::Gc;
use adder_interp::object::list::List;
use adder_interp::object::str::Str;
use adder_interp::value::{PyResult, Value};
use adder_interp::vm::Vm;
use adder_interp::vm::suggest::suggest;
use adder_macros::pymodule;

#[pymodule(name = "_suggestions")]
pub mod suggestions {
    use super::*;

    /// Returns the candidate in candidates that's closest to item
    #[pyfunction]
    fn _generate_suggestions(vm: &Vm, candidates: Value, item: Gc<Str>) -> PyResult<Option<String>> {
        let Some(candidates) = candidates.downcast::<List>() else {
            return Err(vm.type_error("candidates must be a list"));
        };
        let mut texts = Vec::new();
        for &candidate in candidates.to_vec(&vm.heap).iter() {
            match candidate.downcast::<Str>() {
                Some(text) => texts.push(text.to_string_lossy().into_owned()),
                None => return Err(vm.type_error("all elements in 'candidates' must be strings")),
            }
        }
        let item = item.to_string_lossy();
        Ok(suggest(&item, texts.iter().map(String::as_str)).map(str::to_owned))
    }
}
