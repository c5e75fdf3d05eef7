//! A stop in the middle of work: what was answered is stored, each reply goes once at most, and the process ends in order.

use reqwest::Method;
use serde_json::json;
use simulator::{Author, Fault, FaultKind, Scope};
use testkit::app::{Browser, Socket, Team, eventually};
use testkit::databases::TestDatabase;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::case::Case;
use crate::look::Look;

testkit::both_databases!(no_accepted_request_is_lost);
testkit::on_sqlite!(a_second_signal_ends_it_at_once);

const AGENTS: usize = 4;
const BEFORE_THE_STOP: usize = 40;

/// What the server accepted: a reply with its text, or a session that was taken.
enum Accepted {
    Reply { id: String, text: String },
    Taken { session: String },
}

/// Takes sessions and answers in them until the server is gone.
fn work(
    browser: Browser,
    sessions: Vec<String>,
    told: mpsc::UnboundedSender<()>,
) -> JoinHandle<Vec<Accepted>> {
    tokio::spawn(async move {
        let mut accepted = Vec::new();
        for round in 0.. {
            for session in &sessions {
                let take = (round == 0).then(|| format!("/api/sessions/{session}/take"));
                let text = format!("{round} in {session}");
                let (path, body) = take.clone().map_or_else(
                    || {
                        (
                            format!("/api/sessions/{session}/messages"),
                            json!({ "client_id": uuid::Uuid::new_v4().to_string(), "text": text }),
                        )
                    },
                    |path| (path, json!({})),
                );
                match browser.try_send(Method::POST, &path, Some(body), None).await {
                    Ok(answer) if answer.status.is_success() => accepted.push(match take {
                        Some(_) => Accepted::Taken { session: session.clone() },
                        None => Accepted::Reply { id: answer.body["id"].as_str().unwrap().to_owned(), text },
                    }),
                    Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.text),
                    Err(_) => return accepted,
                }
                let _ = told.send(());
            }
        }
        accepted
    })
}

async fn no_accepted_request_is_lost(database: TestDatabase) {
    let mut team = Team::new(crate::TELEDESK, database, AGENTS).await;
    // They take their sessions by hand.
    for agent in &team.agents {
        agent.put("/api/me/status", json!({ "status": "offline" })).await.ok();
    }
    let customers: Vec<_> = (0..AGENTS * 3).map(|n| team.customer(&format!("Customer {n}"))).collect();
    let mut sessions = Vec::new();
    for customer in &customers {
        team.write(customer, "hello");
        let session = team.session(&team.owner, customer, "waiting").await;
        sessions.push(session["id"].as_str().unwrap().to_owned());
    }
    let mut socket: Socket = team.owner.events(None).await;
    socket.hello().await;
    let (told, mut steps) = mpsc::unbounded_channel();
    let working: Vec<_> = sessions
        .chunks(3)
        .zip(&team.agents)
        .map(|(own, agent)| work(agent.clone(), own.to_vec(), told.clone()))
        .collect();
    for _ in 0..BEFORE_THE_STOP {
        steps.recv().await.unwrap();
    }
    let options = team.server.options.clone();
    let (status, log) = tokio::task::block_in_place(|| team.server.stop());
    assert!(status.success(), "{status}\n{log}");
    socket.rest().await;
    assert_eq!(socket.closed, Some(1001));
    let mut accepted = Vec::new();
    for agent in working {
        accepted.extend(agent.await.unwrap());
    }

    let look = Look::of(&options);
    let (mut replies, mut taken) = (Vec::new(), 0);
    for one in accepted {
        let (sql, id) = match &one {
            Accepted::Reply { id, .. } => ("SELECT COUNT(*) AS n FROM messages WHERE id = $1", id),
            Accepted::Taken { session } => {
                ("SELECT COUNT(*) AS n FROM sessions WHERE id = $1 AND state = 'open'", session)
            }
        };
        assert_eq!(look.number(sql, &[id.as_str().into()]).await, 1, "accepted, and not there: {id}\n{log}");
        match one {
            Accepted::Reply { text, .. } => replies.push(text),
            Accepted::Taken { .. } => taken += 1,
        }
    }
    assert!(taken > 0 && replies.len() + taken >= BEFORE_THE_STOP);
    let unclear = "SELECT COUNT(*) AS n FROM messages WHERE delivery IN ('sending', 'unknown', 'failed')";
    assert_eq!(look.number(unclear, &[]).await, 0, "{log}");

    // What waits is sent after the next start; each reply once.
    team.server = options.start().unwrap();
    eventually("all are sent", async || (look.jobs().await == 0).then_some(())).await;
    assert_eq!(look.number(unclear, &[]).await, 0);
    let mut got: Vec<_> = customers
        .iter()
        .flat_map(|customer| team.chat(customer))
        .filter(|(author, _)| *author == Author::Bot)
        .map(|(_, text)| text)
        .collect();
    got.sort();
    let all = got.len();
    got.dedup();
    assert_eq!(got.len(), all, "twice");
    assert!(replies.iter().all(|text| got.contains(text)));
}

async fn a_second_signal_ends_it_at_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let (_, mut case) = Case::begun(&team, "Ana").await;
    team.simulator.set_fault(Scope::Bot(team.bot.id), Fault::always(FaultKind::Hang)).unwrap();
    let reply = case.reply("into the void").await;
    case.until_tried(&reply).await;
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    team.server.terminate();
    // The first was heard: sockets are closed, and the call is waited for.
    socket.rest().await;
    assert_eq!(socket.closed, Some(1001));
    let (status, log) = tokio::task::block_in_place(|| team.server.stop());
    assert_eq!(status.code(), Some(130), "{log}");
}
