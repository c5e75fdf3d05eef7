//! What signing in costs: one password computation, whatever goes wrong.

use std::sync::Arc;

use db::{Db, Options};
use desk::members::{self, Attempt, Gate, NewMember, NewOwner, NewWorkspace, Passwords, Role};
use desk::secrets::Cipher;
use desk::{Code, MIGRATIONS, Store, SystemClock, reception};
use testkit::databases::TestDatabase;

use crate::look::Look;

const PASSWORD: &str = "correct horse battery";

async fn installation(database: &TestDatabase) -> (Store, Passwords) {
    let db = Db::open(&database.url, Options { exclusive: false, ..Options::default() }).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    let (store, passwords) = (Store::new(db, Arc::new(SystemClock)), Passwords::new(2).unwrap());
    for slug in ["one", "other"] {
        let workspace =
            NewWorkspace { name: slug.to_owned(), slug: slug.to_owned(), time_zone: "UTC".to_owned() };
        let owner =
            NewOwner { name: "Owner".to_owned(), login_name: "owner".to_owned(), password: PASSWORD.into() };
        members::set_up(&store, &passwords, workspace, owner, false).await.unwrap();
        if slug == "one" {
            let workspace = members::only_workspace(&store).await.unwrap().unwrap().id;
            for name in ["disabled", "deleted"] {
                let new = NewMember {
                    name: name.to_owned(),
                    login_name: name.to_owned(),
                    role: Role::Agent,
                    password: PASSWORD.into(),
                    all_projects: true,
                };
                reception::add_member(&store, &passwords, workspace, None, new, Vec::new()).await.unwrap();
            }
        }
    }
    let look = Look::at(&database.url);
    look.change("UPDATE members SET state = 'disabled' WHERE login_name = 'disabled'").await;
    look.change("UPDATE members SET deleted_at = 1 WHERE login_name = 'deleted'").await;
    (store, passwords)
}

async fn every_failing_login_costs_one_verification(database: TestDatabase) {
    let (store, passwords) = installation(&database).await;
    let try_it = async |slug: Option<&str>, login_name: &str, password: &str| {
        let attempt = Attempt {
            slug: slug.map(str::to_owned),
            login_name: login_name.to_owned(),
            password: password.into(),
            code: None,
            browser: None,
            address: "192.0.2.1".to_owned(),
            device: "a browser".to_owned(),
        };
        let before = passwords.computations();
        // A fresh gate: this is about what one attempt costs.
        let gate = Gate::new(passwords.clone(), Cipher::new(&[7; 32]));
        let outcome = members::log_in(&store, &gate, attempt).await;
        assert_eq!(passwords.computations() - before, 1, "{slug:?} {login_name}");
        outcome.map(drop).map_err(|error| error.code())
    };
    let wrong = Err(Some(Code::WrongCredentials));
    for (slug, login_name, password) in [
        (Some("one"), "owner", "another password"),
        (Some("one"), "owner", ""),
        (Some("one"), "owner", &*"x".repeat(100_000)),
        (Some("one"), "nobody", PASSWORD),
        (Some("one"), "", PASSWORD),
        (Some("one"), "disabled", PASSWORD),
        (Some("one"), "disabled", "another password"),
        (Some("one"), "deleted", PASSWORD),
        (Some("no-such"), "owner", PASSWORD),
        (Some(""), "owner", PASSWORD),
        (None, "owner", PASSWORD),
    ] {
        assert_eq!(try_it(slug, login_name, password).await, wrong, "{slug:?} {login_name}");
    }
    assert_eq!(try_it(Some("one"), "owner", PASSWORD).await, Ok(()));
    assert_eq!(try_it(Some("other"), " OWNER ", PASSWORD).await, Ok(()));
}

/// What waits is bounded, and whoever comes on top is told at once, without a computation.
async fn computations_are_bounded(database: TestDatabase) {
    let (store, passwords) = installation(&database).await;
    let before = passwords.computations();
    let gate = Gate::new(passwords.clone(), Cipher::new(&[7; 32]));
    let attempts = (0..200).map(|n| {
        let attempt = Attempt {
            slug: None,
            login_name: format!("name{n}"),
            password: "x".into(),
            code: None,
            browser: None,
            address: format!("192.0.2.{n}"),
            device: String::new(),
        };
        members::log_in(&store, &gate, attempt)
    });
    let outcomes = futures_util::future::join_all(attempts).await;
    let count = |code| {
        outcomes.iter().filter(|it| it.as_ref().err().and_then(desk::Error::code) == Some(code)).count()
    };
    let (wrong, busy) = (count(Code::WrongCredentials), count(Code::Busy));
    assert_eq!(wrong + busy, 200);
    assert!(wrong >= 66 && busy > 0, "{wrong} were verified, {busy} were told to come again");
    assert_eq!(passwords.computations() - before, u64::try_from(wrong).unwrap());
}

testkit::both_databases!(every_failing_login_costs_one_verification);
testkit::on_sqlite!(computations_are_bounded);
