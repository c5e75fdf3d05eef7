//! Running migrations on `SQLite`.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Result, Transaction, TransactionBehavior};

use super::{connect, constraints, errors};
use crate::migrate::{Applied, LIST, Migration, TABLE, pending};
use crate::open_error::OpenError;
use crate::tx::Dialect;

pub(super) fn run(path: &Path, busy_timeout: Duration, migrations: &[Migration]) -> Result<u32, OpenError> {
    let mut connection = connect::writer(path, busy_timeout)?;
    // A table that is rebuilt is gone for a moment; the references are checked as a whole before each commit.
    let failed = |error| errors::open_error(&error, path);
    connection.execute_batch("PRAGMA foreign_keys = OFF").map_err(failed)?;
    let mut count = 0;
    loop {
        // Immediate: from here to the commit nobody else can migrate.
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        tx.execute_batch(TABLE).map_err(failed)?;
        let applied = applied(&tx).map_err(failed)?;
        let Some(next) = pending(migrations, &applied, Dialect::Sqlite)?.first() else {
            tx.commit().map_err(failed)?;
            return Ok(count);
        };
        apply(tx, next)?;
        count += 1;
    }
}

fn apply(tx: Transaction, migration: &Migration) -> Result<(), OpenError> {
    let failed = |error: rusqlite::Error| migration.failed(&error);
    tx.execute_batch(migration.text(Dialect::Sqlite)).map_err(failed)?;
    let orphan = "SELECT \"table\" || ' → ' || \"parent\" FROM pragma_foreign_key_check LIMIT 1";
    let orphans: Vec<String> = strings(&tx, orphan).map_err(failed)?;
    if let Some(orphan) = orphans.first() {
        return Err(migration.failed(&format!("it leaves a row that points at nothing ({orphan})")));
    }
    if let Some((one, other)) = constraints::ambiguous(&tx).map_err(failed)? {
        let text = format!(
            "the unique indexes {one} and {other} have the same columns, so that errors can't tell them apart"
        );
        return Err(migration.failed(&text));
    }
    let record = (migration.number, migration.name, migration.checksum(Dialect::Sqlite));
    tx.execute("INSERT INTO schema_migrations (number, name, checksum) VALUES (?1, ?2, ?3)", record)
        .map_err(failed)?;
    tx.commit().map_err(failed)
}

fn applied(connection: &Connection) -> Result<Vec<Applied>> {
    let row =
        |row: &rusqlite::Row| Ok(Applied { number: row.get(0)?, name: row.get(1)?, checksum: row.get(2)? });
    connection.prepare(LIST)?.query_map([], row)?.collect()
}

fn strings(connection: &Connection, sql: &str) -> Result<Vec<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}
