//! Several browsers want the same thing at once.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::json;
use testkit::app::{Answer, Team};
use testkit::databases::TestDatabase;

/// Eight agents, none of whom diversion gives anything.
async fn eight(database: TestDatabase) -> Team {
    let team = Team::new(crate::TELEDESK, database, 8).await;
    for agent in &team.agents {
        agent.put("/api/me/status", json!({ "status": "busy" })).await.ok();
    }
    team
}

async fn one_of_eight_takes_a_session(database: TestDatabase) {
    let team = eight(database).await;
    for n in 0..5 {
        let customer = team.customer(&format!("Customer {n}"));
        team.write(&customer, "hello");
        let session = team.session(&team.owner, &customer, "waiting").await;
        let path = format!("/api/sessions/{}/take", session["id"].as_str().unwrap());
        let answers = join_all(team.agents.iter().map(|agent| agent.post(&path, json!({})))).await;
        let winners: Vec<_> =
            answers.iter().enumerate().filter(|(_, answer)| answer.status.is_success()).collect();
        let [(winner, taken)] = winners[..] else { panic!("{} took it", winners.len()) };
        let name = format!("agent{winner}");
        assert_eq!(taken.body["assignee"]["name"], name.as_str());
        assert_eq!(taken.body["state"], "open");
        for lost in answers.iter().filter(|answer| !answer.status.is_success()) {
            lost.refused(409, "already_taken");
            assert_eq!(lost.body["params"]["name"], name.as_str());
        }
        team.agents[winner].post(&path, json!({})).await.ok();
        let timeline = team
            .owner
            .get(&format!("/api/customers/{}/messages", session["customer"]["id"].as_str().unwrap()))
            .await
            .ok();
        let lines = timeline["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|line| line["service"]["what"] == "taken")
            .count();
        assert_eq!(lines, 1, "it says so once");
    }
}

async fn a_session_ends_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let ana = team.customer("Ana");
    team.write(&ana, "hello");
    let agent = &team.agents[0];
    let session = team.session(agent, &ana, "open").await;
    let path = format!("/api/sessions/{}/end", session["id"].as_str().unwrap());
    let answers: Vec<Answer> = join_all((0..6).map(|_| agent.post(&path, json!({})))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.is_success()).count(), 1);
    answers
        .iter()
        .filter(|answer| !answer.status.is_success())
        .for_each(|answer| answer.refused(409, "session_ended"));
    agent.post(&path, json!({})).await.refused(409, "session_ended");
    assert_eq!(agent.get("/api/sessions/counts").await.ok()["all"], 0);
}

/// Whoever answers and whoever ends at the same moment: each reply is either in the ended session or refused.
async fn replies_and_the_end_at_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let ana = team.customer("Ana");
    team.write(&ana, "hello");
    let agent = &team.agents[0];
    let session = team.session(agent, &ana, "open").await;
    let id = session["id"].as_str().unwrap();
    let replies = join_all((0..8).map(|_| agent.reply(id, "an answer")));
    let end = format!("/api/sessions/{id}/end");
    let (replies, ended) = tokio::join!(replies, agent.post(&end, json!({})));
    ended.ok();
    let accepted: BTreeSet<_> =
        replies.iter().filter(|(_, answer)| answer.status == 201).map(|(key, _)| key.clone()).collect();
    replies
        .iter()
        .filter(|(_, answer)| answer.status != 201)
        .for_each(|(_, answer)| answer.refused(409, "session_ended"));
    let timeline = team
        .owner
        .get(&format!("/api/customers/{}/messages", session["customer"]["id"].as_str().unwrap()))
        .await
        .ok();
    let lines = timeline["items"].as_array().unwrap();
    let stored = lines.iter().filter_map(|line| line["client_id"].as_str().map(str::to_owned)).collect();
    assert_eq!(accepted, stored);
    assert_eq!(lines.last().unwrap()["service"]["what"], "ended", "nothing stands behind the end");
}

testkit::both_databases!(one_of_eight_takes_a_session, a_session_ends_once, replies_and_the_end_at_once);
