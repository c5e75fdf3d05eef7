//! The structure as `PostgreSQL` tells it.

use postgres::{Client, Error as Raw};

use crate::schema::{Column, ColumnKind, Index, Table};

const COLUMNS: &str = "
    SELECT t.table_name::text, c.column_name::text, c.data_type::text, c.is_nullable = 'YES'
    FROM information_schema.tables t
    JOIN information_schema.columns c USING (table_schema, table_name)
    WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
    ORDER BY t.table_name COLLATE \"C\", c.column_name COLLATE \"C\"";

const INDEXES: &str = "
    SELECT t.relname::text, i.relname::text, x.indisunique, x.indpred IS NOT NULL, a.attname::text
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
    WHERE n.nspname = current_schema() AND t.relkind = 'r'
    ORDER BY t.relname COLLATE \"C\", i.relname COLLATE \"C\", k.place";

/// All tables, in the order of their names.
pub(super) fn schema(client: &mut Client) -> Result<Vec<Table>, Raw> {
    let mut tables: Vec<Table> = Vec::new();
    for row in client.query(COLUMNS, &[])? {
        let name: String = row.try_get(0)?;
        let kind: String = row.try_get(2)?;
        let column = Column { name: row.try_get(1)?, kind: ColumnKind::of(&kind), nullable: row.try_get(3)? };
        match tables.last_mut() {
            Some(table) if table.name == name => table.columns.push(column),
            _ => tables.push(Table { name, columns: vec![column], indexes: Vec::new() }),
        }
    }
    for row in client.query(INDEXES, &[])? {
        let (table, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let column: Option<String> = row.try_get(4)?;
        let Some(table) = tables.iter_mut().find(|known| known.name == table) else { continue };
        match table.indexes.last_mut() {
            Some(index) if index.name == name => index.columns.push(column),
            _ => {
                let (unique, partial) = (row.try_get(2)?, row.try_get(3)?);
                table.indexes.push(Index { name, columns: vec![column], unique, partial });
            }
        }
    }
    Ok(tables)
}
