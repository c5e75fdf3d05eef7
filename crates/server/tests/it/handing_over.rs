//! Sessions that go from hand to hand, over HTTP and with a Telegram to send to.

use std::collections::BTreeSet;
use std::sync::Mutex;

use futures_util::future::join_all;
use serde_json::{Value, json};
use simulator::{Author, CustomerInfo};
use testkit::app::{Browser, Team};
use testkit::databases::TestDatabase;
use tokio::sync::Notify;

testkit::both_databases!(
    a_session_is_transferred_while_a_hundred_replies_are_sent,
    a_session_goes_from_hand_to_hand,
    a_customer_who_comes_back_finds_the_same_agent,
    several_at_once,
);

const NOTICE: &str = "A colleague will take over";

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

/// A customer's session that `agents[0]` serves.
async fn opened(team: &Team, name: &str) -> (CustomerInfo, Value) {
    let customer = team.customer(name);
    team.write(&customer, "hello");
    let session = team.session(&team.agents[0], &customer, "open").await;
    (customer, session)
}

async fn act(browser: &Browser, session: &Value, verb: &str, body: Value) -> testkit::app::Answer {
    browser.post(&format!("/api/sessions/{}/{verb}", id(session)), body).await
}

async fn me(browser: &Browser) -> String {
    id(&browser.get("/api/me").await.ok()).to_owned()
}

/// Everything said in a customer's timeline, oldest first.
async fn timeline(team: &Team, session: &Value) -> Vec<Value> {
    let path = format!("/api/customers/{}/messages?limit=200", id(&session["customer"]));
    team.owner.get(&path).await.ok()["items"].as_array().unwrap().clone()
}

async fn a_session_is_transferred_while_a_hundred_replies_are_sent(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 2).await;
    let (customer, session) = opened(&team, "Cleo").await;
    let [ana, bob] = &team.agents[..] else { panic!("two agents") };
    let mut socket = bob.events(None).await;
    socket.hello().await;
    let (accepted, enough) = (Mutex::new(Vec::new()), Notify::new());
    let writers = (0..5).map(|writer| {
        let (session, accepted, enough) = (&session, &accepted, &enough);
        async move {
            for n in 0..20 {
                let text = format!("reply {writer}.{n}");
                let answer = ana.reply(id(session), &text).await.1;
                if answer.status == 201 {
                    accepted.lock().unwrap().push(text);
                } else {
                    answer.refused(403, "not_assignee");
                }
                if n == 9 {
                    enough.notify_one();
                }
            }
        }
    });
    let transferring = async {
        enough.notified().await;
        let body = json!({ "to": me(bob).await, "message": NOTICE });
        act(ana, &session, "transfer", body).await.ok();
    };
    tokio::join!(join_all(writers), transferring);
    let is_sent =
        |event: &Value| event["message"]["text"] == NOTICE && event["message"]["delivery"]["state"] == "sent";
    socket.until("the customer is told", is_sent).await;

    let accepted: BTreeSet<_> = accepted.into_inner().unwrap().into_iter().collect();
    assert!(accepted.len() < 100, "the transfer came in between");
    let lines = timeline(&team, &session).await;
    let place = |wanted: &dyn Fn(&Value) -> bool| lines.iter().position(wanted).unwrap();
    let line = place(&|it| it["service"]["what"] == "transferred");
    let hers: Vec<_> = lines.iter().enumerate().filter(|(_, it)| it["author"]["name"] == "agent0").collect();
    let text = |it: &Value| it["text"].as_str().unwrap().to_owned();
    assert_eq!(hers.iter().map(|(_, it)| text(it)).collect::<BTreeSet<_>>(), accepted);
    assert!(hers.iter().all(|(place, _)| *place < line), "all of hers stand before the line");
    let state = |it: &Value| it["delivery"]["state"].as_str().unwrap().to_owned();
    let of_state = |wanted: &str| {
        hers.iter().filter(|(_, it)| state(it) == wanted).map(|(_, it)| text(it)).collect::<Vec<_>>()
    };
    let (sent, back) = (of_state("sent"), of_state("failed"));
    assert_eq!(sent.len() + back.len(), accepted.len());
    assert!(hers.iter().all(|(_, it)| state(it) == "sent" || it["delivery"]["reason"] == "transferred"));
    let draft = ana.get(&format!("/api/customers/{}/draft", id(&session["customer"]))).await.ok();
    assert_eq!(draft["text"], back.join("\n\n"));
    assert!(!back.is_empty());

    let chat = team.chat(&customer);
    let from_us: Vec<_> =
        chat.into_iter().filter(|(from, _)| *from == Author::Bot).map(|(_, text)| text).collect();
    let (last, before) = from_us.split_last().unwrap();
    assert_eq!((last.as_str(), before), (NOTICE, &sent[..]), "what arrived is what was sent, in its order");
}

async fn a_session_goes_from_hand_to_hand(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 2).await;
    let supervisor = team.add_member("sue", "supervisor", json!("all")).await;
    supervisor.put("/api/me/status", json!({ "status": "busy" })).await.ok();
    let (_, session) = opened(&team, "Cleo").await;
    let [ana, bob] = &team.agents[..] else { panic!("two agents") };
    let (bobs, sues) = (me(bob).await, me(&supervisor).await);

    let path = format!("/api/sessions/{}/receivers?q=AGENT", id(&session));
    let receivers = ana.get(&path).await.ok()["items"].clone();
    assert_eq!(receivers.as_array().unwrap().len(), 1);
    assert_eq!((&receivers[0]["id"], &receivers[0]["at_limit"]), (&json!(bobs), &json!(false)));

    let mut socket = bob.events(None).await;
    socket.hello().await;
    let body = json!({ "to": bobs, "note": "Speaks French" });
    let transferred = act(ana, &session, "transfer", body).await.ok();
    assert_eq!(transferred["assignee"]["id"], json!(bobs));
    assert_eq!(transferred["handover"]["note"], "Speaks French");
    socket.until("Bob is told", |event| event["notification"]["what"] == "transferred").await;
    ana.reply(id(&session), "still me?").await.1.refused(403, "not_assignee");
    act(ana, &session, "transfer", json!({ "to": bobs })).await.refused(403, "not_assignee");
    act(ana, &session, "assign", json!({ "to": bobs })).await.refused(403, "forbidden");
    act(ana, &session, "return", json!({})).await.refused(403, "forbidden");
    let taken = act(&supervisor, &session, "take-over", json!({})).await.ok();
    assert_eq!(taken["assignee"]["id"], json!(sues));
    socket.until("Bob has lost it", |event| event["notification"]["what"] == "taken_back").await;
    act(bob, &session, "end", json!({})).await.refused(403, "not_assignee");

    // To who has no room, and beyond.
    let version = team.owner.get(&format!("/api/accounts/{bobs}")).await.ok()["version"].as_i64().unwrap();
    team.owner.patch(&format!("/api/members/{bobs}"), version, json!({ "limit": 0 })).await.ok();
    let full = act(&supervisor, &session, "transfer", json!({ "to": bobs })).await;
    full.refused(409, "receiver_at_limit");
    assert_eq!(full.body["params"], json!({ "name": "agent1", "open": 0, "limit": 0 }));
    act(&supervisor, &session, "transfer", json!({ "to": bobs, "override": true })).await.ok();
    let outsider = team.add_agent_of("outsider", json!([])).await;
    let nowhere = act(bob, &session, "transfer", json!({ "to": me(&outsider).await })).await;
    nowhere.refused(409, "receiver_no_access");
    act(bob, &session, "transfer", json!({ "to": bobs })).await.invalid(&[("to", "unknown")]);
    act(bob, &session, "transfer", json!({ "to": null, "x": 1 })).await.refused(400, "malformed");

    // Ana is online, and nobody else could take it.
    let back = act(bob, &session, "return", json!({ "note": "not mine" })).await.ok();
    assert_eq!(back["assignee"]["name"], "agent0");
    act(&supervisor, &session, "assign", json!({ "to": sues })).await.ok();
    act(&supervisor, &session, "reopen", json!({})).await.refused(409, "session_not_ended");
    act(&supervisor, &session, "end", json!({})).await.ok();
    let reopened = act(bob, &session, "reopen", json!({})).await.ok();
    assert_eq!((&reopened["assignee"]["id"], &reopened["state"]), (&json!(bobs), &json!("open")));
    let said: Vec<_> = timeline(&team, &session)
        .await
        .iter()
        .filter_map(|it| it["service"]["what"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(
        said,
        [
            "session_started",
            "assigned",
            "transferred",
            "taken_over",
            "transferred",
            "returned",
            "assigned",
            "assigned_by",
            "ended",
            "reopened",
        ]
    );
}

async fn a_customer_who_comes_back_finds_the_same_agent(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 2).await;
    let (customer, session) = opened(&team, "Cleo").await;
    act(&team.agents[0], &session, "end", json!({})).await.ok();
    let mut socket = team.agents[0].events(None).await;
    socket.hello().await;
    team.write(&customer, "one more thing");
    let is_open =
        |event: &Value| event["session"]["id"] == session["id"] && event["session"]["state"] == "open";
    let event = socket.until("it is open again", is_open).await;
    assert_eq!(event["session"]["assignee"]["name"], "agent0");
    assert_eq!(event["session"]["unread"], 1);
}

async fn several_at_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let mut sessions = Vec::new();
    for name in ["Cleo", "Dora", "Emil"] {
        sessions.push(opened(&team, name).await.1);
    }
    let ana = &team.agents[0];
    let nothing = uuid::Uuid::new_v4().to_string();
    let ids: Vec<_> = sessions[..1].iter().map(id).chain([nothing.as_str()]).collect();
    let outcome = ana.post("/api/sessions/bulk", json!({ "ids": ids, "do": "end" })).await.ok();
    assert_eq!(outcome["done"], json!([id(&sessions[0])]));
    assert_eq!(outcome["refused"], json!([{ "id": nothing, "code": "not_found", "params": {} }]));
    let nobody = ana.post("/api/sessions/bulk", json!({ "ids": ids, "do": "assign" })).await;
    nobody.invalid(&[("to", "required")]);
    ana.post("/api/sessions/bulk", json!({ "ids": [], "do": "end" })).await.invalid(&[("ids", "required")]);

    let boss = me(&team.owner).await;
    let notes = json!({ id(&sessions[1]): "first", id(&sessions[2]): "second" });
    let body = json!({ "to": boss, "note": "for all", "notes": notes });
    let outcome = ana.post("/api/me/sessions/hand-over", body).await.ok();
    assert_eq!(outcome["done"], json!([id(&sessions[1]), id(&sessions[2])]));
    let mine = team.owner.get("/api/sessions?tab=mine").await.ok()["items"].clone();
    let notes: BTreeSet<_> =
        mine.as_array().unwrap().iter().map(|it| it["handover"]["note"].as_str().unwrap()).collect();
    assert_eq!(notes, BTreeSet::from(["first", "second"]));
}
