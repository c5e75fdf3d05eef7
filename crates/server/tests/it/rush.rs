//! More customers in one second than the team has room for.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::app::{Browser, Socket, Team};
use testkit::databases::TestDatabase;

const CUSTOMERS: usize = 500;
const AGENTS: usize = 10;
const LIMIT: usize = 5;

/// What a browser knows of each session, by its customer's Telegram id: the version, the state and whose it is.
type Known = BTreeMap<i64, (i64, String, Option<String>)>;

/// Follows the events until every customer has a session and as many are open as there is room for.
async fn follow(mut socket: Socket) -> Known {
    let mut known = Known::new();
    let mut open = 0;
    while known.len() < CUSTOMERS || open < AGENTS * LIMIT {
        let event = socket.until("a session", |event| event["kind"] == "session").await;
        let session = &event["session"];
        let customer = session["customer"]["telegram_id"].as_i64().expect("an id");
        let version = session["version"].as_i64().expect("a version");
        let state = session["state"].as_str().expect("a state").to_owned();
        let assignee = session["assignee"]["id"].as_str().map(str::to_owned);
        if known.get(&customer).is_none_or(|(held, ..)| *held < version) {
            known.insert(customer, (version, state, assignee));
        }
        open = known.values().filter(|(_, state, _)| state == "open").count();
    }
    known
}

/// Everything of a tab, page after page.
async fn all_of(browser: &Browser, tab: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = browser.get(&format!("/api/sessions?tab={tab}&limit=200{cursor}")).await.ok();
        items.extend(page["items"].as_array().expect("items").clone());
        let Some(next) = page["next"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}

async fn five_hundred_customers_and_room_for_fifty(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, AGENTS).await;
    let members = team.owner.get("/api/members").await.ok();
    for member in members["items"].as_array().unwrap().iter().filter(|member| member["role"] == "agent") {
        let path = format!("/api/members/{}", member["id"].as_str().unwrap());
        team.owner.patch(&path, member["version"].as_i64().unwrap(), json!({ "limit": LIMIT })).await.ok();
    }
    let mut sockets = Vec::new();
    for browser in team.agents.iter().chain([&team.owner]) {
        let mut socket = browser.events(None).await;
        socket.hello().await;
        sockets.push(socket);
    }
    let customers: Vec<_> = (0..CUSTOMERS).map(|n| team.customer(&format!("Customer {n}"))).collect();
    for customer in &customers {
        team.write(customer, "hello");
    }
    let seen = join_all(sockets.into_iter().map(follow)).await;

    let waiting = all_of(&team.owner, "waiting").await;
    let order: Vec<_> = waiting.iter().map(|session| session["customer"]["telegram_id"].clone()).collect();
    let expected: Vec<_> = customers[AGENTS * LIMIT..].iter().map(|customer| json!(customer.id)).collect();
    assert_eq!(order, expected, "who wrote first is served first, and the others wait in order");

    let all = all_of(&team.owner, "all").await;
    assert_eq!(all.len(), CUSTOMERS, "one session each");
    let mut loads: HashMap<&str, usize> = HashMap::new();
    for session in all.iter().filter(|session| session["state"] == "open") {
        *loads.entry(session["assignee"]["id"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(loads.len(), AGENTS);
    assert!(loads.values().all(|load| *load == LIMIT), "nobody is over the limit: {loads:?}");

    let truth: BTreeMap<_, _> = all
        .iter()
        .map(|session| {
            let assignee = session["assignee"]["id"].as_str().map(str::to_owned);
            let state = session["state"].as_str().unwrap().to_owned();
            (session["customer"]["telegram_id"].as_i64().unwrap(), (state, assignee))
        })
        .collect();
    for known in seen {
        let known: BTreeMap<_, _> =
            known.into_iter().map(|(customer, (_, state, assignee))| (customer, (state, assignee))).collect();
        assert_eq!(known, truth, "every browser has the same picture");
    }
    let counts = team.agents[0].get("/api/sessions/counts").await.ok();
    assert_eq!((&counts["mine"], &counts["waiting"], &counts["all"]), (&json!(5), &json!(450), &json!(500)));
}

testkit::both_databases!(five_hundred_customers_and_room_for_fifty);
