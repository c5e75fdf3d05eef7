//! A server dies, and its last commit happens while the next one starts already: `PostgreSQL` does what it was told, whoever
//! told it. (With an embedded database, what a process didn't commit dies with it.)

use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use serde_json::json;
use simulator::{Fault, FaultKind, Scope};
use testkit::app::{Team, eventually};
use testkit::databases::{self, Kind, TestDatabase};

use crate::case::Case;
use crate::look::Look;

/// What the dead server's sender did last.
#[derive(Clone, Copy)]
enum Last {
    /// It claimed the first reply: this may have arrived.
    Claim,
    /// It stored that the first reply was sent.
    Settlement,
}

#[test]
fn a_claim() {
    databases::run(Kind::Postgres, |database| comes_late(database, Last::Claim));
}

#[test]
fn a_settlement() {
    databases::run(Kind::Postgres, |database| comes_late(database, Last::Settlement));
}

async fn comes_late(database: TestDatabase, last: Last) {
    let mut team = Team::new(crate::TELEDESK, database, 0).await;
    let (_, case) = Case::begun(&team, "Ana").await;
    team.simulator.set_fault(Scope::Bot(team.bot.id), Fault::always(FaultKind::Hang)).unwrap();
    let first = case.reply("first").await;
    let second = case.reply("second").await;
    let look = Look::of(&team.server.options);
    eventually("the first is under way", async || {
        (look
            .number("SELECT COUNT(*) AS n FROM jobs WHERE kind <> 'fetch_avatar' AND state = 'claimed'", &[])
            .await
            == 1)
            .then_some(())
    })
    .await;
    team.server.kill();
    team.simulator.clear_faults(Scope::All).unwrap();
    if let Last::Claim = last {
        // As if the claim had not been committed yet.
        look.change("UPDATE jobs SET state = 'queued', claimed_by = NULL").await;
        look.change("UPDATE messages SET delivery = 'queued' WHERE delivery = 'sending'").await;
    }

    let (commit, told) = mpsc::channel::<()>();
    let told = Arc::new(Mutex::new(told));
    let (statements, expected) = match last {
        Last::Claim => (
            [
                "UPDATE jobs SET state = 'claimed', claimed_by = 'the dead' WHERE payload = $1",
                "UPDATE messages SET delivery = 'sending' WHERE id = $1",
            ],
            "unknown",
        ),
        Last::Settlement => (
            ["UPDATE messages SET delivery = 'sent' WHERE id = $1", "DELETE FROM jobs WHERE payload = $1"],
            "sent",
        ),
    };
    let id = first.clone();
    let (done, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let late = tokio::spawn(async move {
        look.transaction(move |tx| {
            for sql in statements {
                tx.execute(sql, db::params![id.as_str()])?;
            }
            let _ = done.send(());
            let _ = told.lock().unwrap().recv();
            Ok(())
        })
        .await;
    });
    begun.recv().await.unwrap();
    team.server = team.server.again().unwrap();
    team.owner.moved_to(&team.server.url);
    let mut case = Case::of(&team.owner, team.simulator.customers()[0].id).await;
    let hello = json!({ "status": "online" });
    team.owner.put("/api/me/status", hello).await.ok();
    commit.send(()).unwrap();
    late.await.unwrap();

    assert_eq!(case.until_settled(&first).await["state"], expected);
    case.until(&second, "sent").await;
}
