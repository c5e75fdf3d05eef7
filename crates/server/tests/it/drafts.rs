//! Drafts over HTTP: they follow their member to another browser, and are nobody else's.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::app::{Answer, Browser, PASSWORD, Team};
use testkit::databases::TestDatabase;

async fn a_draft_follows_its_member_and_nobody_else(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 2).await;
    let ana = team.customer("Ana");
    team.write(&ana, "Hello");
    let session = team.session(&team.owner, &ana, "open").await;
    let customer = session["customer"]["id"].as_str().unwrap();
    let path = format!("/api/customers/{customer}/draft");
    let agent = &team.agents[0];
    agent.put(&path, json!({ "text": "half a sent" })).await.refused(428, "if_match_required");
    let kept = save(agent, &path, 0, "half a sent").await.ok();
    save(agent, &path, 0, "").await.refused(412, "stale_version");

    // Signed in elsewhere, it is there.
    let elsewhere = Browser::new(&team.server.url);
    elsewhere.log_in_to("team", "agent0", PASSWORD).await.ok();
    assert_eq!(elsewhere.get(&path).await.ok(), kept);
    assert_eq!(elsewhere.get("/api/drafts").await.ok()["items"], json!([kept]));
    save(agent, &path, version(&kept), "thrown out").await.refused(401, "signed_in_elsewhere");

    // The owner and a colleague see the customer, and nothing of the draft.
    let nothing = json!({ "customer_id": customer, "text": "", "version": 0 });
    for other in [&team.owner, &team.agents[1]] {
        assert_eq!(other.get(&path).await.ok(), nothing);
        assert_eq!(other.get("/api/drafts").await.ok()["items"], json!([]));
        other.delete(&path).await.ok();
    }
    // Another workspace, and a member of another project, don't even see that there is such a customer.
    let neighbour = team.neighbour().await;
    let (_, project) = team.add_project("Other").await;
    let outsider = team.add_agent_of("outsider", json!([project])).await;
    for stranger in [&neighbour, &outsider] {
        stranger.get(&path).await.refused(404, "not_found");
        save(stranger, &path, 0, "from a stranger").await.refused(404, "not_found");
        stranger.delete(&path).await.refused(404, "not_found");
        assert_eq!(stranger.get("/api/drafts").await.ok()["items"], json!([]));
    }
    assert_eq!(elsewhere.get(&path).await.ok(), kept);

    elsewhere.delete(&path).await.ok();
    assert_eq!(elsewhere.get(&path).await.ok(), nothing);
}

fn version(draft: &Value) -> i64 {
    draft["version"].as_i64().unwrap()
}

async fn save(browser: &Browser, path: &str, based_on: i64, text: &str) -> Answer {
    let request = browser.request(Method::PUT, path).header("if-match", format!("\"{based_on}\""));
    browser.fetch(request.json(&json!({ "text": text }))).await
}

testkit::both_databases!(a_draft_follows_its_member_and_nobody_else);
