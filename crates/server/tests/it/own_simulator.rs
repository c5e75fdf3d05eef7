//! `serve --simulator`: Teledesk tried without a bot.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use testkit::app::{Browser, PASSWORD, Server, ServerOptions, own_address};
use testkit::databases::TestDatabase;

use crate::case::Case;

/// An address where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

async fn owner_of(server: &Server) -> Browser {
    let owner = Browser::new(&server.url);
    let setup = json!({
        "token": server.setup_token(),
        "workspace": { "name": "Team", "slug": "team", "time_zone": "UTC" },
        "owner": { "name": "Owner", "login_name": "owner", "password": PASSWORD },
    });
    owner.post("/api/setup", setup).await.ok();
    owner
}

/// A bot's page, as the wizard links to it: the simulator's address, the bot and the customer.
struct Page {
    simulator: String,
    bot: i64,
    customer: i64,
}

impl Page {
    fn of(answer: &Value) -> Self {
        let (simulator, fragment) = answer["page"].as_str().unwrap().split_once("/#bot=").unwrap();
        let (bot, customer) = fragment.split_once("&customer=").unwrap();
        Self {
            simulator: simulator.to_owned(),
            bot: bot.parse().unwrap(),
            customer: customer.parse().unwrap(),
        }
    }

    async fn write(&self, text: &str) {
        let address = format!("{}/control/chats/{}/{}/messages", self.simulator, self.bot, self.customer);
        let written = Client::new().post(address).json(&json!({ "text": text })).send().await.unwrap();
        assert!(written.status().is_success(), "{}", written.text().await.unwrap());
    }

    async fn customers(&self) -> Value {
        let address = format!("{}/control/customers", self.simulator);
        Client::new().get(address).send().await.unwrap().json().await.unwrap()
    }
}

async fn from_nothing_to_a_reply_and_over_a_restart(database: TestDatabase) {
    let address = own_address();
    let options = ServerOptions::new(crate::TELEDESK, &database, NOWHERE.to_owned());
    let server = options.with(&["--simulator", &address]).start().unwrap();
    let owner = owner_of(&server).await;
    let apis = owner.get("/api/telegram-apis").await.ok();
    let simulator = json!({ "name": "Simulator", "url": format!("http://{address}"), "simulator": true });
    assert_eq!(apis["items"][1], simulator);
    assert_eq!(apis["items"][0]["simulator"], false);

    let made = owner.post("/api/simulator/bots", json!({ "name": " First steps " })).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.ok();
    let new = json!({ "token": made["token"], "api": simulator["url"] });
    let project = owner.post("/api/projects", new).await.ok();
    assert_eq!(project["name"], "First steps");

    let page = Page::of(&made);
    page.write("hello").await;
    let mut case = Case::taken(&owner, page.customer).await;
    let reply = case.reply("welcome").await;
    case.until(&reply, "sent").await;

    // It forgets everything when it stops; the project goes on nevertheless.
    let server = server.restart();
    owner.moved_to(&server.url);
    let customers = page.customers().await;
    assert_eq!(customers, json!([]));
    let again = owner.post("/api/simulator/bots", json!({})).await.ok();
    let customer = Page { bot: page.bot, ..Page::of(&again) };
    customer.write("after the restart").await;
    Case::of(&owner, customer.customer).await.until_written("after the restart").await;
}

async fn names_of_bots(database: TestDatabase) {
    let options = ServerOptions::new(crate::TELEDESK, &database, NOWHERE.to_owned());
    let server = options.with(&["--simulator", "127.0.0.1:0"]).start().unwrap();
    let owner = owner_of(&server).await;
    let make = async |body: Value| owner.post("/api/simulator/bots", body).await;
    make(json!({ "name": "  " })).await.invalid(&[("name", "required")]);
    make(json!({ "name": "x".repeat(65) })).await.invalid(&[("name", "too_long")]);
    let tokens = [
        make(json!({})).await.ok()["token"].clone(),
        make(json!({ "name": "ж".repeat(64) })).await.ok()["token"].clone(),
    ];
    assert_ne!(tokens[0], tokens[1]);
}

async fn one_that_the_operator_named_is_listed_once(database: TestDatabase) {
    let address = own_address();
    let options = ServerOptions::new(crate::TELEDESK, &database, format!("http://{address}"));
    let server = options.with(&["--simulator", &address]).start().unwrap();
    let apis = owner_of(&server).await.get("/api/telegram-apis").await.ok();
    assert_eq!(apis["items"].as_array().unwrap().len(), 1);
    assert_eq!(apis["items"][0]["simulator"], true);
}

async fn without_one_there_are_no_bots_to_make(database: TestDatabase) {
    let server = ServerOptions::new(crate::TELEDESK, &database, NOWHERE.to_owned()).start().unwrap();
    let owner = owner_of(&server).await;
    owner.post("/api/simulator/bots", json!({})).await.refused(404, "not_found");
}

async fn an_address_in_use_is_named(database: TestDatabase) {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let options = ServerOptions::new(crate::TELEDESK, &database, NOWHERE.to_owned());
    let words = options.with(&["--simulator", &address]).start().err().unwrap();
    assert!(words.contains("the simulated Telegram can't listen on") && words.contains(&address), "{words}");
    assert!(words.contains("--simulator"), "{words}");
}

testkit::on_sqlite!(
    from_nothing_to_a_reply_and_over_a_restart,
    names_of_bots,
    one_that_the_operator_named_is_listed_once,
    without_one_there_are_no_bots_to_make,
    an_address_in_use_is_named,
);
