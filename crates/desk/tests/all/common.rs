//! A workspace to test in, driven through the product's own verbs.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use db::{Db, Options, Row, params};
use desk::access::add_member;
use desk::ids::{CustomerId, MemberId, MessageId, ProjectId, SessionId, WorkspaceId};
use desk::inbound::{Ingested, ingest};
use desk::members::{self, Gate, NewMember, NewOwner, NewWorkspace, Passwords, Role, Status};
use desk::messages::{self, Message, NewReply, Posted, Window};
use desk::secrets::Cipher;
use desk::sessions::{self, Query, SessionView, Tab};
use desk::{Code, MIGRATIONS, ManualClock, Result, Store, Timestamp, reception};
use serde_json::{Value, json};
use telegram::RawUpdate;
use testkit::TestDatabase;

/// Everyone's password.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Hashing is dear: one decoy for all tests will do.
static PASSWORDS: LazyLock<Passwords> = LazyLock::new(|| Passwords::new(2).unwrap());

/// When the tests begin: a second of 2023.
pub(crate) const START: Timestamp = Timestamp(1_700_000_000_000);

/// A workspace with an owner (offline) and nothing else.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
    pub(crate) passwords: Passwords,
    pub(crate) gate: Gate,
    pub(crate) workspace: WorkspaceId,
    pub(crate) owner: MemberId,
    numbers: AtomicI64,
    /// Removed with the world.
    _database: TestDatabase,
}

/// Opens and migrates a database.
pub(crate) fn open(database: &TestDatabase, connections: usize) -> Db {
    let options = Options { readers: 2, postgres_connections: connections, ..Options::default() };
    let db = Db::open(&database.url, options).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    db
}

impl World {
    pub(crate) async fn new(database: TestDatabase) -> Self {
        Self::with_connections(database, 2).await
    }

    /// For workers that are to meet in the database and not before it.
    pub(crate) async fn with_connections(database: TestDatabase, connections: usize) -> Self {
        let db = open(&database, connections);
        let clock = ManualClock::at(START);
        let store = Store::new(db, Arc::new(clock.clone()));
        let passwords = PASSWORDS.clone();
        let owner =
            members::set_up(&store, &passwords, new_workspace("team"), new_owner(), true).await.unwrap();
        let workspace = members::only_workspace(&store).await.unwrap().unwrap().id;
        Self {
            store,
            clock,
            gate: Gate::new(passwords.clone(), Cipher::new(&[7; 32])),
            passwords,
            workspace,
            owner,
            numbers: AtomicI64::new(1_000),
            _database: database,
        }
    }

    /// A number that was not given before: for ids at Telegram.
    pub(crate) fn number(&self) -> i64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets a minute pass.
    pub(crate) fn minute_passes(&self) {
        self.clock.advance(60_000);
    }

    /// Adds a project, as `projects::add` does after asking Telegram (which has tests of its own).
    pub(crate) async fn project(&self) -> ProjectId {
        let (id, workspace, bot) = (ProjectId::new(self.store.now()), self.workspace, self.number());
        let health =
            json!({ "state": "ok", "since": 0, "until": null, "last_update_at": null, "detail": null });
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO projects (id, workspace_id, name, api, bot_id, bot_username, bot_name, bot_token, state,
                     scope, health, created_at, version)
                 VALUES ($1, $2, 'Shop', 'http://localhost', $3, 'shop_bot', 'Shop', $4, 'active', 'all', $5, 0, 1)",
                params![id, workspace, bot, vec![0u8], health.to_string()],
            )
        })
        .await;
        id
    }

    /// Adds a member of all projects.
    pub(crate) async fn member(&self, login_name: &str, role: Role) -> MemberId {
        self.add(login_name, role, None).await.unwrap()
    }

    /// Adds an agent of all projects, online.
    pub(crate) async fn agent(&self, login_name: &str) -> MemberId {
        let agent = self.member(login_name, Role::Agent).await;
        self.status(agent, Status::Online).await;
        agent
    }

    /// Adds a member of these projects (none: of all). A minute passes: turns go by the order of joining.
    pub(crate) async fn add(
        &self,
        login_name: &str,
        role: Role,
        projects: Option<&[ProjectId]>,
    ) -> Result<MemberId> {
        self.minute_passes();
        let (name, login_name) = (format!("Name of {login_name}"), login_name.to_owned());
        let new =
            NewMember { name, login_name, role, password: PASSWORD.into(), all_projects: projects.is_none() };
        let projects = projects.unwrap_or_default().to_vec();
        add_member(&self.store, &self.passwords, self.workspace, Some(self.owner), new, projects).await
    }

    pub(crate) async fn status(&self, member: MemberId, status: Status) {
        reception::set_status(&self.store, self.workspace, member, status).await.unwrap();
    }

    /// Sets a reception limit, for which there is no verb yet.
    pub(crate) async fn limit(&self, member: MemberId, limit: i64) {
        let sql = "UPDATE members SET reception_limit = $2 WHERE id = $1";
        self.write(move |tx| tx.execute(sql, params![member, limit])).await;
    }

    /// A customer writes.
    pub(crate) async fn wrote(&self, project: ProjectId, customer: i64, text: &str) -> Ingested {
        let update = self.message(customer, text);
        self.ingest(project, &[update]).await
    }

    /// A customer's text message as Telegram tells of it, under new ids.
    pub(crate) fn message(&self, customer: i64, text: &str) -> Value {
        let number = self.number();
        message(number, number, customer, text)
    }

    pub(crate) async fn ingest(&self, project: ProjectId, updates: &[Value]) -> Ingested {
        let updates = updates.iter().map(|update| RawUpdate::read(&update.to_string())).collect();
        ingest(&self.store, self.workspace, project, updates).await.unwrap()
    }

    /// A page of a tab as `member` sees it.
    pub(crate) async fn list(&self, member: MemberId, tab: Tab) -> Vec<SessionView> {
        let query = Query { limit: 200, ..Query::of(tab) };
        sessions::list(&self.store, self.workspace, member, query).await.unwrap().items
    }

    /// The customer's newest session, as the owner sees it.
    pub(crate) async fn session(&self, customer: i64) -> SessionView {
        let mut sessions = self.list(self.owner, Tab::All).await;
        sessions.extend(self.list(self.owner, Tab::Ended).await);
        let found = sessions.into_iter().find(|session| session.customer.telegram_id == customer);
        found.expect("the customer has a session")
    }

    /// The assignee replies.
    pub(crate) async fn reply(&self, member: MemberId, session: SessionId, text: &str) -> Result<Posted> {
        let client_id = uuid::Uuid::new_v4().to_string();
        let reply = NewReply { client_id, text: text.to_owned(), reply_to: None };
        messages::post(&self.store, self.workspace, member, session, reply).await
    }

    /// The customer's id here.
    pub(crate) async fn customer(&self, project: ProjectId, telegram_id: i64) -> CustomerId {
        let sql = "SELECT id FROM customers WHERE project_id = $1 AND telegram_id = $2";
        let ids = self.texts(sql, params![project, telegram_id], "id").await;
        ids[0].parse().unwrap()
    }

    /// A customer's whole timeline, as the owner sees it.
    pub(crate) async fn timeline(&self, customer: CustomerId) -> Vec<Message> {
        let (workspace, owner) = (self.workspace, self.owner);
        let page =
            messages::timeline(&self.store, workspace, owner, customer, Window::Newest, 200).await.unwrap();
        assert!(!page.more);
        page.items
    }

    pub(crate) async fn line(&self, customer: CustomerId, id: MessageId) -> Message {
        self.timeline(customer).await.into_iter().find(|line| line.id == id).expect("the line is there")
    }

    /// The states of the stored updates, by id.
    pub(crate) async fn kept(&self) -> Vec<(i64, String)> {
        let sql = "SELECT update_id, state FROM updates ORDER BY update_id, state";
        self.rows(sql, &[], |row| Ok((row.get("update_id")?, row.get("state")?))).await
    }

    /// Runs statements that there is no verb for.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        run: impl Fn(&mut db::Tx) -> Result<T, db::Error> + Send + 'static,
    ) -> T {
        self.store.write("test", move |tx| Ok(run(tx)?)).await.unwrap()
    }

    /// A text column of all rows.
    pub(crate) async fn texts(
        &self,
        sql: &'static str,
        values: &[db::Value],
        column: &'static str,
    ) -> Vec<String> {
        self.rows(sql, values, move |row| row.get(column)).await
    }

    /// The one number that `sql` gives as `n`.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.rows(sql, &[], |row| row.get("n")).await[0]
    }

    pub(crate) async fn rows<T: Send + 'static>(
        &self,
        sql: &'static str,
        values: &[db::Value],
        read: impl Fn(&Row) -> Result<T, db::Error> + Send + 'static,
    ) -> Vec<T> {
        let values = values.to_vec();
        self.store.read("test", move |tx| Ok(tx.query(sql, &values, &read)?)).await.unwrap()
    }
}

/// What came of a batch: how many were new, and how many of these failed.
pub(crate) fn ingested(new: usize, failed: usize) -> Ingested {
    Ingested { new, failed }
}

/// A customer's text message as Telegram tells of it.
pub(crate) fn message(update_id: i64, message_id: i64, customer: i64, text: &str) -> Value {
    json!({ "update_id": update_id, "message": {
        "message_id": message_id,
        "from": { "id": customer, "is_bot": false, "first_name": "Ana", "language_code": "en" },
        "chat": { "id": customer, "first_name": "Ana", "type": "private" },
        "date": START.0 / 1000,
        "text": text,
    } })
}

pub(crate) fn new_workspace(slug: &str) -> NewWorkspace {
    NewWorkspace { name: "Team".into(), slug: slug.into(), time_zone: "UTC".into() }
}

pub(crate) fn new_owner() -> NewOwner {
    NewOwner { name: "Olga".into(), login_name: "olga".into(), password: PASSWORD.into() }
}

/// The code with which something was refused.
#[track_caller]
pub(crate) fn refusal<T>(result: Result<T>) -> Code {
    let error = result.err().expect("it is refused");
    error.code().unwrap_or_else(|| panic!("{error}"))
}

/// The fields that were not acceptable, with their codes.
#[track_caller]
pub(crate) fn faults<T>(result: Result<T>) -> Vec<(String, &'static str)> {
    match result.err().expect("it is refused") {
        desk::Error::Invalid(fields) => fields.into_iter().map(|fault| (fault.field, fault.code)).collect(),
        error => panic!("{error}"),
    }
}
