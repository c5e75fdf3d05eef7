//! A workspace with something to protect, and people who have no right to it.

use serde_json::{Value, json};
use simulator::CustomerInfo;
use testkit::app::{Answer, Browser, Team};
use testkit::databases::TestDatabase;

use super::table::Route;

/// What an id is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    Project,
    Session,
    Customer,
    Message,
    /// A colleague: no secret within the workspace.
    Member,
    /// A word of the vocabulary: none either.
    Tag,
}

pub(super) const ALL: [Thing; 6] =
    [Thing::Project, Thing::Session, Thing::Customer, Thing::Message, Thing::Member, Thing::Tag];
/// How many of them, from the first, are protected within the workspace, too.
const PROTECTED: usize = 4;

/// Words that stand nowhere but in what is protected.
const NAME: &str = "Protected Projectname";
const CUSTOMER: &str = "Customername";
const TEXT: &str = "whatthecustomerwrote";

pub(super) struct Scene {
    pub(super) team: Team,
    /// The ids of the protected things, in the order of `ALL`.
    ids: [String; 6],
    /// Sees the team's first project only.
    pub(super) outsider: Browser,
    /// Owns another workspace.
    pub(super) neighbour: Browser,
    customer: CustomerInfo,
}

impl Scene {
    /// A project of its own with a customer's open session, which `agents[0]` serves.
    pub(super) async fn new(database: TestDatabase) -> Self {
        let team = Team::new(crate::TELEDESK, database, 1).await;
        let (bot, project) = team.add_project(NAME).await;
        let outsider = team.add_agent_of("outsider", json!([team.project])).await;
        let neighbour = team.neighbour().await;
        let customer = team.customer(CUSTOMER);
        let mut socket = team.agents[0].events(None).await;
        socket.hello().await;
        team.simulator.write(customer.id, bot.id, TEXT).unwrap();
        let session = team.session_on(&mut socket, &team.agents[0], &customer, "open").await;
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let (_, posted) = team.agents[0].reply(&id(&session), "an answer").await;
        let message = id(&posted.ok());
        socket.until("it is sent", |event| event["message"]["delivery"]["state"] == "sent").await;
        let member = id(&team.agents[0].get("/api/me").await.ok());
        let tag = team.owner.post("/api/tags", json!({ "name": "Tagname", "color": "blue" })).await;
        let tag = id(&tag.ok());
        let body = json!({ "add": [tag] });
        let path = format!("/api/sessions/{}/tags", id(&session));
        team.owner.patch(&path, 0, body).await.ok();
        let ids = [project, id(&session), id(&session["customer"]), message, member, tag];
        Self { team, ids, outsider, neighbour, customer }
    }

    pub(super) fn id(&self, thing: Thing) -> &str {
        &self.ids[ALL.iter().position(|it| *it == thing).unwrap()]
    }

    /// Asks `route`, about `id` where it takes one.
    pub(super) async fn ask(&self, browser: &Browser, route: &Route, id: &str) -> Answer {
        let path = route.path.replace("{id}", id);
        let method = route.method.to_uppercase().parse().unwrap();
        let mut request = browser.request(method, &path).header("if-match", "\"1\"");
        if route.path == "/api/events" {
            request = request.header("connection", "upgrade").header("upgrade", "websocket");
            request = request
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==");
        }
        let body = (route.body)();
        if !body.is_null() {
            request = request.json(&body);
        }
        browser.fetch(request).await
    }

    /// Asserts that nothing protected stands in an answer; `asked` is what the asker knew already.
    #[track_caller]
    pub(super) fn tells_nothing(&self, answer: &Answer, asked: &str) {
        let headers = format!("{:?}", answer.headers);
        let bot = self.team.bot.token.split_once(':').unwrap().1;
        let telegram_id = self.customer.id.to_string();
        for word in [NAME, CUSTOMER, TEXT, "an answer", bot, &telegram_id]
            .into_iter()
            .chain(self.ids[..PROTECTED].iter().map(String::as_str))
        {
            if word != asked {
                assert!(!answer.text.contains(word) && !headers.contains(word), "{word} in {}", answer.text);
            }
        }
    }

    /// Everything of the project that can be seen.
    pub(super) async fn everything(&self) -> Vec<Value> {
        let mut all = Vec::new();
        let customer = format!("/api/customers/{}", self.id(Thing::Customer));
        let timeline = format!("{customer}/messages?limit=200");
        for path in
            ["/api/projects", "/api/sessions?tab=all", "/api/sessions?tab=ended", &customer, &timeline]
        {
            let mut page = self.team.owner.get(path).await.ok();
            // The cursor goes on with what others did elsewhere.
            page["as_of"].take();
            all.push(page);
        }
        all
    }

    /// Asserts that what is protected is as it was.
    pub(super) async fn is_untouched(&self, before: &[Value]) {
        for (now, before) in self.everything().await.iter().zip(before) {
            assert_eq!(now, before);
        }
    }
}
