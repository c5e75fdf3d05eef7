//! Whether a database is a copy of another. A copy must not go on with work that the original may have done since.
//!
//! `SQLite`: copies are marked when they are made, in the file's header. `PostgreSQL`: the table of migrations carries a comment
//! that says which table of which cluster it is; whatever restores a dump restores the comment too, on a table that is another.

use crate::error::Error;
use crate::tx::{Dialect, Tx};

/// Locks until the commit, so that of several nodes one takes note of a copy and the others find it done.
const LOCK: &str = "SELECT number FROM schema_migrations WHERE number = 1 FOR UPDATE";
const MAY_ASK: &str = "SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS may";
const CLUSTER: &str = "SELECT CAST(system_identifier AS TEXT) AS id FROM pg_control_system()";
const TABLE: &str = "SELECT CAST(CAST(oid AS BIGINT) AS TEXT) AS id,
        obj_description(oid, 'pg_class') AS comment, pg_has_role(relowner, 'USAGE') AS is_ours
    FROM pg_class WHERE oid = CAST('schema_migrations' AS regclass)";

impl Tx<'_> {
    /// Whether this database is a copy that [`Tx::declare_original`] was not called for yet. Only in a write, after the
    /// migrations. A `PostgreSQL` database that never was asked before is none.
    pub fn is_copy(&mut self) -> Result<bool, Error> {
        if self.dialect() == Dialect::Sqlite {
            let mark: i64 = self.query_one("PRAGMA user_version", &[], |row| row.get("user_version"))?;
            return Ok(mark == crate::sqlite::COPY);
        }
        self.query(LOCK, &[], |_| Ok(()))?;
        let table = self.table()?;
        Ok(table.is_ours && table.comment.is_some_and(|comment| comment != table.name))
    }

    /// This database goes on by itself from here: it is no copy any more.
    pub fn declare_original(&mut self) -> Result<(), Error> {
        if self.dialect() == Dialect::Sqlite {
            return self.execute("PRAGMA user_version = 0", &[]).map(drop);
        }
        let table = self.table()?;
        if table.is_ours && table.comment.as_ref() != Some(&table.name) {
            self.execute(&format!("COMMENT ON TABLE schema_migrations IS '{}'", table.name), &[])?;
        }
        Ok(())
    }

    fn table(&mut self) -> Result<Table, Error> {
        let may_ask: bool = self.query_one(MAY_ASK, &[], |row| row.get("may"))?;
        let cluster =
            if may_ask { self.query_one(CLUSTER, &[], |row| row.get("id"))? } else { String::new() };
        self.query_one(TABLE, &[], |row| {
            let (id, comment): (String, Option<String>) = (row.get("id")?, row.get("comment")?);
            let name = format!("table {id} of cluster {cluster}");
            Ok(Table { name, comment, is_ours: row.get("is_ours")? })
        })
    }
}

struct Table {
    /// Which table of which cluster it is.
    name: String,
    /// Which it was when it was last asked.
    comment: Option<String>,
    /// Whether we may write a comment.
    is_ours: bool,
}
