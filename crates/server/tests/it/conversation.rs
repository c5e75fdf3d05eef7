//! The main job: a customer writes, an agent answers, the customer reads it.

use serde_json::json;
use simulator::Author;
use testkit::app::Team;
use testkit::databases::TestDatabase;

async fn a_customer_writes_and_an_agent_answers(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let agent = &team.agents[0];
    let mut socket = agent.events(None).await;
    socket.hello().await;

    let ana = team.customer("Ana");
    team.write(&ana, "Is anybody there?");
    let session = team.session_on(&mut socket, agent, &ana, "open").await;
    assert_eq!(session["unread"], 1);
    assert_eq!(session["last_message"]["text"], "Is anybody there?");
    let id = session["id"].as_str().unwrap();

    let (_, answer) = agent.reply(id, "Yes, how can I help?").await;
    assert_eq!(answer.ok()["delivery"]["state"], "queued");
    socket.until("the reply is sent", |event| event["message"]["delivery"]["state"] == "sent").await;
    let chat = team.chat(&ana);
    let expected = [(Author::Customer, "Is anybody there?"), (Author::Bot, "Yes, how can I help?")];
    assert_eq!(chat, expected.map(|(author, text)| (author, text.to_owned())));

    agent.post(&format!("/api/sessions/{id}/end"), json!({})).await.ok();
    let timeline = agent
        .get(&format!("/api/customers/{}/messages", session["customer"]["id"].as_str().unwrap()))
        .await
        .ok();
    let lines: Vec<_> = timeline["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["service"]["what"].as_str().or(line["text"].as_str()).unwrap().to_owned())
        .collect();
    let expected = ["session_started", "Is anybody there?", "assigned", "Yes, how can I help?", "ended"];
    assert_eq!(lines, expected);
}

testkit::both_databases!(a_customer_writes_and_an_agent_answers);
