//! Just enough of Rust's grammar to tell code from comments and strings.

use std::fs;
use std::path::Path;

/// A source file, taken apart.
pub(crate) struct Source {
    /// Below `src`.
    pub(crate) path: String,
    /// The code, with blanks where comments and literals were.
    code: String,
    /// String literals with the offset at which they begin.
    literals: Vec<(usize, String)>,
}

impl Source {
    pub(crate) fn read(path: &Path, file: &Path) -> Self {
        Self::of(path, &fs::read_to_string(file).expect("a source file"))
    }

    pub(crate) fn of(path: &Path, text: &str) -> Self {
        let (mut code, mut literals) = (String::with_capacity(text.len()), Vec::new());
        while code.len() < text.len() {
            let rest = &text[code.len()..];
            let after_name = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let skipped = match rest.as_bytes() {
                [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
                [b'/', b'*', ..] => comment(rest),
                [b'"', ..] => {
                    let end = string(rest);
                    literals.push((code.len(), rest[1..end - 1].to_owned()));
                    end
                }
                [b'r', b'"' | b'#', ..] if !after_name => match raw_string(rest) {
                    None => 0,
                    Some((content, end)) => {
                        literals.push((code.len(), content.to_owned()));
                        end
                    }
                },
                [b'\'', ..] => character(rest),
                _ => 0,
            };
            if skipped == 0 {
                code.push(rest.chars().next().expect("there is more"));
            } else {
                code.extend(rest[..skipped].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            }
        }
        Self { path: path.display().to_string(), code, literals }
    }

    /// Whether this is test code as a whole.
    pub(crate) fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path == "testing.rs"
    }

    /// Whether this is where a concept's SQL belongs.
    pub(crate) fn is_store(&self) -> bool {
        self.path.ends_with("/store.rs") || self.path.contains("/store/")
    }

    /// String literals with their lines.
    pub(crate) fn strings(&self) -> Vec<(usize, String)> {
        self.literals.iter().map(|(at, text)| (self.line(*at), text.clone())).collect()
    }

    /// What this file, which is a module at `depth` below the crate, uses of the crate's top: names after `crate::`, and
    /// after as many `super::` as lead there.
    pub(crate) fn uses(&self, depth: usize) -> Vec<(usize, String)> {
        let mut uses = Vec::new();
        let mut at = 0;
        while let Some(found) = self.code[at..].find("::") {
            let (before, after) = (self.code[..at + found].trim_end(), &self.code[at + found + 2..]);
            at += found + 2;
            let is_top = last_word(before) == "crate" || (depth > 0 && supers(before) >= depth);
            if is_top {
                uses.extend(heads(after).into_iter().map(|name| (self.line(at), name)));
            }
        }
        uses
    }

    fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

/// The end of a block comment; they nest.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The end of a string that begins here.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The content of a raw string that begins here, and its end.
fn raw_string(text: &str) -> Option<(&str, usize)> {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    let content = text[1 + hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let length = content.find(&close)?;
    Some((&content[..length], 2 + hashes + length + close.len()))
}

/// The end of a character that begins here; 0 when it is a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, _))) => text[at + 1..].find('\'').map_or(0, |length| at + 1 + length + 1),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

fn last_word(code: &str) -> &str {
    code.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default()
}

/// How many `super` in a row end here.
fn supers(mut code: &str) -> usize {
    let mut count = 0;
    while last_word(code) == "super" {
        count += 1;
        code = code.trim_end_matches("super").trim_end();
        code = code.strip_suffix("::").map_or("", str::trim_end);
    }
    count
}

/// The first names of a path or of a group of paths.
fn heads(after: &str) -> Vec<String> {
    let after = after.trim_start();
    let Some(group) = after.strip_prefix('{') else {
        let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        return if name.is_empty() { Vec::new() } else { vec![name] };
    };
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("there is one").push(c);
    }
    parts.iter().flat_map(|part| heads(part)).collect()
}

/// The words of an SQL text.
pub(crate) fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect()
}
