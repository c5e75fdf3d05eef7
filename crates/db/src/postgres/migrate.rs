//! Running migrations on `PostgreSQL`.

use postgres::{Client, Config, Error as Raw};

use super::{connect, errors};
use crate::migrate::{Applied, LIST, Migration, TABLE, pending};
use crate::open_error::OpenError;
use crate::tx::Dialect;

/// Any number, as long as it is always the same and nobody else's.
const LOCK: i64 = 0x6d69_6772_6174_6521;

pub(super) fn run(config: &Config, migrations: &[Migration]) -> Result<u32, OpenError> {
    let mut client = connect::connect(config).map_err(connect::open_error)?;
    let failed = |error: Raw| OpenError::Other(errors::words(&error));
    // Another node may be migrating a large table: that is worth waiting for. The lock ends with the connection.
    client.batch_execute("SET lock_timeout = 0").map_err(failed)?;
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).map_err(failed)?;
    client.batch_execute(TABLE).map_err(failed)?;
    let applied = applied(&mut client).map_err(failed)?;
    let mut count = 0;
    for migration in pending(migrations, &applied, Dialect::Postgres)? {
        apply(&mut client, migration).map_err(|error| migration.failed(&errors::words(&error)))?;
        count += 1;
    }
    Ok(count)
}

fn apply(client: &mut Client, migration: &Migration) -> Result<(), Raw> {
    let mut tx = client.transaction()?;
    tx.batch_execute(migration.text(Dialect::Postgres))?;
    let checksum = migration.checksum(Dialect::Postgres);
    let record = "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)";
    tx.execute(record, &[&i64::from(migration.number), &migration.name, &checksum])?;
    tx.commit()
}

fn applied(client: &mut Client) -> Result<Vec<Applied>, Raw> {
    let rows = client.query(LIST, &[])?;
    let applied = |row: &postgres::Row| {
        let number: i64 = row.try_get(0)?;
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Applied { number, name: row.try_get(1)?, checksum: row.try_get(2)? })
    };
    rows.iter().map(applied).collect()
}
