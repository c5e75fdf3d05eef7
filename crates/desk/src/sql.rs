//! Pieces of statements whose lengths are known only when they run.

use std::fmt::Write as _;

/// `$2, $3, …` for a list of `count` values after `before` others.
pub(crate) fn placeholders(before: usize, count: usize) -> String {
    let mut list = String::with_capacity(count * 6);
    add_placeholders(&mut list, before, count);
    list
}

/// `($3, $4), ($5, $6), …`: the rows of a `VALUES`, so many with so many columns each, after `before` other values; each row begins with
/// `first`, as in `$1, `.
pub(crate) fn rows(first: &str, before: usize, count: usize, columns: usize) -> String {
    let mut rows = String::with_capacity(count * (first.len() + columns * 6 + 4));
    for n in 0..count {
        rows.push_str(if n == 0 { "(" } else { ", (" });
        rows.push_str(first);
        add_placeholders(&mut rows, before + n * columns, columns);
        rows.push(')');
    }
    rows
}

fn add_placeholders(list: &mut String, before: usize, count: usize) {
    for n in 1..=count {
        // Writing to a string can't fail.
        let _ = write!(list, "{}${}", if n == 1 { "" } else { ", " }, before + n);
    }
}

/// Cut into chunks of few different lengths, so that the database meets the same statements again.
pub(crate) fn chunks<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let most = [64, 32, 16, 8, 4, 2, 1].into_iter().find(|&length| length <= rest.len())?;
        let (chunk, after) = rest.split_at(most);
        rest = after;
        Some(chunk)
    })
}

/// As `chunks`, for statements that write as many rows as they are given. On SQLite one by one: there a statement for many costs more
/// than it saves, while elsewhere each is a message there and back.
pub(crate) fn chunks_to_write<T>(dialect: db::Dialect, list: &[T]) -> impl Iterator<Item = &[T]> {
    let most = if dialect == db::Dialect::Sqlite { 1 } else { list.len().max(1) };
    list.chunks(most).flat_map(chunks)
}

/// The list of an `IN`, after the values that are there already, which it adds to. Its length is one of a few, for the database to
/// meet the same statements again: the last value fills it up.
pub(crate) fn any_of<T: Copy + Into<db::Value>>(values: &mut Vec<db::Value>, list: &[T]) -> String {
    let (before, length) = (values.len(), list.len().next_power_of_two());
    let fill = list.last().into_iter().cycle().take(length - list.len());
    values.extend(list.iter().chain(fill).map(|&value| value.into()));
    placeholders(before, values.len() - before)
}
