//! Projects that are changed while replies are queued or under way: nothing is lost, nothing doubled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Author, CustomerInfo, Fault, FaultKind, Scope};
use testkit::app::{Call, FakeTelegram, Reply, ServerOptions, Team, simulator, update};
use testkit::databases::TestDatabase;

use crate::case::{Case, set_state};
use crate::look::Look;

testkit::both_databases!(
    a_pause_loses_and_doubles_nothing,
    a_new_token_loses_and_doubles_nothing,
    one_call_at_a_time_to_a_chat_whatever_happens,
    a_new_project_does_not_wait_for_one_that_hangs,
);

const CHATS: usize = 3;
const REPLIES: usize = 6;

/// From now on each reply takes so long to send.
fn slow(team: &Team, ms: u64) {
    let slow = Fault::always(FaultKind::Latency { ms }).on("sendMessage");
    team.simulator.set_fault(Scope::Bot(team.bot.id), slow).unwrap();
}

/// Customers with their cases, and calls that take a moment.
async fn busy(team: &Team) -> Vec<(CustomerInfo, Case)> {
    slow(team, 400);
    let mut cases = Vec::new();
    for n in 0..CHATS {
        cases.push(Case::begun(team, &format!("Customer {n}")).await);
    }
    cases
}

/// Sends replies in every case, and waits until the first of each is under way: their ids, by case.
async fn reply_to_all(cases: &mut [(CustomerInfo, Case)]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (_, case) in cases.iter() {
        let mut ids = Vec::new();
        for n in 0..REPLIES {
            ids.push(case.reply(&n.to_string()).await);
        }
        all.push(ids);
    }
    for ((_, case), ids) in cases.iter_mut().zip(&all) {
        case.until_tried(&ids[0]).await;
    }
    all
}

/// The texts that the customer got from us, in their order.
fn received(team: &Team, customer: &CustomerInfo) -> Vec<String> {
    let chat = team.chat(customer).into_iter().filter(|(author, _)| *author == Author::Bot);
    chat.map(|(_, text)| text).collect()
}

fn all_of_them() -> Vec<String> {
    (0..REPLIES).map(|n| n.to_string()).collect()
}

async fn a_pause_loses_and_doubles_nothing(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let mut cases = busy(&team).await;
    // However slow this machine is: the last reply is not under way when the project stands still.
    slow(&team, 3_000);
    let replies = reply_to_all(&mut cases).await;
    // Again and again, so that a call of one life of the project is under way in the next.
    for _ in 0..3 {
        set_state(&team, &team.project, "paused").await;
        set_state(&team, &team.project, "active").await;
    }
    set_state(&team, &team.project, "paused").await;
    for ((customer, case), ids) in cases.iter_mut().zip(&replies) {
        // What was under way is settled all the same; the rest waits.
        case.until(&ids[0], "sent").await;
        assert_eq!(case.state(&ids[REPLIES - 1]).await, "queued");
        let (_, answer) = team.owner.reply(&case.session, "not now").await;
        answer.refused(409, "project_paused");
        team.write(customer, "meanwhile");
    }
    assert_eq!(
        team.owner.get(&format!("/api/projects/{}", team.project)).await.ok()["health"]["state"],
        "paused"
    );
    slow(&team, 100);
    set_state(&team, &team.project, "active").await;
    for ((customer, case), ids) in cases.iter_mut().zip(&replies) {
        for id in ids {
            case.until(id, "sent").await;
        }
        assert_eq!(received(&team, customer), all_of_them());
        case.until_written("meanwhile").await;
        assert_eq!(case.written().await, ["hello", "meanwhile"]);
    }
    assert_eq!(Look::beside(&team.server).jobs().await, 0);
}

async fn a_new_token_loses_and_doubles_nothing(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let mut cases = busy(&team).await;
    let replies = reply_to_all(&mut cases).await;
    let paste = async |token: &str| {
        let path = format!("/api/projects/{}/token", team.project);
        team.owner.put(&path, json!({ "token": token })).await.ok();
    };
    // The one it has, and then another one, which voids it.
    paste(&team.bot.token).await;
    let renewed = team.simulator.revoke_token(team.bot.id).unwrap();
    for (customer, _) in &cases {
        team.write(customer, "meanwhile");
    }
    paste(&renewed.token).await;
    for ((customer, case), ids) in cases.iter_mut().zip(&replies) {
        case.until_written("meanwhile").await;
        let mut refused = Vec::new();
        for id in ids {
            // What went out with the void token was refused: not sent, and people are told.
            let delivery = case.until_settled(id).await;
            match delivery["state"].as_str() {
                Some("sent") => {}
                Some("failed") if delivery["reason"] == "token_rejected" => refused.push(id),
                _ => panic!("{delivery}"),
            }
        }
        for id in refused {
            case.resend(id).await;
            case.until(id, "sent").await;
        }
        let mut received = received(&team, customer);
        received.sort();
        assert_eq!(received, all_of_them());
    }
    assert_eq!(Look::beside(&team.server).jobs().await, 0);
}

/// What a Telegram sees of the calls to its chats.
#[derive(Default)]
struct Traffic {
    under_way: HashMap<i64, usize>,
    /// The most calls to one chat at a time.
    most_to_one: usize,
    /// The most calls at a time.
    most: usize,
    received: HashMap<i64, Vec<String>>,
}

async fn one_call_at_a_time_to_a_chat_whatever_happens(database: TestDatabase) {
    const BOT: i64 = 2001;
    let traffic: Arc<Mutex<Traffic>> = Arc::default();
    let seen = traffic.clone();
    let fake = FakeTelegram::start(move |call| record(seen.clone(), call)).await;
    let simulator = simulator().await;
    let apis = format!("{},{}", simulator.url(), fake.url);
    let server = ServerOptions::new(crate::TELEDESK, &database, apis).start().unwrap();
    let team = Team::on(simulator, server, database, 0).await;
    let token = FakeTelegram::token(BOT);
    let project = json!({ "token": token, "api": fake.url });
    let project = team.owner.post("/api/projects", project).await.ok()["id"].as_str().unwrap().to_owned();
    let mut cases = Vec::new();
    for chat in chats() {
        cases.push(Case::taken(&team.owner, chat).await);
    }
    let mut replies = Vec::new();
    for case in &cases {
        for n in 0..REPLIES {
            replies.push((case.customer.clone(), case.reply(&n.to_string()).await));
        }
    }
    for n in 0..4 {
        fake.until(BOT, "sendMessage", |calls| calls.len() > n * CHATS).await;
        set_state(&team, &project, "paused").await;
        set_state(&team, &project, "active").await;
        let path = format!("/api/projects/{project}/token");
        team.owner.put(&path, json!({ "token": token })).await.ok();
    }
    for (customer, reply) in &replies {
        let case = cases.iter_mut().find(|case| case.customer == *customer).unwrap();
        case.until(reply, "sent").await;
    }
    let traffic = traffic.lock().unwrap();
    assert_eq!(traffic.most_to_one, 1, "calls to one chat at a time");
    assert!(traffic.most > 1, "chats don't wait for each other");
    for chat in chats() {
        assert_eq!(traffic.received[&chat], all_of_them());
    }
}

fn chats() -> impl Iterator<Item = i64> {
    (500..).take(CHATS)
}

/// Every chat has written once; answers to us take a moment.
async fn record(traffic: Arc<Mutex<Traffic>>, call: Call) -> Reply {
    let Some(chat) = call.params["chat_id"].as_i64() else {
        let first = chats().map(|chat| update(chat, chat, chat, "hello"));
        let wait = call.params["timeout"].as_u64().unwrap_or(0);
        return match call.offset() {
            None if wait == 0 => Reply::Result(first.collect()),
            Some(_) => Reply::Result(json!([])),
            None => Reply::Never,
        };
    };
    {
        let mut traffic = traffic.lock().unwrap();
        let to_this = traffic.under_way.entry(chat).or_default();
        *to_this += 1;
        traffic.most_to_one = traffic.most_to_one.max(*traffic.under_way.get(&chat).unwrap());
        traffic.most = traffic.most.max(traffic.under_way.values().sum());
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut traffic = traffic.lock().unwrap();
    *traffic.under_way.get_mut(&chat).unwrap() -= 1;
    let received = traffic.received.entry(chat).or_default();
    received.push(call.params["text"].as_str().unwrap().to_owned());
    Reply::Result(json!({ "message_id": 10_000 + chat * 100 + i64::try_from(received.len()).unwrap() }))
}

async fn a_new_project_does_not_wait_for_one_that_hangs(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let (_, mut case) = Case::begun(&team, "Ana").await;
    team.simulator.set_fault(Scope::Bot(team.bot.id), Fault::always(FaultKind::Hang)).unwrap();
    let hung = case.reply("into the void").await;
    case.until(&hung, "sending").await;
    // The call goes on until it times out, though its project is to stop.
    set_state(&team, &team.project, "paused").await;

    let (bot, project) = team.add_project("New").await;
    let ben = team.customer("Ben");
    team.simulator.write(ben.id, bot.id, "hello").unwrap();
    let mut new = Case::taken(&team.owner, ben.id).await;
    let reply = new.reply("hello, Ben").await;
    new.until(&reply, "sent").await;
    let health: Value = team.owner.get(&format!("/api/projects/{project}")).await.ok()["health"].clone();
    assert_eq!(health["state"], "ok");

    // Neither does the old one's poller, once it may go on; only its sender does.
    team.simulator.clear_faults(Scope::Bot(team.bot.id)).unwrap();
    set_state(&team, &team.project, "active").await;
    let cleo = team.customer("Cleo");
    team.write(&cleo, "hello");
    Case::of(&team.owner, cleo.id).await;
    assert_eq!(case.state(&hung).await, "sending", "it hung all the time");
}
