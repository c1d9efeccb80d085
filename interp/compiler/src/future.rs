//! `from __future__` imports.

use crate::error::{CompileError, Result};
use ruff_python_ast::{Expr, Mod, Stmt};

/// The features that change compilation.
#[derive(Clone, Copy, Default, Debug)]
pub struct Features {
    pub annotations: bool,
    pub barry_as_flufl: bool,
}

const NAMES: [&str; 10] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

/// Collects the features a module imports; a late import is an error.
pub(crate) fn features(tree: &Mod) -> Result<Features> {
    let mut features = Features::default();
    let Mod::Module(module) = tree else { return Ok(features) };
    let mut done = false;
    for (i, stmt) in module.body.iter().enumerate() {
        match stmt {
            Stmt::ImportFrom(import)
                if import.level == 0
                    && import.module.as_ref().is_some_and(|m| m.as_str() == "__future__") =>
            {
                if done {
                    let text = "from __future__ imports must occur at the beginning of the file";
                    return Err(CompileError::syntax(text, import.range));
                }
                for alias in &import.names {
                    match alias.name.as_str() {
                        "annotations" => features.annotations = true,
                        "barry_as_FLUFL" => features.barry_as_flufl = true,
                        "braces" => return Err(CompileError::syntax("not a chance", alias.range)),
                        name if NAMES.contains(&name) => {}
                        name => {
                            let text = format!("future feature {name} is not defined");
                            return Err(CompileError::syntax(text, alias.range));
                        }
                    }
                }
            }
            Stmt::Expr(e) if i == 0 && matches!(&*e.value, Expr::StringLiteral(_)) => {}
            _ => done = true,
        }
    }
    Ok(features)
}
