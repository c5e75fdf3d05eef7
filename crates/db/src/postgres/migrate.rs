//! Running migrations on `PostgreSQL`.

use postgres::{Client, Config, Error as Raw};

use super::{connect, errors};
use crate::migrate::{Applied, COLUMN, LIST, Migration, RECORD, TABLE, pending};
use crate::open_error::OpenError;
use crate::tx::Dialect;

/// Any number, as long as it is always the same and nobody else's.
const LOCK: i64 = 0x6d69_6772_6174_6521;

const HAS_COLUMN: &str = "SELECT 1 FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'schema_migrations' AND column_name = 'compatible_from'";

pub(super) fn run(config: &Config, migrations: &[Migration]) -> Result<u32, OpenError> {
    let mut client = connect::connect(config).map_err(connect::open_error)?;
    let failed = |error: Raw| OpenError::Other(errors::words(&error));
    // Another node may be migrating a large table: that is worth waiting for. The lock ends with the connection.
    client.batch_execute("SET lock_timeout = 0").map_err(failed)?;
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).map_err(failed)?;
    client.batch_execute(TABLE).map_err(failed)?;
    if client.query(HAS_COLUMN, &[]).map_err(failed)?.is_empty() {
        client.batch_execute(COLUMN).map_err(failed)?;
    }
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
    let (number, oldest) = (i64::from(migration.number), i64::from(migration.compatible_from));
    tx.execute(RECORD, &[&number, &migration.name, &checksum, &oldest])?;
    tx.commit()
}

fn applied(client: &mut Client) -> Result<Vec<Applied>, Raw> {
    let rows = client.query(LIST, &[])?;
    let applied = |row: &postgres::Row| {
        let (number, oldest): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(3)?);
        let whole = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let compatible_from = oldest.map(whole);
        let number = whole(number);
        Ok(Applied { number, name: row.try_get(1)?, checksum: row.try_get(2)?, compatible_from })
    };
    rows.iter().map(applied).collect()
}
