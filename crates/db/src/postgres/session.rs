//! Statements and rows on a connection.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::rc::Rc;

use postgres::types::{FromSql, ToSql, Type};
use postgres::{Client, Statement};

use super::{errors, schema};
use crate::error::Error;
use crate::placeholders;
use crate::row::{Cells, Row};
use crate::schema::Table;
use crate::tx::{Dialect, Each, Session};
use crate::value::{Value, ValueRef};

/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 256;

/// A connection with its prepared statements.
pub(super) struct PostgresSession {
    pub(super) client: Client,
    /// By text; under one text by the types of the parameters, of which there is nearly always one set.
    statements: HashMap<String, Vec<Rc<Prepared>>>,
    count: usize,
}

struct Prepared {
    statement: Statement,
    /// The names of the result's columns.
    columns: Vec<String>,
}

impl PostgresSession {
    pub(super) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new(), count: 0 }
    }

    /// Forgets what was prepared, after a table was changed or statements were lost.
    pub(super) fn forget(&mut self) {
        self.statements.clear();
        self.count = 0;
    }

    fn prepare(&mut self, sql: &str, params: &[Value]) -> Result<Rc<Prepared>, Error> {
        let types = || params.iter().map(type_of);
        let known = self.statements.get(sql).map(Vec::as_slice).unwrap_or_default();
        if let Some(known) = known.iter().find(|known| known.statement.params().iter().eq(types())) {
            return Ok(known.clone());
        }
        // The server minds too few parameters, but not too many.
        let (needed, given) = (placeholders::highest(sql), params.len());
        if needed != given {
            return Err(Error::Other(format!(
                "the statement has {needed} parameters, but {given} were given"
            )));
        }
        if self.count >= STATEMENTS {
            self.forget();
        }
        let types: Vec<Type> = types().cloned().collect();
        let statement = self.client.prepare_typed(sql, &types).map_err(|error| errors::error(&error))?;
        let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let prepared = Rc::new(Prepared { statement, columns });
        self.statements.entry(sql.to_owned()).or_default().push(prepared.clone());
        self.count += 1;
        Ok(prepared)
    }
}

impl Session for PostgresSession {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let prepared = self.prepare(sql, params)?;
        let params: Vec<_> = params.iter().map(to_sql).collect();
        self.client.execute(&prepared.statement, &params).map_err(|error| errors::error(&error))
    }

    fn query(&mut self, sql: &str, params: &[Value], each: Each) -> Result<(), Error> {
        let prepared = self.prepare(sql, params)?;
        let params: Vec<_> = params.iter().map(to_sql).collect();
        let rows = self.client.query(&prepared.statement, &params).map_err(|error| errors::error(&error))?;
        for row in &rows {
            if each(&Row::new(&prepared.columns, Cells::Postgres(row))).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql).map_err(|error| errors::error(&error))
    }

    fn schema(&mut self) -> Result<Vec<Table>, Error> {
        schema::schema(&mut self.client).map_err(|error| errors::error(&error))
    }
}

/// The type we tell the server, so that it needn't guess it from the statement.
fn type_of(value: &Value) -> &'static Type {
    match value {
        Value::Int(_) => &Type::INT8,
        Value::Text(_) => &Type::TEXT,
        Value::Bool(_) => &Type::BOOL,
        Value::Bytes(_) => &Type::BYTEA,
    }
}

fn to_sql(value: &Value) -> &(dyn ToSql + Sync) {
    match value {
        Value::Int(value) => value,
        Value::Text(value) => value,
        Value::Bool(value) => value,
        Value::Bytes(value) => value,
    }
}

/// The value in a column, or what is wrong with it.
pub(crate) fn cell(row: &postgres::Row, index: usize) -> Result<ValueRef<'_>, String> {
    let kind = row.columns().get(index).map(|column| column.type_().clone());
    row.try_get(index).map_err(|_| {
        let kind = kind.map_or_else(String::new, |kind| kind.to_string());
        format!("the type {kind} can't be read here; cast it to BIGINT or TEXT")
    })
}

impl<'a> FromSql<'a> for ValueRef<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(match *kind {
            Type::BOOL => Self::Bool(bool::from_sql(kind, raw)?),
            Type::INT2 => Self::Int(i16::from_sql(kind, raw)?.into()),
            Type::INT4 => Self::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::NUMERIC => Self::Int(whole(raw).ok_or("a fraction, or too large")?),
            Type::BYTEA => Self::Bytes(raw),
            _ => Self::Text(<&str>::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::BOOL | Type::INT2 | Type::INT4 | Type::INT8 | Type::NUMERIC | Type::BYTEA)
            || <&str as FromSql>::accepts(kind)
    }
}

/// A NUMERIC that is a whole number: the sum of BIGINTs is one, though on `SQLite` it is an integer. Four numbers of 16 bits
/// (how many digits, weight of the first, sign, scale), then the digits to the base of 10,000.
fn whole(raw: &[u8]) -> Option<i64> {
    let words: Vec<i16> = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect();
    let [_, weight, sign, _, digits @ ..] = words.as_slice() else { return None };
    let places = usize::try_from(i32::from(*weight) + 1).ok()?;
    if digits.len() > places {
        return None;
    }
    let digits = digits.iter().copied().chain(std::iter::repeat(0)).take(places);
    let size = digits
        .into_iter()
        .try_fold(0i128, |sum, digit| sum.checked_mul(10_000)?.checked_add(digit.into()))?;
    match sign {
        0 => i64::try_from(size).ok(),
        0x4000 => i64::try_from(-size).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(words: &[i16]) -> Option<i64> {
        whole(&words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn whole_numerics_are_integers_and_fractions_are_not() {
        assert_eq!(numeric(&[0, 0, 0, 0]), Some(0));
        assert_eq!(numeric(&[1, 0, 0, 0, 7]), Some(7));
        assert_eq!(numeric(&[2, 1, 0x4000, 0, 12, 3456]), Some(-123_456));
        assert_eq!(numeric(&[1, 2, 0, 0, 5]), Some(500_000_000));
        assert_eq!(numeric(&[2, 0, 0, 1, 1, 5000]), None);
        assert_eq!(numeric(&[1, -1, 0, 1, 5000]), None);
        assert_eq!(numeric(&[1, 9, 0, 0, 1]), None);
    }
}
