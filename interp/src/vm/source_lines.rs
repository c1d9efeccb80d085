//! Lines of source files, for tracebacks and warnings.

use super::Vm;

/// Line `line` (from 1) of the file a code object names, without its line end; `None` when the source is not to be had.
pub fn source_line(vm: &Vm, filename: &str, line: i64) -> Option<String> {
    source_lines(vm, filename, line, line)?.pop()
}

/// Lines `first ..= last` of a file, fewer at its end.
pub fn source_lines(vm: &Vm, filename: &str, first: i64, last: i64) -> Option<Vec<String>> {
    let first = usize::try_from(first).ok()?.checked_sub(1)?;
    let last = usize::try_from(last).ok()?;
    if filename.starts_with('<') && filename.ends_with('>') {
        return None;
    }
    let bytes = read(vm, filename)?;
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes)).into_owned();
    let lines: Vec<String> = split_lines(&text).skip(first).take(last.saturating_sub(first)).collect();
    (!lines.is_empty()).then_some(lines)
}

/// The bytes of a file of the embedded library or of the file system.
fn read(vm: &Vm, filename: &str) -> Option<Vec<u8>> {
    if let Some(source) = vm.source {
        let root = source.library_root();
        let inside = filename.strip_prefix(&*root).map(|p| p.trim_start_matches('/'));
        if let Some(text) = inside.and_then(|p| source.library_source(p)) {
            return Some(text);
        }
    }
    std::fs::read(filename).ok()
}

fn split_lines(text: &str) -> impl Iterator<Item = String> + '_ {
    // A carriage return ends a line too.
    text.split_inclusive('\n').flat_map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.split('\r').map(str::to_owned)
    })
}
