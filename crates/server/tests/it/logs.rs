//! What the log tells, and what it must not: no token, no password, no message text, however much it is asked to say.

use serde_json::{Value, json};
use simulator::{Fault, FaultKind, NewBot, Raw, Scope};
use testkit::app::{Browser, PASSWORD, ServerOptions, Team, simulator};
use testkit::databases::TestDatabase;

const IN: &str = "whatthecustomerwrote";
const OUT: &str = "whattheagentanswered";
const WRONG: &str = "thewrongpassword";

/// A conversation in which much goes wrong.
async fn converse(team: &Team) -> Vec<String> {
    let agent = &team.agents[0];
    let ana = team.customer("Ana");
    let mut socket = agent.events(None).await;
    socket.hello().await;
    team.write(&ana, IN);
    let session = team.session_on(&mut socket, agent, &ana, "open").await;
    let id = session["id"].as_str().unwrap();
    let mut settled = async |state: &str| {
        let is_it = |event: &Value| event["message"]["delivery"]["state"] == state;
        socket.until(state, is_it).await;
    };
    let fault = |kind| {
        let once = Fault::next(1, kind).on("sendMessage");
        team.simulator.set_fault(Scope::Bot(team.bot.id), once).unwrap();
    };
    agent.reply(id, OUT).await.1.ok();
    settled("sent").await;
    fault(FaultKind::Answer { status: 400, description: format!("Bad Request: {OUT}") });
    agent.reply(id, OUT).await.1.ok();
    settled("failed").await;
    fault(FaultKind::DropAfter);
    agent.reply(id, OUT).await.1.ok();
    settled("unknown").await;
    fault(FaultKind::Gateway { status: 502 });
    agent.reply(id, OUT).await.1.ok();
    settled("sent").await;
    agent.reply(id, &OUT.repeat(1000)).await.1.refused(422, "invalid");
    agent
        .post(&format!("/api/sessions/{id}/messages"), json!({ "text": [OUT] }))
        .await
        .refused(400, "malformed");
    team.simulator.block(ana.id, team.bot.id).unwrap();
    agent.reply(id, OUT).await.1.ok();
    settled("failed").await;
    poison(team).await;
    vec![agent.cookie().unwrap(), team.owner.cookie().unwrap()]
}

/// Updates that can't be understood, with words in all places; a good one behind them shows that they were met.
async fn poison(team: &Team) {
    let bad = [
        json!({ "message": IN }),
        json!({ "message": { "message_id": IN, "date": IN, "chat": IN, "text": IN } }),
        json!({ "message": { "message_id": 900, "date": 1, "chat": { "id": IN, "type": "private" }, "from": { "id": 1 }, "text": IN } }),
        json!({ "message": { "message_id": 901, "date": 1, "chat": { "id": 5, "type": "private" }, "from": { "id": IN, "first_name": IN }, "text": { "a": IN } } }),
        json!({ "edited_message": [IN] }),
    ];
    for update in bad {
        team.simulator.push_raw_update(team.bot.id, Raw::Update(update)).unwrap();
    }
    let garbage = FaultKind::Garbage { body: format!("{{\"ok\": {IN}") };
    team.simulator.set_fault(Scope::Bot(team.bot.id), Fault::next(1, garbage).on("getUpdates")).unwrap();
    let ben = team.customer("Ben");
    team.write(&ben, IN);
    team.session(&team.agents[0], &ben, "open").await;
}

/// Tokens and passwords that are refused.
async fn knock(team: &Team) -> Vec<String> {
    let stranger = Browser::new(&team.server.url);
    stranger.log_in("agent0", WRONG).await.refused(401, "wrong_credentials");
    stranger
        .post("/api/logins", json!({ "login_name": 1, "password": WRONG }))
        .await
        .refused(400, "malformed");
    let unknown = "123456:AAunknownToTelegramKKllMMnnOOppQQr".to_owned();
    team.owner.post("/api/projects", json!({ "token": unknown })).await.refused(422, "token_rejected");
    team.owner
        .post("/api/projects", json!({ "token": format!("not one {unknown}") }))
        .await
        .refused(422, "invalid");
    let bot = team.simulator.create_bot(NewBot { name: "Bot".to_owned(), ..NewBot::default() }).unwrap();
    team.simulator.set_fault(Scope::Bot(bot.id), Fault::next(1, FaultKind::DropBefore)).unwrap();
    team.owner
        .post("/api/projects", json!({ "token": bot.token }))
        .await
        .refused(502, "telegram_unreachable");
    let renewed = team.simulator.revoke_token(team.bot.id).unwrap();
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let path = format!("/api/projects/{}", team.project);
    if team.owner.get(&path).await.ok()["health"]["state"] != "token_rejected" {
        socket
            .until("the token is rejected", |event| event["project"]["health"]["state"] == "token_rejected")
            .await;
    }
    team.owner.put(&format!("{path}/token"), json!({ "token": renewed.token })).await.ok();
    vec![unknown, bot.token, renewed.token, team.bot.token.clone()]
}

async fn no_secret_and_no_text(database: TestDatabase, level: &str, format: &str) {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(&["--log", level, "--log-format", format]).start().unwrap();
    let team = Team::on(simulator, server, database, 1).await;
    let mut secrets = converse(&team).await;
    secrets.extend(knock(&team).await);
    let key = std::fs::read_to_string(team.server.options.data.join("secret.key")).unwrap();
    secrets.extend([IN, OUT, WRONG, PASSWORD, key.trim().trim_end_matches('=')].map(str::to_owned));
    let Team { server, database, .. } = team;
    let (status, log) = server.stop();
    assert!(status.success());
    assert!(log.contains("an update failed") && log.len() > 1000, "it tells what happened: {log}");
    for secret in secrets {
        // What stands behind the cookie's name, or the bot's id.
        let secret = secret.rsplit(['=', ':']).find(|part| part.len() > 8).unwrap();
        let told: Vec<_> = log.lines().filter(|line| line.contains(secret)).take(3).collect();
        assert!(told.is_empty(), "{secret}: {told:#?}");
    }
    drop(database);
}

async fn at_debug_level(database: TestDatabase) {
    no_secret_and_no_text(database, "debug", "text").await;
}

/// Of the libraries below, too: somebody who looks for a fault turns everything on.
async fn at_trace_level(database: TestDatabase) {
    no_secret_and_no_text(database, "trace", "text").await;
}

async fn as_json_at_trace_level(database: TestDatabase) {
    no_secret_and_no_text(database, "trace", "json").await;
}

testkit::both_databases!(at_debug_level);
testkit::on_sqlite!(at_trace_level, as_json_at_trace_level);
