//! A running simulator with a bot and a customer, a clock that is set by hand, and ways to call it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{BotInfo, Change, CustomerInfo, NewBot, NewCustomer, Options, Simulator, WebhookPace};
use telegram::{Bot, Http, HttpOptions, SecretString};
use tokio::sync::broadcast::Receiver;

/// When the clock starts: 2026-01-01 in Unix milliseconds.
pub(crate) const START_MS: i64 = 1_767_225_600_000;

pub(crate) struct Scene {
    pub(crate) simulator: Simulator,
    pub(crate) bot: BotInfo,
    pub(crate) customer: CustomerInfo,
    pub(crate) http: reqwest::Client,
    now_ms: Arc<AtomicI64>,
}

/// With limits enforced; nobody has written yet.
pub(crate) async fn scene() -> Scene {
    // Done by the first; the others find it done.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let now_ms = Arc::new(AtomicI64::new(START_MS));
    let told = Arc::clone(&now_ms);
    let clock = Arc::new(move || told.load(Ordering::SeqCst));
    let webhook = WebhookPace {
        timeout: Duration::from_millis(500),
        first_retry: Duration::from_millis(1),
        longest_retry: Duration::from_millis(4),
    };
    let options = Options { clock, seed: 7, webhook, ..Options::default() };
    let simulator = Simulator::start(options).await.unwrap();
    let bot = simulator.create_bot(NewBot { name: "Shop".to_owned(), ..NewBot::default() }).unwrap();
    let customer = simulator.create_customer(person("Ada")).unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    Scene { simulator, bot, customer, http, now_ms }
}

/// The same, after the customer wrote `/start` and the bot took it.
pub(crate) async fn started() -> Scene {
    let scene = scene().await;
    let update = scene.write("/start").update_id.unwrap();
    scene.client().get_updates(Some(update + 1), 100, 0, &[]).await.unwrap();
    scene
}

pub(crate) fn person(name: &str) -> NewCustomer {
    NewCustomer {
        first_name: name.to_owned(),
        language_code: Some("en".to_owned()),
        ..NewCustomer::default()
    }
}

impl Scene {
    pub(crate) fn pass_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn write(&self, text: &str) -> simulator::Written {
        self.simulator.write(self.customer.id, self.bot.id, text).unwrap()
    }

    /// The product's client.
    pub(crate) fn client(&self) -> Bot {
        self.client_of(&self.bot.token)
    }

    pub(crate) fn client_of(&self, token: &str) -> Bot {
        Http::new(HttpOptions::default()).unwrap().bot(&self.simulator.url(), SecretString::from(token))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.url())
    }

    /// Calls a method with JSON; status and body.
    pub(crate) async fn call(&self, method: &str, params: Value) -> (u16, Value) {
        let url = self.url(&format!("/bot{}/{method}", self.bot.token));
        answer(self.http.post(url).json(&params)).await
    }

    /// Sends to the customer; status and body.
    pub(crate) async fn send(&self, mut params: Value) -> (u16, Value) {
        params["chat_id"] = self.customer.id.into();
        self.call("sendMessage", params).await
    }

    /// Ids of what `getUpdates` gives.
    pub(crate) async fn update_ids(&self, offset: i64) -> Vec<i64> {
        let (_, body) = self.call("getUpdates", json!({ "offset": offset })).await;
        body["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|update| update["update_id"].as_i64().unwrap())
            .collect()
    }

    /// Returns once a long poll waits: no sleeping, the scheduler is simply given turns.
    pub(crate) async fn until_polling(&self) {
        while !self.simulator.bot_stats(self.bot.id).unwrap().polling {
            tokio::task::yield_now().await;
        }
    }

    /// Texts of the chat, oldest first.
    pub(crate) fn texts(&self) -> Vec<String> {
        let chat = self.simulator.chat(self.customer.id, self.bot.id).unwrap();
        chat.into_iter().map(|message| message.text).collect()
    }
}

/// Status and JSON body of a request's answer.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

/// What Telegram refuses with.
pub(crate) fn refusal(code: u16, description: &str) -> (u16, Value) {
    (code, json!({ "ok": false, "error_code": code, "description": description }))
}

/// Waits for the first change that `wanted` recognises.
pub(crate) async fn wait_for<T>(changes: &mut Receiver<Change>, wanted: impl Fn(Change) -> Option<T>) -> T {
    loop {
        if let Some(found) = wanted(changes.recv().await.unwrap()) {
            return found;
        }
    }
}
