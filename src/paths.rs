//! Where the executable, its prefix and the library are, and the search path that follows from it.

use adder_interp::sys::Paths;
use adder_interp::vm::Config;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Computes the paths; `library` is the directory that stands for the embedded library.
pub fn find(config: &Config, library: String) -> Paths {
    let program = config.orig_argv.first().cloned().unwrap_or_default();
    let executable = find_executable(&program);
    let environment = VirtualEnvironment::of(&executable);
    let base_executable = match &environment {
        Some(venv) => venv.base_executable(&executable),
        None => executable.clone(),
    };
    let base_prefix = prefix_of(&std::fs::canonicalize(&base_executable).unwrap_or(base_executable.clone()));
    let prefix = environment.map_or_else(|| base_prefix.clone(), |v| v.prefix);
    let mut search = Vec::new();
    if !config.ignore_environment
        && let Some(list) = std::env::var_os("PYTHONPATH").filter(|l| !l.is_empty())
    {
        search.extend(list.as_bytes().split(|&b| b == b':').map(|p| absolute(OsStr::from_bytes(p))));
    }
    search.push(library.clone().into());
    Paths {
        executable: executable.into(),
        base_executable: base_executable.into(),
        prefix: prefix.into(),
        base_prefix: base_prefix.into(),
        stdlib_dir: library.into(),
        search,
    }
}

/// A path relative to the working directory made absolute; the empty one is the working directory itself.
fn absolute(path: &OsStr) -> OsString {
    let path = Path::new(path);
    if path.is_absolute() {
        return path.into();
    }
    match std::env::current_dir() {
        Ok(cwd) => cwd.join(path).into(),
        Err(_) => path.into(),
    }
}

/// The path a program was started under: as given, or found in `PATH`, symbolic links left alone.
fn find_executable(program: &OsStr) -> PathBuf {
    if program.as_bytes().contains(&b'/') {
        return absolute(program).into();
    }
    let candidates = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&candidates).map(|dir| dir.join(program)).find(|p| is_executable(p));
    found.or_else(|| std::env::current_exe().ok()).unwrap_or_default()
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// The prefix of an installation: the directory above that of the executable.
fn prefix_of(executable: &Path) -> PathBuf {
    let above = executable.parent().and_then(Path::parent);
    above.map_or_else(|| PathBuf::from("/"), Path::to_path_buf)
}

/// A `pyvenv.cfg` beside the executable or one directory above (PEP 405).
struct VirtualEnvironment {
    prefix: PathBuf,
    home: Option<PathBuf>,
}

impl VirtualEnvironment {
    fn of(executable: &Path) -> Option<VirtualEnvironment> {
        let beside = executable.parent()?;
        let config = [Some(beside), beside.parent()]
            .into_iter()
            .flatten()
            .map(|dir| dir.join("pyvenv.cfg"))
            .find(|file| file.is_file())?;
        let text = std::fs::read_to_string(&config).ok()?;
        let home = text.lines().filter_map(|line| line.split_once('=')).find(|(k, _)| k.trim() == "home");
        Some(VirtualEnvironment {
            prefix: prefix_of(executable),
            home: home.map(|(_, v)| PathBuf::from(v.trim())),
        })
    }

    fn base_executable(&self, executable: &Path) -> PathBuf {
        let resolved = std::fs::canonicalize(executable).unwrap_or_else(|_| executable.to_path_buf());
        match (&self.home, resolved.file_name()) {
            (Some(home), Some(name)) if home.join(name).exists() => home.join(name),
            _ => resolved,
        }
    }
}
