//! The structure, told alike by both databases.

use db::{ColumnKind, Db};
use testkit::{Kind, database};

use crate::common::{options, run};

const STATEMENTS: [&str; 6] = [
    "CREATE TABLE people (
        id TEXT NOT NULL PRIMARY KEY, space TEXT NOT NULL, login TEXT, born BIGINT, small INTEGER NOT NULL,
        active BOOLEAN NOT NULL, picture BYTEA, UNIQUE (space, login)
    )",
    "CREATE UNIQUE INDEX people_active ON people (space, born) WHERE active",
    "CREATE UNIQUE INDEX people_folded ON people (space, lower(login))",
    "CREATE INDEX people_born ON people (born DESC, id)",
    "CREATE TABLE numbered (id BIGINT NOT NULL PRIMARY KEY, other_id TEXT REFERENCES people (id))",
    "CREATE TABLE pairs (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (a, b))",
];

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_describe_the_same_tables_alike() {
    let (one, other) = (database(Kind::Sqlite), database(Kind::Postgres));
    let mut schemas = Vec::new();
    for database in [&one, &other] {
        let db = Db::open(&database.url, options()).unwrap();
        run(&db, &STATEMENTS).await;
        schemas.push(db.schema().await.unwrap());
    }
    assert_eq!(schemas[0], schemas[1]);

    let names: Vec<&str> = schemas[0].iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["numbered", "pairs", "people"]);
    let people = &schemas[0][2];
    let kinds: Vec<_> =
        people.columns.iter().map(|column| (column.name.as_str(), &column.kind, column.nullable)).collect();
    assert_eq!(
        kinds,
        [
            ("active", &ColumnKind::Bool, false),
            ("born", &ColumnKind::Int, true),
            ("id", &ColumnKind::Text, false),
            ("login", &ColumnKind::Text, true),
            ("picture", &ColumnKind::Bytes, true),
            ("small", &ColumnKind::Int, false),
            ("space", &ColumnKind::Text, false),
        ]
    );
    let indexes: Vec<_> =
        people.indexes.iter().map(|index| (index.name.as_str(), index.unique, index.partial)).collect();
    assert_eq!(
        indexes,
        [
            ("people_active", true, true),
            ("people_born", false, false),
            ("people_folded", true, false),
            ("people_pkey", true, false),
            ("people_space_login_key", true, false),
        ]
    );
}
