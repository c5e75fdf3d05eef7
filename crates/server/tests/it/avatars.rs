//! Customers' avatars: from Telegram to whoever sees the customer.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{CustomerInfo, Fault, FaultKind, Scope};
use testkit::app::{Answer, Browser, Socket, Team};
use testkit::databases::TestDatabase;

use crate::case::Case;
use crate::look::Look;

testkit::both_databases!(
    an_avatar_appears_changes_and_goes,
    an_avatar_is_shown_to_who_sees_the_customer,
    a_telegram_that_hangs_or_fails_on_files_delays_no_reply,
);
testkit::on_sqlite!(a_file_that_is_gone_comes_back);
testkit::on_postgres!(two_nodes_show_the_same_files);

/// A customer with an avatar writes; the owner's socket has been open since before.
async fn begun(team: &Team) -> (CustomerInfo, Socket) {
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let ana = team.customer("Ana");
    team.simulator.set_avatar(ana.id).unwrap();
    team.write(&ana, "hello");
    (ana, socket)
}

/// Waits for the customer with another avatar than `before`, and gives it.
async fn until_other(socket: &mut Socket, ana: &CustomerInfo, before: &Value) -> Value {
    let is_it =
        |event: &Value| event["customer"]["telegram_id"] == ana.id && event["customer"]["avatar"] != *before;
    socket.until("another avatar", is_it).await["customer"]["avatar"].clone()
}

/// A day has passed since the last look, and the customer writes.
async fn write_a_day_later(team: &Team, ana: &CustomerInfo) {
    let look = Look::beside(&team.server);
    look.change("UPDATE customers SET avatar_asked_at = avatar_asked_at - 86400000").await;
    look.close().await;
    team.write(ana, "a day later");
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// Fetches a picture.
async fn picture(browser: &Browser, path: &Value) -> Answer {
    let answer = browser.get(path.as_str().unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(header(&answer, "content-type"), "image/png");
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    assert_eq!(header(&answer, "content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(header(&answer, "cache-control"), "private, max-age=86400, immutable");
    answer
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let shelves = std::fs::read_dir(folder.join("avatars")).into_iter().flatten();
    shelves
        .flat_map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

async fn an_avatar_appears_changes_and_goes(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let (ana, mut socket) = begun(&team).await;
    let first = until_other(&mut socket, &ana, &Value::Null).await;
    let shown = picture(&team.owner, &first).await;
    let session = team.session(&team.owner, &ana, "waiting").await;
    assert_eq!(session["customer"]["avatar"], first);

    // Kept, not fetched again.
    let team = team.restart();
    assert_eq!(picture(&team.owner, &first).await.text, shown.text);

    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    team.simulator.set_avatar(ana.id).unwrap();
    write_a_day_later(&team, &ana).await;
    let second = until_other(&mut socket, &ana, &first).await;
    assert_ne!(picture(&team.owner, &second).await.text, shown.text);
    // Who still has the old address gets what there is now, and may not keep it.
    let old = team.owner.get(first.as_str().unwrap()).await;
    assert_eq!((old.status.as_u16(), header(&old, "cache-control")), (200, "private, no-cache"));

    team.simulator.remove_avatar(ana.id).unwrap();
    write_a_day_later(&team, &ana).await;
    assert_eq!(until_other(&mut socket, &ana, &second).await, Value::Null);
    team.owner.get(second.as_str().unwrap()).await.refused(404, "not_found");
}

async fn an_avatar_is_shown_to_who_sees_the_customer(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let (_, other) = team.add_project("Other").await;
    let outsider = team.add_agent_of("outsider", json!([other])).await;
    let insider = team.add_agent_of("insider", json!([team.project])).await;
    let neighbour = team.neighbour().await;
    let (ana, mut socket) = begun(&team).await;
    let avatar = until_other(&mut socket, &ana, &Value::Null).await;
    let answer = picture(&insider, &avatar).await;
    let path = avatar.as_str().unwrap();
    let request = insider.request(Method::GET, path).header("if-none-match", header(&answer, "etag"));
    let known = insider.fetch(request).await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    outsider.get(path).await.refused(404, "not_found");
    neighbour.get(path).await.refused(404, "not_found");
    Browser::new(&team.server.url).get(path).await.refused(401, "signed_out");
}

async fn a_telegram_that_hangs_or_fails_on_files_delays_no_reply(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    for kind in [FaultKind::Hang, FaultKind::Gateway { status: 502 }] {
        let scope = Scope::Bot(team.bot.id);
        team.simulator.clear_faults(scope).unwrap();
        for method in ["getFile", "getUserProfilePhotos"] {
            team.simulator.set_fault(scope, Fault::always(kind.clone()).on(method)).unwrap();
        }
        let ana = team.customer("Ana");
        team.simulator.set_avatar(ana.id).unwrap();
        team.write(&ana, "hello");
        let mut case = Case::taken(&team.owner, ana.id).await;
        for n in 0..3 {
            let id = case.reply(&format!("reply {n}")).await;
            assert_eq!(case.until_settled(&id).await["state"], "sent");
        }
        let customer = team.owner.get(&format!("/api/customers/{}", case.customer)).await.ok();
        assert_eq!(customer["avatar"], Value::Null);
    }
}

async fn a_file_that_is_gone_comes_back(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let (ana, mut socket) = begun(&team).await;
    let avatar = until_other(&mut socket, &ana, &Value::Null).await;
    let files = files(&team.server.options.data.join("media"));
    assert_eq!(files.len(), 1);
    std::fs::remove_file(&files[0]).unwrap();
    team.owner.get(avatar.as_str().unwrap()).await.refused(404, "not_found");
    let is_back = |event: &Value| event["customer"]["avatar"] == avatar;
    socket.until("the avatar is back", is_back).await;
    picture(&team.owner, &avatar).await;
}

async fn two_nodes_show_the_same_files(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let other = team.server.options.beside().start().unwrap();
    let (ana, mut socket) = begun(&team).await;
    let avatar = until_other(&mut socket, &ana, &Value::Null).await;
    let here = picture(&team.owner, &avatar).await;
    assert_eq!(picture(&team.owner.at(&other.url), &avatar).await.text, here.text);
}
