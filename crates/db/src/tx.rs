//! The transaction handle: one over both databases.

use std::ops::ControlFlow;

use crate::error::{Error, TxError};
use crate::row::Row;
use crate::schema::Table;
use crate::value::Value;

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded one.
    Sqlite,
    /// The one for many nodes.
    Postgres,
}

/// Takes one row; `Break` ends the query early.
pub(crate) type Each<'a> = &'a mut dyn FnMut(&Row) -> ControlFlow<()>;

/// A connection with an open transaction. Errors are those of the database; those of `each` stay with the caller.
pub(crate) trait Session {
    fn dialect(&self) -> Dialect;
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error>;
    fn query(&mut self, sql: &str, params: &[Value], each: Each) -> Result<(), Error>;
    /// Several statements without parameters or results.
    fn batch(&mut self, sql: &str) -> Result<(), Error>;
    fn schema(&mut self) -> Result<Vec<Table>, Error>;
}

pub(crate) type Hook = Box<dyn FnOnce() + Send>;

/// A running transaction.
///
/// A statement that fails spoils the transaction, or the innermost savepoint, as it does on `PostgreSQL`: what follows gives
/// [`Error::Aborted`], and so does the commit. An error of the environment ([`Error::is_trouble`]) spoils all of it.
pub struct Tx<'a> {
    session: &'a mut dyn Session,
    depth: u32,
    /// A statement of this level failed.
    spoiled: bool,
    /// What ended the whole transaction.
    doom: Option<Error>,
    hooks: Vec<Hook>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(session: &'a mut dyn Session) -> Self {
        Self { session, depth: 0, spoiled: false, doom: None, hooks: Vec::new() }
    }

    /// Runs a statement and gives the number of rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        self.check(params)?;
        let result = self.session.execute(sql, params);
        self.note(result)
    }

    /// Runs a statement and gives what `f` makes of each row.
    pub fn query<T>(
        &mut self,
        sql: &str,
        params: &[Value],
        mut f: impl FnMut(&Row) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.check(params)?;
        let (mut values, mut failed) = (Vec::new(), None);
        let result = self.session.query(sql, params, &mut |row| match f(row) {
            Ok(value) => {
                values.push(value);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        });
        self.note(result)?;
        failed.map_or(Ok(values), Err)
    }

    /// As `query`, for at most one row; several are an error.
    pub fn query_opt<T>(
        &mut self,
        sql: &str,
        params: &[Value],
        f: impl FnMut(&Row) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let mut rows = self.query(sql, params, f)?;
        let row = rows.pop();
        if rows.is_empty() { Ok(row) } else { Err(Error::SeveralRows) }
    }

    /// As `query`, for exactly one row; none is [`Error::NoRow`].
    pub fn query_one<T>(
        &mut self,
        sql: &str,
        params: &[Value],
        f: impl FnMut(&Row) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.query_opt(sql, params, f)?.ok_or(Error::NoRow)
    }

    /// Locks a row (by its column `id`) against other writers until the end of the transaction, and says whether it is
    /// there. `SQLite` has one writer at a time, so there it only looks. Lock rows in one fixed order of tables.
    pub fn lock(&mut self, table: &'static str, id: &str) -> Result<bool, Error> {
        let sql = format!("SELECT id FROM {table} WHERE id = $1 {}", self.locking());
        Ok(self.query_opt(&sql, &[Value::from(id)], |_| Ok(()))?.is_some())
    }

    /// What a `SELECT` ends with that locks the rows it finds, as `lock` does: empty on `SQLite`.
    pub fn locking(&self) -> &'static str {
        match self.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => "FOR NO KEY UPDATE",
        }
    }

    /// What a claiming `SELECT` ends with, so that two workers don't wait for the same row: empty on `SQLite`.
    pub fn skip_locked(&self) -> &'static str {
        match self.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// The time by the clock of the database's server, in milliseconds since 1970 UTC; none on `SQLite`, which has none of its own.
    /// Only for setting other clocks by it: the time of what happens is passed in.
    pub fn server_time(&mut self) -> Result<Option<i64>, Error> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(None);
        }
        let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now";
        self.query_one(sql, &[], |row| row.get("now")).map(Some)
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    /// Runs `f` so that its failure undoes what it did (its `after_commit` too) and nothing else. Trouble with the
    /// environment ([`Error::is_trouble`]) it can't contain: then the whole transaction fails.
    pub fn savepoint<T, E: TxError>(&mut self, f: impl FnOnce(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        self.check(&[])?;
        let name = format!("s{}", self.depth);
        let result = self.session.batch(&format!("SAVEPOINT {name}"));
        self.note(result)?;
        let hooks = self.hooks.len();
        self.depth += 1;
        let result = f(self);
        let result = self.judge(result);
        self.depth -= 1;
        // After trouble there may be nothing left to go back to, and the transaction is lost anyway.
        if self.doom.is_some() {
            return result;
        }
        self.spoiled = false;
        if result.is_err() {
            self.hooks.truncate(hooks);
            let undone =
                self.session.batch(&format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}"));
            self.note(undone)?;
        } else {
            let released = self.session.batch(&format!("RELEASE SAVEPOINT {name}"));
            self.note(released)?;
        }
        result
    }

    /// Runs `f` after this has been committed, before the caller gets the answer. It runs on the database's own thread, so
    /// it must be short and must not wait; it is dropped when the transaction or the enclosing savepoint is rolled back.
    pub fn after_commit(&mut self, f: impl FnOnce() + Send + 'static) {
        self.hooks.push(Box::new(f));
    }

    /// The tables there are, in the order of their names.
    pub fn schema(&mut self) -> Result<Vec<Table>, Error> {
        self.check(&[])?;
        let result = self.session.schema();
        self.note(result)
    }

    /// What came of a closure, given what came of its statements: an ignored error is an error, and a verdict reached
    /// in a broken transaction is none.
    pub(crate) fn judge<T, E: TxError>(&mut self, result: Result<T, E>) -> Result<T, E> {
        if let Err(error) = &result
            && let Some(error) = error.db()
            && error.is_trouble()
            && self.doom.is_none()
        {
            self.doom = Some(error.clone());
        }
        match (&self.doom, result) {
            (Some(_), Err(error)) if error.db().is_some_and(Error::is_trouble) => Err(error),
            (Some(doom), _) => Err(doom.clone().into()),
            (None, Ok(_)) if self.spoiled => Err(Error::Aborted.into()),
            (None, result) => result,
        }
    }

    /// Whether the transaction broke and how, and what to run after its commit.
    pub(crate) fn finish(self) -> (Option<Error>, Vec<Hook>) {
        (self.doom, self.hooks)
    }

    fn check(&self, params: &[Value]) -> Result<(), Error> {
        if let Some(error) = &self.doom {
            return Err(error.clone());
        }
        if self.spoiled {
            return Err(Error::Aborted);
        }
        let nul = |value: &Value| matches!(value, Value::Text(Some(text)) if text.contains('\0'));
        params.iter().position(nul).map_or(Ok(()), |index| Err(Error::NulCharacter(index + 1)))
    }

    fn note<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            if error.is_trouble() {
                self.doom = Some(error.clone());
            } else {
                self.spoiled = true;
            }
        }
        result
    }
}
