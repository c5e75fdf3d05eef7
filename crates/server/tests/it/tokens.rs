//! Bot tokens that can't be used.

use serde_json::{Value, json};
use simulator::{Fault, FaultKind, NewBot, Scope};
use testkit::app::{Browser, ServerOptions, Team, simulator};
use testkit::databases::TestDatabase;

/// An address where nobody listens, as one of the operator's.
const NOWHERE: &str = "http://127.0.0.1:9";

async fn team(database: TestDatabase) -> Team {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(&["--telegram-api", NOWHERE]).start().unwrap();
    Team::on(simulator, server, database, 0).await
}

async fn projects(browser: &Browser) -> usize {
    browser.get("/api/projects").await.ok()["items"].as_array().unwrap().len()
}

async fn add(browser: &Browser, body: Value) -> testkit::app::Answer {
    let answer = browser.post("/api/projects", body.clone()).await;
    let token = body["token"].as_str().unwrap().trim();
    assert!(token.len() < 10 || !answer.text.contains(token), "{}", answer.text);
    answer
}

async fn tokens_that_are_refused(database: TestDatabase) {
    let team = team(database).await;
    let owner = &team.owner;
    for bad in [
        "",
        " ",
        "x",
        "123",
        "123:",
        ":abc",
        "abc:def",
        "123:a b",
        "123:ключ",
        "123:abc:def",
        &format!("1:{}", "x".repeat(300)),
        "123:ab\u{0}c",
    ] {
        add(owner, json!({ "token": bad })).await.invalid(&[("token", "bad_format")]);
    }
    for unknown in ["123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr", "999:x", "0:x"] {
        add(owner, json!({ "token": unknown })).await.refused(422, "token_rejected");
    }
    let known = team.simulator.create_bot(NewBot { name: "New".to_owned(), ..NewBot::default() }).unwrap();
    for name in ["", "  ", &"x".repeat(81)] {
        let answer = add(owner, json!({ "token": known.token, "name": name })).await;
        assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (422, &json!("name")));
    }
    for api in ["https://evil.test", "", "http://127.0.0.1"] {
        add(owner, json!({ "token": known.token, "api": api })).await.invalid(&[("api", "unknown")]);
    }
    let unreachable = add(owner, json!({ "token": known.token, "api": NOWHERE })).await;
    unreachable.refused(502, "telegram_unreachable");
    for kind in [
        FaultKind::Gateway { status: 502 },
        FaultKind::Garbage { body: "<html>".to_owned() },
        FaultKind::DropBefore,
        FaultKind::TooManyRequests { retry_after: 5 },
        FaultKind::Answer { status: 400, description: "Bad Request: no".to_owned() },
    ] {
        team.simulator.set_fault(Scope::Bot(known.id), Fault::next(1, kind).on("getMe")).unwrap();
        add(owner, json!({ "token": known.token })).await.refused(502, "telegram_unreachable");
    }
    assert_eq!(projects(owner).await, 1, "nothing was added");
    add(owner, json!({ "token": format!(" {}\n", known.token), "name": " Its name " })).await.ok();
    let added = &owner.get("/api/projects").await.ok()["items"][1];
    assert_eq!(added["name"], "Its name");
    assert!(!added.to_string().contains(&known.token));
}

async fn a_bot_belongs_to_one_project(database: TestDatabase) {
    let team = team(database).await;
    add(&team.owner, json!({ "token": team.bot.token })).await.refused(409, "bot_in_use");
    let neighbour = team.neighbour().await;
    add(&neighbour, json!({ "token": team.bot.token })).await.refused(409, "bot_in_use");
    for n in 0..5 {
        let bot =
            team.simulator.create_bot(NewBot { name: format!("Bot {n}"), ..NewBot::default() }).unwrap();
        let body = json!({ "token": bot.token });
        let (one, other) = tokio::join!(add(&team.owner, body.clone()), add(&neighbour, body.clone()));
        let (won, lost) = if one.status == 201 { (one, other) } else { (other, one) };
        assert_eq!(won.status, 201, "{}", won.text);
        lost.refused(409, "bot_in_use");
    }
    assert_eq!(projects(&team.owner).await + projects(&neighbour).await, 6);
}

async fn a_bot_is_looked_at_before_it_is_connected(database: TestDatabase) {
    let team = team(database).await;
    let look = async |browser: &Browser, token: &str| {
        let answer = browser.post("/api/bots/look", json!({ "token": token })).await;
        assert!(token.len() < 10 || !answer.text.contains(token), "{}", answer.text);
        answer
    };
    let fresh = team.simulator.create_bot(NewBot { name: "Fresh".to_owned(), ..NewBot::default() }).unwrap();
    let seen = look(&team.owner, &format!(" {}\n", fresh.token)).await.ok();
    let bot = json!({ "id": fresh.id, "username": fresh.username, "name": "Fresh", "picture": null });
    assert_eq!(seen, json!({ "bot": bot, "in_use": null, "project_id": null }));
    assert_eq!(projects(&team.owner).await, 1, "nothing was added");

    let here = look(&team.owner, &team.bot.token).await.ok();
    assert_eq!((&here["in_use"], &here["project_id"]), (&json!("here"), &json!(team.project)));
    let neighbour = team.neighbour().await;
    let elsewhere = look(&neighbour, &team.bot.token).await.ok();
    assert_eq!((&elsewhere["in_use"], &elsewhere["project_id"]), (&json!("elsewhere"), &json!(null)));

    look(&team.owner, "x").await.invalid(&[("token", "bad_format")]);
    look(&team.owner, "123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr").await.refused(422, "token_rejected");
    let body = json!({ "token": fresh.token, "api": "https://evil.test" });
    team.owner.post("/api/bots/look", body).await.invalid(&[("api", "unknown")]);
    let body = json!({ "token": fresh.token, "api": NOWHERE });
    team.owner.post("/api/bots/look", body).await.refused(502, "telegram_unreachable");
}

async fn another_token_must_be_of_the_same_bot(database: TestDatabase) {
    let team = team(database).await;
    let path = format!("/api/projects/{}/token", team.project);
    let replace = async |token: &str| team.owner.put(&path, json!({ "token": token })).await;
    let other = team.simulator.create_bot(NewBot { name: "Other".to_owned(), ..NewBot::default() }).unwrap();
    replace(&other.token).await.refused(409, "different_bot");
    replace("x").await.invalid(&[("token", "bad_format")]);
    replace("123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr").await.refused(422, "token_rejected");
    let old = team.bot.token.clone();
    let renewed = team.simulator.revoke_token(team.bot.id).unwrap();
    replace(&old).await.refused(422, "token_rejected");

    // After all of that it is as it was: the new one, and messages come again.
    replace(&renewed.token).await.ok();
    let ana = team.customer("Ana");
    team.write(&ana, "hello");
    team.session(&team.owner, &ana, "waiting").await;
}

testkit::both_databases!(a_bot_belongs_to_one_project);
testkit::on_sqlite!(
    tokens_that_are_refused,
    a_bot_is_looked_at_before_it_is_connected,
    another_token_must_be_of_the_same_bot
);
