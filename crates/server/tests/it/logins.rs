//! One live login per member.

use serde_json::json;
use testkit::app::{Browser, PASSWORD, Server, ServerOptions, Socket, Team, simulator};
use testkit::databases::TestDatabase;

/// A server whose sockets beat every second.
async fn beating(database: TestDatabase, agents: usize) -> Team {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(&["--beat-seconds", "1"]).start().unwrap();
    Team::on(simulator, server, database, agents).await
}

/// Reads a socket to its end, which must be that of the login.
async fn is_thrown_out(socket: &mut Socket, code: &str) {
    let last = socket.rest().await.pop().expect("a last frame");
    assert_eq!(last, json!({ "type": "signed_out", "code": code }));
    assert_eq!(socket.closed, Some(4401));
}

async fn a_second_login_throws_the_first_out(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let first = &team.agents[0];
    let mut sockets = [first.events(None).await, first.events(None).await];
    for socket in &mut sockets {
        socket.hello().await;
    }
    let second = Browser::new(&team.server.url);
    second.log_in("agent0", "a wrong password").await.refused(401, "wrong_credentials");
    first.put("/api/me/status", json!({ "status": "busy" })).await.ok();
    for socket in &mut sockets {
        socket.until("the first is still there", |event| event["member"]["status"] == "busy").await;
    }

    second.log_in("agent0", PASSWORD).await.ok();
    for socket in &mut sockets {
        is_thrown_out(socket, "signed_in_elsewhere").await;
    }
    first.get("/api/me").await.refused(401, "signed_in_elsewhere");
    let upgrade = first.request(reqwest::Method::GET, "/api/events").header("connection", "upgrade");
    first.fetch(upgrade.header("upgrade", "websocket")).await.refused(401, "signed_in_elsewhere");
    assert_eq!(Socket::open(&first.base(), first.cookie().as_deref(), None).await.err(), Some(401));
    // The status is the member's, not the browser's; and who was thrown out can't sign the other out.
    first.delete("/api/logins/current").await.refused(401, "signed_in_elsewhere");
    assert_eq!(second.get("/api/me").await.ok()["status"], "busy");
}

async fn logging_out_ends_the_socket_and_sets_offline(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let agent = &team.agents[0];
    let mut socket = agent.events(None).await;
    socket.hello().await;
    let kept = Browser::new(&team.server.url);
    let cookie = agent.cookie().unwrap();

    agent.delete("/api/logins/current").await.ok();
    is_thrown_out(&mut socket, "signed_out").await;
    assert_eq!(agent.cookie(), None, "the browser forgets it");
    let old = kept.request(reqwest::Method::GET, "/api/me").header("cookie", cookie);
    kept.fetch(old).await.refused(401, "signed_out");
    let members = team.owner.get("/api/members").await.ok();
    assert_eq!(members["items"][1]["status"], "offline");
}

async fn the_operator_resets_the_owner_while_the_server_runs(database: TestDatabase) {
    let team = beating(database, 0).await;
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    reset(&team.server, "a new password");
    is_thrown_out(&mut socket, "signed_out").await;
    team.owner.get("/api/me").await.refused(401, "signed_out");
    team.owner.log_in("owner", PASSWORD).await.refused(401, "wrong_credentials");
    team.owner.log_in("owner", "a new password").await.ok();

    // Who has no socket learns it with the next request.
    reset(&team.server, "another new password");
    team.owner.get("/api/me").await.refused(401, "signed_out");
}

/// A stop is no end of the login: the browser is told to come again.
async fn a_stop_closes_the_socket_in_order(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let mut socket = team.agents[0].events(None).await;
    socket.hello().await;
    let Team { server, database, .. } = team;
    let stopping = tokio::task::spawn_blocking(|| server.stop());
    assert!(socket.rest().await.iter().all(|frame| frame["type"] == "events"));
    assert_eq!(socket.closed, Some(1001));
    assert!(stopping.await.unwrap().0.success());
    drop(database);
}

fn reset(server: &Server, password: &str) {
    let arguments = ["owner", "reset", "--password-stdin"];
    let (status, said, words) = server.options.run_with_input(&arguments, &format!("{password}\n"));
    assert!(status.success(), "{words}");
    assert_eq!(said, "Login name: owner\n", "a password that was given is not printed");
}

testkit::both_databases!(
    a_second_login_throws_the_first_out,
    logging_out_ends_the_socket_and_sets_offline,
    the_operator_resets_the_owner_while_the_server_runs,
);
testkit::on_sqlite!(a_stop_closes_the_socket_in_order);
