//! What a browser holds: a snapshot, brought forward by events.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::app::Browser;

/// Everything that one member sees, by kind and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mirror {
    held: BTreeMap<(&'static str, String), Value>,
    /// Up to which event it is current at least.
    pub(crate) cursor: String,
}

const KINDS: [&str; 5] = ["session", "message", "customer", "member", "project"];

impl Mirror {
    /// Asks for all there is.
    pub(crate) async fn snapshot(browser: &Browser) -> Self {
        let mut mirror = Self { held: BTreeMap::new(), cursor: String::new() };
        for path in ["/api/members", "/api/projects"] {
            let list = browser.get(path).await.ok();
            let kind = if path == "/api/members" { "member" } else { "project" };
            items(&list).for_each(|item| mirror.hold(kind, item.clone()));
        }
        for tab in ["all", "ended"] {
            let mut path = format!("/api/sessions?tab={tab}&limit=200");
            loop {
                let page = browser.get(&path).await.ok();
                if mirror.cursor.is_empty() {
                    page["as_of"].as_str().unwrap().clone_into(&mut mirror.cursor);
                }
                items(&page).for_each(|session| mirror.hold("session", session.clone()));
                let Some(next) = page["next"].as_str() else { break };
                path = format!("/api/sessions?tab={tab}&limit=200&cursor={next}");
            }
        }
        for customer in mirror.ids("customer") {
            mirror.hold("customer", browser.get(&format!("/api/customers/{customer}")).await.ok());
            mirror.timeline(browser, &customer).await;
        }
        mirror
    }

    async fn timeline(&mut self, browser: &Browser, customer: &str) {
        let mut after = 0;
        loop {
            let path = format!("/api/customers/{customer}/messages?after={after}&limit=200");
            let page = browser.get(&path).await.ok();
            items(&page).for_each(|message| self.hold("message", message.clone()));
            after = items(&page).last().map_or(after, |last| last["position"].as_i64().unwrap());
            if page["more"] == json!(false) {
                return;
            }
        }
    }

    /// Takes an event in, as docs/api.md says: the copy with the higher version stays.
    pub(crate) fn apply(&mut self, event: &Value) {
        // One's own, and no part of what everybody who sees the project holds.
        if event["kind"] == "notification" {
            return;
        }
        let kind = KINDS.into_iter().find(|kind| event["kind"] == *kind);
        let kind = kind.unwrap_or_else(|| panic!("not for a mirror: {event}"));
        self.hold(kind, event[kind].clone());
    }

    /// What a thing says of others (names, quotes) is of its moment: it is looked up where it is held for itself.
    fn hold(&mut self, kind: &'static str, mut thing: Value) {
        if kind == "session" {
            self.hold("customer", thing["customer"].clone());
        }
        for other in ["/customer", "/assignee", "/author", "/reply_to", "/service/member", "/service/to"] {
            if let Some(other) = thing.pointer_mut(other) {
                *other = other["id"].take();
            }
        }
        // What an answer says of a project to who asks only, no event says.
        if let ("project", Some(project)) = (kind, thing.as_object_mut()) {
            project.retain(|field, _| field != "operations" && field != "scope_members");
        }
        // Who listens is connected from their hello on, which is told after it.
        if let ("member", Some(member)) = (kind, thing.as_object_mut()) {
            member.remove("connected");
        }
        let key = (kind, thing["id"].as_str().unwrap().to_owned());
        let known = self.held.get(&key).map_or(0, |known| known["version"].as_i64().unwrap());
        if thing["version"].as_i64().unwrap() >= known {
            self.held.insert(key, thing);
        }
    }

    fn ids(&self, kind: &str) -> Vec<String> {
        self.held.keys().filter(|key| key.0 == kind).map(|key| key.1.clone()).collect()
    }

    /// How many things of a kind it holds.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.ids(kind).len()
    }

    /// Asserts that `other` holds the same.
    #[track_caller]
    pub(crate) fn is_like(&self, other: &Self) {
        for (key, thing) in &self.held {
            assert_eq!(Some(thing), other.held.get(key), "{key:?}");
        }
        assert_eq!(self.held.len(), other.held.len());
    }
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().unwrap().iter()
}
