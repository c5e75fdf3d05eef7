//! The migrations make the same tables on both databases.

use testkit::{Kind, database};

use crate::common::open;

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_get_the_same_schema() {
    let (sqlite, postgres) = (database(Kind::Sqlite), database(Kind::Postgres));
    let (sqlite, postgres) = (open(&sqlite.url, 1), open(&postgres.url, 1));
    let (sqlite, postgres) = (sqlite.schema().await.unwrap(), postgres.schema().await.unwrap());
    let names = |tables: &[db::Table]| tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    for (one, other) in sqlite.iter().zip(&postgres) {
        assert_eq!(one, other);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_but_those_of_the_installation_names_its_workspace() {
    let database = database(Kind::Sqlite);
    let tables = open(&database.url, 1).schema().await.unwrap();
    let without =
        tables.iter().filter(|table| table.columns.iter().all(|column| column.name != "workspace_id"));
    let without: Vec<_> = without.map(|table| table.name.as_str()).collect();
    assert_eq!(without, ["installation", "leases", "nodes", "schema_migrations", "workspaces"]);
}
