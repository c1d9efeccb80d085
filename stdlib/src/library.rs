//! The embedded library as the interpreter sees it.

use crate::{MODULES, find};
use adder_compiler::{Mode, Options};
use adder_interp::native::ModuleDef;
use adder_interp::vm::{LibraryModule, ModuleSource};
use std::path::Path;
use std::sync::Arc;

/// The native modules and the library.
pub fn library() -> &'static dyn ModuleSource {
    &Library
}

struct Library;

const ROOT: &str = rustpython_pylib::LIB_PATH;
const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lib");

impl ModuleSource for Library {
    fn native(&self, name: &str) -> Option<&'static ModuleDef> {
        find(name)
    }

    fn native_names(&self) -> Vec<&'static str> {
        MODULES.iter().map(|m| m.name).collect()
    }

    fn library(&self, name: &str) -> Option<LibraryModule> {
        let stem = name.replace('.', "/");
        for (path, is_package) in [(format!("{stem}/__init__.py"), true), (format!("{stem}.py"), false)] {
            let Some(source) = self.library_source(&path) else { continue };
            let filename = format!("{ROOT}/{path}");
            let compiled = adder_compiler::compile(&source, &filename, Mode::Exec, &Options::default());
            let (unit, _) = compiled.ok()?;
            return Some(LibraryModule { unit: Arc::new(unit), is_package, path });
        }
        None
    }

    fn library_source(&self, path: &str) -> Option<Vec<u8>> {
        [OWN, ROOT].iter().find_map(|root| std::fs::read(Path::new(root).join(path)).ok())
    }

    fn library_root(&self) -> String {
        ROOT.to_string()
    }
}
