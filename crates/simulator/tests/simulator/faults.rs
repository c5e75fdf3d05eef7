//! Faults, as the product's client meets them.

use std::time::Duration;

use simulator::{Fault, FaultKind, Scope};
use telegram::{Error, Http, HttpOptions, Retry, SecretString, SendMessage};

use crate::support::{Scene, started};

fn hi(scene: &Scene) -> SendMessage {
    SendMessage::text(scene.customer.id, "hi")
}

fn set(scene: &Scene, fault: Fault) {
    scene.simulator.set_fault(Scope::Bot(scene.bot.id), fault).unwrap();
}

#[tokio::test]
async fn refusals_until_cleared() {
    let scene = started().await;
    let client = scene.client();
    set(&scene, Fault::always(FaultKind::TooManyRequests { retry_after: 3600 }).on("sendMessage"));
    for _ in 0..3 {
        let error = client.send_message(&hi(&scene)).await.unwrap_err();
        assert_eq!(error.retry(), Retry::After(Duration::from_hours(1)));
    }
    assert!(client.get_me().await.is_ok(), "other methods work");
    scene.simulator.clear_faults(Scope::All).unwrap();
    client.send_message(&hi(&scene)).await.unwrap();
    let description = "Forbidden: bot was kicked from the group chat".to_owned();
    set(&scene, Fault::next(1, FaultKind::Answer { status: 403, description: description.clone() }));
    assert_eq!(client.get_me().await, Err(Error::Forbidden { description }));
    assert!(client.get_me().await.is_ok(), "counted");
}

#[tokio::test]
async fn trouble_of_the_server() {
    let scene = started().await;
    let client = scene.client();
    scene.simulator.set_fault(Scope::All, Fault::next(1, FaultKind::Gateway { status: 502 })).unwrap();
    assert_eq!(client.get_me().await, Err(Error::ServerTrouble { status: 502 }));
    set(&scene, Fault::next(1, FaultKind::Garbage { body: "<?>".to_owned() }));
    assert!(matches!(client.get_me().await, Err(Error::BadAnswer { .. })));
    set(&scene, Fault::next(1, FaultKind::Latency { ms: 1 }));
    assert!(client.get_me().await.is_ok());
    let calls = scene.simulator.stats().bots[&scene.bot.id].calls.clone();
    assert_eq!(calls["getMe"], 3);
}

#[tokio::test]
async fn dropped_before_and_after() {
    let scene = started().await;
    let client = scene.client();
    set(&scene, Fault::next(1, FaultKind::DropBefore));
    assert!(matches!(client.send_message(&hi(&scene)).await, Err(Error::Unanswered { .. })));
    assert_eq!(scene.texts(), ["/start"]);
    set(&scene, Fault::next(1, FaultKind::DropAfter));
    assert!(matches!(client.send_message(&hi(&scene)).await, Err(Error::Unanswered { .. })));
    assert_eq!(scene.texts(), ["/start", "hi"], "delivered, though nobody said so");
}

#[tokio::test]
async fn hanging_before_and_after() {
    let scene = started().await;
    let options = HttpOptions { call_timeout: Duration::from_millis(300), ..HttpOptions::default() };
    let token = SecretString::from(scene.bot.token.as_str());
    let client = Http::new(options).unwrap().bot(&scene.simulator.url(), token);
    set(&scene, Fault::next(1, FaultKind::Hang));
    assert!(matches!(client.send_message(&hi(&scene)).await, Err(Error::Unanswered { .. })));
    assert_eq!(scene.texts(), ["/start"]);
    set(&scene, Fault::next(1, FaultKind::HangAfter));
    assert!(matches!(client.send_message(&hi(&scene)).await, Err(Error::Unanswered { .. })));
    assert_eq!(scene.texts(), ["/start", "hi"]);
}

#[tokio::test]
async fn deliveries_are_disturbed() {
    let scene = started().await;
    let first = scene.write("a").update_id.unwrap();
    set(&scene, Fault::next(1, FaultKind::Jump { by: 5 }));
    assert!(scene.client().get_me().await.is_ok(), "calls are not concerned");
    let second = scene.write("b").update_id.unwrap();
    assert_eq!(second, first + 6);
    set(&scene, Fault::next(1, FaultKind::Duplicate));
    set(&scene, Fault::next(1, FaultKind::Reorder).on("getUpdates"));
    assert_eq!(scene.simulator.faults(Scope::Bot(scene.bot.id)).unwrap().len(), 2);
    assert_eq!(scene.update_ids(0).await, [first, first, second, second]);
    assert_eq!(scene.update_ids(0).await, [second, first]);
    assert_eq!(scene.update_ids(0).await, [first, second]);
    assert_eq!(scene.simulator.faults(Scope::Bot(scene.bot.id)).unwrap(), []);
}

#[tokio::test]
async fn a_storm_passes() {
    let scene = started().await;
    let storm = FaultKind::TooManyRequests { retry_after: 3 };
    set(&scene, Fault::always(storm).on("sendMessage").lasting_ms(1000));
    assert_eq!(scene.send(serde_json::json!({ "text": "hi" })).await.0, 429);
    scene.pass_ms(1000);
    assert_eq!(scene.send(serde_json::json!({ "text": "hi" })).await.0, 200);
    set(&scene, Fault::next(1, FaultKind::LatencyBetween { from_ms: 1, to_ms: 3 }));
    set(&scene, Fault::next(1, FaultKind::Huge { bytes: 100_000 }));
    let (_, body) = scene.call("getMe", serde_json::json!({})).await;
    assert_eq!(body["result"].as_str().unwrap().len(), 100_000);
}

#[tokio::test]
async fn one_bots_faults_are_not_anothers() {
    let scene = started().await;
    let other = simulator::NewBot { name: "Other".to_owned(), ..simulator::NewBot::default() };
    let other = scene.simulator.create_bot(other).unwrap();
    set(&scene, Fault::always(FaultKind::Hang));
    assert!(scene.client_of(&other.token).get_me().await.is_ok());
}
