//! What goes in comes out.

use db::{Db, Error, Value, params};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::TestDatabase;
use tokio::runtime::Handle;

use crate::common::{number, open};

testkit::both_databases!(
    any_values_come_back,
    nulls_are_typed,
    references_and_options_are_values,
    placeholders_go_by_number,
    truth_and_sums_read_alike,
    text_with_nul_is_refused,
    wrong_columns_say_what_is_wrong,
    the_number_of_parameters_must_fit,
    changes_are_counted,
    both_understand_the_same_sql,
);

type Item = (Option<i64>, Option<i32>, Option<bool>, Option<Vec<u8>>, Option<String>);

async fn round_trip(db: &Db, item: Item) -> Result<Item, Error> {
    db.write("round trip", move |tx| {
        tx.execute("DELETE FROM items", &[])?;
        let (number, small, flag, data, note) = item.clone();
        let sql = "INSERT INTO items (id, number, small, flag, data, note) VALUES ('a', $1, $2, $3, $4, $5)";
        tx.execute(sql, params![number, small, flag, data, note])?;
        tx.query_one("SELECT number, small, flag, data, note FROM items", &[], |row| {
            Ok((row.get("number")?, row.get("small")?, row.get("flag")?, row.get("data")?, row.get("note")?))
        })
    })
    .await
}

async fn any_values_come_back(database: TestDatabase) {
    let db = open(&database).await;
    let text = any::<String>().prop_map(|text| text.replace('\0', ""));
    let items = any::<(Option<i64>, Option<i32>, Option<bool>, Option<Vec<u8>>)>();
    let check = |((number, small, flag, data), note): (_, Option<String>)| {
        let item = (number, small, flag, data, note);
        prop_assert_eq!(Handle::current().block_on(round_trip(&db, item.clone())), Ok(item));
        Ok(())
    };
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    tokio::task::block_in_place(|| TestRunner::new(config).run(&(items, proptest::option::of(text)), check))
        .unwrap();
}

async fn nulls_are_typed(database: TestDatabase) {
    let db = open(&database).await;
    let nothing = (None, None, None, None, None);
    assert_eq!(round_trip(&db, nothing.clone()).await, Ok(nothing));
    // A parameter that stands nowhere near a column has only its own type.
    let alone = |value: Value| {
        db.read("alone", move |tx| {
            tx.query_one("SELECT $1 IS NULL AS n", std::slice::from_ref(&value), |row| row.get::<bool>("n"))
        })
    };
    for value in [Value::Int(None), Value::Text(None), Value::Bool(None), Value::Bytes(None)] {
        assert_eq!(alone(value).await, Ok(true));
    }
    assert_eq!(alone(Value::from(1)).await, Ok(false));
}

async fn references_and_options_are_values(_: TestDatabase) {
    let (text, bytes) = ("a".to_owned(), vec![1u8]);
    assert_eq!(params![&text, "a", text.clone(), Some(&text), Some("a"), None::<String>], {
        let a = Value::Text(Some("a".to_owned()));
        [a.clone(), a.clone(), a.clone(), a.clone(), a, Value::Text(None)]
    });
    assert_eq!(params![&bytes, bytes.as_slice(), Some(bytes.clone()), None::<Vec<u8>>], {
        let one = Value::Bytes(Some(vec![1]));
        [one.clone(), one.clone(), one, Value::Bytes(None)]
    });
    assert_eq!(params![1i64, 1i32, 1u32, Some(1i64)], [const { Value::Int(Some(1)) }; 4]);
    assert_eq!(params![true, None::<bool>], [Value::Bool(Some(true)), Value::Bool(None)]);
    assert!(params![].is_empty());
}

async fn placeholders_go_by_number(database: TestDatabase) {
    let db = open(&database).await;
    let sql = "SELECT $2 AS b, $1 AS a, $2 || '$1' AS c -- $3";
    let row: Result<(String, String, String), Error> = db
        .read("numbers", move |tx| {
            tx.query_one(sql, params!["one", "two"], |row| Ok((row.get("a")?, row.get("b")?, row.get("c")?)))
        })
        .await;
    assert_eq!(row, Ok(("one".to_owned(), "two".to_owned(), "two$1".to_owned())));
}

async fn truth_and_sums_read_alike(database: TestDatabase) {
    let db = open(&database).await;
    let sql = "INSERT INTO items (id, number, flag) VALUES ('a', 9000000000000000000, $1), ('b', -1, $2)";
    db.write("insert", move |tx| tx.execute(sql, params![true, false])).await.unwrap();
    assert_eq!(number(&db, "SELECT SUM(number) AS n FROM items").await, 8_999_999_999_999_999_999);
    assert_eq!(number(&db, "SELECT COUNT(*) FILTER (WHERE flag) AS n FROM items").await, 1);
    let truth: Result<Vec<(bool, bool)>, Error> = db
        .read("truth", |tx| {
            let sql =
                "SELECT flag, number > 0 AS positive FROM items WHERE flag = $1 OR NOT flag ORDER BY id";
            tx.query(sql, params![true], |row| Ok((row.get("flag")?, row.get("positive")?)))
        })
        .await;
    assert_eq!(truth, Ok(vec![(true, true), (false, false)]));
}

async fn text_with_nul_is_refused(database: TestDatabase) {
    let db = open(&database).await;
    let sql = "INSERT INTO items (id, note) VALUES ($1, $2)";
    let result = db.write("nul", move |tx| tx.execute(sql, params!["a", "b\0c"])).await;
    assert_eq!(result, Err(Error::NulCharacter(2)));
    assert!(!Error::NulCharacter(2).is_trouble());
}

async fn wrong_columns_say_what_is_wrong(database: TestDatabase) {
    let db = open(&database).await;
    db.write("insert", |tx| tx.execute("INSERT INTO items (id, note) VALUES ('a', 'secret')", &[]))
        .await
        .unwrap();
    let error = |column: &'static str| {
        db.read("wrong", move |tx| {
            tx.query_one("SELECT id, note, number FROM items", &[], |row| row.get::<i64>(column))
        })
    };
    let words = |error: Result<i64, Error>| error.unwrap_err().to_string();
    assert_eq!(words(error("absent").await), "column absent isn't in the result");
    assert_eq!(words(error("note").await), "column note holds a text, not i64");
    assert_eq!(words(error("number").await), "column number holds NULL, not i64");
}

async fn the_number_of_parameters_must_fit(database: TestDatabase) {
    let db = open(&database).await;
    for params in [0, 2] {
        let result = db
            .read("count", move |tx| {
                let values = vec![Value::from("a"); params];
                tx.query("SELECT id FROM items WHERE id = $1", &values, |_| Ok(()))
            })
            .await;
        assert!(matches!(result, Err(Error::Other(_))), "{params}: {result:?}");
    }
}

async fn changes_are_counted(database: TestDatabase) {
    let db = open(&database).await;
    let counts: Result<Vec<u64>, Error> = db
        .write("count", |tx| {
            Ok(vec![
                tx.execute("INSERT INTO items (id) VALUES ('a'), ('b'), ('c')", &[])?,
                tx.execute("CREATE TABLE others (id TEXT)", &[])?,
                tx.execute("UPDATE items SET number = 1 WHERE id > $1", params!["a"])?,
                tx.execute("UPDATE items SET number = 1 WHERE id > $1", params!["z"])?,
                tx.execute("INSERT INTO items (id) VALUES ('a') ON CONFLICT (id) DO NOTHING", &[])?,
                tx.execute("DELETE FROM items WHERE number IS NULL RETURNING id", &[])?,
            ])
        })
        .await;
    assert_eq!(counts, Ok(vec![3, 0, 2, 0, 0, 1]));
}

async fn both_understand_the_same_sql(database: TestDatabase) {
    let db = open(&database).await;
    let sql = "INSERT INTO items (id, note) VALUES ('a', 'Abc'), ('b', 'abc')";
    db.write("insert", move |tx| tx.execute(sql, &[])).await.unwrap();
    // LIKE tells capitals, and what stands in double quotes is never a text.
    assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM items WHERE note LIKE 'a%'").await, 1);
    let quoted =
        db.read("quoted", |tx| tx.query("SELECT id FROM items WHERE note = \"abc\"", &[], |_| Ok(())));
    assert!(quoted.await.is_err());
    let two = db.write("two", |tx| tx.execute("DELETE FROM items; DELETE FROM items", &[]));
    assert!(matches!(two.await, Err(Error::Other(_))));
    let first: Result<Vec<String>, Error> = db
        .read("limit", |tx| {
            tx.query("SELECT id FROM items ORDER BY id LIMIT $1", params![1], |row| row.get("id"))
        })
        .await;
    assert_eq!(first, Ok(vec!["a".to_owned()]));
}
