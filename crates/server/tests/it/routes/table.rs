//! Every route of the API: what it needs, and of what it takes the id.

use serde_json::{Value, json};

use super::scene::Thing;

/// What a request must have to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing: who can't sign in yet must be able to ask.
    Nothing,
    /// A live login.
    Login,
    /// A live login with this permission, which agents don't have.
    Permission(&'static str),
}

/// One method of one address.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) needs: Needs,
    /// What the `{id}` in the address is one of.
    pub(super) of: Option<Thing>,
    /// A body that is good as such; null: none.
    pub(super) body: fn() -> Value,
}

const fn route(method: &'static str, path: &'static str, needs: Needs) -> Route {
    Route { method, path, needs, of: None, body: || Value::Null }
}

impl Route {
    const fn of(self, thing: Thing) -> Self {
        Self { of: Some(thing), ..self }
    }

    const fn with(self, body: fn() -> Value) -> Self {
        Self { body, ..self }
    }
}

/// A route that is not here fails the test: decide who may use it, and add it.
pub(super) fn routes() -> Vec<Route> {
    [people(), projects_and_bots(), sessions_and_messages(), customers_and_labels()]
        .into_iter()
        .flatten()
        .collect()
}

fn people() -> Vec<Route> {
    use Needs::{Login, Nothing, Permission};
    use Thing::Member;
    let members = Permission("members.manage");
    vec![
        route("get", "/api/site", Nothing),
        route("post", "/api/setup", Nothing).with(setup),
        route("post", "/api/logins", Nothing).with(login),
        route("delete", "/api/logins/current", Login),
        route("get", "/api/me", Login),
        route("patch", "/api/me", Login).with(|| json!({ "theme": "dark" })),
        route("put", "/api/me/status", Login).with(|| json!({ "status": "busy" })),
        route("put", "/api/me/password", Login)
            .with(|| json!({ "current": "x", "password": "an ocean of umbrellas" })),
        route("put", "/api/me/avatar", Login).with(|| json!("no picture")),
        route("delete", "/api/me/avatar", Login),
        route("get", "/api/me/logins", Login),
        route("post", "/api/me/second-factor", Login),
        route("delete", "/api/me/second-factor", Login).with(|| json!({ "password": "x" })),
        route("post", "/api/me/second-factor/confirm", Login).with(|| json!({ "code": "123456" })),
        route("post", "/api/me/second-factor/recovery-codes", Login).with(|| json!({ "password": "x" })),
        route("get", "/api/workspace", Login),
        route("patch", "/api/workspace", members).with(|| json!({ "second_factor": "optional" })),
        route("get", "/api/members/{id}/avatar", Login).of(Member),
        route("get", "/api/members/{id}/logins", members).of(Member),
        route("delete", "/api/members/{id}/second-factor", members).of(Member),
        route("get", "/api/accounts", members),
        route("get", "/api/accounts/{id}", members).of(Member),
        route("patch", "/api/members/{id}", members).of(Member).with(|| json!({ "name": "Mine now" })),
        route("delete", "/api/members/{id}", members).of(Member),
        route("post", "/api/members/{id}/disable", members).of(Member),
        route("post", "/api/members/{id}/enable", members).of(Member),
        route("post", "/api/members/{id}/sign-out", members).of(Member),
        route("put", "/api/members/{id}/password", members)
            .of(Member)
            .with(|| json!({ "password": "an ocean of umbrellas" })),
        route("post", "/api/members/{id}/invitation", members).of(Member),
        route("delete", "/api/members/{id}/invitation", members).of(Member),
        route("get", "/api/members/{id}/departure", members).of(Member),
        route("post", "/api/members/import/preview", members)
            .with(|| json!({ "csv": "name,login_name\nA,a", "projects": "all" })),
        route("post", "/api/members/import", members)
            .with(|| json!({ "csv": "name,login_name\nA,a", "projects": "all", "digest": "x" })),
        route("post", "/api/ownership", members)
            .with(|| json!({ "member_id": uuid::Uuid::new_v4(), "password": "x" })),
        route("post", "/api/invitations/look", Nothing).with(|| json!({ "token": "x" })),
        route("post", "/api/invitations/accept", Nothing)
            .with(|| json!({ "token": "x", "password": "an ocean of umbrellas" })),
        route("get", "/api/members", Login),
        route("post", "/api/members", members).with(member),
    ]
}

fn projects_and_bots() -> Vec<Route> {
    use Needs::{Login, Permission};
    use Thing::Project;
    let projects = Permission("projects.manage");
    vec![
        route("get", "/api/projects", Login),
        route("post", "/api/projects", projects).with(token),
        route("get", "/api/projects/{id}", Login).of(Project),
        route("patch", "/api/projects/{id}", projects).of(Project).with(|| json!({ "name": "Mine now" })),
        route("put", "/api/projects/{id}/token", projects).of(Project).with(token),
        route("delete", "/api/projects/{id}", projects).of(Project).with(|| json!({ "name": "x" })),
        route("put", "/api/projects/{id}/scope", projects)
            .of(Project)
            .with(|| json!({ "scope": "designated", "members": [] })),
        route("get", "/api/projects/{id}/operations", projects).of(Project),
        route("put", "/api/projects/{id}/operations", projects)
            .of(Project)
            .with(|| json!({ "operations": { "end": false }, "exceptions": [] })),
        route("get", "/api/projects/{id}/losses", projects).of(Project),
        route("post", "/api/projects/{id}/diversion/dry-run", projects).of(Project).with(|| json!({})),
        route("get", "/api/projects/{id}/health", projects).of(Project),
        route("post", "/api/projects/{id}/repair", projects).of(Project),
        route("get", "/api/telegram-apis", projects),
        route("post", "/api/bots/look", projects).with(token),
        route("post", "/api/simulator/bots", projects).with(|| json!({ "name": "Test bot" })),
    ]
}

fn sessions_and_messages() -> Vec<Route> {
    use Needs::{Login, Permission};
    use Thing::{Message, Session};
    let assigning = Permission("sessions.assign");
    vec![
        route("get", "/api/sessions", Login),
        route("get", "/api/sessions/counts", Login),
        route("get", "/api/sessions/{id}", Login).of(Session),
        route("post", "/api/sessions/{id}/take", Login).of(Session),
        route("post", "/api/sessions/{id}/take-up", Login).of(Session),
        route("post", "/api/sessions/{id}/read", Login).of(Session),
        route("post", "/api/sessions/{id}/end", Login).of(Session),
        route("post", "/api/sessions/{id}/transfer", Login).of(Session).with(|| json!({ "to": null })),
        route("post", "/api/sessions/{id}/assign", assigning)
            .of(Session)
            .with(|| json!({ "to": uuid::Uuid::new_v4() })),
        route("post", "/api/sessions/{id}/take-over", assigning).of(Session),
        route("post", "/api/sessions/{id}/return", Login).of(Session).with(|| json!({ "note": "x" })),
        route("post", "/api/sessions/{id}/reopen", Login).of(Session),
        route("get", "/api/sessions/{id}/receivers", Login).of(Session),
        route("post", "/api/sessions/bulk", Login)
            .with(|| json!({ "ids": [uuid::Uuid::new_v4()], "do": "end" })),
        route("post", "/api/me/sessions/hand-over", Login).with(|| json!({ "to": null })),
        route("post", "/api/sessions/{id}/messages", Login).of(Session).with(reply),
        route("post", "/api/messages/{id}/resend", Login).of(Message),
    ]
}

fn customers_and_labels() -> Vec<Route> {
    use Needs::{Login, Permission};
    use Thing::{Customer, Field, Note, Picture, Session, Tag, View};
    let vocabulary = Permission("tags.manage");
    vec![
        route("get", "/api/customers/{id}", Login).of(Customer),
        route("get", "/api/customers/{id}/avatar", Login).of(Customer),
        route("get", "/api/customers/{id}/messages", Login).of(Customer),
        route("get", "/api/customers/{id}/sessions", Login).of(Customer),
        route("get", "/api/customers/{id}/draft", Login).of(Customer),
        route("put", "/api/customers/{id}/draft", Login)
            .of(Customer)
            .with(|| json!({ "text": "half a sent" })),
        route("delete", "/api/customers/{id}/draft", Login).of(Customer),
        route("get", "/api/drafts", Login),
        route("get", "/api/tags", Login),
        route("post", "/api/tags", vocabulary).with(|| json!({ "name": "Mine", "color": "red" })),
        route("patch", "/api/tags/{id}", vocabulary).of(Tag).with(|| json!({ "name": "Mine now" })),
        route("delete", "/api/tags/{id}", vocabulary).of(Tag),
        route("post", "/api/tags/{id}/merge", vocabulary)
            .of(Tag)
            .with(|| json!({ "into": uuid::Uuid::new_v4() })),
        route("patch", "/api/sessions/{id}/tags", Login).of(Session).with(|| json!({ "add": [] })),
        route("patch", "/api/customers/{id}/tags", Login).of(Customer).with(|| json!({ "add": [] })),
        route("get", "/api/customer-fields", Login),
        route("post", "/api/customer-fields", vocabulary).with(|| json!({ "name": "Mine", "kind": "text" })),
        route("patch", "/api/customer-fields/{id}", vocabulary)
            .of(Field)
            .with(|| json!({ "name": "Mine now" })),
        route("delete", "/api/customer-fields/{id}", vocabulary).of(Field),
        route("put", "/api/customers/{id}/fields", Login).of(Customer).with(|| json!({})),
        route("get", "/api/customers/{id}/notes", Login).of(Customer),
        route("post", "/api/customers/{id}/notes", Login).of(Customer).with(reply),
        route("post", "/api/customers/{id}/note-pictures", Login).of(Customer),
        route("get", "/api/customers/{id}/statistics", Login).of(Customer),
        route("patch", "/api/notes/{id}", Login).of(Note).with(|| json!({ "text": "mine now" })),
        route("delete", "/api/notes/{id}", Login).of(Note),
        route("get", "/api/notes/{id}/history", Login).of(Note),
        route("get", "/api/note-pictures/{id}", Login).of(Picture),
        route("get", "/api/views", Login),
        route("post", "/api/views", Login).with(|| json!({ "name": "Mine", "filters": { "tab": "all" } })),
        route("patch", "/api/views/{id}", Login).of(View).with(|| json!({ "name": "Mine now" })),
        route("delete", "/api/views/{id}", Login).of(View),
        route("get", "/api/notifications", Login),
        route("post", "/api/notifications/read", Login).with(|| json!({ "ids": [] })),
        route("post", "/api/sessions/{id}/viewing", Login).of(Session).with(|| json!({ "state": "viewing" })),
        route("get", "/api/sessions/{id}/viewers", Login).of(Session),
        route("get", "/api/events", Login),
    ]
}

fn setup() -> Value {
    json!({ "token": "x", "workspace": { "name": "W", "slug": "w", "time_zone": "UTC" },
        "owner": { "name": "O", "login_name": "o", "password": "long enough to be one" } })
}

fn login() -> Value {
    json!({ "workspace": "team", "login_name": "owner", "password": "not the password" })
}

fn member() -> Value {
    json!({ "name": "Spy", "login_name": "spy", "role": "admin", "password": "long enough to be one",
        "projects": "all" })
}

fn token() -> Value {
    json!({ "token": "1234567:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr" })
}

fn reply() -> Value {
    json!({ "client_id": uuid::Uuid::new_v4(), "text": "from a stranger" })
}
