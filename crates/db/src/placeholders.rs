//! The placeholders of a statement. For `SQLite` `$1` becomes `?1`: it takes `$1` too, but numbers it by its first appearance.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

/// How many texts are remembered; statements are few, but some are made with lists of any length.
const REMEMBERED: usize = 1024;

/// The rewritten statements of an `SQLite` connection.
#[derive(Default)]
pub(crate) struct Placeholders {
    known: HashMap<String, Rc<Known>>,
}

/// A statement that was met before.
pub(crate) struct Known {
    /// Its text for `SQLite`.
    pub(crate) text: String,
    /// Whether what it changes is counted: rows are, the schema and settings aren't.
    pub(crate) counted: bool,
    columns: OnceCell<Vec<String>>,
}

impl Known {
    /// The names of its result's columns; `read` says them the first time. (So a statement names its columns: what `*` stands for
    /// may change.)
    pub(crate) fn columns(&self, read: impl FnOnce() -> Vec<String>) -> &[String] {
        self.columns.get_or_init(read)
    }
}

impl Placeholders {
    /// The statement for `SQLite`.
    pub(crate) fn rewrite(&mut self, sql: &str) -> Rc<Known> {
        if let Some(known) = self.known.get(sql) {
            return known.clone();
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let word = sql.split_whitespace().next().unwrap_or_default();
        let counted = ["INSERT", "UPDATE", "DELETE", "WITH"].contains(&word);
        let known = Rc::new(Known { text: rewrite(sql), counted, columns: OnceCell::new() });
        self.known.insert(sql.to_owned(), known.clone());
        known
    }
}

/// The highest number of a placeholder: how many parameters the statement takes.
pub(crate) fn highest(sql: &str) -> usize {
    tokens(sql).filter_map(placeholder).filter_map(|number| number.parse().ok()).max().unwrap_or(0)
}

fn rewrite(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for token in tokens(sql) {
        if let Some(number) = placeholder(token) {
            out.push('?');
            out.push_str(number);
        } else {
            out.push_str(token);
        }
    }
    out
}

/// The number in `$1`, if this is such a token.
fn placeholder(token: &str) -> Option<&str> {
    token.strip_prefix('$').filter(|number| !number.is_empty())
}

fn tokens(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let (token, after) = rest.split_at(length(rest, rest.chars().next()?));
        rest = after;
        Some(token)
    })
}

/// The length of what stands at the start of `rest`: something to be left alone as a whole, a placeholder, or a character.
fn length(rest: &str, first: char) -> usize {
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

    #[test]
    fn the_highest_placeholder_tells_how_many_there_are() {
        for (sql, count) in [("SELECT 1", 0), ("$1 $1", 1), ("$2 '$7' \"$8\" a$9 -- $9", 2), ("$12,$3", 12)] {
            assert_eq!(highest(sql), count, "{sql}");
        }
    }
}
