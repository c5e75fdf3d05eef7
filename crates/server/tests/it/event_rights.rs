//! Events reach those who may have them, live and in replay, and nobody else.

use serde_json::{Value, json};
use simulator::{BotInfo, CustomerInfo};
use testkit::app::{Browser, PATIENCE, Socket, Team};
use testkit::databases::TestDatabase;
use tokio::time::timeout;

use crate::look::Look;

/// A team with a second project, which `insider` serves.
struct Scene {
    team: Team,
    bot: BotInfo,
    project: String,
    customer: CustomerInfo,
}

/// Someone who may have no event of that project, and where they stand.
struct Listener {
    browser: Browser,
    socket: Socket,
    began: String,
}

impl Listener {
    async fn new(browser: Browser) -> Self {
        let mut socket = browser.events(None).await;
        socket.hello().await;
        let began = socket.cursor.clone();
        Self { browser, socket, began }
    }

    /// The events up to one that this listener causes now.
    async fn heard_until_now(&mut self) -> Vec<Value> {
        let me = self.browser.get("/api/me").await.ok();
        let status = if me["status"] == "busy" { "online" } else { "busy" };
        self.browser.put("/api/me/status", json!({ "status": status })).await.ok();
        let mut heard = Vec::new();
        let hearing = async {
            loop {
                let frame = self.socket.frame().await.expect("a frame");
                let events = frame["events"].as_array().cloned().unwrap_or_default();
                let mine =
                    |event: &Value| event["member"]["id"] == me["id"] && event["member"]["status"] == status;
                let last = events.iter().any(mine);
                heard.extend(events);
                if last {
                    return;
                }
            }
        };
        timeout(PATIENCE, hearing).await.expect("its own event comes");
        heard
    }

    /// The events that a browser gets which was away since `after`.
    async fn replay(&self, after: &str) -> Vec<Value> {
        self.browser.events(Some(after)).await.hello().await
    }
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let team = Team::new(crate::TELEDESK, database, 1).await;
        let (bot, project) = team.add_project("Protected").await;
        let customer = team.customer("Customername");
        Self { team, bot, project, customer }
    }

    /// A whole conversation, of which the assignee gets all events.
    async fn conversation(&self) {
        let agent = &self.team.agents[0];
        let mut socket = agent.events(None).await;
        socket.hello().await;
        self.team.simulator.write(self.customer.id, self.bot.id, "whatthecustomerwrote").unwrap();
        let session = self.team.session_on(&mut socket, agent, &self.customer, "open").await;
        let id = session["id"].as_str().unwrap();
        agent.reply(id, "whattheagentwrote").await.1.ok();
        socket.until("it is sent", |event| event["message"]["delivery"]["state"] == "sent").await;
        agent.post(&format!("/api/sessions/{id}/end"), json!({})).await.ok();
        socket.until("it has ended", |event| event["session"]["state"] == "ended").await;
    }

    #[track_caller]
    fn tells_nothing(&self, heard: &[Value]) {
        let text = Value::from(heard).to_string();
        let telegram_id = self.customer.id.to_string();
        for word in ["Protected", "Customername", "customerwrote", "agentwrote", &self.project, &telegram_id]
        {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}

async fn nobody_else_hears_of_a_project(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let others = [
        scene.team.add_agent_of("of-another-project", json!([scene.team.project])).await,
        scene.team.add_agent_of("of-no-project", json!([])).await,
        scene.team.neighbour().await,
    ];
    let mut listeners = Vec::new();
    for browser in others {
        listeners.push(Listener::new(browser).await);
    }
    scene.conversation().await;
    for listener in &mut listeners {
        let heard = listener.heard_until_now().await;
        scene.tells_nothing(&heard);
        scene.tells_nothing(&listener.replay(&listener.began).await);
        scene.tells_nothing(&listener.replay("0").await);
    }
    // The same cursor tells those who may know.
    let told = scene.team.agents[0].events(Some("0")).await.hello().await;
    assert!(Value::from(told).to_string().contains("whatthecustomerwrote"));
}

/// No request takes rights away yet, so the test does, as a later one will: in the tables.
async fn rights_lost_while_away_end_the_replay(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let browser = scene.team.add_agent_of("leaving", json!([scene.project])).await;
    let away = Listener::new(browser).await;
    scene.conversation().await;
    let told = away.replay(&away.began).await;
    assert!(Value::from(told).to_string().contains("whatthecustomerwrote"), "as long as they may");

    let look = Look::beside(&scene.team.server);
    look.change("DELETE FROM member_projects").await;
    let workspace = "(SELECT workspace_id FROM projects LIMIT 1)";
    look.change(&format!("UPDATE event_counters SET last = last + 1 WHERE workspace_id = {workspace}")).await;
    look.change(&format!(
        "INSERT INTO events (workspace_id, number, kind, entity_id, audience, at)
         SELECT workspace_id, last, 'rights', '', 'workspace', 9999999999999 FROM event_counters WHERE workspace_id = {workspace}"
    ))
    .await;
    let told = away.replay(&away.began).await;
    scene.tells_nothing(&told);
    assert!(told.contains(&json!({ "kind": "resync" })), "the browser is told to look again");
    assert_eq!(away.browser.get("/api/projects").await.ok()["items"], json!([]));
}

async fn a_new_project_is_told_to_those_who_see_all(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 1).await;
    let mut of_none = Listener::new(team.add_agent_of("of-no-project", json!([])).await).await;
    let mut of_all = Listener::new(team.agents[0].clone()).await;
    let (_, project) = team.add_project("Protected").await;
    let told = |heard: &[Value]| heard.iter().any(|event| event["project"]["id"] == project.as_str());
    let heard = of_all.heard_until_now().await;
    assert!(told(&heard) && heard.contains(&json!({ "kind": "resync" })), "{heard:?}");
    let heard = of_none.heard_until_now().await;
    assert!(!told(&heard), "{heard:?}");
}

testkit::both_databases!(
    nobody_else_hears_of_a_project,
    rights_lost_while_away_end_the_replay,
    a_new_project_is_told_to_those_who_see_all,
);
