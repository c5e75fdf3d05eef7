//! Requests that are wrong as such: refused in words, and nothing changes.

use reqwest::{Body, Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::app::{Browser, Team};
use testkit::databases::TestDatabase;

/// Routes that take a body, with a good one.
fn with_bodies(team: &Team) -> Vec<(Method, String, Value)> {
    let project = format!("/api/projects/{}", team.project);
    vec![
        (
            Method::POST,
            "/api/setup".into(),
            json!({ "token": "x", "workspace": { "name": "W", "slug": "w", "time_zone": "UTC" },
            "owner": { "name": "O", "login_name": "o", "password": "0123456789" } }),
        ),
        (Method::POST, "/api/logins".into(), json!({ "login_name": "owner", "password": "0123456789" })),
        (Method::PATCH, "/api/me".into(), json!({ "name": "New", "theme": "dark" })),
        (Method::PUT, "/api/me/status".into(), json!({ "status": "online" })),
        (
            Method::POST,
            "/api/members".into(),
            json!({ "name": "A", "login_name": "a", "role": "agent", "password": "0123456789",
            "projects": "all" }),
        ),
        (Method::POST, "/api/projects".into(), json!({ "token": "1:A" })),
        (Method::PATCH, project.clone(), json!({ "name": "New", "state": "paused" })),
        (Method::PUT, format!("{project}/token"), json!({ "token": "1:A" })),
        (
            Method::POST,
            format!("/api/sessions/{}/messages", uuid::Uuid::new_v4()),
            json!({ "client_id": uuid::Uuid::new_v4(),
            "text": "hello" }),
        ),
    ]
}

fn ask(browser: &Browser, method: &Method, path: &str) -> RequestBuilder {
    browser
        .request(method.clone(), path)
        .header("if-match", "\"1\"")
        .header("content-type", "application/json")
}

async fn everything(team: &Team) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["/api/site", "/api/me", "/api/members", "/api/sessions?tab=all"] {
        let mut answer = team.owner.get(path).await.ok();
        answer["as_of"].take();
        all.push(answer);
    }
    let mut projects = team.owner.get("/api/projects").await.ok();
    for project in projects["items"].as_array_mut().unwrap() {
        // How its connection is goes its own way.
        (project["health"], project["version"]) = (json!(null), json!(null));
    }
    all.push(projects);
    all
}

async fn bodies_that_are_no_json_or_another_one(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let before = everything(&team).await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let deep_field = format!("{{\"name\":{deep}}}");
    for (method, path, good) in with_bodies(&team) {
        let mut wrong: Vec<Vec<u8>> =
            ["", "{", "nonsense", "null", "1", "\"text\"", "[]", "{}x", &deep, &deep_field]
                .map(|text| text.as_bytes().to_vec())
                .to_vec();
        wrong.push(b"\xff\xfe{\x00}\x00".to_vec());
        wrong.push(b"{\"text\":\"\xc3\x28\"}".to_vec());
        wrong.push(br#"{"text":"\ud800"}"#.to_vec());
        for field in good.as_object().unwrap().keys() {
            for value in [json!(1), json!([]), json!({ "a": 1 }), json!(true), json!(["x"])] {
                if (field.as_str(), &value) == ("projects", &json!([])) {
                    continue;
                }
                let mut body = good.clone();
                body[field] = value;
                wrong.push(body.to_string().into_bytes());
            }
        }
        let mut unknown = good.clone();
        unknown["is_owner"] = json!(true);
        wrong.push(unknown.to_string().into_bytes());
        for body in wrong {
            let shown = String::from_utf8_lossy(&body).chars().take(80).collect::<String>();
            let answer = team.owner.fetch(ask(&team.owner, &method, &path).body(body)).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.body["code"]),
                (400, &json!("malformed")),
                "{method} {path} {shown}"
            );
        }
    }
    assert_eq!(everything(&team).await, before, "nothing changed");
}

async fn bodies_that_are_too_large_or_of_another_type(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let before = everything(&team).await;
    for (method, path, good) in with_bodies(&team) {
        let mut large = good.clone();
        let field = good.as_object().unwrap().keys().next().unwrap();
        large[field] = json!("x".repeat(65 * 1024));
        let large = large.to_string();
        let known = ask(&team.owner, &method, &path).body(large.clone());
        team.owner.fetch(known).await.refused(413, "too_large");
        let pieces: Vec<_> =
            large.as_bytes().chunks(1000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let chunked =
            ask(&team.owner, &method, &path).body(Body::wrap_stream(futures_util::stream::iter(pieces)));
        team.owner.fetch(chunked).await.refused(413, "too_large");
        for media_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonp",
            "",
        ] {
            let request = team
                .owner
                .request(method.clone(), &path)
                .header("if-match", "\"1\"")
                .header("content-type", media_type);
            team.owner.fetch(request.body(good.to_string())).await.refused(415, "unsupported_media_type");
        }
    }
    let endless = team.owner.request(Method::POST, "/api/logins").header("content-type", "application/json");
    let endless = endless.body(Body::wrap_stream(futures_util::stream::repeat_with(|| {
        Ok::<_, std::io::Error>(vec![b' '; 4096])
    })));
    // It may be cut before the answer is read.
    if let Ok(answer) = team.owner.try_fetch(endless).await {
        answer.refused(413, "too_large");
    }
    assert_eq!(everything(&team).await, before, "nothing changed");
}

async fn queries(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let unknown = uuid::Uuid::new_v4();
    for query in [
        "",
        "?tab=",
        "?tab=none",
        "?tab=all&colour=red",
        "?tab=all&limit=x",
        "?tab=all&limit=1.5",
        "?tab=all&limit=99999999999999999999",
        "?tab=all&tab=mine",
        "?tab=all&project=x",
        "?tab=all&project=",
    ] {
        team.owner.get(&format!("/api/sessions{query}")).await.refused(400, "malformed");
    }
    for cursor in [
        "x",
        ".",
        "1.",
        ".1",
        "1.x",
        "x.0193e9f0-0000-7000-8000-000000000000",
        "99999999999999999999.0193e9f0-0000-7000-8000-000000000000",
        "%00",
    ] {
        team.owner
            .get(&format!("/api/sessions?tab=all&cursor={cursor}"))
            .await
            .invalid(&[("cursor", "bad_format")]);
    }
    team.owner.get(&format!("/api/sessions?tab=all&project={unknown}")).await.refused(404, "not_found");
    team.owner.get(&format!("/api/sessions/counts?project={unknown}")).await.refused(404, "not_found");
    team.owner.get("/api/sessions/counts?tab=all").await.refused(400, "malformed");
    let ana = team.customer("Ana");
    team.write(&ana, "hello");
    let session = team.session(&team.owner, &ana, "waiting").await;
    let customer = session["customer"]["id"].as_str().unwrap();
    for query in ["?before=x", "?after=1.5", "?before=1&after=1", "?limit=", "?page=2"] {
        team.owner.get(&format!("/api/customers/{customer}/messages{query}")).await.refused(400, "malformed");
    }
    let at = |query: &str| format!("/api/customers/{customer}/messages?{query}");
    for (query, count) in [
        ("before=-1", 0),
        ("after=9223372036854775807", 0),
        ("after=-9223372036854775808&limit=-5", 1),
        ("limit=0", 1),
    ] {
        assert_eq!(
            team.owner.get(&at(query)).await.ok()["items"].as_array().unwrap().len(),
            count,
            "{query}"
        );
    }
    team.owner
        .get(&format!("/api/customers/{customer}/sessions?cursor=x"))
        .await
        .invalid(&[("cursor", "bad_format")]);
    team.owner.get(&format!("/api/customers/{customer}/sessions?tab=all")).await.refused(400, "malformed");
    let socket = team
        .owner
        .request(Method::GET, "/api/events?since=1")
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    team.owner.fetch(socket).await.refused(400, "malformed");
    team.owner.get("/api/events").await.refused(400, "malformed");
}

async fn versions(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let project = format!("/api/projects/{}", team.project);
    for (path, body) in [("/api/me", json!({ "name": "New" })), (project.as_str(), json!({ "name": "New" }))]
    {
        let before = team.owner.get(path).await.ok();
        let send = async |value: Option<&str>| {
            let request = team.owner.request(Method::PATCH, path).json(&body);
            team.owner
                .fetch(match value {
                    Some(value) => request.header("if-match", value),
                    None => request,
                })
                .await
        };
        send(None).await.refused(428, "if_match_required");
        for stale in ["\"0\"", "\"99\"", "-1", "\"9223372036854775807\""] {
            send(Some(stale)).await.refused(412, "stale_version");
        }
        for rubbish in ["", "*", "\"x\"", "W/\"1\"", "\"1\", \"2\"", "99999999999999999999"] {
            send(Some(rubbish)).await.refused(400, "malformed");
        }
        assert_eq!(team.owner.get(path).await.ok()["name"], before["name"]);
    }
    // Two edits on the same version: one of them loses, and is told.
    let me = team.owner.get("/api/me").await.ok();
    let version = me["version"].as_i64().unwrap();
    let edit = |name: &str| team.owner.patch("/api/me", version, json!({ "name": name }));
    let (one, other) = tokio::join!(edit("One"), edit("Other"));
    let mut outcomes = [one.status.as_u16(), other.status.as_u16()];
    outcomes.sort_unstable();
    assert_eq!(outcomes, [200, 412]);
}

async fn heads(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    for length in [64 * 1024, 4 << 20] {
        let huge = team.owner.request(Method::GET, "/api/me").header("x-huge", "x".repeat(length));
        // Answered, or cut while it still sends.
        if let Ok(answer) = team.owner.try_fetch(huge).await {
            assert_eq!(answer.status, 431);
        }
    }
    let mut many = team.owner.request(Method::GET, "/api/me");
    for n in 0..200 {
        many = many.header(format!("x-{n}"), "1");
    }
    assert_eq!(team.owner.fetch(many).await.status, 431);
    let long = team.owner.get(&format!("/api/sessions?tab=all&cursor={}", "x".repeat(20_000))).await;
    long.invalid(&[("cursor", "bad_format")]);
    let cookies = team
        .owner
        .request(Method::GET, "/api/me")
        .header("cookie", "teledesk=; ; =; teledesk; teledesk=rubbish");
    assert_eq!(Browser::new(&team.server.url).fetch(cookies).await.status, 200, "its own cookie came first");
    let nobody = Browser::new(&team.server.url);
    let rubbish = [
        "teledesk=rubbish".to_owned(),
        format!("teledesk={}", "x".repeat(10_000)),
        "teledesk=\"a\"".to_owned(),
    ];
    for cookie in rubbish {
        nobody
            .fetch(nobody.request(Method::GET, "/api/me").header("cookie", cookie))
            .await
            .refused(401, "signed_out");
    }
}

testkit::both_databases!(queries, versions);
testkit::on_sqlite!(
    bodies_that_are_no_json_or_another_one,
    bodies_that_are_too_large_or_of_another_type,
    heads,
);
