//! Webhooks: setting, delivering, failing.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use simulator::{Fault, FaultKind, Scope};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::support::{Scene, person, refusal, scene};

/// One delivery; it is answered when the test says so.
struct Delivery {
    secret: Option<String>,
    update: Value,
    reply: oneshot::Sender<(StatusCode, String)>,
}

impl Delivery {
    fn text(&self) -> &str {
        self.update["message"]["text"].as_str().unwrap()
    }

    fn take(self) {
        self.answer(200, "");
    }

    fn answer(self, status: u16, body: &str) {
        // Nobody listens any more when the webhook was deleted meanwhile.
        let _ = self.reply.send((StatusCode::from_u16(status).unwrap(), body.to_owned()));
    }
}

/// A server that takes updates; its address and what comes in.
async fn receiver() -> (String, mpsc::UnboundedReceiver<Delivery>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (deliveries, incoming) = mpsc::unbounded_channel();
    let app = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
        let deliveries = deliveries.clone();
        async move {
            let (reply, answer) = oneshot::channel();
            let secret = headers.get("x-telegram-bot-api-secret-token");
            let secret = secret.map(|value| value.to_str().unwrap().to_owned());
            let update = serde_json::from_slice(&body).unwrap();
            let _ = deliveries.send(Delivery { secret, update, reply });
            answer.await.unwrap_or((StatusCode::GONE, String::new()))
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, incoming)
}

async fn info(scene: &Scene) -> Value {
    scene.call("getWebhookInfo", json!({})).await.1["result"].clone()
}

async fn until_pending(scene: &Scene, pending: usize) {
    while scene.simulator.bot_stats(scene.bot.id).unwrap().pending_updates != pending {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn updates_are_posted_with_the_secret() {
    let scene = scene().await;
    let (url, mut incoming) = receiver().await;
    scene.write("before");
    let (status, set) = scene.call("setWebhook", json!({ "url": url, "secret_token": "s-3_T" })).await;
    assert_eq!((status, &set["description"]), (200, &json!("Webhook was set")));
    for expected in ["before", "after"] {
        if expected == "after" {
            scene.write("after");
        }
        let delivery = incoming.recv().await.unwrap();
        assert_eq!((delivery.text(), delivery.secret.as_deref()), (expected, Some("s-3_T")));
        assert_eq!(info(&scene).await["pending_update_count"], 1, "until it is answered");
        delivery.take();
        until_pending(&scene, 0).await;
    }
    let known = info(&scene).await;
    assert_eq!((&known["url"], &known["max_connections"]), (&json!(url), &json!(40)));
    assert_eq!((&known["ip_address"], &known["last_error_date"]), (&json!("127.0.0.1"), &Value::Null));
}

#[tokio::test]
async fn polling_and_a_webhook_exclude_each_other() {
    let scene = scene().await;
    let (url, _incoming) = receiver().await;
    let (polled, ()) = tokio::join!(scene.call("getUpdates", json!({ "timeout": 50 })), async {
        scene.until_polling().await;
        scene.call("setWebhook", json!({ "url": url })).await;
    });
    assert_eq!(polled, refusal(409, "Conflict: terminated by setWebhook request"));
    let active = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                  webhook first";
    assert_eq!(scene.call("getUpdates", json!({})).await, refusal(409, active));
    let again = scene.call("setWebhook", json!({ "url": url })).await.1;
    assert_eq!(again["description"], "Webhook is already set");
    assert_eq!(scene.call("deleteWebhook", json!({})).await.1["description"], "Webhook was deleted");
    assert_eq!(scene.call("getUpdates", json!({})).await.0, 200);
    assert_eq!(info(&scene).await["url"], "");
}

#[tokio::test]
async fn a_refused_update_is_tried_again() {
    let scene = scene().await;
    let (url, mut incoming) = receiver().await;
    scene.call("setWebhook", json!({ "url": url })).await;
    scene.write("first");
    scene.write("second");
    for _ in 0..3 {
        let delivery = incoming.recv().await.unwrap();
        assert_eq!(delivery.text(), "first", "one customer's updates keep their order");
        delivery.answer(503, "");
    }
    let delivery = incoming.recv().await.unwrap();
    let known = info(&scene).await;
    assert_eq!(known["last_error_message"], "Wrong response from the webhook: 503 Service Unavailable");
    assert_eq!(known["pending_update_count"], 2);
    delivery.take();
    let second = incoming.recv().await.unwrap();
    assert_eq!(second.text(), "second");
    second.take();
    until_pending(&scene, 0).await;
}

#[tokio::test]
async fn silence_and_absence_are_named() {
    let scene = scene().await;
    let (url, mut incoming) = receiver().await;
    scene.call("setWebhook", json!({ "url": url })).await;
    scene.write("hi");
    let unanswered = incoming.recv().await.unwrap();
    let retried = incoming.recv().await.unwrap();
    assert_eq!(info(&scene).await["last_error_message"], "Read timeout expired");
    drop(unanswered);
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    scene.call("setWebhook", json!({ "url": format!("http://{nobody}/") })).await;
    drop(retried);
    while info(&scene).await["last_error_message"] != "Connection refused" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn customers_do_not_wait_for_each_other_up_to_max_connections() {
    let scene = scene().await;
    let (url, mut incoming) = receiver().await;
    scene.call("setWebhook", json!({ "url": url, "max_connections": 3 })).await;
    let mut numbers = Vec::new();
    for index in 0..5 {
        let customer = scene.simulator.create_customer(person(&format!("C{index}"))).unwrap();
        let written = scene.simulator.write(customer.id, scene.bot.id, "hi").unwrap();
        numbers.push(written.update_id.unwrap());
    }
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(incoming.recv().await.unwrap());
    }
    let mut at_once: Vec<i64> = open.iter().map(|one| one.update["update_id"].as_i64().unwrap()).collect();
    at_once.sort_unstable();
    assert_eq!(at_once, numbers[..3], "the oldest three");
    assert!(incoming.try_recv().is_err());
    // Two of five are deleted with the webhook's slots; they and the three wait in the queue, in order.
    scene.call("deleteWebhook", json!({})).await;
    assert_eq!(scene.update_ids(0).await, numbers);
    drop(open);
}

#[tokio::test]
async fn deliveries_are_disturbed() {
    let scene = scene().await;
    let (url, mut incoming) = receiver().await;
    scene.write("a");
    scene.write("b");
    let scope = Scope::Bot(scene.bot.id);
    scene.simulator.set_fault(scope, Fault::next(1, FaultKind::Reorder)).unwrap();
    scene.simulator.set_fault(scope, Fault::next(1, FaultKind::Duplicate).on("webhook")).unwrap();
    scene.call("setWebhook", json!({ "url": url, "max_connections": 1 })).await;
    let mut texts = Vec::new();
    for _ in 0..3 {
        let delivery = incoming.recv().await.unwrap();
        texts.push(delivery.text().to_owned());
        delivery.take();
    }
    assert_eq!(texts, ["b", "b", "a"]);
    until_pending(&scene, 0).await;
}

#[tokio::test]
async fn an_answer_may_call_a_method() {
    let scene = scene().await;
    let (url, mut incoming) = receiver().await;
    scene.call("setWebhook", json!({ "url": url })).await;
    let mut changes = scene.simulator.subscribe();
    scene.write("hi");
    let call = json!({ "method": "sendMessage", "chat_id": scene.customer.id, "text": "from the answer" });
    incoming.recv().await.unwrap().answer(200, &call.to_string());
    crate::support::wait_for(&mut changes, |change| match change {
        simulator::Change::Message { message, .. } => (message.text == "from the answer").then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn pending_updates_can_be_dropped_and_kinds_chosen() {
    let scene = scene().await;
    let (url, mut incoming) = receiver().await;
    scene.write("old");
    let chosen = json!({ "url": url, "drop_pending_updates": true, "allowed_updates": ["edited_message"] });
    scene.call("setWebhook", chosen).await;
    let written = scene.write("unwanted");
    assert_eq!(written.update_id, None);
    scene.simulator.edit(scene.customer.id, scene.bot.id, written.message_id, "changed").unwrap();
    let delivery = incoming.recv().await.unwrap();
    assert_eq!(delivery.update["edited_message"]["text"], "changed");
    assert_eq!(info(&scene).await["allowed_updates"], json!(["edited_message"]));
    delivery.take();
}

#[tokio::test]
async fn wrong_settings_are_refused() {
    let scene = scene().await;
    for (params, words) in [
        (json!({ "url": "http://example.com/" }), "bad webhook: An HTTPS URL must be provided for webhook"),
        (json!({ "url": "https://" }), "invalid webhook URL specified"),
        (
            json!({ "url": "https://example.com/", "secret_token": "a b" }),
            "secret token contains unallowed characters",
        ),
        (
            json!({ "url": "https://example.com/", "secret_token": "a".repeat(257) }),
            "secret token is too long",
        ),
    ] {
        let expected = refusal(400, &format!("Bad Request: {words}"));
        assert_eq!(scene.call("setWebhook", params).await, expected);
    }
    assert_eq!(
        scene.call("setWebhook", json!({ "url": "" })).await.1["description"],
        "Webhook is already deleted"
    );
}
