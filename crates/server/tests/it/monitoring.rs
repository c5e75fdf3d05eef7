//! What monitoring sees: health, readiness, figures; and requests that can be found in the log.

use reqwest::Method;
use serde_json::Value;
use simulator::{Fault, FaultKind, Scope};
use tempfile::TempDir;
use testkit::app::{Browser, ServerOptions, Team, eventually, simulator};
use testkit::databases::TestDatabase;

use crate::case::Case;

testkit::both_databases!(readiness_and_figures);
testkit::on_sqlite!(figures_behind_a_token, requests_are_found_in_the_log);

async fn with(database: TestDatabase, more: &[&str]) -> Team {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(more).start().unwrap();
    Team::on(simulator, server, database, 0).await
}

/// The value of a sample whose line begins so.
fn value(page: &str, begin: &str) -> f64 {
    let line = page.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin}\n{page}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

async fn readiness_and_figures(database: TestDatabase) {
    let team = with(database, &["--metrics-listen", "127.0.0.1:0"]).await;
    let (portal, monitor) =
        (Browser::new(&team.server.url), Browser::new(team.server.monitoring.as_ref().unwrap()));
    for browser in [&portal, &monitor] {
        assert_eq!(browser.get("/healthz").await.text, "ok");
        let ready = browser.get("/readyz").await;
        assert_eq!((ready.status.as_u16(), ready.text.as_str()), (200, "ready"));
    }
    portal.get("/metrics").await.refused(404, "not_found");
    monitor.get("/api/site").await.refused(404, "not_found");

    let (_, mut case) = Case::begun(&team, "Ana").await;
    let sent = case.reply("hello").await;
    case.until(&sent, "sent").await;
    let ben = team.customer("Ben");
    team.write(&ben, "anybody?");
    team.session(&team.owner, &ben, "waiting").await;
    portal.log_in("owner", "not the password").await.refused(401, "wrong_credentials");
    let page = monitor.get("/metrics").await.text;
    let project = &team.project;
    for (begin, least) in [
        (format!("teledesk_updates_total{{project=\"{project}\",outcome=\"applied\"}}"), 2.0),
        (format!("teledesk_replies_total{{project=\"{project}\",outcome=\"sent\"}}"), 1.0),
        (format!("teledesk_sessions_waiting{{project=\"{project}\"}}"), 1.0),
        ("teledesk_telegram_call_seconds_count{method=\"sendMessage\",outcome=\"ok\"}".to_owned(), 1.0),
        ("teledesk_sockets_connected".to_owned(), 1.0),
        ("teledesk_logins_total{outcome=\"refused\"}".to_owned(), 1.0),
        ("teledesk_http_request_seconds_count{route=\"/api/sessions/{id}/messages\",method=\"POST\",status=\"2xx\"}".to_owned(), 1.0),
        ("teledesk_db_commit_seconds_count".to_owned(), 1.0),
        ("teledesk_db_wait_seconds_count{mode=\"write\"}".to_owned(), 1.0),
        ("teledesk_events_delivered_total".to_owned(), 1.0),
        ("process_resident_memory_bytes".to_owned(), 1e6),
        ("teledesk_build_info".to_owned(), 1.0),
    ] {
        assert!(value(&page, &begin) >= least, "{begin}\n{page}");
    }
    assert!(!page.contains("Ana") && !page.contains(&case.customer), "never by customer");

    // During a stop it is not ready, says so at once, and is asked to the end.
    let slow = Fault::always(FaultKind::Latency { ms: 3_000 }).on("sendMessage");
    team.simulator.set_fault(Scope::Bot(team.bot.id), slow).unwrap();
    let under_way = case.reply("slow").await;
    case.until_tried(&under_way).await;
    team.server.terminate();
    eventually("it says that it stops", async || {
        let ready = monitor.try_send(Method::GET, "/readyz", None, None).await.ok()?;
        assert!(ready.status == 200 || ready.status == 503, "{}", ready.text);
        (ready.status == 503).then(|| assert_eq!(ready.text, "the server is stopping"))
    })
    .await;
    assert_eq!(monitor.get("/healthz").await.status, 200);
    let (status, log) = team.server.wait();
    assert!(status.success(), "{log}");
}

async fn figures_behind_a_token(database: TestDatabase) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "a-token-that-is-long-enough\n").unwrap();
    let team = with(database, &["--metrics-token-file", &file.display().to_string()]).await;
    let portal = Browser::new(&team.server.url);
    let ask = |sent: &str| portal.request(Method::GET, "/metrics").header("authorization", sent);
    portal.get("/metrics").await.refused(404, "not_found");
    for wrong in ["Bearer ", "Bearer another-token", "a-token-that-is-long-enough", "Basic x"] {
        portal.fetch(ask(wrong)).await.refused(404, "not_found");
    }
    let page = portal.fetch(ask("Bearer a-token-that-is-long-enough")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("teledesk_build_info"));
}

async fn requests_are_found_in_the_log(database: TestDatabase) {
    let more = ["--log", "debug", "--log-format", "json", "--trusted-proxy", "127.0.0.1"];
    let team = with(database, &more).await;
    let ask =
        |id: &str| team.owner.request(Method::GET, "/api/me?secret=inthequery").header("x-request-id", id);
    let given = team.owner.fetch(ask("given-by-the-proxy.1")).await;
    assert_eq!(given.headers["x-request-id"], "given-by-the-proxy.1");
    let made = team.owner.fetch(ask("{not an id}")).await;
    let made = made.headers["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(made.len(), 36);
    let other = team.owner.get("/api/me").await.headers["x-request-id"].clone();
    assert_ne!(other, made.as_str());
    let (status, log) = team.server.stop();
    assert!(status.success(), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let line = lines.iter().find(|line| line["span"]["request.id"] == made.as_str()).expect("the request");
    assert_eq!(
        (&line["span"]["http.route"], &line["http.status"]),
        (&"/api/me".into(), &200.into()),
        "{line}"
    );
    assert!(line["span"]["member.id"].is_string() && line["duration.ms"].is_u64(), "{line}");
    assert!(!log.contains("inthequery"));
}
