//! Nothing lost, nothing doubled: the server is killed again and again while customers write and agents answer.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::{Author, CustomerInfo, Fault, FaultKind, Options, Scope, Simulator, WebhookPace};
use testkit::app::{Browser, ServerOptions, Team, eventually};
use testkit::databases::TestDatabase;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::case::timeline;
use crate::look::Look;

const CUSTOMERS: usize = 50;
const MESSAGES: usize = 2_000;
const AGENTS: usize = 4;
/// Replies to each customer: with a burst of five and one a second after that, they are through in seconds.
pub(crate) const REPLIES: usize = 8;
const KILLS: u32 = 10;
/// How fast customers and agents write, together each: for as long as ten lives of the server take.
const MESSAGES_PER_SECOND: f64 = 150.0;
const REPLIES_PER_SECOND: f64 = 30.0;

testkit::both_databases!(nothing_lost_nothing_doubled, nothing_lost_nothing_doubled_over_webhooks);

async fn nothing_lost_nothing_doubled(database: TestDatabase) {
    kill_again_and_again(Team::new(crate::TELEDESK, database, AGENTS).await).await;
}

async fn nothing_lost_nothing_doubled_over_webhooks(database: TestDatabase) {
    // The server is back within moments, and so is Telegram.
    let webhook = WebhookPace {
        first_retry: Duration::from_millis(50),
        longest_retry: Duration::from_millis(200),
        ..WebhookPace::default()
    };
    let options = Options { enforce_limits: false, webhook, ..Options::default() };
    let simulator = Simulator::start(options).await.unwrap();
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.at_public_address().start().unwrap();
    let team = Team::on(simulator, server, database, AGENTS).await;
    team.deliver_by_webhook().await;
    kill_again_and_again(team).await;
}

async fn kill_again_and_again(mut team: Team) {
    let seed = std::env::var("TELEDESK_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random::<u64>);
    eprintln!("the same run again: TELEDESK_TEST_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);

    // Calls take a moment, so that some are under way whenever the server dies.
    let slow = Fault::always(FaultKind::Latency { ms: 40 }).on("sendMessage");
    team.simulator.set_fault(Scope::All, slow).unwrap();
    let customers: Vec<_> = (0..CUSTOMERS).map(|n| team.customer(&format!("Customer {n}"))).collect();
    let cases = served(&team, &customers).await;

    let (lives, life) = watch::channel(0);
    let writing = write(team.simulator.clone(), team.bot.id, customers.clone(), dice.random());
    let answering: Vec<_> = (0..AGENTS)
        .map(|n| {
            let (own, foreign): (Vec<_>, Vec<_>) = cases.iter().cloned().partition(|case| case.agent == n);
            let foreign = foreign[0].clone();
            let dice = StdRng::seed_from_u64(dice.random());
            tokio::spawn(answer(team.agents[n].clone(), own, foreign, life.clone(), dice))
        })
        .collect();

    let mut claimed = BTreeSet::new();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..1_200))).await;
        team.server.kill();
        claimed.extend(in_flight(&team).await);
        team.server = team.server.again().unwrap();
        for browser in team.agents.iter().chain([&team.owner]) {
            browser.moved_to(&team.server.url);
        }
        lives.send_modify(|life| *life += 1);
    }
    let written = writing.await.unwrap();
    let mut accepted = HashMap::new();
    for agent in answering {
        accepted.extend(agent.await.unwrap());
    }
    assert_eq!(accepted.len(), CUSTOMERS * REPLIES);

    settled(&team).await;
    let mut unknown = BTreeSet::new();
    for (customer, case) in customers.iter().zip(&cases) {
        let timeline = timeline(&team.owner, &case.customer).await;
        assert_eq!(incoming(&timeline), written[&customer.id], "what {} wrote", customer.first_name);
        unknown.extend(check_replies(&timeline, &team.chat(customer), &accepted));
    }
    eprintln!("{} of {} replies were under way at a kill", claimed.len(), accepted.len());
    assert_eq!(unknown, claimed, "unknown is what was under way at a kill, and nothing else");
}

/// A session, and who serves it.
#[derive(Clone)]
struct Case {
    session: String,
    customer: String,
    agent: usize,
}

/// Everybody writes once, and every session gets its agent. In the order of `customers`.
async fn served(team: &Team, customers: &[CustomerInfo]) -> Vec<Case> {
    for customer in customers {
        team.write(customer, "0");
    }
    let sessions = eventually("all sessions", async || {
        let page = team.owner.get("/api/sessions?tab=all&limit=200").await.ok();
        page["items"].as_array().filter(|items| items.len() == CUSTOMERS).cloned()
    })
    .await;
    let mut cases = Vec::new();
    for (n, customer) in customers.iter().enumerate() {
        let session =
            sessions.iter().find(|session| session["customer"]["telegram_id"] == customer.id).unwrap();
        let id = session["id"].as_str().unwrap();
        let agent = if let Some(name) = session["assignee"]["name"].as_str() {
            name.strip_prefix("agent").unwrap().parse().unwrap()
        } else {
            team.agents[n % AGENTS].post(&format!("/api/sessions/{id}/take"), json!({})).await.ok();
            n % AGENTS
        };
        let customer = session["customer"]["id"].as_str().unwrap().to_owned();
        cases.push(Case { session: id.to_owned(), customer, agent });
    }
    cases
}

/// The customers write: what each of them wrote, by Telegram id.
fn write(
    simulator: Simulator,
    bot: i64,
    customers: Vec<CustomerInfo>,
    seed: u64,
) -> JoinHandle<HashMap<i64, Vec<String>>> {
    tokio::spawn(async move {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut written: HashMap<_, _> =
            customers.iter().map(|customer| (customer.id, vec!["0".to_owned()])).collect();
        let mut clock = interval(Duration::from_secs_f64(1.0 / MESSAGES_PER_SECOND));
        for n in CUSTOMERS..MESSAGES {
            clock.tick().await;
            let customer = customers[dice.random_range(0..CUSTOMERS)].id;
            simulator.write(customer, bot, &n.to_string()).unwrap();
            written.entry(customer).or_default().push(n.to_string());
        }
        written
    })
}

/// An agent answers their sessions, and tries a foreign one, which must be refused: the accepted message ids with their texts.
async fn answer(
    browser: Browser,
    own: Vec<Case>,
    foreign: Case,
    mut life: watch::Receiver<u32>,
    mut dice: StdRng,
) -> HashMap<String, String> {
    let mut replies: Vec<_> = (0..REPLIES).flat_map(|_| &own).collect();
    replies.shuffle(&mut dice);
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let pace = AGENTS as f64 / REPLIES_PER_SECOND;
    let mut clock = interval(Duration::from_secs_f64(pace));
    let mut accepted = HashMap::new();
    for case in replies {
        clock.tick().await;
        let text = format!("reply {:x}", dice.random::<u64>());
        let message = insist(&browser, &case.session, &text, &mut life).await.unwrap();
        accepted.insert(message, text);
        if dice.random_ratio(1, 10) {
            let refused = insist(&browser, &foreign.session, "refused", &mut life).await;
            assert_eq!(refused.unwrap_err()["code"], "not_assignee");
        }
    }
    accepted
}

/// Sends a reply until it is answered, under one key: the accepted message's id, or the refusal.
pub(crate) async fn insist(
    browser: &Browser,
    session: &str,
    text: &str,
    life: &mut watch::Receiver<u32>,
) -> Result<String, Value> {
    let body = json!({ "client_id": uuid::Uuid::new_v4().to_string(), "text": text });
    let path = format!("/api/sessions/{session}/messages");
    loop {
        let before = *life.borrow_and_update();
        match browser.try_send(Method::POST, &path, Some(body.clone()), None).await {
            Ok(answer) if answer.status.is_success() => {
                return Ok(answer.body["id"].as_str().unwrap().to_owned());
            }
            Ok(answer) => return Err(answer.body),
            Err(error) => {
                let next = timeout(testkit::app::PATIENCE, life.wait_for(|life| *life > before));
                next.await.unwrap_or_else(|_| panic!("the server lives, and {error}")).unwrap();
            }
        }
    }
}

/// The replies that were under way when the server died: at most one to a chat.
async fn in_flight(team: &Team) -> Vec<String> {
    let look = Look::after(&team.server).await;
    let sql = "SELECT lane, payload FROM jobs WHERE kind <> 'fetch_avatar' AND state = 'claimed'";
    let claimed =
        look.rows(sql, &[], |row| Ok((row.get::<String>("lane")?, row.get::<String>("payload")?))).await;
    let lanes: BTreeSet<_> = claimed.iter().map(|(lane, _)| lane).collect();
    assert_eq!(lanes.len(), claimed.len(), "two calls under way to one chat: {claimed:?}");
    claimed.into_iter().map(|(_, message)| message).collect()
}

/// Waits until everything written has come and everything accepted has gone.
async fn settled(team: &Team) {
    let look = Look::beside(&team.server);
    eventually("every update is confirmed and no reply is left", async || {
        let pending = team.simulator.bot_stats(team.bot.id).unwrap().pending_updates;
        (pending == 0 && look.jobs().await == 0).then_some(())
    })
    .await;
}

pub(crate) fn incoming(timeline: &[Value]) -> Vec<&str> {
    timeline
        .iter()
        .filter(|line| line["direction"] == "in")
        .map(|line| line["text"].as_str().unwrap())
        .collect()
}

/// Compares the replies of a timeline with those accepted and with what the customer got; gives the unknown ones.
pub(crate) fn check_replies(
    timeline: &[Value],
    chat: &[(Author, String)],
    accepted: &HashMap<String, String>,
) -> Vec<String> {
    let mut got = chat.iter().filter(|(author, _)| *author == Author::Bot).map(|(_, text)| text).peekable();
    let mut unknown = Vec::new();
    let replies: Vec<_> = timeline.iter().filter(|line| line["direction"] == "out").collect();
    assert_eq!(replies.len(), REPLIES);
    // Walking along both at once: each reply once at most, and in the order of the timeline.
    for reply in replies {
        let (id, text) = (reply["id"].as_str().unwrap(), reply["text"].as_str().unwrap());
        assert_eq!(accepted.get(id).map(String::as_str), Some(text), "a reply nobody was told was accepted");
        let arrived = got.next_if(|next| *next == text).is_some();
        match reply["delivery"]["state"].as_str().unwrap() {
            "sent" => assert!(arrived, "{text} is called sent, and the customer has {chat:?}"),
            "unknown" => unknown.push(id.to_owned()),
            other => panic!("{text} is {other}"),
        }
    }
    assert_eq!(got.next(), None, "twice, out of order, or in no timeline: {chat:?}");
    unknown
}
