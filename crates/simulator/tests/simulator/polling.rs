//! `getUpdates`, and who may call at all.

use serde_json::json;
use simulator::Raw;
use telegram::{Error, Update, UpdateKind};

use crate::support::{answer, refusal, scene, started};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn who_is_asked_for_says_who_it_is() {
    let scene = scene().await;
    let me = scene.client().get_me().await.unwrap();
    assert_eq!((me.id, me.is_bot, me.first_name.as_str()), (scene.bot.id, true, "Shop"));
    assert_eq!(me.username.as_deref(), Some(scene.bot.username.as_str()));
    assert!(scene.bot.token.contains(":SIMULATED-"));
}

#[tokio::test]
async fn tokens_and_methods_are_checked_as_at_telegram() {
    let scene = scene().await;
    let get = |path: &str| answer(scene.http.get(scene.url(path)));
    assert_eq!(get("/bot123456:SIMULATED-unknown/getMe").await, refusal(401, "Unauthorized"));
    for path in ["/botx/getMe", "/bot1:/getMe", "/bot/getMe", "/bot123456:SIMULATED-x", "/elsewhere"] {
        assert_eq!(get(path).await, refusal(404, "Not Found"), "{path}");
    }
    let token = &scene.bot.token;
    assert_eq!(get(&format!("/bot{token}/getYou")).await, refusal(404, "Not Found: method not found"));
    assert_eq!(get(&format!("/bot{token}/GETME")).await.0, 200);
    assert_eq!(get(&format!("/bot{}/getMe", token.replace(':', "%3A"))).await.0, 200);
    let info = scene.simulator.revoke_token(scene.bot.id).unwrap();
    assert_eq!(scene.client().get_me().await, Err(Error::Unauthorized));
    assert_eq!(scene.client_of(&info.token).get_me().await.unwrap().id, scene.bot.id);
}

#[tokio::test]
async fn a_message_arrives_as_telegram_tells_it() {
    let scene = started().await;
    let written = scene.write("hello");
    let reply = scene.simulator.reply(scene.customer.id, scene.bot.id, written.message_id, "again").unwrap();
    let updates = scene.client().get_updates(None, 100, 0, &[]).await.unwrap();
    assert_eq!(updates.len(), 2);
    assert_eq!((updates[0].update_id, updates[0].kind.as_str()), (written.update_id, "message"));
    let Update { kind: UpdateKind::Message(message), .. } = Update::decode(&updates[1].raw).unwrap() else {
        panic!("{updates:?}")
    };
    assert_eq!((message.message_id, message.content), (reply.message_id, "text"));
    assert_eq!(message.text.as_deref(), Some("again"));
    assert_eq!((message.chat.id, message.chat.kind.as_str()), (scene.customer.id, "private"));
    assert_eq!(message.reply_to_message.unwrap().message_id, written.message_id);
    let from = message.from.unwrap();
    assert_eq!((from.id, from.is_bot, from.language_code.as_deref()), (scene.customer.id, false, Some("en")));
}

#[tokio::test]
async fn edits_and_blocks_arrive_too() {
    let scene = started().await;
    let (customer, bot) = (scene.customer.id, scene.bot.id);
    let written = scene.write("helo");
    scene.simulator.edit(customer, bot, written.message_id, "hello").unwrap();
    scene.simulator.block(customer, bot).unwrap();
    assert_eq!(scene.simulator.block(customer, bot).unwrap().update_id, None, "blocked already");
    assert!(scene.simulator.write(customer, bot, "x").is_err());
    scene.simulator.unblock(customer, bot).unwrap();
    let updates = scene.client().get_updates(None, 100, 0, &[]).await.unwrap();
    let kinds: Vec<_> =
        updates.into_iter().skip(1).map(|update| Update::decode(&update.raw).unwrap().kind).collect();
    assert!(
        matches!(&kinds[0], UpdateKind::EditedMessage(m) if m.text.as_deref() == Some("hello") && m.edit_date.is_some())
    );
    assert!(matches!(&kinds[1], UpdateKind::MyChatMember(change) if change.is_out()));
    assert!(matches!(&kinds[2], UpdateKind::MyChatMember(change) if !change.is_out()));
}

#[tokio::test]
async fn an_update_stays_until_confirmed_or_a_day_old() {
    let scene = scene().await;
    let first = scene.write("1").update_id.unwrap();
    scene.write("2");
    assert_eq!(scene.update_ids(0).await, [first, first + 1]);
    assert_eq!(scene.update_ids(0).await, [first, first + 1]);
    assert_eq!(scene.update_ids(first + 1).await, [first + 1]);
    assert_eq!(scene.update_ids(0).await, [first + 1]);
    scene.pass_ms(DAY_MS - 1);
    scene.write("3");
    assert_eq!(scene.update_ids(0).await, [first + 1, first + 2]);
    scene.pass_ms(1);
    assert_eq!(scene.update_ids(0).await, [first + 2]);
    let (_, limited) = scene.call("getUpdates", json!({ "limit": 0 })).await;
    assert_eq!(limited["result"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_negative_offset_forgets_all_but_the_last() {
    let scene = scene().await;
    let first = (0..5).map(|n| scene.write(&n.to_string()).update_id.unwrap()).min().unwrap();
    assert_eq!(scene.update_ids(-2).await, [first + 3, first + 4]);
    assert_eq!(scene.update_ids(0).await, [first + 3, first + 4]);
}

#[tokio::test]
async fn ids_may_jump_and_nothing_is_lost() {
    let scene = scene().await;
    let first = scene.write("1").update_id.unwrap();
    scene.simulator.jump_update_ids(scene.bot.id, 10).unwrap();
    scene.write("2");
    assert_eq!(scene.update_ids(0).await, [first]);
    assert_eq!(scene.update_ids(first + 1).await, [10]);
    assert_eq!(scene.update_ids(first + 1).await, [10], "an offset from the future confirms nothing");
    scene.simulator.jump_update_ids(scene.bot.id, first + 500).unwrap();
    scene.write("3");
    assert_eq!(scene.update_ids(11).await, [first + 500]);
}

#[tokio::test]
async fn a_long_poll_wakes_at_once() {
    let scene = scene().await;
    let client = scene.client();
    let poll = tokio::spawn(async move { client.get_updates(None, 100, 50, &[]).await });
    scene.until_polling().await;
    let written = scene.write("hi");
    let updates = poll.await.unwrap().unwrap();
    assert_eq!(updates[0].update_id, written.update_id);
    assert!(!scene.simulator.bot_stats(scene.bot.id).unwrap().polling);
}

#[tokio::test]
async fn the_first_of_two_pollers_is_told_of_the_conflict() {
    let scene = scene().await;
    let (one, two) = (scene.client(), scene.client());
    let first = tokio::spawn(async move { one.get_updates(None, 100, 50, &[]).await });
    scene.until_polling().await;
    let second = tokio::spawn(async move { two.get_updates(None, 100, 50, &[]).await });
    let Err(Error::Conflict { description }) = first.await.unwrap() else { panic!("the first one stays") };
    let words =
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    assert_eq!(description, words);
    scene.write("hi");
    assert_eq!(second.await.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn a_poll_that_waits_with_a_revoked_token_is_over() {
    let scene = scene().await;
    let client = scene.client();
    let poll = tokio::spawn(async move { client.get_updates(None, 100, 50, &[]).await });
    scene.until_polling().await;
    scene.simulator.revoke_token(scene.bot.id).unwrap();
    assert_eq!(poll.await.unwrap(), Err(Error::Unauthorized));
}

#[tokio::test]
async fn allowed_updates_are_remembered() {
    let scene = started().await;
    let (customer, bot) = (scene.customer.id, scene.bot.id);
    scene.call("getUpdates", json!({ "allowed_updates": ["my_chat_member"] })).await;
    scene.call("getUpdates", json!({ "allowed_updates": "no list" })).await;
    assert_eq!(scene.write("unwanted").update_id, None);
    assert!(scene.simulator.block(customer, bot).unwrap().update_id.is_some());
    scene.call("getUpdates", json!({ "allowed_updates": "[]" })).await;
    scene.simulator.unblock(customer, bot).unwrap();
    assert!(scene.write("wanted").update_id.is_some(), "an empty list is the default again");
    let (_, info) = scene.call("getWebhookInfo", json!({})).await;
    assert_eq!(info["result"]["pending_update_count"], 3);
    scene.call("deleteWebhook", json!({ "drop_pending_updates": true })).await;
    assert_eq!(scene.simulator.bot_stats(bot).unwrap().pending_updates, 0);
}

#[tokio::test]
async fn hostile_updates_stand_between_good_ones() {
    let scene = scene().await;
    let push = |raw| scene.simulator.push_raw_update(scene.bot.id, raw).unwrap();
    let first = scene.write("1").update_id.unwrap();
    assert_eq!(push(Raw::Update(json!({ "hologram": { "x": 1 } }))), Some(first + 1));
    assert_eq!(push(Raw::Exactly(json!([1]))), None);
    assert_eq!(push(Raw::Update(json!({ "update_id": first + 9, "message": "?" }))), Some(first + 9));
    assert_eq!(push(Raw::Update(json!({ "update_id": "x" }))), None);
    let last = scene.write("2").update_id.unwrap();
    assert_eq!(last, first + 11);
    let updates = scene.client().get_updates(None, 100, 0, &[]).await.unwrap();
    let ids: Vec<_> = updates.iter().map(|update| update.update_id).collect();
    assert_eq!(ids, [Some(first), Some(first + 1), None, Some(first + 9), None, Some(last)]);
    assert_eq!(scene.update_ids(last + 1).await, [0; 0]);
    push(Raw::Text("{".to_owned()));
    assert!(matches!(scene.client().get_updates(None, 100, 0, &[]).await, Err(Error::BadAnswer { .. })));
}

#[tokio::test]
async fn stopping_ends_waiting_calls() {
    let scene = scene().await;
    let client = scene.client();
    let poll = tokio::spawn(async move { client.get_updates(None, 100, 50, &[]).await });
    scene.until_polling().await;
    scene.simulator.stop().await;
    assert!(matches!(poll.await.unwrap(), Err(Error::Unanswered { .. })));
    assert!(matches!(scene.client().get_me().await, Err(Error::NotConnected { .. })));
}
