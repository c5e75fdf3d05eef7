//! Clients that mean no good, or are just slow.

use std::time::Duration;

use futures_util::future::join_all;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use testkit::app::{Browser, PATIENCE, Server, ServerOptions, Team, eventually, simulator};
use testkit::databases::TestDatabase;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, interval, timeout};

async fn connect(base: &str) -> TcpStream {
    TcpStream::connect(base.trim_start_matches("http://")).await.expect("the server listens")
}

/// What comes until the server closes the line; however it does.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server cuts the line");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends a byte now and then until the server closes the line: what came, and how long it took.
async fn dribble(base: &str, head: &str) -> (String, Duration) {
    let (began, mut ticks) = (Instant::now(), interval(Duration::from_millis(300)));
    let (mut reader, mut writer) = connect(base).await.into_split();
    writer.write_all(head.as_bytes()).await.unwrap();
    let writing = async {
        loop {
            ticks.tick().await;
            if writer.write_all(b"x").await.is_err() {
                return;
            }
        }
    };
    let reading = async {
        let mut bytes = Vec::new();
        let _ = reader.read_to_end(&mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let both = async {
        tokio::pin!(reading);
        tokio::select! {
            answer = &mut reading => answer,
            () = writing => reading.await,
        }
    };
    (timeout(PATIENCE, both).await.expect("the server cuts the line"), began.elapsed())
}

async fn slow_clients_are_cut(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let base = team.server.url.clone();
    let body = format!(
        "POST /api/logins HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n{{\"login_name\": \"",
        base.trim_start_matches("http://")
    );
    let idle = async {
        let mut stream = connect(&base).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        answer(&mut stream).await
    };
    let silent = async { answer(&mut connect(&base).await).await };
    let (head, body, idle, silent) =
        tokio::join!(dribble(&base, "GET /api/me HTTP/1.1\r\nx-slow: "), dribble(&base, &body), idle, silent);
    assert_eq!((head.0.as_str(), silent.as_str()), ("", ""), "who sends no head gets no answer");
    assert!(body.0.starts_with("HTTP/1.1 408") && body.0.contains("\"too_slow\""), "{}", body.0);
    assert!(idle.starts_with("HTTP/1.1 200") && idle.ends_with("ok"), "{}", idle);
    assert!(head.1 < PATIENCE && body.1 < PATIENCE);
    team.owner.get("/api/me").await.ok();
}

/// As many files as this process may open.
fn raise_own_limit() -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    maximum.map_or(usize::MAX, |maximum| usize::try_from(maximum).unwrap())
}

async fn idle_connections_are_no_burden(database: TestDatabase) {
    let many = raise_own_limit().saturating_sub(500).min(2000);
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let before = memory(&team.server);
    let mut idle = Vec::new();
    for _ in 0..many {
        idle.push(connect(&team.server.url).await);
    }
    let ana = team.customer("Ana");
    team.write(&ana, "hello");
    let session = team.session(&team.agents[0], &ana, "open").await;
    team.agents[0].reply(session["id"].as_str().unwrap(), "yes?").await.1.ok();
    let grown = memory(&team.server).saturating_sub(before);
    assert!(
        grown < 100 << 20,
        "{many} connections cost {} KB each",
        grown / 1024 / u64::try_from(many).unwrap()
    );
}

/// With hardly any files to open, idle connections take none that the database or Telegram needs; and who comes when all
/// places are taken waits until the idle ones are cut.
async fn connections_never_take_all_files(database: TestDatabase) {
    raise_own_limit();
    let simulator = simulator().await;
    let mut options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    options.under = ["sh", "-c", "ulimit -n 300 && exec \"$@\"", "sh"].map(str::to_owned).to_vec();
    let team = Team::on(simulator, options.start().unwrap(), database, 1).await;
    let mut idle = Vec::new();
    for _ in 0..160 {
        idle.push(connect(&team.server.url).await);
    }
    let look = crate::look::Look::beside(&team.server);
    let ana = team.customer("Ana");
    team.write(&ana, "hello");
    let sql = "SELECT COUNT(*) AS n FROM messages WHERE direction = 'in'";
    eventually("messages still arrive", async || (look.number(sql, &[]).await == 1).then_some(())).await;
    Browser::new(&team.server.url).get("/healthz").await;
    team.session(&team.agents[0], &ana, "open").await;
}

/// The memory a server had in use at most, in bytes.
fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

async fn many_logins_at_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let before = memory(&team.server);
    let stranger = Browser::new(&team.server.url);
    let answers = join_all((0..300).map(|n| {
        let name = if n % 2 == 0 { "agent0" } else { "nobody" };
        let login = json!({ "login_name": name, "password": format!("wrong password {n}") });
        stranger.post("/api/logins", login)
    }))
    .await;
    for answer in &answers {
        if answer.status == 503 {
            answer.refused(503, "busy");
            assert!(answer.headers.contains_key("retry-after"));
        } else if answer.status == 429 {
            answer.refused(429, "too_many_attempts");
            assert!(answer.headers.contains_key("retry-after"));
        } else {
            answer.refused(401, "wrong_credentials");
        }
    }
    // Most are refused before anything is computed.
    let verified = answers.iter().filter(|answer| answer.status == 401).count();
    assert!((1..=10).contains(&verified), "{verified}");
    let cores = u64::try_from(std::thread::available_parallelism().unwrap().get()).unwrap();
    let grown = memory(&team.server).saturating_sub(before);
    assert!(grown < (cores * 19 + 100) << 20, "grown by {} MB", grown >> 20);
    team.agents[0].get("/api/me").await.ok();
}

async fn garbage_on_the_line(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let base = team.server.url.clone();
    let pipelined = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".repeat(50) + "rubbish\r\n\r\n";
    let smuggled = "POST /api/logins HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /api/me HTTP/1.1\r\n\r\n";
    let twice = "POST /api/logins HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcde";
    let chunk = "POST /api/logins HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n";
    let rubbish: Vec<Vec<u8>> = vec![
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET /\x00 HTTP/1.1\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"\r\n\r\n\r\n\r\nnonsense".to_vec(),
        vec![0; 200_000],
        (0..=255).cycle().take(200_000).collect(),
        pipelined.clone().into_bytes(),
        twice.into(),
        chunk.into(),
    ];
    for bytes in rubbish {
        let mut stream = connect(&base).await;
        // It may be cut while it still talks.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let said = answer(&mut stream).await;
        assert!(!said.contains("panicked") && !said.contains("HTTP/1.1 500"), "{said}");
        team.owner.get("/api/me").await.ok();
    }
    let mut stream = connect(&base).await;
    stream.write_all(pipelined.as_bytes()).await.unwrap();
    let said = answer(&mut stream).await;
    assert_eq!(said.matches("HTTP/1.1 200").count(), 50);
    assert_eq!(said.matches("HTTP/1.1 400").count(), 1);
    let mut stream = connect(&base).await;
    stream.write_all(smuggled.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert!(!answer(&mut stream).await.contains("HTTP/1.1 200"));
}

testkit::on_sqlite!(
    slow_clients_are_cut,
    idle_connections_are_no_burden,
    connections_never_take_all_files,
    many_logins_at_once,
    garbage_on_the_line,
);
