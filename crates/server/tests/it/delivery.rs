//! What becomes of a reply: each of Telegram's answers, and none.

use serde_json::{Value, json};
use simulator::{Author, CustomerInfo, Fault, FaultKind, NewBot, NewCustomer, Options, Scope, Simulator};
use testkit::app::{ServerOptions, Team, simulator};
use testkit::databases::TestDatabase;

use crate::case::Case;

testkit::both_databases!(
    a_refusal_is_told_with_its_reason,
    a_customer_who_blocks_and_unblocks,
    a_pause_that_telegram_asks_for_is_kept,
    what_may_have_arrived_is_unknown,
    what_could_not_be_sent_goes_when_telegram_is_back,
);

/// The next `sendMessage` meets this.
fn fault(team: &Team, kind: FaultKind) {
    team.simulator.set_fault(Scope::Bot(team.bot.id), Fault::next(1, kind).on("sendMessage")).unwrap();
}

/// How often the customer has this text from us.
fn times(team: &Team, customer: &CustomerInfo, text: &str) -> usize {
    team.chat(customer).into_iter().filter(|(author, line)| *author == Author::Bot && line == text).count()
}

async fn a_refusal_is_told_with_its_reason(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    for (status, description, reason) in [
        (400, "Bad Request: chat not found", "chat_not_found"),
        (400, "Bad Request: message text is empty", "bad_request"),
        (400, "Bad Request: can't parse entities: oops", "bad_request"),
        (400, "Bad Request: group chat was upgraded to a supergroup chat", "bad_request"),
        (401, "Unauthorized", "token_rejected"),
        (403, "Forbidden: bot was kicked from the group chat", "forbidden"),
        (413, "Request Entity Too Large", "bad_request"),
    ] {
        let (customer, mut case) = Case::begun(&team, "Ana").await;
        fault(&team, FaultKind::Answer { status, description: description.to_owned() });
        let reply = case.reply("first").await;
        let delivery = case.until(&reply, "failed").await;
        assert_eq!(delivery["reason"], reason, "{description}");
        let next = case.reply("second").await;
        case.until(&next, "sent").await;
        assert_eq!(times(&team, &customer, "first"), 0);
        case.resend(&reply).await;
        assert_eq!(case.until(&reply, "sent").await["reason"], Value::Null);
        assert_eq!((times(&team, &customer, "first"), times(&team, &customer, "second")), (1, 1));
    }
}

async fn a_customer_who_blocks_and_unblocks(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let (customer, mut case) = Case::begun(&team, "Ana").await;
    let id = case.customer.clone();
    let is_blocked = |event: &Value, blocked: bool| {
        event["customer"]["id"] == id.as_str() && event["customer"]["blocked"] == blocked
    };

    // Told by Telegram, and found out from the refusal of a reply: it comes to the same.
    team.simulator.block(customer.id, team.bot.id).unwrap();
    socket.until("the block", |event| is_blocked(event, true)).await;
    let reply = case.reply("hello?").await;
    assert_eq!(case.until(&reply, "failed").await["reason"], "blocked_by_customer");
    team.simulator.unblock(customer.id, team.bot.id).unwrap();
    socket.until("the end of the block", |event| is_blocked(event, false)).await;
    fault(
        &team,
        FaultKind::Answer { status: 403, description: "Forbidden: bot was blocked by the user".to_owned() },
    );
    case.resend(&reply).await;
    socket.until("the block", |event| is_blocked(event, true)).await;
    assert_eq!(case.until(&reply, "failed").await["reason"], "blocked_by_customer");

    // Who writes has unblocked.
    team.write(&customer, "here I am again");
    socket.until("the end of the block", |event| is_blocked(event, false)).await;
    case.resend(&reply).await;
    case.until(&reply, "sent").await;
    assert_eq!(times(&team, &customer, "hello?"), 1);
    let lines = case.lines().await;
    let told = lines.iter().filter_map(|line| line["service"]["what"].as_str());
    let told: Vec<_> = told.filter(|what| what.ends_with("blocked")).collect();
    assert_eq!(told, ["blocked", "unblocked", "blocked", "unblocked"]);
}

async fn a_pause_that_telegram_asks_for_is_kept(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let (customer, mut case) = Case::begun(&team, "Ana").await;
    fault(&team, FaultKind::TooManyRequests { retry_after: 3 });
    let first = case.reply("first").await;
    let delivery = case.until_queued_again(&first).await;
    assert_eq!(delivery["reason"], "rate_limited");
    let second = case.reply("second").await;
    let limited = |state: &'static str| move |event: &Value| event["project"]["health"]["state"] == state;
    let event = socket.until("it is told", limited("rate_limited")).await;
    assert_eq!(event["project"]["health"]["until"], delivery["retry_at"]);
    assert_eq!(
        case.until(&first, "sent").await,
        json!({ "state": "sent", "reason": null, "retry_at": null })
    );
    case.until(&second, "sent").await;
    socket.until("it is over", limited("ok")).await;
    let texts: Vec<_> = team.chat(&customer).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["hello", "first", "second"]);
    // The refused one, and one for each: nobody knocked in vain.
    assert_eq!(team.simulator.bot_stats(team.bot.id).unwrap().calls["sendMessage"], 3);
}

async fn what_may_have_arrived_is_unknown(database: TestDatabase) {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(&["--telegram-timeout", "1"]).start().unwrap();
    let team = Team::on(simulator, server, database, 0).await;
    let (mut cases, garbage) = (Vec::new(), FaultKind::Garbage { body: "{\"ok\":true}".to_owned() });
    for (kind, arrives) in [
        (FaultKind::DropBefore, false),
        (FaultKind::DropAfter, true),
        (FaultKind::Hang, false),
        (FaultKind::HangAfter, true),
        (FaultKind::Gateway { status: 504 }, false),
        (garbage, false),
    ] {
        let (customer, mut case) = Case::begun(&team, "Ana").await;
        let what = format!("{kind:?}");
        fault(&team, kind);
        let first = case.reply("first").await;
        case.until_tried(&first).await;
        // The next one waits until the call is over, and no longer.
        let second = case.reply("second").await;
        cases.push((what, arrives, customer, case, first, second));
    }
    for (what, arrives, customer, mut case, first, second) in cases {
        case.until(&second, "sent").await;
        assert_eq!(case.state(&first).await, "unknown", "{what}");
        assert_eq!(times(&team, &customer, "first"), usize::from(arrives), "{what}");
        case.resend(&first).await;
        case.until(&first, "sent").await;
        assert_eq!(times(&team, &customer, "first"), usize::from(arrives) + 1, "{what}");
        assert_eq!(times(&team, &customer, "second"), 1, "{what}");
    }
}

async fn what_could_not_be_sent_goes_when_telegram_is_back(database: TestDatabase) {
    let mut team = Team::new(crate::TELEDESK, database, 0).await;
    let (customer, mut case) = Case::begun(&team, "Ana").await;
    team.simulator.stop().await;
    let replies = [case.reply("first").await, case.reply("second").await];
    let delivery = case.until_queued_again(&replies[0]).await;
    assert_eq!(delivery["reason"], "unreachable");
    assert!(delivery["retry_at"].is_i64());

    let listen = team.simulator.address();
    let options = Options { listen, enforce_limits: false, seed: 1, ..Options::default() };
    team.simulator = Simulator::start(options).await.unwrap();
    let same = NewBot { name: "Shop".to_owned(), token: Some(team.bot.token.clone()), ..NewBot::default() };
    team.bot = team.simulator.create_bot(same).unwrap();
    let (id, first_name) = (Some(customer.id), customer.first_name.clone());
    team.simulator.create_customer(NewCustomer { id, first_name, ..NewCustomer::default() }).unwrap();
    team.simulator.jump_message_ids(team.bot.id, 1_000).unwrap();
    team.write(&customer, "I'm back");
    for reply in &replies {
        case.until(reply, "sent").await;
    }
    case.until_written("I'm back").await;
    let texts: Vec<_> = team.chat(&customer).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["I'm back", "first", "second"]);
}
