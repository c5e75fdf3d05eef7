//! Several servers on one PostgreSQL.

use std::collections::BTreeMap;

use serde_json::json;
use simulator::{Author, BotInfo, CustomerInfo, Fault, FaultKind, Scope};
use testkit::app::{Browser, PASSWORD, Server, ServerOptions, Team, eventually, simulator};
use testkit::databases::TestDatabase;

use crate::case::Case;
use crate::look::Look;

testkit::on_postgres!(
    events_and_replies_pass_between_nodes,
    a_node_whose_clock_is_wrong_works_like_the_others,
    a_line_that_breaks_is_mended_and_loses_nothing,
    a_login_that_ends_closes_its_socket_at_another_node,
    the_operators_command_is_heard_at_once,
    a_cursor_of_one_node_is_good_at_another,
    projects_are_shared_and_handed_over_without_a_loss,
    a_killed_nodes_projects_move,
    a_node_started_again_goes_on_at_once,
    a_node_that_was_frozen_does_nothing_twice,
    a_node_that_was_struck_off_drops_its_calls_and_joins_again,
    a_paused_project_stops_at_another_node,
    a_second_node_needs_the_same_media_folder,
    an_older_node_runs_beside_a_newer_schema_it_can_live_with,
);

/// A team at the first node, and the second. Nothing that is only looked at now and then is looked at within the test.
async fn two(database: TestDatabase, agents: usize, second: &[&str]) -> (Team, Server) {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(&["--beat-seconds", "300"]).start().unwrap();
    let team = Team::on(simulator, server, database, agents).await;
    let other = team.server.options.beside().with(second).start().unwrap();
    (team, other)
}

/// How many projects each node has, by the names of their data folders' ids.
async fn shares(look: &Look) -> Vec<i64> {
    let sql =
        "SELECT COUNT(leases.id) AS n FROM nodes LEFT JOIN leases ON holder = run GROUP BY run ORDER BY n";
    look.rows(sql, &[], |row| row.get("n")).await
}

async fn until_shares(team: &Team, wanted: &[i64]) {
    let look = Look::beside(&team.server);
    eventually(&format!("shares of {wanted:?}"), async || (shares(&look).await == wanted).then_some(()))
        .await;
    look.close().await;
}

async fn unclear(team: &Team) -> i64 {
    let look = Look::beside(&team.server);
    look.number("SELECT COUNT(*) AS n FROM messages WHERE delivery IN ('unknown', 'failed')", &[]).await
}

fn texts(team: &Team, customer: &CustomerInfo, bot: &BotInfo) -> Vec<String> {
    let chat = team.simulator.chat(customer.id, bot.id).unwrap();
    chat.into_iter().filter(|line| line.from == Author::Bot).map(|line| line.text).collect()
}

/// Whoever polls and sends: a customer writes, and a member at each node answers.
async fn converse(team: &Team, other: &Server, name: &str) {
    let there = team.owner.at(&other.url);
    let (customer, mut here) = Case::begun(team, name).await;
    let mut elsewhere = Case::of(&there, customer.id).await;
    for n in 0..2 {
        let (one, two) = (format!("{n} here"), format!("{n} there"));
        let id = here.reply(&one).await;
        assert_eq!(elsewhere.until_settled(&id).await["state"], "sent");
        let id = elsewhere.reply(&two).await;
        assert_eq!(here.until_settled(&id).await["state"], "sent");
        team.write(&customer, &format!("answer {n}"));
        here.until_written(&format!("answer {n}")).await;
        elsewhere.until_written(&format!("answer {n}")).await;
    }
    assert_eq!(texts(team, &customer, &team.bot), ["0 here", "0 there", "1 here", "1 there"]);
}

async fn events_and_replies_pass_between_nodes(database: TestDatabase) {
    let (team, other) = two(database, 0, &[]).await;
    converse(&team, &other, "Ana").await;
}

async fn a_node_whose_clock_is_wrong_works_like_the_others(database: TestDatabase) {
    let (team, other) = two(database, 0, &["--clock-ahead", "900"]).await;
    converse(&team, &other, "Ana").await;
    drop(other);
    let other = team.server.options.beside().with(&["--clock-ahead", "-900"]).start().unwrap();
    converse(&team, &other, "Ben").await;
    let look = Look::beside(&team.server);
    let span = look.number("SELECT MAX(created_at) - MIN(created_at) AS n FROM messages", &[]).await;
    assert!(span < 300_000, "{span} ms between the first and the last message");
    assert_eq!(unclear(&team).await, 0);
}

async fn a_line_that_breaks_is_mended_and_loses_nothing(database: TestDatabase) {
    let (team, other) = two(database, 0, &[]).await;
    let there = team.owner.at(&other.url);
    let (customer, _) = Case::begun(&team, "Ana").await;
    let mut elsewhere = Case::of(&there, customer.id).await;
    let look = Look::beside(&team.server);
    let lines = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'teledesk'
        AND state = 'idle' AND (query LIKE 'LISTEN%' OR query LIKE '%pg_notify%' OR query = '')";
    let (count, cut) = (
        format!("SELECT COUNT(*) AS n {lines}"),
        format!("SELECT COUNT(pg_terminate_backend(pid)) AS n {lines}"),
    );
    for n in 0..3 {
        eventually("both lines", async || (look.number(&count, &[]).await == 2).then_some(())).await;
        assert_eq!(look.number(&cut, &[]).await, 2);
        team.write(&customer, &format!("hello {n}"));
        elsewhere.until_written(&format!("hello {n}")).await;
    }
}

async fn a_login_that_ends_closes_its_socket_at_another_node(database: TestDatabase) {
    let (team, other) = two(database, 1, &[]).await;
    let agent = &team.agents[0];
    let mut socket = agent.events(None).await;
    socket.hello().await;
    let elsewhere = Browser::new(&other.url);
    elsewhere.log_in_to("team", "agent0", PASSWORD).await.ok();
    let last = socket.rest().await.pop().unwrap();
    assert_eq!((socket.closed, &last["code"]), (Some(4401), &json!("signed_in_elsewhere")));
    agent.get("/api/me").await.refused(401, "signed_in_elsewhere");
    // And back: logged out here, closed there.
    let mut socket = elsewhere.events(None).await;
    socket.hello().await;
    elsewhere.at(&team.server.url).delete("/api/logins/current").await.ok();
    socket.rest().await;
    assert_eq!(socket.closed, Some(4401));
}

async fn the_operators_command_is_heard_at_once(database: TestDatabase) {
    let (team, other) = two(database, 0, &[]).await;
    let mut sockets = [team.owner.events(None).await, team.owner.at(&other.url).events(None).await];
    for socket in &mut sockets {
        socket.hello().await;
    }
    let (status, _, words) = team.server.options.run(&["owner", "reset"]);
    assert!(status.success(), "{words}");
    for socket in &mut sockets {
        socket.rest().await;
        assert_eq!(socket.closed, Some(4401));
    }
}

/// A snapshot of one node, a socket of the other; again and again, because what could fall between is a moment.
async fn a_cursor_of_one_node_is_good_at_another(database: TestDatabase) {
    let (team, other) = two(database, 1, &[]).await;
    let nodes = [team.owner.clone(), team.owner.at(&other.url)];
    let ana = team.customer("Ana");
    for n in 0..20 {
        let text = format!("hello {n}");
        team.write(&ana, &text);
        let snapshot = nodes[n % 2].get("/api/sessions?tab=all").await.ok();
        let known = snapshot["items"][0]["last_message"]["text"] == text.as_str();
        let mut socket = nodes[(n + 1) % 2].events(snapshot["as_of"].as_str()).await;
        let told = socket.hello().await;
        let is_it = |event: &serde_json::Value| event["message"]["text"] == text.as_str();
        if !known && !told.iter().any(is_it) {
            socket.until(&text, is_it).await;
        }
    }
}

/// Bots of four projects, each with a customer whose session the owner has.
async fn four(team: &Team) -> Vec<(BotInfo, CustomerInfo, Case)> {
    let mut bots = vec![team.bot.clone()];
    for name in ["Two", "Three", "Four"] {
        bots.push(team.add_project(name).await.0);
    }
    let mut chats = Vec::new();
    for bot in bots {
        let customer = team.customer(&bot.username);
        team.simulator.write(customer.id, bot.id, "hello").unwrap();
        let case = Case::taken(&team.owner, customer.id).await;
        chats.push((bot, customer, case));
    }
    chats
}

async fn projects_are_shared_and_handed_over_without_a_loss(database: TestDatabase) {
    let mut team = Team::new(crate::TELEDESK, database, 0).await;
    let mut chats = four(&team).await;
    let slow = Fault::always(FaultKind::Latency { ms: 200 }).on("sendMessage");
    team.simulator.set_fault(Scope::All, slow).unwrap();
    let mut replies: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut rounds = 0..;
    let mut say = async |chats: &[(BotInfo, CustomerInfo, Case)]| {
        let round = rounds.next().unwrap();
        for (n, (bot, customer, case)) in chats.iter().enumerate() {
            replies.entry(n).or_default().push(case.reply(&format!("{round}")).await);
            team.simulator.write(customer.id, bot.id, &format!("and {round}")).unwrap();
        }
    };
    // A node comes while calls are under way, and takes two of the four.
    until_shares(&team, &[4]).await;
    say(&chats).await;
    say(&chats).await;
    let other = team.server.options.beside().start().unwrap();
    say(&chats).await;
    until_shares(&team, &[2, 2]).await;
    say(&chats).await;
    say(&chats).await;
    // The first one goes, and gives all it has to the second.
    let options = team.server.options.clone();
    let (status, log) = std::mem::replace(&mut team.server, other).stop();
    assert!(status.success(), "{log}");
    team.owner.moved_to(&team.server.url);
    until_shares(&team, &[4]).await;
    for (n, (bot, customer, _)) in chats.iter_mut().enumerate() {
        let mut case = Case::of(&team.owner, customer.id).await;
        for id in &replies[&n] {
            assert_eq!(case.until_settled(id).await["state"], "sent");
        }
        case.until_written("and 4").await;
        assert_eq!(case.written().await, ["hello", "and 0", "and 1", "and 2", "and 3", "and 4"]);
        assert_eq!(texts(&team, customer, bot), ["0", "1", "2", "3", "4"]);
    }
    assert_eq!(unclear(&team).await, 0);
    let back = options.start().unwrap();
    until_shares(&team, &[2, 2]).await;
    drop(back);
}

async fn a_killed_nodes_projects_move(database: TestDatabase) {
    let (team, mut other) = two(database, 0, &[]).await;
    let mut chats = four(&team).await;
    until_shares(&team, &[2, 2]).await;
    // It dies with a call to each customer under way.
    let hanging = Fault::always(FaultKind::Latency { ms: 5_000 }).on("sendMessage");
    team.simulator.set_fault(Scope::All, hanging).unwrap();
    let mut first = Vec::new();
    for (_, _, case) in &mut chats {
        let id = case.reply("first").await;
        case.until_tried(&id).await;
        first.push(id);
    }
    other.kill();
    team.simulator.clear_faults(Scope::All).unwrap();
    let mut unknown = 0;
    for ((bot, customer, case), id) in chats.iter_mut().zip(first) {
        team.simulator.write(customer.id, bot.id, "still there?").unwrap();
        let second = case.reply("second").await;
        case.until_written("still there?").await;
        assert_eq!(case.until(&second, "sent").await["state"], "sent");
        unknown += usize::from(case.until_settled(&id).await["state"] == "unknown");
        let got = texts(&team, customer, bot);
        assert_eq!(got.iter().filter(|text| *text == "second").count(), 1);
        assert!(got.iter().filter(|text| *text == "first").count() <= 1, "{got:?}");
    }
    assert_eq!(unknown, 2, "those of the dead node");
    until_shares(&team, &[4]).await;
}

/// Its stopwatch stood still for it, and it wakes in the belief that all is its own.
async fn a_node_that_was_frozen_does_nothing_twice(database: TestDatabase) {
    let (team, other) = two(database, 0, &[]).await;
    let mut chats = four(&team).await;
    until_shares(&team, &[2, 2]).await;
    signal("-STOP", &other);
    until_shares(&team, &[4]).await;
    let mut replies = Vec::new();
    for (bot, customer, case) in &mut chats {
        team.simulator.write(customer.id, bot.id, "still there?").unwrap();
        case.until_written("still there?").await;
        replies.push(case.reply("one").await);
        replies.push(case.reply("two").await);
    }
    signal("-CONT", &other);
    for (n, (bot, customer, case)) in chats.iter_mut().enumerate() {
        case.until(&replies[n * 2 + 1], "sent").await;
        assert_eq!(texts(&team, customer, bot), ["one", "two"]);
    }
    until_shares(&team, &[2, 2]).await;
    for (bot, customer, case) in &mut chats {
        let id = case.reply("three").await;
        case.until(&id, "sent").await;
        team.simulator.write(customer.id, bot.id, "thank you").unwrap();
        case.until_written("thank you").await;
        assert_eq!(texts(&team, customer, bot), ["one", "two", "three"]);
        assert_eq!(case.written().await, ["hello", "still there?", "thank you"]);
    }
    assert_eq!(unclear(&team).await, 0);
}

async fn a_node_that_was_struck_off_drops_its_calls_and_joins_again(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let (customer, mut case) = Case::begun(&team, "Ana").await;
    let hanging = Fault::always(FaultKind::Latency { ms: 60_000 }).on("sendMessage");
    team.simulator.set_fault(Scope::All, hanging).unwrap();
    let first = case.reply("first").await;
    case.until_tried(&first).await;
    team.simulator.clear_faults(Scope::All).unwrap();
    let look = Look::beside(&team.server);
    look.change("DELETE FROM nodes").await;
    // The call would have ended in a minute, or after the half of one that the server gives it.
    assert_eq!(case.until_settled(&first).await["state"], "unknown");
    let second = case.reply("second").await;
    case.until(&second, "sent").await;
    team.write(&customer, "thank you");
    case.until_written("thank you").await;
    assert_eq!(shares(&look).await, [1]);
}

fn signal(name: &str, server: &Server) {
    let sent = std::process::Command::new("kill").args([name, &server.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// It needs nobody's patience: the lock on its data folder says that the one before is gone.
async fn a_node_started_again_goes_on_at_once(database: TestDatabase) {
    let (team, other) = two(database, 0, &[]).await;
    let chats = four(&team).await;
    until_shares(&team, &[2, 2]).await;
    let look = Look::beside(&team.server);
    let held = "SELECT leases.id FROM leases JOIN nodes ON run = holder WHERE nodes.name LIKE '%' || $1 ORDER BY leases.id";
    let address = |server: &Server| db::Value::from(server.url.rsplit(':').next().unwrap());
    let before = look.rows(held, &[address(&other)], |row| row.get::<String>("id")).await;
    let other = other.restart();
    let after = look.rows(held, &[address(&other)], |row| row.get::<String>("id")).await;
    assert_eq!((before.len(), &before), (2, &after), "when it listens, its projects are its own again");
    for (bot, customer, mut case) in chats {
        team.simulator.write(customer.id, bot.id, "still there?").unwrap();
        case.until_written("still there?").await;
    }
}

async fn a_paused_project_stops_at_another_node(database: TestDatabase) {
    let (team, other) = two(database, 0, &[]).await;
    until_shares(&team, &[0, 1]).await;
    // Whichever node has it, the other one is told to pause it.
    for (browser, state, shares) in [
        (team.owner.at(&other.url), "paused", [0, 0]),
        (team.owner.clone(), "active", [0, 1]),
        (team.owner.clone(), "paused", [0, 0]),
    ] {
        let path = format!("/api/projects/{}", team.project);
        // Its health is reported meanwhile, which is another version of it.
        eventually(state, async || {
            let version = browser.get(&path).await.ok()["version"].as_i64().unwrap();
            let answer = browser.patch(&path, version, json!({ "state": state })).await;
            (answer.status != 412).then(|| answer.ok())
        })
        .await;
        until_shares(&team, &shares).await;
    }
}

async fn a_second_node_needs_the_same_media_folder(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let mut apart = team.server.options.beside();
    apart.environment.retain(|(name, _)| name != "TELEDESK_MEDIA");
    let words = apart.clone().start().err().expect("it refuses");
    assert!(words.contains("is not the media folder of the server that runs as"), "{words}");
    assert!(words.contains("--media"), "{words}");
    assert!(apart.data.join("media").exists(), "it had one of its own");
    until_shares(&team, &[1]).await;
    let other = team.server.options.beside().start().unwrap();
    until_shares(&team, &[0, 1]).await;
    // A copy of the mark is no other folder to anybody; a folder without any is one.
    std::fs::remove_file(apart.data.join("media/teledesk-media-id")).unwrap();
    assert!(apart.clone().start().is_err());
    drop(other);
}

async fn an_older_node_runs_beside_a_newer_schema_it_can_live_with(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let (customer, mut case) = Case::begun(&team, "Ana").await;
    let look = Look::beside(&team.server);
    let newest = look.number("SELECT MAX(number) AS n FROM schema_migrations", &[]).await;
    // What a newer one would do while this one serves: a column more, which this one needn't know.
    look.change("ALTER TABLE messages ADD COLUMN mood TEXT").await;
    look.change("ALTER TABLE projects ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'").await;
    look.change(&format!("INSERT INTO schema_migrations VALUES ({newest} + 1, 'moods', 'x', {newest})"))
        .await;
    let id = case.reply("before").await;
    case.until(&id, "sent").await;
    team.write(&customer, "after");
    case.until_written("after").await;
    let other = team.server.options.beside().start().unwrap();
    converse(&team, &other, "Ben").await;
    // And then something that it can't live with.
    look.change(&format!(
        "INSERT INTO schema_migrations VALUES ({newest} + 2, 'no_moods', 'x', {newest} + 2)"
    ))
    .await;
    let words = team.server.options.beside().start().err().expect("it refuses");
    assert!(words.contains("made by a newer version"), "{words}");
    converse(&team, &other, "Cleo").await;
}
