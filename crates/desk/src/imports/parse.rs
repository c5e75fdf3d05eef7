//! Reading the file: pure rules.

use std::collections::HashMap;

use crate::error::{Error, Result};

/// The most lines of a file, its header not counted.
pub(super) const LINES: usize = 500;

/// The columns that a file may have, in any order; the first two it must have.
const COLUMNS: [&str; 5] = ["name", "login_name", "email", "role", "projects"];

/// A line as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// Its number in the file, the header being the first.
    pub(super) line: u64,
    cells: HashMap<&'static str, String>,
}

impl Written {
    /// A cell without the space around it; an empty one when there is no such column.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |text| text.trim())
    }
}

/// The lines of a file with a header row.
pub(super) fn lines(csv: &str) -> Result<Vec<Written>> {
    // One kind of line end: the reader counts the two of some as one only sometimes.
    let text = csv.strip_prefix('\u{FEFF}').unwrap_or(csv).replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let broken = |_| Error::field("csv", "bad_format");
    let mut columns = Vec::new();
    for header in reader.headers().map_err(broken)? {
        let header = header.trim().to_lowercase().replace([' ', '-'], "_");
        let known = COLUMNS.iter().find(|column| **column == header);
        columns.push(*known.ok_or_else(|| Error::field("csv", "unknown"))?);
    }
    if !columns.contains(&"name") || !columns.contains(&"login_name") {
        return Err(Error::field("csv", "required"));
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        if record.len() > columns.len() {
            return Err(Error::field("csv", "bad_format"));
        }
        let line = record.position().map_or(0, csv::Position::line);
        let cells: HashMap<_, _> = columns.iter().copied().zip(record.iter().map(str::to_owned)).collect();
        if cells.values().any(|cell| !cell.trim().is_empty()) {
            lines.push(Written { line, cells });
        }
    }
    match lines.len() {
        0 => Err(Error::field("csv", "required")),
        count if count > LINES => Err(Error::field("csv", "too_long")),
        _ => Ok(lines),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_in_any_order_and_lines_keep_their_numbers() {
        let file = "\u{FEFF}Login name,NAME,projects\r\nana,\"María, Ana\",Shop;Support\r\n,,\r\nbob,Bob\r\n";
        let lines = lines(file).unwrap();
        let read: Vec<_> = lines
            .iter()
            .map(|it| (it.line, it.cell("login_name"), it.cell("name"), it.cell("projects"), it.cell("role")))
            .collect();
        assert_eq!(read, [(2, "ana", "María, Ana", "Shop;Support", ""), (4, "bob", "Bob", "", "")]);
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let long = format!("name,login_name\n{}", "a,b\n".repeat(LINES + 1));
        for (file, code) in [
            ("", "required"),
            ("name,login_name\n", "required"),
            ("name\nAna\n", "required"),
            ("name,login_name,wage\nAna,ana,1\n", "unknown"),
            ("name,login_name\nAna,ana,extra\n", "bad_format"),
            (&*long, "too_long"),
        ] {
            let Err(Error::Invalid(faults)) = lines(file) else { panic!("{file} passed") };
            assert_eq!((faults[0].field.as_str(), faults[0].code), ("csv", code), "{file}");
        }
    }
}
