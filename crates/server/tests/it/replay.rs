//! A browser that was away.

use std::collections::HashSet;

use serde_json::{Value, json};
use simulator::{CustomerInfo, Written};
use testkit::app::{Browser, ServerOptions, Socket, Team, eventually, simulator};
use testkit::databases::TestDatabase;

use crate::look::Look;
use crate::mirror::Mirror;

/// Customers write, edit, block; agents take, answer, read, end; members and projects change.
struct Bustle<'a> {
    team: &'a Team,
    customers: Vec<CustomerInfo>,
    socket: Socket,
}

impl<'a> Bustle<'a> {
    async fn new(team: &'a Team) -> Self {
        let customers = (0..12).map(|n| team.customer(&format!("Customer {n}"))).collect();
        let mut socket = team.owner.events(None).await;
        socket.hello().await;
        Self { team, customers, socket }
    }

    fn write(&self, customer: &CustomerInfo, text: &str) -> Written {
        self.team.simulator.write(customer.id, self.team.bot.id, text).unwrap()
    }

    /// Waits until everything that customers did has arrived.
    async fn settle(&mut self, mark: &str) {
        self.write(&self.customers[0], mark);
        self.socket.until(mark, |event| event["message"]["text"] == mark).await;
    }

    /// A round of everything; each is some 200 events.
    async fn round(&mut self, round: usize) {
        for customer in &self.customers {
            let first = self.write(customer, &format!("round {round}"));
            for n in 0..3 {
                self.write(customer, &format!("and {n}"));
            }
            self.team
                .simulator
                .edit(customer.id, self.team.bot.id, first.message_id, &format!("round {round}, edited"))
                .unwrap();
        }
        self.team.simulator.block(self.customers[1].id, self.team.bot.id).unwrap();
        self.team.simulator.unblock(self.customers[1].id, self.team.bot.id).unwrap();
        self.settle(&format!("round {round} is written")).await;
        for agent in &self.team.agents {
            self.work(agent, round).await;
        }
    }

    async fn work(&self, agent: &Browser, round: usize) {
        let waiting = agent.get("/api/sessions?tab=waiting").await.ok();
        for session in waiting["items"].as_array().unwrap().iter().take(2) {
            agent.post(&format!("/api/sessions/{}/take", id(session)), json!({})).await.ok();
        }
        let mine = agent.get("/api/sessions?tab=mine").await.ok();
        for session in mine["items"].as_array().unwrap() {
            for n in 0..3 {
                agent.reply(&id(session), &format!("answer {n} of round {round}")).await.1.ok();
            }
            agent.post(&format!("/api/sessions/{}/read", id(session)), json!({})).await.ok();
        }
        for session in mine["items"].as_array().unwrap().iter().take(2) {
            agent.post(&format!("/api/sessions/{}/end", id(session)), json!({})).await.ok();
        }
        let me = agent.get("/api/me").await.ok();
        agent
            .patch("/api/me", me["version"].as_i64().unwrap(), json!({ "name": format!("Agent {round}") }))
            .await
            .ok();
        let project = self.team.owner.get(&format!("/api/projects/{}", self.team.project)).await.ok();
        let name = json!({ "name": format!("Shop {round}") });
        self.team
            .owner
            .patch(
                &format!("/api/projects/{}", self.team.project),
                project["version"].as_i64().unwrap(),
                name,
            )
            .await
            .ok();
    }

    /// Waits until nothing more will happen by itself.
    async fn rest(&mut self) {
        let look = Look::beside(&self.team.server);
        eventually("all replies are sent", async || (look.jobs().await == 0).then_some(())).await;
    }
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

fn number(cursor: &str) -> i64 {
    cursor.parse().unwrap()
}

async fn a_replay_leads_to_the_same_state_as_a_snapshot(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 2).await;
    let mut bustle = Bustle::new(&team).await;
    bustle.round(0).await;
    let watching = [&team.owner, &team.agents[0]];
    let mut away = [Mirror::snapshot(watching[0]).await, Mirror::snapshot(watching[1]).await];

    let mut round = 1;
    while number(&bustle.socket.cursor) < number(&away[0].cursor) + 500 {
        bustle.round(round).await;
        round += 1;
    }
    bustle.rest().await;
    for (browser, mirror) in watching.into_iter().zip(&mut away) {
        let mut socket = browser.events(Some(&mirror.cursor)).await;
        // `hello` comes last: this fails on any other frame, and what would follow is awaited below.
        let replayed = socket.hello().await;
        for event in &replayed {
            mirror.apply(event);
        }
        let fresh = Mirror::snapshot(browser).await;
        assert!(fresh.count("message") > 100 && fresh.count("session") > 10, "it was a bustle");
        mirror.is_like(&fresh);
        fresh.is_like(mirror);
        let missed = number(&socket.cursor) - number(&mirror.cursor);
        assert!(missed >= 500, "{missed}");
        assert!(replayed.len() < usize::try_from(missed).unwrap() * 2 / 3, "{} for {missed}", replayed.len());
        // From here on it is live.
        browser.put("/api/me/status", json!({ "status": "busy" })).await.ok();
        socket.until("what happens now", |event| event["member"]["status"] == "busy").await;
    }
}

async fn frames_of_a_replay_tell_each_thing_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let mut bustle = Bustle::new(&team).await;
    let began = bustle.socket.cursor.clone();
    bustle.round(0).await;
    bustle.rest().await;
    let mut socket = team.owner.events(Some(&began)).await;
    let mut cursor = number(&began);
    loop {
        let frame = socket.frame().await.unwrap();
        assert!(number(&socket.cursor) >= cursor, "cursors only grow");
        cursor = number(&socket.cursor);
        if frame["type"] == "hello" {
            break;
        }
        assert_eq!(frame["type"], "events");
        let events = frame["events"].as_array().unwrap();
        let kind_and_id = |event: &Value| {
            let kind = event["kind"].as_str().unwrap().to_owned();
            (event[&kind]["id"].to_string(), kind)
        };
        let things: HashSet<_> = events.iter().map(kind_and_id).collect();
        assert_eq!(things.len(), events.len(), "each thing once in a frame");
    }
    let page = team.owner.get("/api/sessions?tab=all").await.ok();
    assert_eq!(page["as_of"], cursor.to_string().as_str());
}

async fn cursors_that_lead_nowhere_expire(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let early = socket.cursor.clone();
    team.add_agent("one-more").await;
    socket.until("something happened", |event| event["kind"] == "member").await;
    for cursor in [
        "-1",
        "999999",
        "9223372036854775807",
        "-9223372036854775808",
        "abc",
        "",
        "1.5",
        "%00",
        "0x10",
        "99999999999999999999",
    ] {
        expires(&team.owner, cursor).await;
    }
    assert!(!team.owner.events(Some(&early)).await.hello().await.is_empty(), "a known one does not");

    // A day later the events are gone: kept for 24 hours.
    Look::beside(&team.server).change("UPDATE events SET at = 0").await;
    let team = team.restart();
    let look = Look::beside(&team.server);
    let old = "SELECT COUNT(*) AS n FROM events WHERE at = 0";
    eventually("old events are gone", async || (look.number(old, &[]).await == 0).then_some(())).await;
    expires(&team.owner, &early).await;
    expires(&team.owner, "0").await;
    let mut socket = team.owner.events(None).await;
    assert!(socket.hello().await.is_empty());
    let snapshot = team.owner.get("/api/sessions?tab=all").await.ok();
    assert!(team.owner.events(snapshot["as_of"].as_str()).await.hello().await.is_empty());
}

async fn expires(browser: &Browser, cursor: &str) {
    let mut socket = browser.events(Some(cursor)).await;
    assert_eq!(socket.rest().await, [json!({ "type": "expired" })], "{cursor}");
    assert_eq!(socket.closed, Some(4410), "{cursor}");
}

/// Who may hear nothing of what happens still learns how far it is: or a quiet browser would come back with a cursor of
/// yesterday.
async fn beats_carry_the_cursor(database: TestDatabase) {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(&["--beat-seconds", "1"]).start().unwrap();
    let team = Team::on(simulator, server, database, 1).await;
    let quiet = team.add_agent_of("quiet", json!([])).await;
    let mut socket = quiet.events(None).await;
    socket.hello().await;
    let began = number(&socket.cursor);
    let ana = team.customer("Ana");
    let mut hears = team.owner.events(None).await;
    hears.hello().await;
    for text in ["hello", "anybody there?"] {
        team.write(&ana, text);
        hears.until("it came", |event| event["message"]["text"] == text).await;
    }
    let reached = number(&hears.cursor);
    let mut beats = 0;
    while number(&socket.cursor) < reached {
        let frame = socket.frame().await.unwrap();
        beats += i32::from(frame["type"] == "beat");
        assert!(beats < 10, "the cursor stands still");
        let events = frame["events"].as_array().cloned().unwrap_or_default();
        assert!(events.iter().all(|event| event["kind"] == "member"), "{frame}");
    }
    assert!(beats > 0 && reached > began);
}

/// The first socket of a workspace starts the reader behind all of them: nothing may fall between.
async fn nothing_falls_between_hello_and_the_first_event(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    for n in 0..40 {
        let mut socket = team.owner.events(None).await;
        socket.hello().await;
        let status = if n % 2 == 0 { "online" } else { "offline" };
        team.owner.put("/api/me/status", json!({ "status": status })).await.ok();
        socket.until("it is told at once", |event| event["member"]["status"] == status).await;
    }
}

testkit::both_databases!(
    a_replay_leads_to_the_same_state_as_a_snapshot,
    frames_of_a_replay_tell_each_thing_once,
    cursors_that_lead_nowhere_expire,
    beats_carry_the_cursor,
    nothing_falls_between_hello_and_the_first_event,
);
