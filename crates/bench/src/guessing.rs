//! The inbox, while strangers try passwords.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use simulator::{Options, Simulator};
use testkit::app::{Browser, ServerOptions, Team, eventually};
use testkit::databases::{Kind, database};

use crate::Bench;
use crate::figures::{Report, Times};

/// How often somebody tries to sign in, a second.
const TRIES: f64 = 200.0;
/// How often an agent's list is asked for, a second.
const LOOKS: f64 = 50.0;

/// What became of the tries, by status.
type Outcomes = Arc<Mutex<BTreeMap<u16, usize>>>;

/// The list of sessions, alone and beside 200 tries a second, each of another name from another address: the throttle ends none of
/// them before a password is computed.
pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let (sessions, count) = (bench.amount(200, 10), bench.amount(1_000, 30));
    let options = Options { enforce_limits: false, ..Options::default() };
    let simulator = Simulator::start(options).await.expect("the simulator starts");
    let database = database(Kind::Sqlite);
    let options = ServerOptions::new(&bench.binary, &database, simulator.url());
    let options = options.with(&["--log", "error", "--trusted-proxy", "127.0.0.1"]);
    let server = options.start().expect("the server starts");
    let team = Team::on(simulator, server, database, 1).await;
    for n in 0..sessions {
        let customer = team.customer(&format!("Customer {n}"));
        team.simulator.write(customer.id, team.bot.id, "hello").expect("it is written");
    }
    eventually("all sessions are there", async || {
        let counts = team.owner.get("/api/sessions/counts").await.ok();
        (counts["all"].as_u64() == u64::try_from(sessions).ok()).then_some(())
    })
    .await;
    let mut alone = look(&team.owner, count).await;
    let outcomes = Outcomes::default();
    let trying = tokio::spawn(try_passwords(team.owner.base(), outcomes.clone()));
    let mut beside = look(&team.owner, count).await;
    trying.abort();
    let outcomes = outcomes.lock().expect("no panic").clone();
    report.add("the list of sessions at 50/s, alone", alone.words(), "");
    report.add(
        "the same beside 200 logins/s",
        format!("{}, answered: {outcomes:?}", beside.words()),
        "that of alone",
    );
}

/// Asks for the list so many times: how long each took.
async fn look(browser: &Browser, count: usize) -> Times {
    let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / LOOKS));
    let mut asked = Vec::with_capacity(count);
    for _ in 0..count {
        clock.tick().await;
        let browser = browser.clone();
        asked.push(tokio::spawn(async move {
            let begun = Instant::now();
            browser.get("/api/sessions?tab=all&limit=50").await.ok();
            begun.elapsed()
        }));
    }
    futures_util::future::join_all(asked).await.into_iter().map(|time| time.expect("an answer")).collect()
}

async fn try_passwords(base: String, outcomes: Outcomes) {
    let stranger = Browser::new(&base);
    let mut clock = tokio::time::interval(Duration::from_secs_f64(1.0 / TRIES));
    for n in 0_u32.. {
        clock.tick().await;
        let [_, a, b, c] = n.to_be_bytes();
        let login =
            json!({ "workspace": "team", "login_name": format!("name{n}"), "password": "a wrong guess" });
        let request = stranger.request("POST".parse().expect("a method"), "/api/logins").json(&login);
        let request = request.header("x-forwarded-for", format!("10.{a}.{b}.{c}"));
        let (stranger, outcomes) = (stranger.clone(), outcomes.clone());
        tokio::spawn(async move {
            let Ok(answer) = stranger.try_fetch(request).await else { return };
            *outcomes.lock().expect("no panic").entry(answer.status.as_u16()).or_default() += 1;
        });
    }
}
