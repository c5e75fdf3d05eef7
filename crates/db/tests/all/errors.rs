//! The same errors on both databases, by the same names.

use db::{Error, params};
use testkit::TestDatabase;

use crate::common::{insert, open, run, try_run};

testkit::both_databases!(unique_indexes_are_named, other_constraints_are_told_apart, one_row_is_one_row);

async fn unique_indexes_are_named(database: TestDatabase) {
    let db = open(&database).await;
    run(
        &db,
        &[
            "CREATE TABLE people (
                id BIGINT NOT NULL PRIMARY KEY, space TEXT, login TEXT, email TEXT, state TEXT, code TEXT, UNIQUE (space, code)
            )",
            "CREATE UNIQUE INDEX people_login_key ON people (space, login) WHERE state = 'active'",
            "CREATE UNIQUE INDEX people_email ON people (lower(email))",
            "CREATE UNIQUE INDEX people_one_owner ON people (space) WHERE state = 'owner'",
            "CREATE INDEX people_space ON people (space)",
            "INSERT INTO people VALUES (1, 's', 'l', 'E@x', 'active', 'c')",
            "INSERT INTO people VALUES (2, 's', 'm', 'F@x', 'owner', 'd')",
        ],
    )
    .await;
    let cases: [(&'static str, &str); 5] = [
        ("INSERT INTO people VALUES (1, 't', 'z', 'z', 'x', 'z')", "people_pkey"),
        ("INSERT INTO people VALUES (3, 's', 'z', 'z', 'x', 'c')", "people_space_code_key"),
        ("INSERT INTO people VALUES (3, 's', 'l', 'z', 'active', 'z')", "people_login_key"),
        ("INSERT INTO people VALUES (3, 's', 'z', 'e@X', 'x', 'z')", "people_email"),
        ("UPDATE people SET state = 'owner' WHERE id = 1", "people_one_owner"),
    ];
    for (sql, constraint) in cases {
        let error = db.write("twice", move |tx| tx.execute(sql, &[])).await.unwrap_err();
        assert_eq!(error, Error::Unique { constraint: constraint.to_owned() }, "{sql}");
        assert!(error.is_unique(constraint) && !error.is_unique("people") && !error.is_trouble());
    }
}

async fn other_constraints_are_told_apart(database: TestDatabase) {
    let db = open(&database).await;
    run(&db, &["CREATE TABLE checked (a BIGINT NOT NULL, b BIGINT, CONSTRAINT checked_b CHECK (b > 0))"])
        .await;
    let orphan = try_run(&db, &["INSERT INTO items (id, owner_id) VALUES ('a', 'nobody')"]).await;
    assert!(matches!(orphan, Err(Error::ForeignKey { .. })), "{orphan:?}");
    let empty = try_run(&db, &["INSERT INTO checked (b) VALUES (1)"]).await;
    assert_eq!(empty, Err(Error::NotNull { column: "a".to_owned() }));
    let check = try_run(&db, &["INSERT INTO checked (a, b) VALUES (1, 0)"]).await;
    assert_eq!(check, Err(Error::Check { constraint: "checked_b".to_owned() }));
    let nonsense = try_run(&db, &["SELECT nonsense"]).await.unwrap_err();
    assert!(matches!(&nonsense, Error::Other(words) if words.contains("nonsense")), "{nonsense:?}");
    assert!(!nonsense.is_trouble());
}

async fn one_row_is_one_row(database: TestDatabase) {
    let db = open(&database).await;
    let outcomes: Result<_, Error> = db
        .write("rows", |tx| {
            insert(tx, "a")?;
            insert(tx, "b")?;
            let sql = "SELECT id FROM items WHERE id >= $1";
            let id = |row: &db::Row| row.get::<String>("id");
            Ok((
                tx.query_one(sql, params!["b"], id),
                tx.query_one(sql, params!["c"], id),
                tx.query_opt(sql, params!["c"], id),
                tx.query_opt(sql, params!["a"], id),
            ))
        })
        .await;
    assert_eq!(outcomes, Ok((Ok("b".to_owned()), Err(Error::NoRow), Ok(None), Err(Error::SeveralRows))));
}
