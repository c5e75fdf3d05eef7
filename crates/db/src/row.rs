//! A row of a result, read by the names of its columns.

use crate::error::Error;
use crate::value::{FromValue, ValueRef};

/// A row of a result.
pub struct Row<'a> {
    columns: &'a [String],
    cells: Cells<'a>,
}

pub(crate) enum Cells<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::Row),
}

impl<'a> Row<'a> {
    pub(crate) fn new(columns: &'a [String], cells: Cells<'a>) -> Self {
        Self { columns, cells }
    }

    /// The value of `column`.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, Error> {
        let index = self.columns.iter().position(|name| name == column);
        let index = index.ok_or_else(|| Error::Column(format!("{column} isn't in the result")))?;
        let value = self.cells.get(index).map_err(|reason| Error::Column(format!("{column}: {reason}")))?;
        T::from_value(value).ok_or_else(|| {
            // Never the value itself: it may be a secret, and errors are logged.
            Error::Column(format!("{column} holds {}, not {}", kind(value), std::any::type_name::<T>()))
        })
    }
}

impl<'a> Cells<'a> {
    fn get(&self, index: usize) -> Result<ValueRef<'a>, String> {
        match self {
            Self::Sqlite(row) => crate::sqlite::cell(row, index),
            Self::Postgres(row) => crate::postgres::cell(row, index),
        }
    }
}

fn kind(value: ValueRef<'_>) -> &'static str {
    match value {
        ValueRef::Null => "NULL",
        ValueRef::Int(_) => "an integer",
        ValueRef::Bool(_) => "a truth value",
        ValueRef::Text(_) => "a text",
        ValueRef::Bytes(_) => "bytes",
    }
}
