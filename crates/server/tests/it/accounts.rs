//! Accounts: the first set-up, names of all kinds, roles that can't be given.

use serde_json::{Value, json};
use testkit::app::{Answer, Browser, PASSWORD, ServerOptions, Team, simulator};
use testkit::databases::TestDatabase;

fn setup(token: &str) -> Value {
    json!({ "token": token, "workspace": { "name": "Team", "slug": "team", "time_zone": "Europe/Berlin" },
        "owner": { "name": "Owner", "login_name": "owner", "password": PASSWORD } })
}

async fn set_up_is_done_once(database: TestDatabase) {
    let simulator = simulator().await;
    let server = ServerOptions::new(crate::TELEDESK, &database, simulator.url()).start().unwrap();
    let old_token = server.setup_token();
    // Each start has a token of its own, until it is done.
    let server = server.restart();
    let token = server.setup_token();
    assert_ne!(token, old_token);
    let browser = Browser::new(&server.url);
    assert_eq!(browser.get("/api/site").await.ok()["setup_needed"], true);
    for wrong in ["", "x", &old_token, &token[1..], &format!("{token}x"), &token.to_uppercase()] {
        browser.post("/api/setup", setup(wrong)).await.refused(403, "wrong_setup_token");
    }
    for (place, value, field, code) in [
        ("/workspace/name", json!(" "), "workspace.name", "required"),
        ("/workspace/name", json!("x".repeat(81)), "workspace.name", "too_long"),
        ("/workspace/slug", json!(""), "workspace.slug", "required"),
        ("/workspace/slug", json!("x".repeat(41)), "workspace.slug", "too_long"),
        ("/workspace/slug", json!("Team"), "workspace.slug", "bad_format"),
        ("/workspace/slug", json!("-team"), "workspace.slug", "bad_format"),
        ("/workspace/slug", json!("команда"), "workspace.slug", "bad_format"),
        ("/workspace/time_zone", json!("Mars/Base"), "workspace.time_zone", "unknown"),
        ("/workspace/time_zone", json!("../../etc/passwd"), "workspace.time_zone", "unknown"),
        ("/owner/name", json!("\u{0}\n"), "owner.name", "required"),
        ("/owner/login_name", json!(""), "owner.login_name", "required"),
        ("/owner/login_name", json!("two words"), "owner.login_name", "bad_format"),
        ("/owner/password", json!("too short"), "owner.password", "too_short"),
        ("/owner/password", json!("x".repeat(201)), "owner.password", "too_long"),
    ] {
        let mut body = setup(&token);
        *body.pointer_mut(place).unwrap() = value;
        browser.post("/api/setup", body).await.invalid(&[(field, code)]);
    }
    assert_eq!(browser.get("/api/site").await.ok()["setup_needed"], true, "nothing changed");

    let others: Vec<_> = (0..4).map(|_| Browser::new(&server.url)).collect();
    let answers =
        futures_util::future::join_all(others.iter().map(|other| other.post("/api/setup", setup(&token))))
            .await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    answers.iter().filter(|answer| answer.status != 201).for_each(|answer| answer.refused(409, "setup_done"));
    browser.post("/api/setup", setup(&token)).await.refused(409, "setup_done");
    let site = browser.get("/api/site").await.ok();
    assert_eq!((&site["setup_needed"], &site["workspace"]["slug"]), (&json!(false), &json!("team")));
    // The operator's way is open still, but not twice for one name.
    let again = ["owner", "create", "--workspace", "T", "--slug", "team", "--name", "N", "--login-name", "n"];
    let (status, _, words) = server.options.run(&again);
    assert_eq!((status.code(), words.as_str()), (Some(1), "teledesk: slug in use\n"));
}

async fn add(team: &Team, name: &str, login_name: &str) -> Answer {
    let member = json!({ "name": name, "login_name": login_name, "role": "agent", "password": PASSWORD, "projects": "all" });
    team.owner.post("/api/members", member).await
}

async fn login_names_are_one_person_however_written(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    add(&team, "Straße", "straße").await.ok();
    for same in ["STRASSE", "Strasse", "ｓｔｒａｓｓｅ", " strasse\n", "ſtraße", "OWNER", "Ｏｗｎｅｒ"]
    {
        add(&team, "Other", same).await.refused(409, "login_name_in_use");
    }
    let at_once = (0..6).map(|n| {
        let name = if n % 2 == 0 { "same" } else { "SAME" };
        add(&team, "Same", name)
    });
    let answers = futures_util::future::join_all(at_once).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    answers
        .iter()
        .filter(|answer| answer.status != 201)
        .for_each(|answer| answer.refused(409, "login_name_in_use"));
    for spelling in ["straße", "STRASSE", "Ｓｔｒａｓｓｅ ", "straße"] {
        Browser::new(&team.server.url).log_in(spelling, PASSWORD).await.ok();
    }
    assert_eq!(team.owner.get("/api/members").await.ok()["items"].as_array().unwrap().len(), 3);
}

async fn names_of_all_kinds(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let long = "ж".repeat(80);
    let family = "👩‍👩‍👧‍👦".repeat(80);
    let names = [
        long.as_str(),
        &family,
        "محمد بن سلمان",
        "\u{202e}evil",
        "O'Brien; DROP TABLE members",
        "<b>bold</b>",
        "\u{0915}\u{094d}\u{0937}",
        "  a\t b  ",
    ];
    for (n, name) in names.into_iter().enumerate() {
        let added = add(&team, name, &format!("m{n}")).await.ok();
        // Nothing turns what stands beside it.
        let expected = [("  a\t b  ", "a b"), ("\u{202e}evil", "evil")].into_iter().find(|it| it.0 == name);
        assert_eq!(added["name"], expected.map_or(name, |it| it.1));
    }
    for (name, code) in [
        ("", "required"),
        (" \n", "required"),
        ("\u{0}", "required"),
        ("\u{200b}\u{2060}", "required"),
        (&*"x".repeat(81), "too_long"),
        (&*format!("e{}", "\u{301}".repeat(2000)), "too_long"),
    ] {
        add(&team, name, "refused").await.invalid(&[("name", code)]);
    }
    for (login_name, code) in [
        ("", "required"),
        ("a b", "bad_format"),
        ("a\u{3000}b", "bad_format"),
        (&*"x".repeat(65), "too_long"),
    ] {
        add(&team, "Refused", login_name).await.invalid(&[("login_name", code)]);
    }
    let members = team.owner.get("/api/members").await.ok();
    assert_eq!(members["items"].as_array().unwrap().len(), names.len() + 1);
}

async fn roles_and_projects_that_can_not_be_given(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let member = |role: &str, projects: Value| json!({ "name": "M", "login_name": "m", "role": role, "password": PASSWORD, "projects": projects });
    let add = async |body: Value| team.owner.post("/api/members", body).await;
    add(member("owner", json!("all"))).await.invalid(&[("role", "unknown")]);
    for role in ["king", "", "Owner", "AGENT"] {
        add(member(role, json!("all"))).await.refused(400, "malformed");
    }
    for projects in [json!([uuid::Uuid::new_v4()]), json!([team.project, uuid::Uuid::new_v4()])] {
        add(member("agent", projects)).await.invalid(&[("projects", "unknown")]);
    }
    for projects in [json!("none"), json!(["x"]), json!(null), json!({})] {
        add(member("agent", projects)).await.refused(400, "malformed");
    }
    let mut short = member("agent", json!("all"));
    short["password"] = json!("123456789");
    add(short).await.invalid(&[("password", "too_short")]);
    assert_eq!(
        team.owner.get("/api/members").await.ok()["items"].as_array().unwrap().len(),
        1,
        "nothing changed"
    );
    let twice = add(member("agent", json!([team.project, team.project]))).await.ok();
    assert_eq!(twice["sees_no_project"], false);
    let mut of_none = member("supervisor", json!([]));
    of_none["login_name"] = json!("nobody");
    assert_eq!(add(of_none).await.ok()["sees_no_project"], true);
    let me = team.owner.get("/api/me").await.ok();
    for (body, field, code) in [
        (json!({ "name": " " }), "name", "required"),
        (json!({ "language": "tlh" }), "language", "unknown"),
        (json!({ "time_zone": "x" }), "time_zone", "unknown"),
    ] {
        team.owner.patch("/api/me", me["version"].as_i64().unwrap(), body).await.invalid(&[(field, code)]);
    }
    team.owner.put("/api/me/status", json!({ "status": "away" })).await.refused(400, "malformed");
    assert_eq!(team.owner.get("/api/me").await.ok(), me, "nothing changed");
}

testkit::both_databases!(set_up_is_done_once, login_names_are_one_person_however_written, names_of_all_kinds);
testkit::on_sqlite!(roles_and_projects_that_can_not_be_given);
