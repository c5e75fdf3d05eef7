//! One customer's case, as a member sees it.

use serde_json::{Value, json};
use testkit::app::{Browser, Socket, Team};

/// A customer with a live session.
pub(crate) struct Case {
    browser: Browser,
    /// Open since before the first look at anything, so that nothing falls between a look and the next event.
    socket: Socket,
    /// The session's id.
    pub(crate) session: String,
    /// The customer's id.
    pub(crate) customer: String,
}

impl Case {
    /// Waits for the session of the customer with this Telegram id.
    pub(crate) async fn of(browser: &Browser, telegram: i64) -> Self {
        let mut socket = browser.events(None).await;
        socket.hello().await;
        let is_it = |session: &Value| session["customer"]["telegram_id"] == telegram;
        let page = browser.get("/api/sessions?tab=all&limit=200").await.ok();
        let found = page["items"].as_array().unwrap().iter().find(|item| is_it(item)).cloned();
        let session = match found {
            Some(session) => session,
            None => socket.until("a session", |event| is_it(&event["session"])).await["session"].clone(),
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (id, customer) = (text(&session["id"]), text(&session["customer"]["id"]));
        Self { browser: browser.clone(), socket, session: id, customer }
    }

    /// As `of`; the member takes the session.
    pub(crate) async fn taken(browser: &Browser, telegram: i64) -> Self {
        let case = Self::of(browser, telegram).await;
        browser.post(&format!("/api/sessions/{}/take", case.session), json!({})).await.ok();
        case
    }

    /// A new customer of the team's bot writes, and its owner takes the session.
    pub(crate) async fn begun(team: &Team, name: &str) -> (simulator::CustomerInfo, Self) {
        let customer = team.customer(name);
        team.write(&customer, "hello");
        let case = Self::taken(&team.owner, customer.id).await;
        (customer, case)
    }

    /// Sends a reply: its id.
    pub(crate) async fn reply(&self, text: &str) -> String {
        let (_, answer) = self.browser.reply(&self.session, text).await;
        answer.ok()["id"].as_str().unwrap().to_owned()
    }

    /// Sends a reply again.
    pub(crate) async fn resend(&self, id: &str) {
        self.browser.post(&format!("/api/messages/{id}/resend"), json!({})).await.ok();
    }

    /// The whole timeline, oldest first.
    pub(crate) async fn lines(&self) -> Vec<Value> {
        timeline(&self.browser, &self.customer).await
    }

    /// What the customer wrote, oldest first.
    pub(crate) async fn written(&self) -> Vec<String> {
        let lines = self.lines().await;
        let incoming = lines.iter().filter(|line| line["direction"] == "in");
        incoming.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the customer has written this.
    pub(crate) async fn until_written(&mut self, text: &str) {
        let is_it = |line: &Value| line["direction"] == "in" && line["text"] == text;
        if !self.lines().await.iter().any(is_it) {
            self.socket.until(text, |event| is_it(&event["message"])).await;
        }
    }

    /// Waits until a reply's delivery is in this state, and gives the delivery.
    pub(crate) async fn until(&mut self, id: &str, state: &str) -> Value {
        self.until_delivery(id, state, |delivery| delivery["state"] == state).await
    }

    /// Waits until a reply that was tried is queued again, and gives the delivery.
    pub(crate) async fn until_queued_again(&mut self, id: &str) -> Value {
        let is_it = |delivery: &Value| delivery["state"] == "queued" && delivery["retry_at"].is_i64();
        self.until_delivery(id, "queued again", is_it).await
    }

    /// Waits until a reply's call has begun. It may be over by then: events tell what is, not what was.
    pub(crate) async fn until_tried(&mut self, id: &str) {
        self.until_delivery(id, "tried", |delivery| delivery["state"] != "queued").await;
    }

    /// Waits until it is known what became of a reply, and gives the delivery.
    pub(crate) async fn until_settled(&mut self, id: &str) -> Value {
        let is_it = |delivery: &Value| !["queued", "sending"].contains(&delivery["state"].as_str().unwrap());
        self.until_delivery(id, "settled", is_it).await
    }

    async fn until_delivery(&mut self, id: &str, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let is_it = |line: &Value| line["id"] == id && is_it(&line["delivery"]);
        if let Some(line) = self.lines().await.iter().find(|line| is_it(line)) {
            return line["delivery"].clone();
        }
        let what = format!("a reply that is {what}");
        self.socket.until(&what, |event| is_it(&event["message"])).await["message"]["delivery"].clone()
    }

    /// How a reply's delivery stands now.
    pub(crate) async fn state(&self, id: &str) -> String {
        let lines = self.lines().await;
        let line = lines.iter().find(|line| line["id"] == id).unwrap();
        line["delivery"]["state"].as_str().unwrap().to_owned()
    }
}

/// A customer's whole timeline, oldest first.
pub(crate) async fn timeline(browser: &Browser, customer: &str) -> Vec<Value> {
    let (mut lines, mut after) = (Vec::new(), 0);
    loop {
        let path = format!("/api/customers/{customer}/messages?after={after}&limit=200");
        let page = browser.get(&path).await.ok();
        lines.extend(page["items"].as_array().unwrap().iter().cloned());
        if page["more"] == false {
            return lines;
        }
        after = lines.last().unwrap()["position"].as_i64().unwrap();
    }
}

/// Pauses or resumes a project.
pub(crate) async fn set_state(team: &Team, project: &str, state: &str) {
    let path = format!("/api/projects/{project}");
    // The version grows with the project's health, too.
    testkit::app::eventually("the project's state is changed", async || {
        let version = team.owner.get(&path).await.ok()["version"].as_i64().unwrap();
        let answer = team.owner.patch(&path, version, json!({ "state": state })).await;
        (answer.status != 412).then(|| answer.ok())
    })
    .await;
}
