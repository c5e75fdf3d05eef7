//! The structure of a database in a form in which both can be compared.

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order of their names.
    pub columns: Vec<Column>,
    /// Its indexes, in the order of their names; unnamed ones are named as `PostgreSQL` names them.
    pub indexes: Vec<Index>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// What a column holds, as far as both databases have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnKind {
    /// Integers of any size.
    Int,
    /// Text.
    Text,
    /// Truth values.
    Bool,
    /// Bytes.
    Bytes,
    /// Anything else: its type's name.
    Other(String),
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns in their order; none stands for an expression.
    pub columns: Vec<Option<String>>,
    /// Whether it forbids equal rows.
    pub unique: bool,
    /// Whether it covers only some rows.
    pub partial: bool,
}

impl ColumnKind {
    pub(crate) fn of(declared: &str) -> Self {
        match declared.to_ascii_lowercase().as_str() {
            "bigint" | "integer" | "int" | "smallint" | "int8" | "int4" | "int2" => Self::Int,
            "text" | "character varying" | "varchar" => Self::Text,
            "boolean" | "bool" => Self::Bool,
            "bytea" | "blob" => Self::Bytes,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// The name `PostgreSQL` gives to the index of a primary key.
pub(crate) fn primary_key_name(table: &str) -> String {
    format!("{table}_pkey")
}

/// The name `PostgreSQL` gives to the index of a `UNIQUE` in a table's definition.
pub(crate) fn unique_name(table: &str, columns: &[Option<String>]) -> String {
    let columns: Vec<&str> = columns.iter().flatten().map(String::as_str).collect();
    format!("{table}_{}_key", columns.join("_"))
}
