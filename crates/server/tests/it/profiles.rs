//! What members do for themselves, over HTTP: password, second factor, avatar; and what admins see and set.

use std::io::Cursor;

use desk::{Clock as _, SystemClock};
use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::app::{Answer, Browser, PASSWORD, Team};
use testkit::databases::TestDatabase;
use totp_rs::{Algorithm, Secret, TOTP};

fn code(secret: &Value, steps: u64) -> String {
    let bytes = Secret::Encoded(secret.as_str().unwrap().to_owned()).to_bytes().unwrap();
    let seconds = u64::try_from(SystemClock.now().0 / 1000).unwrap();
    TOTP::new(Algorithm::SHA1, 6, 1, 30, bytes).unwrap().generate(seconds + steps * 30)
}

async fn enter(browser: &Browser, login_name: &str, code: &str) -> Answer {
    let login = json!({ "login_name": login_name, "password": PASSWORD, "code": code });
    browser.post("/api/logins", login).await
}

async fn too_many_attempts_say_until_when(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let stranger = Browser::new(&team.server.url);
    for name in ["agent0", "nobody"] {
        for _ in 0..5 {
            stranger.log_in(name, "a wrong password").await.refused(401, "wrong_credentials");
        }
        let refused = stranger.log_in(name, PASSWORD).await;
        refused.refused(429, "too_many_attempts");
        let seconds = refused.body["params"]["seconds"].as_i64().unwrap();
        assert!((1..=30).contains(&seconds), "{seconds}");
        assert_eq!(refused.headers["retry-after"], seconds.to_string().as_str());
    }
    team.agents[0].get("/api/me").await.ok();
    let me = team.agents[0].get("/api/me").await.ok();
    let path = format!("/api/members/{}/logins", me["id"].as_str().unwrap());
    let seen = team.owner.get(&path).await.ok();
    assert_eq!(seen["items"][0]["live"], true);
    assert_eq!(seen["attempts"][0]["reason"], "locked_out");
    assert_eq!(seen["attempts"][1]["reason"], "wrong_password");
    assert!(seen["locked_until"].is_i64());
    team.agents[0].get(&path).await.refused(403, "forbidden");
    let mine = team.agents[0].get("/api/me/logins").await.ok();
    assert_eq!((&mine["items"][0]["current"], mine.get("attempts")), (&json!(true), None));
}

async fn a_second_factor_is_set_up_and_asked_for(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let agent = &team.agents[0];
    let shown = agent.send(Method::POST, "/api/me/second-factor", None, None).await.ok();
    assert!(shown["uri"].as_str().unwrap().starts_with("otpauth://totp/Team:agent0?secret="));
    let confirm = "/api/me/second-factor/confirm";
    agent.post(confirm, json!({ "code": "000000" })).await.invalid(&[("code", "wrong")]);
    let codes = agent.post(confirm, json!({ "code": code(&shown["secret"], 0) })).await.ok();
    assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(agent.get("/api/me").await.ok()["second_factor"], true);

    let other = Browser::new(&team.server.url);
    other.log_in("agent0", "a wrong password").await.refused(401, "wrong_credentials");
    other.log_in("agent0", PASSWORD).await.refused(401, "second_factor_needed");
    agent.get("/api/me").await.ok();
    enter(&other, "agent0", "000000").await.refused(401, "wrong_code");
    enter(&other, "agent0", &code(&shown["secret"], 1)).await.ok();
    agent.get("/api/me").await.refused(401, "signed_in_elsewhere");

    let me = other.get("/api/me").await.ok();
    team.owner.delete(&format!("/api/members/{}/second-factor", me["id"].as_str().unwrap())).await.ok();
    agent.log_in("agent0", PASSWORD).await.ok();
}

async fn who_must_set_one_up_can_do_nothing_else(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let agent = &team.agents[0];
    let mut socket = agent.events(None).await;
    socket.hello().await;
    let settings = team.owner.get("/api/workspace").await.ok();
    assert_eq!(settings["second_factor"], "optional");
    let required = json!({ "second_factor": "required" });
    agent.patch("/api/workspace", 1, required.clone()).await.refused(403, "forbidden");
    team.owner.patch("/api/workspace", 1, required).await.ok();
    socket.rest().await;
    for path in ["/api/sessions?tab=all", "/api/members", "/api/events"] {
        agent.get(path).await.refused(403, "second_factor_setup_needed");
    }
    assert_eq!(agent.get("/api/me").await.ok()["must_set_up_second_factor"], true);
    let shown = agent.send(Method::POST, "/api/me/second-factor", None, None).await.ok();
    agent.post("/api/me/second-factor/confirm", json!({ "code": code(&shown["secret"], 0) })).await.ok();
    agent.get("/api/sessions?tab=all").await.ok();
    // Who sets it must have one too.
    team.owner.get("/api/members").await.refused(403, "second_factor_setup_needed");
}

async fn a_password_is_changed(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let agent = &team.agents[0];
    let change = |current: &str, new: &str| {
        agent.put("/api/me/password", json!({ "current": current, "password": new }))
    };
    change("not it", "an ocean of violet umbrellas").await.invalid(&[("current", "wrong")]);
    change(PASSWORD, "agent0agent0").await.invalid(&[("password", "too_guessable")]);
    assert_eq!(change(PASSWORD, "an ocean of violet umbrellas").await.ok()["login_name"], "agent0");
    agent.get("/api/me").await.ok();
    let other = Browser::new(&team.server.url);
    other.log_in("agent0", PASSWORD).await.refused(401, "wrong_credentials");
    other.log_in("agent0", "an ocean of violet umbrellas").await.ok();
}

async fn an_avatar_is_uploaded_shown_and_removed(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let agent = &team.agents[0];
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let put = async |bytes: Vec<u8>, kind: &str| {
        let request = agent.request(Method::PUT, "/api/me/avatar").header("content-type", kind);
        agent.fetch(request.body(bytes)).await
    };
    put(b"<html>".to_vec(), "image/png").await.refused(422, "no_picture");
    put(b"<html>".to_vec(), "text/html").await.refused(415, "unsupported_media_type");
    put(vec![0; 5 * 1024 * 1024 + 1], "image/png").await.refused(413, "too_large");
    let mut png = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgb8(RgbImage::from_pixel(640, 480, image::Rgb([200, 30, 90])));
    picture.write_to(&mut png, ImageFormat::Png).unwrap();
    // Called a JPEG, it is what it is.
    let me = put(png.into_inner(), "image/jpeg").await.ok();
    let path = me["avatar"].as_str().unwrap().to_owned();
    socket.until("colleagues are told", |event| event["member"]["avatar"] == path.as_str()).await;
    let members = team.owner.get("/api/members").await.ok();
    assert_eq!(members["items"][1]["avatar"], path.as_str());

    let shown = team.owner.fetch(team.owner.request(Method::GET, &path)).await;
    assert_eq!(
        (shown.status.as_u16(), &shown.headers["content-type"]),
        (200, &"image/jpeg".parse().unwrap())
    );
    assert_eq!(shown.headers["cache-control"], "private, max-age=86400, immutable");
    let tag = shown.headers["etag"].clone();
    let again = team.owner.request(Method::GET, &path).header("if-none-match", tag);
    assert_eq!(team.owner.fetch(again).await.status.as_u16(), 304);
    let neighbour = team.neighbour().await;
    neighbour.get(&path).await.refused(404, "not_found");
    assert_eq!(agent.delete("/api/me/avatar").await.ok()["avatar"], Value::Null);
    team.owner.get(&path).await.refused(404, "not_found");
}

testkit::both_databases!(
    too_many_attempts_say_until_when,
    a_second_factor_is_set_up_and_asked_for,
    who_must_set_one_up_can_do_nothing_else,
    a_password_is_changed,
    an_avatar_is_uploaded_shown_and_removed,
);
