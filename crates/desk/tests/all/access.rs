//! Who sees what: by role, their projects, and the projects' service scope.

use db::params;
use desk::Code;
use desk::access::Sight;
use desk::ids::{MemberId, ProjectId};
use desk::members::Role;
use desk::messages::{self, Window};
use desk::sessions::{self, Query, Tab};
use desk::{access, customers, portal, projects, reception};
use testkit::TestDatabase;

use crate::common::{World, faults, new_owner, new_workspace, refusal};

testkit::both_databases!(
    who_sees_a_project_depends_on_role_and_ticks_and_scope,
    whoever_sees_no_project_is_marked,
    their_projects_must_be_projects_of_the_workspace,
    what_one_may_not_see_is_as_if_it_were_not_there,
    another_workspace_is_as_if_it_were_not_there,
    a_disabled_account_sees_nothing,
);

/// What a member's projects are, and what their project's scope says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    AllProjects,
    Ticked,
    AnotherTicked,
}

async fn who_sees_a_project_depends_on_role_and_ticks_and_scope(database: TestDatabase) {
    let world = World::new(database).await;
    let (open, designated, other) = (world.project().await, world.project().await, world.project().await);
    world.designate(designated).await;
    let roles = [Role::Admin, Role::Supervisor, Role::Agent];
    let given = [Given::AllProjects, Given::Ticked, Given::AnotherTicked];
    for (n, (role, given, named)) in
        roles.iter().flat_map(|r| given.iter().flat_map(move |g| [(r, g, false), (r, g, true)])).enumerate()
    {
        let ticked = match given {
            Given::AllProjects => None,
            Given::Ticked => Some(vec![open, designated]),
            Given::AnotherTicked => Some(vec![other]),
        };
        let member = world.add(&format!("m{n}"), *role, ticked.as_deref()).await.unwrap();
        if named {
            world.name_in_scope(designated, member).await;
        }
        let manager = *role == Role::Admin;
        let theirs = *given != Given::AnotherTicked;
        let expected = [
            (open, manager || theirs),
            (designated, manager || (theirs && named)),
            (other, manager || *given != Given::Ticked),
        ];
        let viewer = world.sight(member).await;
        let listed = projects::list(&world.store, world.workspace, member).await.unwrap();
        for (project, sees) in expected {
            let what = format!("{role:?} {given:?} named: {named}");
            assert_eq!(viewer.sees(project), sees, "{what}");
            assert_eq!(listed.iter().any(|it| it.id == project), sees, "{what}");
            assert_eq!(
                projects::show(&world.store, world.workspace, member, project).await.is_ok(),
                sees,
                "{what}"
            );
        }
        assert_eq!(viewer.sight == Sight::All, manager);
    }
}

async fn whoever_sees_no_project_is_marked(database: TestDatabase) {
    let world = World::new(database).await;
    let everyone = world.member("everyone", Role::Agent).await;
    assert!(world.is_marked(everyone).await, "there is no project yet");
    assert!(!world.is_marked(world.owner).await, "the owner would see one");
    let project = world.project().await;
    assert!(!world.is_marked(everyone).await);
    world.designate(project).await;
    assert!(world.is_marked(everyone).await);
    world.name_in_scope(project, everyone).await;
    assert!(!world.is_marked(everyone).await);
    let nobody = world.add("nobody", Role::Supervisor, Some(&[])).await.unwrap();
    assert!(world.is_marked(nobody).await);
}

async fn their_projects_must_be_projects_of_the_workspace(database: TestDatabase) {
    let world = World::new(database).await;
    let mine = world.project().await;
    let (invented, deleted) = (ProjectId::new(world.store.now()), world.project().await);
    let delete = "UPDATE projects SET deleted_at = 1 WHERE id = $1";
    world.write(move |tx| tx.execute(delete, params![deleted])).await;
    for wrong in [invented, deleted] {
        let added = world.add("ana", Role::Agent, Some(&[mine, wrong])).await;
        assert_eq!(faults(added), [("projects".to_owned(), "unknown")]);
    }
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM members").await, 1, "nothing of it was stored");
    // The same one twice is one.
    let ana = world.add("ana", Role::Agent, Some(&[mine, mine])).await.unwrap();
    assert!(world.sight(ana).await.sees(mine));
}

async fn what_one_may_not_see_is_as_if_it_were_not_there(database: TestDatabase) {
    let world = World::new(database).await;
    let (mine, theirs) = (world.project().await, world.project().await);
    let ana = world.add("ana", Role::Agent, Some(&[mine])).await.unwrap();
    world.wrote(theirs, 7, "hello").await;
    let (session, customer) = (world.session(7).await, world.customer(theirs, 7).await);
    world.hidden_from(ana, &session, customer, theirs).await;
    for tab in [Tab::Mine, Tab::Waiting, Tab::All, Tab::Ended] {
        assert_eq!(world.list(ana, tab).await, []);
    }
    let counts = sessions::counts(&world.store, world.workspace, ana, None).await.unwrap();
    assert_eq!((counts.mine, counts.waiting, counts.all), (0, 0, 0));
    // What was seen once and is hidden now can't be acted on either, not even by its assignee.
    let bob = world.add("bob", Role::Agent, Some(&[theirs])).await.unwrap();
    reception::take(&world.store, world.workspace, bob, session.id).await.unwrap();
    let posted = world.reply(bob, session.id, "hello").await.unwrap();
    let untick = "DELETE FROM member_projects WHERE member_id = $1";
    world.write(move |tx| tx.execute(untick, params![bob])).await;
    world.hidden_from(bob, &session, customer, theirs).await;
    let resent = messages::resend(&world.store, world.workspace, bob, posted.message.id).await;
    assert_eq!(refusal(resent), Code::NotFound);
}

async fn another_workspace_is_as_if_it_were_not_there(database: TestDatabase) {
    let mut world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    let (session, customer) = (world.session(7).await, world.customer(project, 7).await);
    let stranger = members_of_another_workspace(&mut world).await;
    world.hidden_from(stranger, &session, customer, project).await;
    let listed = projects::list(&world.store, world.workspace, stranger).await.unwrap();
    assert_eq!(listed, []);
    assert_eq!(world.list(stranger, Tab::All).await, []);
    assert_eq!(portal::members(&world.store, world.workspace).await.unwrap().len(), 1);
}

/// Makes another workspace the one that the world acts in, and gives its owner.
async fn members_of_another_workspace(world: &mut World) -> MemberId {
    let made =
        desk::members::set_up(&world.store, &world.passwords, new_workspace("other"), new_owner(), false);
    let owner = made.await.unwrap();
    let sql = "SELECT workspace_id FROM members WHERE id = $1";
    world.workspace = world.texts(sql, params![owner], "workspace_id").await[0].parse().unwrap();
    owner
}

async fn a_disabled_account_sees_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    let (session, ana) = (world.session(7).await, world.member("ana", Role::Admin).await);
    for sql in [
        "UPDATE members SET state = 'disabled' WHERE id = $1",
        "UPDATE members SET state = 'active', deleted_at = 1 WHERE id = $1",
    ] {
        world.write(move |tx| tx.execute(sql, params![ana])).await;
        let (store, workspace) = (&world.store, world.workspace);
        assert_eq!(refusal(sessions::show(store, workspace, ana, session.id).await), Code::SignedOut);
        assert_eq!(refusal(reception::take(store, workspace, ana, session.id).await), Code::SignedOut);
        assert_eq!(refusal(projects::list(store, workspace, ana).await), Code::SignedOut);
    }
}

impl World {
    async fn sight(&self, member: MemberId) -> access::Viewer {
        let workspace = self.workspace;
        self.store.read("test", move |tx| access::viewer(tx, workspace, member)).await.unwrap()
    }

    async fn is_marked(&self, member: MemberId) -> bool {
        let members = portal::members(&self.store, self.workspace).await.unwrap();
        members.iter().find(|it| it.id == member).expect("the member is listed").sees_no_project
    }

    /// Only agents that it names serve the project from now on; there is no verb for it yet.
    pub(crate) async fn designate(&self, project: ProjectId) {
        let sql = "UPDATE projects SET scope = 'designated' WHERE id = $1";
        self.write(move |tx| tx.execute(sql, params![project])).await;
    }

    pub(crate) async fn name_in_scope(&self, project: ProjectId, member: MemberId) {
        let (sql, workspace) = (
            "INSERT INTO project_scope (workspace_id, project_id, member_id) VALUES ($1, $2, $3)",
            self.workspace,
        );
        self.write(move |tx| tx.execute(sql, params![workspace, project, member])).await;
    }

    /// Asserts that every verb on these things says that they are not there.
    async fn hidden_from(
        &self,
        member: MemberId,
        session: &sessions::SessionView,
        customer: desk::ids::CustomerId,
        project: ProjectId,
    ) {
        let (store, workspace, id) = (&self.store, self.workspace, session.id);
        let query = Query { project: Some(project), ..Query::of(Tab::All) };
        let refusals = [
            refusal(sessions::show(store, workspace, member, id).await),
            refusal(sessions::mark_read(store, workspace, member, id).await),
            refusal(sessions::mark_taken_up(store, workspace, member, id).await),
            refusal(reception::take(store, workspace, member, id).await),
            refusal(reception::end(store, workspace, member, id).await),
            refusal(self.reply(member, id, "hello").await),
            refusal(customers::show(store, workspace, member, customer).await),
            refusal(messages::timeline(store, workspace, member, customer, Window::Newest, 10).await),
            refusal(sessions::of_customer(store, workspace, member, customer, None, 10).await),
            refusal(projects::show(store, workspace, member, project).await),
            refusal(sessions::list(store, workspace, member, query).await),
            refusal(sessions::counts(store, workspace, member, Some(project)).await),
        ];
        assert_eq!(refusals, [Code::NotFound; 12]);
    }
}
