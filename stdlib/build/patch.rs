//! Applies unified diffs to the library's files.

use std::collections::BTreeMap;

/// Applies a diff of one or more files, named by their paths below the library's root (`--- a/path`, `+++ b/path`).
/// Line numbers are hints: a hunk applies where its old lines are found nearest to them.
pub fn apply(patch: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let mut lines = patch.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(old_name) = line.strip_prefix("--- ") else { continue };
        let header = lines.next().and_then(|l| l.strip_prefix("+++ ")).ok_or("`+++` line missing")?;
        let path = strip(header).to_string();
        let is_new = strip(old_name) == "/dev/null";
        let content =
            if is_new { Vec::new() } else { files.remove(&path).ok_or(format!("no file {path}"))? };
        let text = String::from_utf8(content).map_err(|_| format!("{path} is not UTF-8"))?;
        let mut content: Vec<&str> = text.split_inclusive('\n').collect();
        let mut shift = 0isize;
        while let Some(hunk) = lines.next_if(|l| l.starts_with("@@")) {
            let start: isize = hunk
                .split_once('-')
                .and_then(|(_, rest)| rest.split([',', ' ']).next()?.parse().ok())
                .ok_or(format!("{path}: bad hunk {hunk}"))?;
            let (mut old, mut new) = (Vec::new(), Vec::new());
            while let Some(line) = lines.next_if(|l| !l.starts_with("@@") && !l.starts_with("--- ")) {
                match line.split_at_checked(1) {
                    Some(("-", rest)) => old.push(rest),
                    Some(("+", rest)) => new.push(rest),
                    Some((" ", rest)) => {
                        old.push(rest);
                        new.push(rest);
                    }
                    None => {
                        old.push("");
                        new.push("");
                    }
                    Some(_) => {} // "\ No newline at end of file"
                }
            }
            let wanted = (start - 1 + shift).max(0) as usize;
            let at = find(&content, &old, wanted).ok_or(format!("{path}: does not apply: {hunk}"))?;
            shift += new.len() as isize - old.len() as isize;
            let new = new.into_iter().map(|l| &*Box::leak(format!("{l}\n").into_boxed_str()));
            content.splice(at..at + old.len(), new);
        }
        files.insert(path, content.concat().into_bytes());
    }
    Ok(())
}

fn strip(name: &str) -> &str {
    let name = name.split('\t').next().unwrap_or(name).trim();
    name.strip_prefix("a/").or(name.strip_prefix("b/")).unwrap_or(name)
}

/// Where `old` occurs in `content`, nearest to `wanted`.
fn find(content: &[&str], old: &[&str], wanted: usize) -> Option<usize> {
    let matches = |at: usize| {
        let part = content.get(at..at + old.len());
        part.is_some_and(|p| p.iter().zip(old).all(|(a, b)| a.trim_end_matches(['\n', '\r']) == *b))
    };
    (0..=content.len()).filter(|&at| matches(at)).min_by_key(|&at| at.abs_diff(wanted))
}
