//! Updates that Telegram delivers: who may deliver, when they are confirmed, and what the doctor does when they don't come.

use std::sync::{Arc, Mutex};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::app::{Browser, Call, FakeTelegram, Reply, ServerOptions, Team, eventually, simulator, update};
use testkit::databases::TestDatabase;

const BOT: i64 = 4242;
const SECRET: &str = "x-telegram-bot-api-secret-token";

/// What the fake knows of the webhook; `url` is empty when none is set.
#[derive(Default)]
struct Webhook {
    url: String,
    secret: String,
    kinds: Value,
    pending: Vec<Value>,
    /// When the last delivery failed.
    failed_at: Option<i64>,
}

struct Scene {
    team: Team,
    fake: FakeTelegram,
    webhook: Arc<Mutex<Webhook>>,
    project: String,
    client: reqwest::Client,
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let webhook: Arc<Mutex<Webhook>> = Arc::default();
        let known = webhook.clone();
        let fake = FakeTelegram::start(move |call: Call| {
            let reply = answer(&mut known.lock().unwrap(), &call);
            async move { reply }
        })
        .await;
        let simulator = simulator().await;
        let apis = format!("{},{}", simulator.url(), fake.url);
        let options = ServerOptions::new(crate::TELEDESK, &database, apis).at_public_address();
        let server = options.with(&["--webhook-check-seconds", "1"]).start().unwrap();
        let team = Team::on(simulator, server, database, 1).await;
        let new = json!({ "token": FakeTelegram::token(BOT), "api": fake.url });
        let project = team.owner.post("/api/projects", new).await.ok()["id"].as_str().unwrap().to_owned();
        Self { team, fake, webhook, project, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn on_webhook(self) -> Self {
        self.team.receive(&self.project, "webhook").await;
        eventually("the webhook is set", async || (!self.set().0.is_empty()).then_some(())).await;
        self
    }

    fn set(&self) -> (String, String) {
        let webhook = self.webhook.lock().unwrap();
        (webhook.url.clone(), webhook.secret.clone())
    }

    async fn deliver(&self, update: &Value) -> StatusCode {
        let (url, secret) = self.set();
        self.deliver_to(&url, &secret, update.to_string()).await
    }

    async fn deliver_to(&self, url: &str, secret: &str, body: String) -> StatusCode {
        self.client.post(url).header(SECRET, secret).body(body).send().await.unwrap().status()
    }

    async fn health(&self) -> Value {
        self.team.owner.get(&format!("/api/projects/{}", self.project)).await.ok()["health"].clone()
    }

    /// Everything that customers wrote to the project, sorted.
    async fn texts(&self) -> Vec<String> {
        texts(&self.team.owner).await
    }
}

async fn texts(owner: &Browser) -> Vec<String> {
    let sessions = owner.get("/api/sessions?tab=all&limit=200").await.ok();
    let mut texts = Vec::new();
    for session in sessions["items"].as_array().unwrap() {
        let customer = session["customer"]["id"].as_str().unwrap();
        let page = owner.get(&format!("/api/customers/{customer}/messages?limit=200")).await.ok();
        let items = page["items"].as_array().unwrap().iter();
        let written = items.filter(|message| message["direction"] == "in");
        texts.extend(written.map(|message| message["text"].as_str().unwrap().to_owned()));
    }
    texts.sort();
    texts
}

fn answer(webhook: &mut Webhook, call: &Call) -> Reply {
    let done = || Reply::Result(json!(true));
    match call.method.as_str() {
        "setWebhook" => {
            let text = |name: &str| call.params[name].as_str().map(str::to_owned).unwrap();
            (webhook.url, webhook.secret) = (text("url"), text("secret_token"));
            webhook.kinds = call.params["allowed_updates"].clone();
            done()
        }
        "deleteWebhook" => {
            webhook.url = String::new();
            done()
        }
        "getWebhookInfo" => Reply::Result(json!({
            "url": webhook.url, "has_custom_certificate": false, "pending_update_count": webhook.pending.len(),
            "allowed_updates": webhook.kinds, "last_error_date": webhook.failed_at,
            "last_error_message": webhook.failed_at.map(|_| "Connection refused"),
        })),
        "getUpdates" if !webhook.url.is_empty() => Reply::Body(
            409,
            json!({ "ok": false, "error_code": 409, "description": "Conflict: can't use getUpdates method while webhook is active" })
                .to_string(),
        ),
        "getUpdates" => {
            let offset = call.offset().unwrap_or(0);
            webhook.pending.retain(|update| update["update_id"].as_i64().unwrap() >= offset);
            Reply::Result(json!(webhook.pending))
        }
        _ => Reply::Result(json!({})),
    }
}

async fn only_telegram_may_deliver(database: TestDatabase) {
    let scene = Scene::new(database).await.on_webhook().await;
    let (url, secret) = scene.set();
    assert!(url.ends_with(&format!("/telegram/{}", scene.project)), "{url}");
    assert!(secret.len() >= 32 && secret.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'));
    let one = update(1, 1, 7, "one");
    // Neither a guess nor half of the secret, and a project that isn't there looks the same.
    for wrong in ["", "x", &secret[1..], &format!("{secret}x"), &"y".repeat(secret.len())] {
        assert_eq!(scene.deliver_to(&url, wrong, one.to_string()).await, StatusCode::NOT_FOUND, "{wrong}");
    }
    let other = url.replace(&scene.project, "01890000-0000-7000-8000-000000000000");
    assert_eq!(scene.deliver_to(&other, &secret, one.to_string()).await, StatusCode::NOT_FOUND);
    assert_eq!(scene.deliver_to(&format!("{url}x"), &secret, one.to_string()).await, StatusCode::NOT_FOUND);
    let polled = url.replace(&scene.project, &scene.team.project);
    assert_eq!(scene.deliver_to(&polled, &secret, one.to_string()).await, StatusCode::NOT_FOUND);
    assert_eq!(scene.client.get(&url).send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    for (body, status) in [
        ("{", StatusCode::BAD_REQUEST),
        ("", StatusCode::BAD_REQUEST),
        (&"x".repeat((4 << 20) + 1), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(scene.deliver_to(&url, &secret, body.to_owned()).await, status);
    }
    assert_eq!(scene.texts().await, Vec::<String>::new());
    assert_eq!(scene.deliver(&one).await, StatusCode::OK);
    assert_eq!(scene.texts().await, ["one"]);
}

async fn what_is_confirmed_is_there_and_once(database: TestDatabase) {
    let scene = Scene::new(database).await.on_webhook().await;
    let updates: Vec<_> = (1..=120).map(|n| update(n, n, 1 + n % 9, &format!("m{n:03}"))).collect();
    // Each twice, all at once, as when answers get lost.
    let deliveries = updates.iter().chain(&updates).map(|update| scene.deliver(update));
    for status in futures_util::future::join_all(deliveries).await {
        assert_eq!(status, StatusCode::OK);
    }
    let expected: Vec<_> = (1..=120).map(|n| format!("m{n:03}")).collect();
    assert_eq!(scene.texts().await, expected);
    // What nobody understands is taken and kept, and doesn't come for ever.
    for odd in [json!({ "update_id": 900, "hologram": {} }), json!({ "no": "id" }), json!([]), json!(7)] {
        assert_eq!(scene.deliver(&odd).await, StatusCode::OK, "{odd}");
    }
}

async fn whatever_was_delivered_and_then_polled_is_there_once(database: TestDatabase) {
    let scene = Scene::new(database).await.on_webhook().await;
    let both = update(1, 1, 7, "both");
    assert_eq!(scene.deliver(&both).await, StatusCode::OK);
    // The same, as another server of Telegram's would write it: other spaces, other order.
    let again = format!("{{ \"message\" : {} ,\n \"update_id\": 1 }}", both["message"]);
    scene.webhook.lock().unwrap().pending =
        vec![serde_json::from_str(&again).unwrap(), update(2, 2, 7, "polled")];
    let (url, secret) = scene.set();
    assert_eq!(scene.deliver_to(&url, &secret, again).await, StatusCode::OK);
    assert_eq!(scene.texts().await, ["both"]);
    scene.team.receive(&scene.project, "polling").await;
    scene.fake.until(BOT, "getUpdates", |calls| calls.iter().any(|call| call.offset() == Some(3))).await;
    assert_eq!(scene.texts().await, ["both", "polled"]);
    assert_eq!(scene.set().0, "", "the webhook is gone");
    assert_eq!(scene.deliver_to(&url, &secret, both.to_string()).await, StatusCode::NOT_FOUND);
}

async fn what_drifted_is_repaired(database: TestDatabase) {
    let scene = Scene::new(database).await.on_webhook().await;
    let (url, _) = scene.set();
    for drift in ["https://other.test/hook?key=HIDDEN", ""] {
        drift.clone_into(&mut scene.webhook.lock().unwrap().url);
        eventually("it is set again", async || (scene.set().0 == url).then_some(())).await;
        let said = eventually("the drift is told, and then over", async || {
            let health = scene.health().await;
            (health["state"] == "ok").then_some(health)
        });
        assert!(!said.await.to_string().contains("HIDDEN"));
    }
    scene.webhook.lock().unwrap().kinds = json!(["message"]);
    let kinds = || scene.webhook.lock().unwrap().kinds.as_array().map_or(0, Vec::len);
    eventually("all kinds are asked for again", async || (kinds() == 3).then_some(())).await;
}

async fn when_deliveries_fail_updates_are_polled(database: TestDatabase) {
    let scene = Scene::new(database).await.on_webhook().await;
    scene.webhook.lock().unwrap().pending.push(update(1, 1, 7, "stuck"));
    // Each time Telegram is asked, another delivery has failed meanwhile.
    for round in 1.. {
        scene.webhook.lock().unwrap().failed_at = Some(1_700_000_000 + round);
        let asked = scene.fake.calls(BOT, "getWebhookInfo").len();
        let polled = scene.fake.calls(BOT, "getUpdates").iter().any(|call| call.offset() == Some(2));
        if polled {
            break;
        }
        assert!(round < 50, "it never polls");
        tokio::select! {
            _ = scene.fake.until(BOT, "getWebhookInfo", |calls| calls.len() > asked) => {}
            _ = scene.fake.until(BOT, "getUpdates", |calls| calls.iter().any(|call| call.offset() == Some(2))) => {}
        }
    }
    assert_eq!(scene.texts().await, ["stuck"]);
    let health = scene.health().await;
    assert_eq!(health["webhook"]["last_error"], "Connection refused");
    assert!(health["webhook"]["polling_until"].as_i64().is_some(), "{health}");
    assert_eq!(scene.set().0, "", "Telegram doesn't try any more");
}

/// Left by a program that had the bot before: it is in the way until a human says that it may go.
async fn a_webhook_in_the_way_goes_with_a_repair(database: TestDatabase) {
    let scene = Scene::new(database).await;
    "https://other.test/hook?key=HIDDEN".clone_into(&mut scene.webhook.lock().unwrap().url);
    let state = async |wanted: &str| {
        let health = scene.health().await;
        (health["state"] == wanted).then_some(())
    };
    eventually("it is told", async || state("conflict").await).await;
    assert_ne!(scene.set().0, "", "nobody else's webhook is taken away unasked");
    scene.team.owner.post(&format!("/api/projects/{}/repair", scene.project), json!({})).await.ok();
    assert_eq!(scene.set().0, "");
    eventually("updates come", async || state("ok").await).await;
}

async fn a_deleted_project_takes_its_webhook_along(database: TestDatabase) {
    let scene = Scene::new(database).await.on_webhook().await;
    let path = format!("/api/projects/{}", scene.project);
    eventually("it is deleted", async || {
        let project = scene.team.owner.get(&path).await.ok();
        let version = project["version"].as_i64().unwrap();
        let body = json!({ "name": project["name"] });
        let answer = scene.team.owner.send(Method::DELETE, &path, Some(body), Some(version)).await;
        // Its health may have made another version meanwhile.
        (answer.status == StatusCode::NO_CONTENT).then_some(())
    })
    .await;
    eventually("Telegram delivers no more", async || (scene.set().0.is_empty()).then_some(())).await;
}

async fn without_a_public_address_there_is_no_webhook(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let path = format!("/api/projects/{}", team.project);
    let version = eventually("it works", async || {
        let project = team.owner.get(&path).await.ok();
        (project["health"]["state"] == "ok").then(|| project["version"].as_i64().unwrap())
    });
    let refused = team.owner.patch(&path, version.await, json!({ "transport": "webhook" })).await;
    refused.refused(409, "no_public_url");
}

testkit::both_databases!(
    only_telegram_may_deliver,
    what_is_confirmed_is_there_and_once,
    whatever_was_delivered_and_then_polled_is_there_once,
    what_drifted_is_repaired,
    when_deliveries_fail_updates_are_polled,
    a_webhook_in_the_way_goes_with_a_repair,
    a_deleted_project_takes_its_webhook_along,
    without_a_public_address_there_is_no_webhook,
);
