//! The names of indexes. `SQLite` reports the columns of a violated index; we find the index that has them, when it happens:
//! that is rare, and so nothing need be kept in step with the structure.

use rusqlite::{Connection, Result};

use crate::schema::{Column, ColumnKind, Index, Table, primary_key_name, unique_name};

/// The name of the primary key of `members.id` or `members.a, members.b`.
pub(super) fn primary_key(columns: &str) -> String {
    primary_key_name(columns.split_once('.').map_or(columns, |(table, _)| table))
}

/// The name of the unique index that `UNIQUE constraint failed: …` speaks of: either `index 'name'` (where expressions are
/// indexed) or columns. Migrations make sure that no two unique indexes of a table have the same columns.
pub(super) fn unique(detail: &str, connection: &Connection) -> String {
    if let Some(name) = detail.strip_prefix("index '") {
        return name.trim_end_matches('\'').to_owned();
    }
    let mut table = "";
    let columns: Vec<Option<String>> = detail
        .split(", ")
        .filter_map(|column| column.split_once('.'))
        .map(|(of, column)| {
            table = of;
            Some(column.to_owned())
        })
        .collect();
    let found = indexes(connection, table)
        .ok()
        .and_then(|indexes| indexes.into_iter().find(|index| index.unique && index.columns == columns));
    found.map_or_else(|| detail.to_owned(), |index| index.name)
}

/// Two unique indexes of one table over the same columns, if there are such: their violations look the same.
pub(super) fn ambiguous(connection: &Connection) -> Result<Option<(String, String)>> {
    for table in table_names(connection)? {
        let mut unique: Vec<Index> = indexes(connection, &table)?;
        // An expression is reported by name, and a primary key by its own code.
        let pkey = primary_key_name(&table);
        unique
            .retain(|index| index.unique && index.name != pkey && index.columns.iter().all(Option::is_some));
        unique.sort_by(|a, b| a.columns.cmp(&b.columns));
        let twins = unique.iter().zip(unique.iter().skip(1)).find(|(a, b)| a.columns == b.columns);
        if let Some((a, b)) = twins {
            return Ok(Some((a.name.clone(), b.name.clone())));
        }
    }
    Ok(None)
}

/// All tables, in the order of their names.
pub(super) fn schema(connection: &Connection) -> Result<Vec<Table>> {
    let table = |name: String| {
        let columns = columns(connection, &name)?;
        let indexes = indexes(connection, &name)?;
        Ok(Table { name, columns, indexes })
    };
    table_names(connection)?.into_iter().map(table).collect()
}

fn table_names(connection: &Connection) -> Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name";
    connection.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<Column>> {
    let sql = "SELECT name, type, \"notnull\" FROM pragma_table_info(?1) ORDER BY name";
    let column = |row: &rusqlite::Row| {
        let (declared, not_null): (String, bool) = (row.get(1)?, row.get(2)?);
        Ok(Column { name: row.get(0)?, kind: ColumnKind::of(&declared), nullable: !not_null })
    };
    connection.prepare_cached(sql)?.query_map([table], column)?.collect()
}

fn indexes(connection: &Connection, table: &str) -> Result<Vec<Index>> {
    let sql = "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1)";
    let mut list = connection.prepare_cached(sql)?;
    let rows = list.query_map([table], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, bool>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, bool>(3)?,
        ))
    })?;
    let mut indexes = Vec::new();
    for row in rows {
        let (raw, unique, origin, partial) = row?;
        let columns = index_columns(connection, &raw)?;
        let name = match origin.as_str() {
            "pk" => primary_key_name(table),
            "u" => unique_name(table, &columns),
            _ => raw,
        };
        indexes.push(Index { name, columns, unique, partial });
    }
    let name = primary_key_name(table);
    let key = key_columns(connection, table)?;
    // The row id itself as primary key has no index of its own.
    if !key.is_empty() && !indexes.iter().any(|index| index.name == name) {
        indexes.push(Index { name, columns: key, unique: true, partial: false });
    }
    indexes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(indexes)
}

fn index_columns(connection: &Connection, index: &str) -> Result<Vec<Option<String>>> {
    let sql = "SELECT name FROM pragma_index_info(?1) ORDER BY seqno";
    connection.prepare_cached(sql)?.query_map([index], |row| row.get(0))?.collect()
}

fn key_columns(connection: &Connection, table: &str) -> Result<Vec<Option<String>>> {
    let sql = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";
    connection.prepare_cached(sql)?.query_map([table], |row| row.get(0))?.collect()
}
