//! Running migrations on `SQLite`.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Result, Transaction, TransactionBehavior};

use super::{connect, constraints, errors};
use crate::migrate::{Applied, COLUMN, LIST, Migration, RECORD, TABLE, pending};
use crate::open_error::OpenError;
use crate::tx::Dialect;

const HAS_COLUMN: &str =
    "SELECT name FROM pragma_table_info('schema_migrations') WHERE name = 'compatible_from'";

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
        if strings(&tx, HAS_COLUMN).map_err(failed)?.is_empty() {
            tx.execute_batch(COLUMN).map_err(failed)?;
        }
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
    let checksum = migration.checksum(Dialect::Sqlite);
    let record = (migration.number, migration.name, checksum, migration.compatible_from);
    // `$1` is a name to SQLite, numbered by its first appearance: here that is the order.
    tx.execute(RECORD, record).map_err(failed)?;
    tx.commit().map_err(failed)
}

fn applied(connection: &Connection) -> Result<Vec<Applied>> {
    let row = |row: &rusqlite::Row| {
        let compatible_from = row.get(3)?;
        Ok(Applied { number: row.get(0)?, name: row.get(1)?, checksum: row.get(2)?, compatible_from })
    };
    connection.prepare(LIST)?.query_map([], row)?.collect()
}

fn strings(connection: &Connection, sql: &str) -> Result<Vec<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}
