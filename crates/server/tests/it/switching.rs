//! From polling to webhook and back while customers write: nothing is lost, nothing comes twice.

use std::collections::HashMap;
use std::time::Duration;

use simulator::{Options, Simulator, WebhookPace};
use testkit::app::{ServerOptions, Team, eventually};
use testkit::databases::TestDatabase;
use tokio::time::interval;

use crate::case::timeline;
use crate::look::Look;

const CUSTOMERS: usize = 20;
const MESSAGES: usize = 1_200;
const MESSAGES_PER_SECOND: f64 = 200.0;

testkit::both_databases!(polling_to_webhook_and_back_under_load);

async fn polling_to_webhook_and_back_under_load(database: TestDatabase) {
    let (first_retry, longest_retry) = (Duration::from_millis(50), Duration::from_millis(200));
    let webhook = WebhookPace { first_retry, longest_retry, ..WebhookPace::default() };
    let simulator = Simulator::start(Options { enforce_limits: false, webhook, ..Options::default() });
    let simulator = simulator.await.unwrap();
    let server = ServerOptions::new(crate::TELEDESK, &database, simulator.url()).at_public_address();
    let team = Team::on(simulator, server.start().unwrap(), database, 1).await;
    let customers: Vec<_> = (0..CUSTOMERS).map(|n| team.customer(&format!("Customer {n}"))).collect();

    let (writer, bot, who) = (team.simulator.clone(), team.bot.id, customers.clone());
    let writing = tokio::spawn(async move {
        let mut clock = interval(Duration::from_secs_f64(1.0 / MESSAGES_PER_SECOND));
        for n in 0..MESSAGES {
            clock.tick().await;
            writer.write(who[n % CUSTOMERS].id, bot, &n.to_string()).unwrap();
        }
    });
    // Back and forth for as long as they write, each time as soon as something came the new way.
    let (mut switches, look) = (0, Look::beside(&team.server));
    while !writing.is_finished() {
        let transport = if switches % 2 == 0 { "webhook" } else { "polling" };
        let before = came(&look).await;
        team.receive(&team.project, transport).await;
        eventually("it comes the new way", async || {
            (came(&look).await > before + 20 || writing.is_finished()).then_some(())
        })
        .await;
        switches += 1;
    }
    writing.await.unwrap();
    assert!(switches > 2, "it was not switched while they wrote");
    eventually("every update is confirmed", async || {
        (team.simulator.bot_stats(bot).unwrap().pending_updates == 0).then_some(())
    })
    .await;
    let sessions = team.owner.get("/api/sessions?tab=all&limit=200").await.ok();
    let of = |session: &serde_json::Value| {
        let customer = &session["customer"];
        (customer["telegram_id"].as_i64().unwrap(), customer["id"].as_str().unwrap().to_owned())
    };
    let by_customer: HashMap<_, _> = sessions["items"].as_array().unwrap().iter().map(of).collect();
    for (n, customer) in customers.iter().enumerate() {
        let lines = timeline(&team.owner, &by_customer[&customer.id]).await;
        let texts = lines.iter().filter(|line| line["direction"] == "in");
        let mut texts: Vec<usize> =
            texts.map(|line| line["text"].as_str().unwrap().parse().unwrap()).collect();
        texts.sort_unstable();
        assert_eq!(texts, (n..MESSAGES).step_by(CUSTOMERS).collect::<Vec<_>>());
    }
}

/// How many messages have come so far.
async fn came(look: &Look) -> usize {
    let count = "SELECT COUNT(*) AS n FROM messages WHERE direction = 'in'";
    usize::try_from(look.number(count, &[]).await).unwrap()
}
