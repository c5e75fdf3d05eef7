//! Nothing lost, nothing doubled with two nodes: one or the other is killed again and again while customers of several projects
//! write and agents answer through both.

use std::collections::HashMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use simulator::{CustomerInfo, Fault, FaultKind, Scope};
use testkit::app::{Browser, Server, Team, eventually};
use testkit::databases::TestDatabase;
use tokio::sync::watch;
use tokio::time::interval;

use crate::case::timeline;
use crate::kill::{REPLIES, check_replies, incoming, insist};
use crate::look::Look;

const PROJECTS: usize = 5;
const CUSTOMERS: usize = 50;
const MESSAGES: usize = 1_500;
const AGENTS: usize = 4;
const KILLS: u32 = 6;
/// How fast customers and agents write, together each: for as long as the lives of the nodes take.
const MESSAGES_PER_SECOND: f64 = 60.0;
const REPLIES_PER_SECOND: f64 = 16.0;

testkit::on_postgres!(nothing_lost_nothing_doubled_on_two_nodes);

/// A customer of one project, their session, and the agent who has it.
#[derive(Clone)]
struct Chat {
    bot: i64,
    customer: CustomerInfo,
    session: String,
    id: String,
    agent: usize,
}

async fn nothing_lost_nothing_doubled_on_two_nodes(database: TestDatabase) {
    let seed = std::env::var("TELEDESK_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random::<u64>);
    eprintln!("the same run again: TELEDESK_TEST_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);

    let team = Team::new(crate::TELEDESK, database, AGENTS).await;
    let slow = Fault::always(FaultKind::Latency { ms: 40 }).on("sendMessage");
    team.simulator.set_fault(Scope::All, slow).unwrap();
    let other = team.server.options.beside().start().unwrap();
    let chats = served(&team).await;
    let lives = [watch::channel(0).0, watch::channel(0).0];
    let writing =
        tokio::spawn(write(team.simulator.clone(), chats.clone(), StdRng::seed_from_u64(dice.random())));
    let answering: Vec<_> = (0..AGENTS)
        .map(|n| {
            // The agents of odd numbers sit at the other node.
            let own = chats.iter().filter(|chat| chat.agent == n).map(|chat| chat.session.clone()).collect();
            let browser = team.agents[n].at(if n % 2 == 0 { &team.server.url } else { &other.url });
            let dice = StdRng::seed_from_u64(dice.random());
            (browser.clone(), tokio::spawn(answer(browser, own, lives[n % 2].subscribe(), dice)))
        })
        .collect();

    let Team { server, owner, .. } = &team;
    let look = Look::beside(server);
    let mut nodes: [Option<Server>; 2] = [None, Some(other)];
    let mut first = Some(server);
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..2_500))).await;
        let which = dice.random_range(0..2);
        let options = match (which, first.take()) {
            (0, Some(server)) => {
                kill_by_id(server.id());
                server.options.clone()
            }
            (_, still) => {
                first = still;
                let Some(mut node) = nodes[which].take() else {
                    unreachable!("each lives between two kills")
                };
                node.kill();
                node.options.clone()
            }
        };
        // Mostly it comes back at once; once in a while the other one has to take everything over before.
        if kill % 3 == 2 {
            until_one_has_all(&look).await;
        }
        let node = options.start().unwrap();
        for (n, (browser, _)) in answering.iter().enumerate() {
            if n % 2 == which {
                browser.moved_to(&node.url);
            }
        }
        owner.moved_to(&node.url);
        nodes[which] = Some(node);
        lives[which].send_modify(|life| *life += 1);
    }
    let written = writing.await.unwrap();
    let mut accepted = HashMap::new();
    for (_, agent) in answering {
        accepted.extend(agent.await.unwrap());
    }
    assert_eq!(accepted.len(), CUSTOMERS * REPLIES);
    let unknown = check(&team, &look, &chats, &written, &accepted).await;
    eprintln!("{unknown} of {} replies are unknown after {KILLS} kills", accepted.len());
    assert!(unknown <= usize::try_from(KILLS).unwrap() * CUSTOMERS, "at most one of a chat at each");
}

/// Waits until all is through, and compares what everybody wrote with what everybody got: how many replies are unknown.
async fn check(
    team: &Team,
    look: &Look,
    chats: &[Chat],
    written: &HashMap<i64, Vec<String>>,
    accepted: &HashMap<String, String>,
) -> usize {
    eventually("every update is confirmed and no reply is left", async || {
        let pending: usize = team
            .simulator
            .bots()
            .iter()
            .map(|bot| team.simulator.bot_stats(bot.id).unwrap().pending_updates)
            .sum();
        (pending == 0 && look.jobs().await == 0).then_some(())
    })
    .await;
    let mut unknown = 0;
    for chat in chats {
        let timeline = timeline(&team.owner, &chat.id).await;
        assert_eq!(
            incoming(&timeline),
            written[&chat.customer.id],
            "what {} wrote",
            chat.customer.first_name
        );
        let got: Vec<_> = team
            .simulator
            .chat(chat.customer.id, chat.bot)
            .unwrap()
            .into_iter()
            .map(|message| (message.from, message.text))
            .collect();
        unknown += check_replies(&timeline, &got, accepted).len();
    }
    unknown
}

fn kill_by_id(id: u32) {
    let killed = std::process::Command::new("kill").args(["-KILL", &id.to_string()]).status();
    assert!(killed.unwrap().success());
}

async fn until_one_has_all(look: &Look) {
    let sql = "SELECT COUNT(*) AS n FROM leases JOIN nodes ON run = holder
        WHERE (SELECT COUNT(*) FROM nodes) = 1";
    let all = i64::try_from(PROJECTS).unwrap();
    eventually("one node has every project", async || (look.number(sql, &[]).await == all).then_some(()))
        .await;
}

/// Everybody writes once to their project, and every session gets its agent.
async fn served(team: &Team) -> Vec<Chat> {
    let mut bots = vec![team.bot.id];
    for n in 1..PROJECTS {
        bots.push(team.add_project(&format!("Shop {n}")).await.0.id);
    }
    let customers: Vec<_> = (0..CUSTOMERS).map(|n| team.customer(&format!("Customer {n}"))).collect();
    for (n, customer) in customers.iter().enumerate() {
        team.simulator.write(customer.id, bots[n % PROJECTS], "0").unwrap();
    }
    let sessions = eventually("all sessions", async || {
        let page = team.owner.get("/api/sessions?tab=all&limit=200").await.ok();
        page["items"].as_array().filter(|items| items.len() == CUSTOMERS).cloned()
    })
    .await;
    let mut chats = Vec::new();
    for (n, customer) in customers.into_iter().enumerate() {
        let session = sessions.iter().find(|it| it["customer"]["telegram_id"] == customer.id).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let (id, session_id) = (text(&session["customer"]["id"]), text(&session["id"]));
        let agent = if let Some(name) = session["assignee"]["name"].as_str() {
            name.strip_prefix("agent").unwrap().parse().unwrap()
        } else {
            team.agents[n % AGENTS].post(&format!("/api/sessions/{session_id}/take"), json!({})).await.ok();
            n % AGENTS
        };
        chats.push(Chat { bot: bots[n % PROJECTS], customer, session: session_id, id, agent });
    }
    chats
}

/// The customers write: what each of them wrote, by Telegram id.
async fn write(
    simulator: simulator::Simulator,
    chats: Vec<Chat>,
    mut dice: StdRng,
) -> HashMap<i64, Vec<String>> {
    let mut written: HashMap<_, _> =
        chats.iter().map(|chat| (chat.customer.id, vec!["0".to_owned()])).collect();
    let mut clock = interval(Duration::from_secs_f64(1.0 / MESSAGES_PER_SECOND));
    for n in CUSTOMERS..MESSAGES {
        clock.tick().await;
        let chat = &chats[dice.random_range(0..CUSTOMERS)];
        simulator.write(chat.customer.id, chat.bot, &n.to_string()).unwrap();
        written.entry(chat.customer.id).or_default().push(n.to_string());
    }
    written
}

/// An agent answers their sessions: the accepted message ids with their texts.
async fn answer(
    browser: Browser,
    own: Vec<String>,
    mut life: watch::Receiver<u32>,
    mut dice: StdRng,
) -> HashMap<String, String> {
    let mut replies: Vec<_> = (0..REPLIES).flat_map(|_| &own).collect();
    replies.shuffle(&mut dice);
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let mut clock = interval(Duration::from_secs_f64(AGENTS as f64 / REPLIES_PER_SECOND));
    let mut accepted = HashMap::new();
    for session in replies {
        clock.tick().await;
        let text = format!("reply {:x}", dice.random::<u64>());
        let message = insist(&browser, session, &text, &mut life).await.unwrap();
        accepted.insert(message, text);
    }
    accepted
}
