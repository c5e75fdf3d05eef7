//! Replies that are refused, and those that come twice.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::CustomerInfo;
use testkit::app::{Answer, Browser, Team};
use testkit::databases::TestDatabase;
use uuid::Uuid;

/// A customer's session that `agents[0]` serves.
async fn open_session(team: &Team, name: &str) -> (CustomerInfo, Value) {
    let customer = team.customer(name);
    team.write(&customer, "hello");
    let session = team.session(&team.agents[0], &customer, "open").await;
    (customer, session)
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

async fn post(browser: &Browser, session: &Value, client_id: &str, text: &str) -> Answer {
    let body = json!({ "client_id": client_id, "text": text });
    browser.post(&format!("/api/sessions/{}/messages", id(session)), body).await
}

async fn timeline(team: &Team, session: &Value) -> Vec<Value> {
    let path = format!("/api/customers/{}/messages?limit=200", id(&session["customer"]));
    team.owner.get(&path).await.ok()["items"].as_array().unwrap().clone()
}

async fn texts_that_can_not_be_sent(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let (ana, session) = open_session(&team, "Ana").await;
    let (agent, before) = (&team.agents[0], timeline(&team, &session).await);
    for empty in ["", " ", "\n\t \r\n", "\u{0}", "\u{a0}\u{2003}"] {
        post(agent, &session, &Uuid::new_v4().to_string(), empty).await.invalid(&[("text", "required")]);
    }
    for long in ["x".repeat(4097), "😀".repeat(2049), format!("{}😀", "x".repeat(4095)), "界".repeat(5000)]
    {
        let answer = post(agent, &session, &Uuid::new_v4().to_string(), &long).await;
        answer.invalid(&[("text", "too_long")]);
        assert_eq!(answer.body["errors"][0]["params"]["max"], 4096);
    }
    for key in [
        "",
        "x",
        "1",
        "0193e9f0-0000-7000-8000-00000000000",
        "0193e9f0-0000-7000-8000-0000000000000",
        "'; DROP TABLE messages",
    ] {
        post(agent, &session, key, "hello").await.invalid(&[("client_id", "bad_format")]);
    }
    post(agent, &session, "x", "").await.invalid(&[("text", "required"), ("client_id", "bad_format")]);
    assert_eq!(timeline(&team, &session).await, before, "nothing changed");

    let mut socket = agent.events(None).await;
    socket.hello().await;
    let longest = [
        "x".repeat(4096),
        "😀".repeat(2048),
        "שלום עולם \u{202e}abc".to_owned(),
        "  spaces around\r\n ".to_owned(),
    ];
    for text in &longest {
        let sent = agent.reply(id(&session), text).await.1.ok();
        let settled = |event: &Value| {
            event["message"]["id"] == sent["id"] && event["message"]["delivery"]["state"] != "queued"
        };
        let mut event = socket.until("it is on its way", settled).await;
        while event["message"]["delivery"]["state"] == "sending" {
            event = socket.until("it is settled", settled).await;
        }
        assert_eq!(event["message"]["delivery"]["state"], "sent");
    }
    let arrived: Vec<_> = team.chat(&ana).into_iter().skip(1).map(|(_, text)| text).collect();
    let expected: Vec<_> = longest.iter().map(|text| text.trim().to_owned()).collect();
    assert_eq!(arrived, expected);
}

async fn the_same_key_is_the_same_message(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 2).await;
    let (ana, session) = open_session(&team, "Ana").await;
    let agent = &team.agents[0];
    let key = Uuid::new_v4();
    let mut socket = agent.events(None).await;
    socket.hello().await;
    let at_once = (0..10).map(|_| async { post(agent, &session, &key.to_string(), "once").await });
    let answers = futures_util::future::join_all(at_once).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|&&status| status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 9, "{statuses:?}");
    let ids: BTreeSet<_> = answers.iter().map(|answer| answer.body["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "all are told of the same message");
    socket.until("it is sent", |event| event["message"]["delivery"]["state"] == "sent").await;

    for spelling in [key.to_string().to_uppercase(), key.simple().to_string(), key.urn().to_string()] {
        let again = post(agent, &session, &spelling, " once ").await;
        assert_eq!((again.status.as_u16(), &again.body["client_id"]), (200, &json!(key)), "{spelling}");
    }
    post(agent, &session, &key.to_string(), "twice").await.refused(409, "idempotency_conflict");
    let replying = json!({ "client_id": key, "text": "once", "reply_to": answers[0].body["id"] });
    let path = format!("/api/sessions/{}/messages", id(&session));
    agent.post(&path, replying).await.refused(409, "idempotency_conflict");
    agent.post(&format!("/api/sessions/{}/end", id(&session)), json!({})).await.ok();
    assert_eq!(
        post(agent, &session, &key.to_string(), "once").await.status,
        200,
        "also when it can't be sent any more"
    );
    assert_eq!(team.chat(&ana).len(), 2, "it arrived once");
}

/// Each member has keys of their own, and a key stands for one message in all their sessions.
async fn a_key_in_two_sessions_at_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let (_, ana) = open_session(&team, "Ana").await;
    let (_, ben) = open_session(&team, "Ben").await;
    for _ in 0..5 {
        let key = Uuid::new_v4().to_string();
        let (agent, text) = (&team.agents[0], "the same");
        let (one, other) = tokio::join!(post(agent, &ana, &key, text), post(agent, &ben, &key, text));
        let (won, lost) = if one.status == 201 { (one, other) } else { (other, one) };
        assert_eq!(won.status, 201);
        lost.refused(409, "idempotency_conflict");
    }
}

async fn sessions_that_one_may_not_write_to(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let (_, session) = open_session(&team, "Ana").await;
    let (agent, other) = (&team.agents[0], team.add_agent("other").await);
    let before = timeline(&team, &session).await;
    let act = async |browser: &Browser, session: &Value, status: u16, code: &str| {
        post(browser, session, &Uuid::new_v4().to_string(), "hello").await.refused(status, code);
        for verb in ["take-up", "read", "end"] {
            browser
                .post(&format!("/api/sessions/{}/{verb}", id(session)), json!({}))
                .await
                .refused(status, code);
        }
    };
    for stranger in [&other, &team.owner] {
        act(stranger, &session, 403, "not_assignee").await;
    }
    assert_eq!(timeline(&team, &session).await, before, "nothing changed");

    agent.put("/api/me/status", json!({ "status": "busy" })).await.ok();
    other.put("/api/me/status", json!({ "status": "busy" })).await.ok();
    let ben = team.customer("Ben");
    team.write(&ben, "hello");
    let waiting = team.session(&team.owner, &ben, "waiting").await;
    act(agent, &waiting, 409, "session_not_open").await;
    agent.post(&format!("/api/sessions/{}/end", id(&session)), json!({})).await.ok();
    act(agent, &session, 409, "session_ended").await;
    agent
        .post(&format!("/api/sessions/{}/take", id(&session)), json!({}))
        .await
        .refused(409, "session_ended");
}

async fn quotes_resends_and_pauses(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let (_, ana) = open_session(&team, "Ana").await;
    let (_, ben) = open_session(&team, "Ben").await;
    let agent = &team.agents[0];
    let (of_ana, of_ben) = (timeline(&team, &ana).await, timeline(&team, &ben).await);
    let path = format!("/api/sessions/{}/messages", id(&ana));
    // Of another customer, a service line, of nobody, of another kind.
    let strange = [id(&of_ben[1]), id(&of_ana[0]), &Uuid::new_v4().to_string(), id(&ana)].map(str::to_owned);
    for quoted in strange {
        let body = json!({ "client_id": Uuid::new_v4(), "text": "hello", "reply_to": quoted });
        agent.post(&path, body).await.invalid(&[("reply_to", "unknown")]);
    }
    let resend = |message: &str| format!("/api/messages/{message}/resend");
    for message in [id(&of_ana[0]), id(&of_ana[1])] {
        agent.post(&resend(message), json!({})).await.refused(409, "not_resendable");
    }
    let mut socket = agent.events(None).await;
    socket.hello().await;
    let sent = agent.reply(id(&ana), "sent").await.1.ok();
    socket.until("it is sent", |event| event["message"]["delivery"]["state"] == "sent").await;
    agent.post(&resend(id(&sent)), json!({})).await.refused(409, "not_resendable");
    team.owner.post(&resend(id(&sent)), json!({})).await.refused(409, "not_resendable");

    let path = format!("/api/projects/{}", team.project);
    let version = team.owner.get(&path).await.ok()["version"].as_i64().unwrap();
    team.owner.patch(&path, version, json!({ "state": "paused" })).await.ok();
    agent.reply(id(&ana), "hello").await.1.refused(409, "project_paused");
    assert_eq!(timeline(&team, &ana).await.len(), of_ana.len() + 1, "nothing else was added");
}

testkit::both_databases!(
    texts_that_can_not_be_sent,
    the_same_key_is_the_same_message,
    a_key_in_two_sessions_at_once,
    sessions_that_one_may_not_write_to,
    quotes_resends_and_pauses,
);
