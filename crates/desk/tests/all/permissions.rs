//! What managers decide about a project: operations, service scope, archiving, deleting, what it says first, signatures.

use std::collections::BTreeMap;

use desk::access::{Operation, Operations, Settings};
use desk::ids::{MemberId, ProjectId};
use desk::members::{Role, Status};
use desk::messages::{DeliveryState, Direction, ServiceWhat};
use desk::projects::{self, Project, ProjectChange, ProjectState, Scope};
use desk::sessions::{EndedBecause, SessionState, Tab};
use desk::{Code, Error, Result, reception};
use serde_json::json;
use testkit::TestDatabase;

use crate::common::{World, faults, refusal};

testkit::both_databases!(
    a_withheld_operation_is_refused_with_its_reason,
    everyone_is_told_what_they_may_do,
    operations_change_only_from_the_version_that_was_seen,
    a_narrower_scope_returns_the_sessions_of_who_is_left_out,
    being_named_in_a_scope_adds_the_project,
    an_archived_project_ends_its_sessions_and_sends_nothing,
    a_deleted_project_is_gone_and_its_name_has_to_be_typed,
    who_writes_for_the_first_time_is_welcomed_once,
    a_signature_is_sent_and_kept_apart,
);

impl World {
    async fn shown(&self, id: ProjectId) -> Project {
        projects::show(&self.store, self.workspace, self.owner, id).await.unwrap()
    }

    async fn alter(&self, id: ProjectId, change: ProjectChange) -> Result<Project> {
        let version = self.shown(id).await.version;
        reception::change_project(&self.store, self.workspace, self.owner, id, version, change).await
    }

    async fn decide(
        &self,
        id: ProjectId,
        everybody: &[(Operation, bool)],
        exceptions: &[(MemberId, Operation, bool)],
    ) -> Result<Operations> {
        let mut single: BTreeMap<MemberId, Settings> = BTreeMap::new();
        for (member, operation, allowed) in exceptions {
            single.entry(*member).or_default().insert(*operation, *allowed);
        }
        let operations = Operations::new(everybody.iter().copied().collect(), single);
        let version = self.shown(id).await.version;
        let by = self.owner;
        projects::set_operations(&self.store, self.workspace, by, id, version, operations)
            .await
            .map(|(_, operations)| operations)
    }

    async fn scope(&self, id: ProjectId, named: &[MemberId]) -> Result<reception::ScopeChange> {
        let version = self.shown(id).await.version;
        let (scope, named) = (Scope::Designated, named.to_vec());
        reception::change_scope(&self.store, self.workspace, self.owner, id, version, scope, named).await
    }

    async fn ends(&self, member: MemberId, customer: i64) -> Result<()> {
        let id = self.session(customer).await.id;
        reception::end(&self.store, self.workspace, member, id).await
    }
}

/// Why an operation was refused.
fn reason<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result.unwrap_err() {
        Error::Refused { code: Code::OperationRefused, params } => params["reason"].as_str().unwrap().into(),
        other => panic!("{other}"),
    }
}

async fn a_withheld_operation_is_refused_with_its_reason(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, agent) = (world.project().await, world.agent("ann").await);
    world.status(agent, Status::Online).await;
    world.wrote(project, 1, "help").await;
    world.decide(project, &[(Operation::End, false)], &[]).await.unwrap();
    assert_eq!(reason(world.ends(agent, 1).await), "project");
    // The exception counts before the project's setting, either way.
    world.decide(project, &[(Operation::End, false)], &[(agent, Operation::End, true)]).await.unwrap();
    world.decide(project, &[], &[(agent, Operation::End, false)]).await.unwrap();
    assert_eq!(reason(world.ends(agent, 1).await), "exception");
    world.decide(project, &[(Operation::End, false)], &[(agent, Operation::End, true)]).await.unwrap();
    world.ends(agent, 1).await.unwrap();
    // Admins may whatever is decided, but only with what is theirs.
    let admin = world.member("adm", Role::Admin).await;
    world.decide(project, &[(Operation::End, false)], &[]).await.unwrap();
    world.wrote(project, 2, "help").await;
    assert_eq!(refusal(world.ends(admin, 2).await), Code::NotAssignee);
    world.status(agent, Status::Offline).await;
    world.wrote(project, 3, "help").await;
    let third = world.session(3).await.id;
    reception::take(&world.store, world.workspace, admin, third).await.unwrap();
    world.ends(admin, 3).await.unwrap();
}

async fn everyone_is_told_what_they_may_do(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, other) = (world.project().await, world.project().await);
    let (ann, bob) = (world.agent("ann").await, world.agent("bob").await);
    let everybody = [(Operation::End, false), (Operation::Export, true)];
    world.decide(project, &everybody, &[(bob, Operation::End, true)]).await.unwrap();
    let told = async |member, id| {
        let project = projects::show(&world.store, world.workspace, member, id).await.unwrap();
        let may = project.operations.unwrap();
        (may[&Operation::End], may[&Operation::Export], may[&Operation::Delete], project.scope_members)
    };
    assert_eq!(told(ann, project).await, (false, true, false, None));
    assert_eq!(told(bob, project).await, (true, true, false, None));
    assert_eq!(told(ann, other).await, (true, false, false, None));
    assert_eq!(told(world.owner, project).await, (true, true, true, Some(Vec::new())));
}

async fn operations_change_only_from_the_version_that_was_seen(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let seen = world.shown(project).await.version;
    world.decide(project, &[(Operation::Edit, false)], &[]).await.unwrap();
    let late = Operations::new(Settings::new(), BTreeMap::new());
    let late =
        projects::set_operations(&world.store, world.workspace, world.owner, project, seen, late).await;
    assert_eq!(refusal(late), Code::StaleVersion);
    let (_, now) = projects::operations(&world.store, world.workspace, project).await.unwrap();
    assert!(!now.for_everybody()[&Operation::Edit]);
    let nobody = MemberId::new(desk::Timestamp(1));
    let unknown = world.decide(project, &[], &[(nobody, Operation::End, false)]).await;
    assert_eq!(faults(unknown), [("exceptions".to_owned(), "unknown")]);
}

async fn a_narrower_scope_returns_the_sessions_of_who_is_left_out(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let (ann, bob) = (world.agent("ann").await, world.agent("bob").await);
    world.status(bob, Status::Offline).await;
    world.wrote(project, 1, "first").await;
    world.wrote(project, 2, "second").await;
    let waited_since = world.session(1).await.waiting_since;
    world.minute_passes();
    let change = world.scope(project, &[bob]).await.unwrap();
    assert_eq!(change.see_nothing, [ann]);
    let back = world.session(1).await;
    assert_eq!((back.state, back.waiting_since), (SessionState::Waiting, waited_since));
    let customer = world.customer(project, 1).await;
    let lines = world.timeline(customer).await;
    let line = lines.last().unwrap().service.clone().unwrap();
    assert_eq!((line.what, line.reason.as_deref()), (ServiceWhat::Returned, Some("access_lost")));
    assert_eq!(line.member.unwrap().id, ann);
    assert!(world.list(ann, Tab::All).await.is_empty());
    // And in the same moment it is the next one's, if there is one.
    world.status(bob, Status::Online).await;
    assert_eq!(world.session(1).await.assignee.unwrap().id, bob);
    let carl = world.agent("carl").await;
    world.status(carl, Status::Online).await;
    world.scope(project, &[carl]).await.unwrap();
    for customer in [1, 2] {
        assert_eq!(world.session(customer).await.assignee.unwrap().id, carl);
    }
    assert_eq!(
        faults(world.scope(project, &[MemberId::new(desk::Timestamp(1))]).await),
        [("members".to_owned(), "unknown")]
    );
}

async fn being_named_in_a_scope_adds_the_project(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, other) = (world.project().await, world.project().await);
    let all = world.agent("all").await;
    let some = world.add("some", Role::Agent, Some(&[other])).await.unwrap();
    let change = world.scope(project, &[all, some, some]).await.unwrap();
    assert_eq!(change.added_to_projects_of, [some]);
    assert_eq!(change.project.scope_members, Some(vec![all, some]));
    let seen = projects::list(&world.store, world.workspace, some).await.unwrap();
    assert_eq!(seen.iter().map(|it| it.id).collect::<Vec<_>>(), [project, other]);
    let again = world.scope(project, &[all, some]).await.unwrap();
    assert!(again.added_to_projects_of.is_empty());
}

async fn an_archived_project_ends_its_sessions_and_sends_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, agent) = (world.project().await, world.agent("ann").await);
    world.status(agent, Status::Online).await;
    world.wrote(project, 1, "help").await;
    let session = world.session(1).await;
    let reply = world.reply(agent, session.id, "at once").await.unwrap().message;
    let archive = ProjectChange { state: Some(ProjectState::Archived), ..ProjectChange::default() };
    let archived = world.alter(project, archive.clone()).await.unwrap();
    assert_eq!(archived.state, ProjectState::Archived);
    let ended = world.session(1).await;
    assert_eq!((ended.state, ended.end_reason), (SessionState::Ended, Some(EndedBecause::ProjectClosed)));
    let customer = world.customer(project, 1).await;
    let delivery = world.line(customer, reply.id).await.delivery.unwrap();
    assert_eq!((delivery.state, delivery.reason.as_deref()), (DeliveryState::Failed, Some("project_closed")));
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM jobs WHERE kind = 'send_message'").await, 0);
    // Again is nothing new, and it can be taken up again.
    world.alter(project, archive).await.unwrap();
    let resume = ProjectChange { state: Some(ProjectState::Active), ..ProjectChange::default() };
    world.alter(project, resume).await.unwrap();
    world.wrote(project, 1, "hello again").await;
    assert_eq!(world.session(1).await.state, SessionState::Open);
}

async fn a_deleted_project_is_gone_and_its_name_has_to_be_typed(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, other, agent) = (world.project().await, world.project().await, world.agent("ann").await);
    world.status(agent, Status::Online).await;
    world.wrote(project, 1, "help").await;
    world.wrote(other, 2, "help").await;
    let losses = reception::losses(&world.store, world.workspace, project).await.unwrap();
    assert_eq!((losses.customers, losses.sessions, losses.live_sessions, losses.messages), (1, 1, 1, 1));
    let shown = world.shown(project).await;
    let delete = async |version, name: &str| {
        let (workspace, owner) = (world.workspace, world.owner);
        reception::delete_project(&world.store, workspace, owner, project, version, name.to_owned()).await
    };
    assert_eq!(faults(delete(shown.version, "something else").await), [("name".to_owned(), "different")]);
    assert_eq!(refusal(delete(shown.version - 1, &shown.name).await), Code::StaleVersion);
    assert_eq!(world.session(1).await.state, SessionState::Open, "nothing happened yet");
    delete(shown.version, &shown.name).await.unwrap();
    let gone = projects::show(&world.store, world.workspace, world.owner, project).await;
    assert_eq!(refusal(gone), Code::NotFound);
    let left = world.list(agent, Tab::All).await;
    assert_eq!(left.iter().map(|it| it.project_id).collect::<Vec<_>>(), [other]);
    assert_eq!(refusal(delete(shown.version, &shown.name).await), Code::NotFound);
    let sql = "SELECT CAST(LENGTH(bot_token) AS BIGINT) AS n FROM projects WHERE deleted_at IS NOT NULL";
    assert_eq!(world.count(sql).await, 0, "the token is gone for good");
}

async fn who_writes_for_the_first_time_is_welcomed_once(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let text = "Hello! We answer within minutes.";
    let change = ProjectChange { welcome_text: Some(format!("  {text}\n")), ..ProjectChange::default() };
    assert_eq!(world.alter(project, change).await.unwrap().welcome_text.as_deref(), Some(text));
    // Opening the bot is the first thing that most do, and begins no session yet.
    world.wrote(project, 1, "/start").await;
    world.wrote(project, 1, "help").await;
    world.wrote(project, 2, "help").await;
    for telegram_id in [1, 2] {
        let customer = world.customer(project, telegram_id).await;
        let lines = world.timeline(customer).await;
        let out: Vec<_> = lines.iter().filter(|line| line.direction == Direction::Out).collect();
        assert_eq!(out.len(), 1, "{lines:?}");
        assert_eq!((out[0].text.as_str(), &out[0].author), (text, &None));
        assert_eq!(out[0].delivery.as_ref().unwrap().state, DeliveryState::Queued);
    }
    assert_eq!(world.session(1).await.last_message.unwrap().text, "help");
    let none = ProjectChange { welcome_text: Some(String::new()), ..ProjectChange::default() };
    assert_eq!(world.alter(project, none).await.unwrap().welcome_text, None);
    world.wrote(project, 3, "help").await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM messages WHERE direction = 'out'").await, 2);
}

async fn a_signature_is_sent_and_kept_apart(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, agent) = (world.project().await, world.agent("ann").await);
    world.status(agent, Status::Online).await;
    world.wrote(project, 1, "help").await;
    let session = world.session(1).await.id;
    let sign = ProjectChange { signature: Some(true), ..ProjectChange::default() };
    world.alter(project, sign).await.unwrap();
    let posted = world.reply(agent, session, "Certainly.").await.unwrap().message;
    assert_eq!((posted.text.as_str(), posted.signature.as_deref()), ("Certainly.", Some("Name of ann")));
    // "\n— Name of ann" takes 14 of 4096.
    let fits = "x".repeat(4082);
    assert_eq!(
        faults(world.reply(agent, session, &format!("{fits}x")).await),
        [("text".to_owned(), "too_long")]
    );
    world.reply(agent, session, &fits).await.unwrap();
    // A quotation of what Telegram shows settles an unknown one.
    world
        .write(|tx| {
            tx.execute("UPDATE messages SET delivery = 'unknown' WHERE text = 'Certainly.'", &[])?;
            Ok(())
        })
        .await;
    let mut quoting = world.message(1, "thanks");
    quoting["message"]["reply_to_message"] = json!({ "message_id": 999_999, "date": 1, "chat": { "id": 1, "type": "private" }, "text": "Certainly.\n\u{2014} Name of ann" });
    world.ingest(project, &[quoting]).await;
    let customer = world.customer(project, 1).await;
    assert_eq!(world.line(customer, posted.id).await.delivery.unwrap().state, DeliveryState::Sent);
}
