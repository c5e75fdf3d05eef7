//! Statements and rows on a connection.

use std::rc::Rc;

use rusqlite::types::ValueRef as Raw;
use rusqlite::{CachedStatement, Connection, Result};

use super::{constraints, errors};
use crate::error::Error;
use crate::job::Mode;
use crate::placeholders::{Known, Placeholders};
use crate::row::{Cells, Row};
use crate::schema::Table;
use crate::tx::{Dialect, Each, Session};
use crate::value::{Value, ValueRef};

/// A connection with an open transaction.
pub(super) struct SqliteSession<'a> {
    pub(super) connection: &'a Connection,
    pub(super) placeholders: &'a mut Placeholders,
    pub(super) mode: Mode,
    /// Whether there was a statement whose changes (of the schema, of a setting) `total_changes` doesn't count.
    pub(super) uncounted: bool,
}

impl<'a> SqliteSession<'a> {
    pub(super) fn new(connection: &'a Connection, placeholders: &'a mut Placeholders, mode: Mode) -> Self {
        Self { connection, placeholders, mode, uncounted: false }
    }

    fn prepare(&mut self, sql: &str, params: &[Value]) -> Result<(CachedStatement<'a>, Rc<Known>)> {
        let known = self.placeholders.rewrite(sql);
        let mut statement = self.connection.prepare_cached(&known.text)?;
        self.uncounted |= !known.counted && !statement.readonly();
        let count = statement.parameter_count();
        if count != params.len() {
            return Err(rusqlite::Error::InvalidParameterCount(params.len(), count));
        }
        for (index, value) in (1..).zip(params) {
            match value {
                Value::Int(value) => statement.raw_bind_parameter(index, value)?,
                Value::Text(value) => statement.raw_bind_parameter(index, value)?,
                Value::Bool(value) => statement.raw_bind_parameter(index, value)?,
                Value::Bytes(value) => statement.raw_bind_parameter(index, value)?,
            }
        }
        Ok((statement, known))
    }

    fn try_execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let connection = self.connection;
        let before = connection.total_changes();
        let (mut statement, _) = self.prepare(sql, params)?;
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        // `changes` is still that of an earlier statement when this one wasn't an INSERT, UPDATE or DELETE.
        Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
    }

    fn try_query(&mut self, sql: &str, params: &[Value], each: Each) -> Result<()> {
        let (mut statement, known) = self.prepare(sql, params)?;
        let columns = known.columns(|| statement.column_names().map(str::to_owned).collect());
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if each(&Row::new(columns, Cells::Sqlite(row))).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn checked<T>(&self, result: Result<T>) -> Result<T, Error> {
        result.map_err(|error| errors::error(error, self.connection, self.mode))
    }
}

impl Session for SqliteSession<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let result = self.try_execute(sql, params);
        self.checked(result)
    }

    fn query(&mut self, sql: &str, params: &[Value], each: Each) -> Result<(), Error> {
        let result = self.try_query(sql, params, each);
        self.checked(result)
    }

    fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.uncounted |= !is_about_savepoints(sql);
        self.checked(self.connection.execute_batch(sql))
    }

    fn schema(&mut self) -> Result<Vec<Table>, Error> {
        self.checked(constraints::schema(self.connection))
    }
}

/// Whether a script says nothing but where to go back to: what lies behind such a place is counted all the same.
fn is_about_savepoints(sql: &str) -> bool {
    let words = ["SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT "];
    sql.split("; ").all(|statement| words.iter().any(|word| statement.starts_with(word)))
}

/// The value in a column, or what is wrong with it.
pub(crate) fn cell<'a>(row: &'a rusqlite::Row, index: usize) -> Result<ValueRef<'a>, String> {
    match row.get_ref(index).map_err(|error| error.to_string())? {
        Raw::Null => Ok(ValueRef::Null),
        Raw::Integer(number) => Ok(ValueRef::Int(number)),
        Raw::Text(text) => {
            std::str::from_utf8(text).map(ValueRef::Text).map_err(|_| "the text isn't UTF-8".to_owned())
        }
        Raw::Blob(bytes) => Ok(ValueRef::Bytes(bytes)),
        Raw::Real(_) => Err("a fraction can't be read; cast it to BIGINT or TEXT".to_owned()),
    }
}
