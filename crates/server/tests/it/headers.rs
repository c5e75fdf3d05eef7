//! Headers of every answer, and cookies.

use reqwest::Method;
use serde_json::json;
use testkit::app::{Answer, Browser, PASSWORD, ServerOptions, Team, simulator};
use testkit::databases::TestDatabase;

#[track_caller]
fn is_protected(what: &str, answer: &Answer) {
    let header = |name: &str| {
        answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let csp = header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
    ] {
        assert!(csp.split(';').any(|part| part.trim() == rule), "{what}: {csp}");
    }
    assert!(!csp.contains("unsafe") && !csp.contains('*') && !csp.contains("http"), "{csp}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(header(name), value, "{what}: {name}");
    }
    for name in ["access-control-allow-origin", "server", "x-powered-by"] {
        assert_eq!(header(name), "", "{what}: {name}");
    }
}

async fn every_answer_is_protected(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let nobody = Browser::new(&team.server.url);
    let paths = [
        "/",
        "/index.html",
        "/w/team",
        "/setup",
        "/assets/none.js",
        "/favicon.svg",
        "/healthz",
        "/api/site",
        "/api/me",
        "/api/nothing",
        "/api",
        "/api/openapi.json",
        "/api/events",
        "/api/sessions?tab=x",
        "/api/customers/x",
    ];
    for path in paths {
        for browser in [&nobody, &team.owner] {
            for method in
                [Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::DELETE, Method::TRACE]
            {
                let answer = browser.fetch(browser.request(method.clone(), path)).await;
                is_protected(&format!("{method} {path}"), &answer);
                if path.starts_with("/api") {
                    assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
                }
            }
        }
    }
    let foreign = nobody.on_page_of("http://evil.test").get("/api/me").await;
    is_protected("foreign", &foreign);
    foreign.refused(403, "foreign_origin");
    let large =
        team.owner.post("/api/logins", json!({ "login_name": "x".repeat(100_000), "password": "x" })).await;
    is_protected("too large", &large);
    let socket = team
        .owner
        .request(Method::GET, "/api/events")
        .header("connection", "upgrade")
        .header("upgrade", "websocket");
    let socket = socket
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
        .send()
        .await
        .unwrap();
    assert_eq!(socket.status(), 101);
    assert_eq!(socket.headers()["x-frame-options"], "DENY");
}

fn cookie(answer: &Answer) -> Vec<String> {
    let header = answer.headers["set-cookie"].to_str().unwrap();
    header.split("; ").map(str::to_owned).collect()
}

async fn cookies_are_out_of_reach(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let answer = team.owner.log_in("owner", PASSWORD).await;
    let parts = cookie(&answer);
    assert!(
        parts[0].starts_with("teledesk=") && parts[0].len() == "teledesk=".len() + 43,
        "256 bits: {parts:?}"
    );
    assert_eq!(parts[1..], ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=7776000"]);
    assert!(!answer.text.contains(&parts[0]["teledesk=".len()..]), "the token is in the cookie alone");
    let out = team.owner.delete("/api/logins/current").await;
    assert_eq!(cookie(&out), ["teledesk=", "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=0"]);
}

async fn on_https_cookies_are_bound_to_the_host(database: TestDatabase) {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(&["--public-url", "https://Desk.test:443/"]).start().unwrap();
    let inside = Browser::new(&server.url);
    let browser = inside.on_page_of("https://desk.test");
    let setup = json!({ "token": server.setup_token(), "workspace": { "name": "W", "slug": "w", "time_zone": "UTC" },
        "owner": { "name": "O", "login_name": "owner", "password": PASSWORD } });
    inside.post("/api/setup", setup.clone()).await.refused(403, "foreign_origin");
    browser
        .on_page_of("http://desk.test")
        .post("/api/setup", setup.clone())
        .await
        .refused(403, "foreign_origin");
    let answer = browser.post("/api/setup", setup).await;
    let parts = cookie(&answer);
    assert!(parts[0].starts_with("__Host-teledesk="), "{parts:?}");
    assert_eq!(parts[1..], ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=7776000", "Secure"]);
    browser.get("/api/me").await.ok();
    // The plain name, which a neighbouring host could set, signs nobody in.
    let plain = parts[0].replace("__Host-", "");
    let nobody = Browser::new(&server.url).on_page_of("https://desk.test");
    nobody
        .fetch(nobody.request(Method::GET, "/api/me").header("cookie", plain))
        .await
        .refused(401, "signed_out");
    let out = browser.delete("/api/logins/current").await;
    assert_eq!(
        cookie(&out),
        ["__Host-teledesk=", "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=0", "Secure"]
    );
}

testkit::on_sqlite!(
    every_answer_is_protected,
    cookies_are_out_of_reach,
    on_https_cookies_are_bound_to_the_host
);
