//! A browser that takes nothing while much happens: it is cut off, resumes without loss, and nobody else notices.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::CustomerInfo;
use testkit::app::{Socket, Team};
use testkit::databases::TestDatabase;

/// Messages of the largest size: a dozen megabytes of events, more than any kernel keeps for a line that nobody reads.
const MESSAGES: usize = 800;
/// More separate changes than the server keeps for one who is behind.
const CHANGES: usize = 400;

fn big(n: usize) -> String {
    format!("{n:04}{}", "界".repeat(4000))
}

/// The numbers of the big messages among these events.
fn numbers<'a>(events: impl IntoIterator<Item = &'a Value>) -> BTreeSet<usize> {
    let texts = events.into_iter().filter_map(|event| event["message"]["text"].as_str());
    texts.filter_map(|text| text.get(..4)?.parse().ok()).collect()
}

/// Writes them all, and waits until a browser that reads has them.
async fn flood(team: &Team, customer: &CustomerInfo, reads: &mut Socket) {
    for n in 0..MESSAGES {
        team.write(customer, &big(n));
    }
    let mut heard = BTreeSet::new();
    while heard.len() < MESSAGES {
        let frame = reads.frame().await.expect("who reads is served");
        heard.extend(numbers(frame["events"].as_array().into_iter().flatten()));
    }
}

async fn who_does_not_read_is_cut_off_and_resumes(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let customer = team.customer("Flood");
    let mut reads = team.agents[0].events(None).await;
    reads.hello().await;
    let (base, cookie) = (team.owner.base(), team.owner.cookie());
    let mut slow = Socket::open_narrow(&base, cookie.as_deref(), None).await.unwrap();
    slow.hello().await;

    flood(&team, &customer, &mut reads).await;
    for n in 0..CHANGES {
        let status = if n % 2 == 0 { "busy" } else { "online" };
        team.agents[0].put("/api/me/status", json!({ "status": status })).await.ok();
        reads.until("others are told at once", |event| event["member"]["status"] == status).await;
    }

    let frames = slow.rest().await;
    assert_eq!(slow.closed, Some(4408));
    let early = numbers(frames.iter().flat_map(|frame| frame["events"].as_array().into_iter().flatten()));
    assert!(early.len() < MESSAGES, "it was behind");
    let mut again = Socket::open(&base, cookie.as_deref(), Some(&slow.cursor)).await.unwrap();
    let later = numbers(&again.hello().await);
    assert_eq!(early.union(&later).count(), MESSAGES, "nothing is lost");
    let overlap: Vec<_> = early.intersection(&later).collect();
    assert!(overlap.is_empty(), "the cursor is that of the last frame: {overlap:?}");
}

async fn who_talks_is_not_listened_to(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let mut socket = team.agents[0].events(None).await;
    socket.hello().await;
    for rubbish in ["", "{}", "null", "{\"type\":\"subscribe\"}"] {
        assert!(socket.send(rubbish.to_owned()).await);
    }
    team.agents[0].put("/api/me/status", json!({ "status": "busy" })).await.ok();
    socket.until("it lives", |event| event["member"]["status"] == "busy").await;
    // What is larger than anything a browser would say ends it.
    socket.send("x".repeat(1 << 20)).await;
    socket.rest().await;
    team.agents[0].get("/api/me").await.ok();
}

testkit::on_sqlite!(who_does_not_read_is_cut_off_and_resumes, who_talks_is_not_listened_to);
