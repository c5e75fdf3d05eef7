//! Tags, notes, fields, saved lists, notifications and viewers, over HTTP and the events socket.

use serde_json::{Value, json};
use simulator::{Fault, FaultKind, Scope};
use testkit::app::{Browser, Socket, Team};
use testkit::databases::TestDatabase;

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// A customer's open session, and the socket of who has it.
async fn scene(team: &Team) -> (Socket, Value) {
    let customer = team.customer("Ana");
    let mut socket = team.agents[0].events(None).await;
    socket.hello().await;
    team.write(&customer, "hello");
    let session = team.session_on(&mut socket, &team.agents[0], &customer, "open").await;
    (socket, session)
}

async fn tags_are_put_on_found_by_and_told(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let (mut socket, session) = scene(&team).await;
    let agent = &team.agents[0];
    agent.post("/api/tags", json!({ "name": "VIP", "color": "red" })).await.refused(403, "forbidden");
    let tag = team.owner.post("/api/tags", json!({ "name": "VIP", "color": "red" })).await.ok();
    assert_eq!((&tag["name"], &tag["color"], &tag["version"]), (&json!("VIP"), &json!("red"), &json!(1)));
    assert_eq!(tag.get("sessions"), None);
    socket.until("the vocabulary", |event| event["kind"] == "vocabulary").await;
    let body = json!({ "name": "vip", "color": "mauve" });
    team.owner.post("/api/tags", body).await.refused(400, "malformed");
    let taken = team.owner.post("/api/tags", json!({ "name": "vip", "color": "teal" })).await;
    taken.invalid(&[("name", "in_use")]);
    let path = format!("/api/sessions/{}/tags", id(&session));
    let tagged = agent.patch(&path, 0, json!({ "add": [tag["id"]] })).await.ok();
    assert_eq!(tagged["tags"], json!([tag["id"]]));
    let told = socket.until("the tag", |event| event["session"]["tags"] == json!([tag["id"]])).await;
    assert_eq!(told["session"], tagged);
    let list = |query: String| async move { agent.get(&format!("/api/sessions?tab=all&{query}")).await };
    let found = list(format!("tags={}", id(&tag))).await.ok();
    assert_eq!(found["items"], json!([tagged]));
    for (query, count) in [
        ("q=an", 1),
        ("q=nobody", 0),
        ("assignee=me&state=open&sort=longest_waiting", 1),
        ("assignee=none", 0),
        ("unread=true", 1),
        ("q=&tags=", 1),
    ] {
        let page = list(query.to_owned()).await.ok();
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
    }
    for bad in ["tags=x", "assignee=nobody", "state=gone", "sort=name", "unread=yes"] {
        list(bad.to_owned()).await.refused(400, "malformed");
    }
    let counts = agent.get("/api/sessions/counts").await.ok();
    let expected = json!({ "mine": 1, "mine_unread": 1, "waiting": 0, "all": 1, "ended": 0 });
    assert_eq!(counts, expected);
    let usage = agent.get("/api/tags?usage=true").await.ok();
    assert_eq!((&usage["items"][0]["sessions"], &usage["items"][0]["customers"]), (&json!(1), &json!(0)));
    let gold = team.owner.post("/api/tags", json!({ "name": "Gold", "color": "yellow" })).await.ok();
    let merge = format!("/api/tags/{}/merge", id(&tag));
    team.owner.post(&merge, json!({ "into": gold["id"] })).await.ok();
    socket.until("the other tag", |event| event["session"]["tags"] == json!([gold["id"]])).await;
    let path = format!("/api/tags/{}", id(&gold));
    team.owner.send(reqwest::Method::DELETE, &path, None, Some(1)).await.ok();
    socket.until("none", |event| event["session"]["tags"] == json!([])).await;
}

async fn notes_reach_whom_they_name(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 2).await;
    let (_, session) = scene(&team).await;
    let [ana, bob] = [&team.agents[0], &team.agents[1]];
    let mut socket = bob.events(None).await;
    socket.hello().await;
    let customer = id(&session["customer"]);
    let path = format!("/api/customers/{customer}/notes");
    let bobs = id(&bob.get("/api/me").await.ok());
    let note = json!({ "client_id": uuid::Uuid::new_v4(), "text": "look at this", "mentions": [bobs] });
    let first = ana.post(&path, note.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = ana.post(&path, note).await;
    assert_eq!((again.status.as_u16(), again.ok()), (200, first.body.clone()));
    let told = socket.until("the note", |event| event["kind"] == "note").await;
    assert_eq!(told["note"], first.body);
    let page = bob.get("/api/notifications").await.ok();
    let mention = &page["items"][0];
    assert_eq!((&mention["what"], &mention["detail"]), (&json!("mention"), &json!("look at this")));
    assert_eq!((&mention["customer"]["name"], &page["unread"]), (&json!("Ana"), &json!(1)));
    assert_eq!(mention["session_id"], session["id"]);
    let read = bob.post("/api/notifications/read", json!({ "ids": [mention["id"]] })).await.ok();
    assert_eq!(read, json!({ "unread": 0 }));
    socket.until("it is read", |event| event["notification"]["read_at"].is_i64()).await;
    for bad in [json!({}), json!({ "all": false }), json!({ "all": true, "ids": [] })] {
        bob.post("/api/notifications/read", bad).await.refused(400, "malformed");
    }
    let path = format!("/api/notes/{}", id(&first.body));
    bob.patch(&path, 1, json!({ "text": "mine" })).await.refused(403, "not_author");
    let pinned = bob.patch(&path, 1, json!({ "pinned": true })).await.ok();
    assert_eq!((&pinned["pinned"], &pinned["version"]), (&json!(true), &json!(2)));
    ana.patch(&path, 2, json!({ "text": "look at that" })).await.ok();
    let history = bob.get(&format!("{path}/history")).await.ok();
    assert_eq!(history["items"][1]["text"], "look at this");
    ana.delete(&path).await.ok();
    let gone = socket.until("it is gone", |event| event["note"]["deleted"] == true).await;
    assert_eq!(gone["note"]["text"], "");
    let statistics = ana.get(&format!("/api/customers/{customer}/statistics")).await.ok();
    assert_eq!((&statistics["sessions"], &statistics["messages_in"]), (&json!(1), &json!(1)));
}

/// The next frame that tells who looks.
async fn looking(socket: &mut Socket) -> Value {
    loop {
        let frame = socket.frame().await.expect("a frame");
        if frame["type"] == "viewers" {
            return frame;
        }
    }
}

async fn say(browser: &Browser, session: &Value, state: &str) {
    let path = format!("/api/sessions/{}/viewing", id(session));
    browser.post(&path, json!({ "state": state })).await.ok();
}

async fn who_looks_is_told_to_who_sees_the_project(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 2).await;
    let (_, other) = team.add_project("Other").await;
    let stranger = team.add_agent_of("stranger", json!([other])).await;
    let (_, session) = scene(&team).await;
    let [ana, bob] = [&team.agents[0], &team.agents[1]];
    let mut socket = bob.events(None).await;
    socket.hello().await;
    let mut blind = stranger.events(None).await;
    blind.hello().await;
    say(ana, &session, "viewing").await;
    let frame = looking(&mut socket).await;
    assert_eq!(frame["session_id"], session["id"]);
    assert_eq!(
        (&frame["members"][0]["name"], &frame["members"][0]["state"]),
        (&json!("agent0"), &json!("viewing"))
    );
    say(ana, &session, "typing").await;
    assert_eq!(looking(&mut socket).await["members"][0]["state"], "typing");
    // Who comes later is told how it stands.
    let mut late = team.owner.events(None).await;
    late.hello().await;
    assert_eq!(looking(&mut late).await["members"][0]["state"], "typing");
    // By itself.
    assert_eq!(looking(&mut socket).await["members"][0]["state"], "viewing");
    let listed = bob.get(&format!("/api/sessions/{}/viewers", id(&session))).await.ok();
    assert_eq!(listed["members"].as_array().unwrap().len(), 1);
    say(ana, &session, "gone").await;
    assert_eq!(looking(&mut socket).await["members"], json!([]));
    // The stranger's socket has told nothing of all that when it tells of what came after.
    team.owner.post("/api/tags", json!({ "name": "VIP", "color": "red" })).await.ok();
    loop {
        let frame = blind.frame().await.expect("a frame");
        assert_ne!(frame["type"], "viewers");
        let told =
            frame["events"].as_array().is_some_and(|it| it.iter().any(|it| it["kind"] == "vocabulary"));
        if told {
            break;
        }
    }
}

async fn settings_of_notifications_are_ones_own(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let agent = &team.agents[0];
    let me = agent.get("/api/me").await.ok();
    assert_eq!(me["notifications"]["do_not_disturb"], json!({ "until": null, "schedule": [] }));
    let quiet = json!({ "until": 5, "schedule": [{ "days": [0, 6], "from": "22:00", "to": "07:00" }] });
    let settings = json!({ "sound": true, "browser": true, "new_session": true, "new_message": false,
        "kinds": { "mention": { "sound": false, "browser": true } }, "do_not_disturb": quiet });
    let version = me["version"].as_i64().unwrap();
    let me = agent.patch("/api/me", version, json!({ "notifications": settings })).await.ok();
    assert_eq!(me["notifications"], settings);
    assert_eq!(agent.get("/api/me").await.ok()["notifications"], settings);
}

async fn trouble_is_told_to_who_can_do_something(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let (mut socket, session) = scene(&team).await;
    let mut owners = team.owner.events(None).await;
    owners.hello().await;
    let fault = Fault::next(1, FaultKind::Answer { status: 400, description: "Bad Request: no".to_owned() });
    team.simulator.set_fault(Scope::Bot(team.bot.id), fault.on("sendMessage")).unwrap();
    let (_, posted) = team.agents[0].reply(&id(&session), "an answer").await;
    posted.ok();
    let told =
        socket.until("the reply failed", |event| event["notification"]["what"] == "sending_failed").await;
    let told = &told["notification"];
    assert_eq!((&told["detail"], &told["session_id"]), (&json!("bad_request"), &session["id"]));
    assert_eq!(told["customer"]["name"], "Ana");
    team.simulator.revoke_token(team.bot.id).unwrap();
    let is_it = |event: &Value| event["notification"]["what"] == "project_in_trouble";
    let told = owners.until("the token is refused", is_it).await;
    assert_eq!(
        (&told["notification"]["detail"], &told["notification"]["project_id"]),
        (&json!("token_rejected"), &json!(team.project))
    );
    // Once, however often Telegram says so.
    let page = team.owner.get("/api/notifications").await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    let agents = team.agents[0].get("/api/notifications").await.ok();
    let whats: Vec<_> = agents["items"].as_array().unwrap().iter().map(|it| it["what"].clone()).collect();
    assert_eq!(whats, ["sending_failed", "assigned"]);
}

testkit::both_databases!(
    trouble_is_told_to_who_can_do_something,
    tags_are_put_on_found_by_and_told,
    notes_reach_whom_they_name,
    who_looks_is_told_to_who_sees_the_project,
);
testkit::on_sqlite!(settings_of_notifications_are_ones_own);
