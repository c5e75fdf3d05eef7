//! `$1` becomes `?1`. `SQLite` takes `$1` too, but numbers it by its first appearance.

use std::collections::HashMap;
use std::rc::Rc;

/// How many texts are remembered; statements are few, but some are made with lists of any length.
const REMEMBERED: usize = 1024;

/// The rewritten statements of a connection.
#[derive(Default)]
pub(super) struct Placeholders {
    known: HashMap<String, Rc<str>>,
}

impl Placeholders {
    /// The text for `SQLite`.
    pub(super) fn rewrite(&mut self, sql: &str) -> Rc<str> {
        if let Some(text) = self.known.get(sql) {
            return text.clone();
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let text: Rc<str> = rewrite(sql).into();
        self.known.insert(sql.to_owned(), text.clone());
        text
    }
}

fn rewrite(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = token(rest, first);
        let (text, after) = rest.split_at(length);
        if first == '$' && length > 1 {
            out.push('?');
            out.push_str(&text[1..]);
        } else {
            out.push_str(text);
        }
        rest = after;
    }
    out
}

/// The length of what stands at the start of `rest`: something to be left alone as a whole, a placeholder, or a character.
fn token(rest: &str, first: char) -> usize {
    let to_end_of =
        |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    match first {
        // A doubled quote is two strings side by side, which comes to the same.
        '\'' | '"' => to_end_of(if first == '"' { "\"" } else { "'" }, 1),
        '-' if rest.starts_with("--") => to_end_of("\n", 2),
        '/' if rest.starts_with("/*") => to_end_of("*/", 2),
        '$' => 1 + rest[1..].bytes().take_while(u8::is_ascii_digit).count(),
        // A name as a whole, since it may hold a dollar sign.
        _ if first.is_alphanumeric() || first == '_' => {
            let end = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
            rest.find(end).unwrap_or(rest.len())
        }
        _ => first.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_rewritten_and_nothing_else_is() {
        for (from, to) in [
            ("SELECT $1", "SELECT ?1"),
            ("($2,$1),($12)", "(?2,?1),(?12)"),
            ("a = '$1' AND b = $1", "a = '$1' AND b = ?1"),
            ("'it''s $1' || $2", "'it''s $1' || ?2"),
            ("\"a$1\" = $1", "\"a$1\" = ?1"),
            ("a$1 = $1", "a$1 = ?1"),
            ("-- $1\n$1 -- $2", "-- $1\n?1 -- $2"),
            ("/* $1 */ $1 /* $2", "/* $1 */ ?1 /* $2"),
            ("'open $1", "'open $1"),
            ("'ä€' || $1 || $", "'ä€' || ?1 || $"),
            ("$1->>'$.a'", "?1->>'$.a'"),
        ] {
            assert_eq!(rewrite(from), to);
        }
    }
}
