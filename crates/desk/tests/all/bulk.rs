//! Several sessions at once, each by its own rules.

use desk::ids::{MemberId, ProjectId, SessionId};
use desk::members::{Role, Status};
use desk::reception::{Bulk, Outcome, bulk, take};
use desk::sessions::{SessionState, Tab};
use testkit::TestDatabase;

use crate::common::{World, faults, refusal};
use crate::rules::check;

testkit::both_databases!(
    each_ends_by_its_own_rules,
    each_is_assigned_by_its_own_rules,
    each_goes_back_by_its_own_rules,
    each_is_tagged_by_its_own_rules,
    a_request_must_be_sensible,
);

struct Scene {
    world: World,
    project: ProjectId,
    ana: MemberId,
    bob: MemberId,
    /// Ana's, Bob's, one that waits, and one of a project that Ana does not see.
    sessions: [SessionId; 4],
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let world = World::new(database).await;
        let [project, other] = [world.project().await, world.project().await];
        let ana = world.add("ana", Role::Agent, Some(&[project])).await.unwrap();
        let bob = world.member("bob", Role::Agent).await;
        let mut sessions = Vec::new();
        for (project, customer, member) in
            [(project, 1, Some(ana)), (project, 2, Some(bob)), (project, 3, None), (other, 4, Some(bob))]
        {
            world.minute_passes();
            world.wrote(project, customer, "hello").await;
            let session = world.session(customer).await.id;
            if let Some(member) = member {
                take(&world.store, world.workspace, member, session).await.unwrap();
            }
            sessions.push(session);
        }
        Self { world, project, ana, bob, sessions: sessions.try_into().unwrap() }
    }

    async fn bulk(&self, by: MemberId, act: Bulk) -> (Vec<SessionId>, Vec<(SessionId, String)>) {
        let ids = self.sessions.to_vec();
        let Outcome { done, refused } =
            bulk(&self.world.store, self.world.workspace, by, ids, act).await.unwrap();
        (done, refused.into_iter().map(|it| (it.id, it.code)).collect())
    }
}

fn codes(sessions: &[SessionId], codes: &[&str]) -> Vec<(SessionId, String)> {
    sessions.iter().copied().zip(codes.iter().map(|&code| code.to_owned())).collect()
}

async fn each_ends_by_its_own_rules(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (done, refused) = scene.bulk(scene.ana, Bulk::End).await;
    assert_eq!(done, scene.sessions[..1]);
    assert_eq!(refused, codes(&scene.sessions[1..], &["not_assignee", "session_not_open", "not_found"]));
    let (done, refused) = scene.bulk(scene.bob, Bulk::End).await;
    assert_eq!(done, [scene.sessions[1], scene.sessions[3]]);
    assert_eq!(
        refused,
        codes(&[scene.sessions[0], scene.sessions[2]], &["session_ended", "session_not_open"])
    );
    check(&scene.world).await;
}

async fn each_is_assigned_by_its_own_rules(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    let (done, refused) = scene.bulk(scene.bob, Bulk::Assign(scene.bob)).await;
    assert_eq!((done, refused), (vec![], codes(&scene.sessions, &["forbidden"; 4])));
    let sue = world.member("sue", Role::Supervisor).await;
    let (done, refused) = scene.bulk(sue, Bulk::Assign(scene.ana)).await;
    assert_eq!(done, scene.sessions[..3], "and what she has already is hers");
    assert_eq!(refused, codes(&scene.sessions[3..], &["receiver_no_access"]));
    assert_eq!(world.list(scene.ana, Tab::Mine).await.len(), 3);
    assert_eq!(world.session(4).await.assignee.map(|it| it.id), Some(scene.bob));
    check(world).await;
}

async fn each_goes_back_by_its_own_rules(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    let (done, refused) = scene.bulk(scene.ana, Bulk::Return).await;
    assert_eq!(done, scene.sessions[..1]);
    assert_eq!(refused, codes(&scene.sessions[1..], &["forbidden", "forbidden", "not_found"]));
    let (done, refused) = scene.bulk(world.owner, Bulk::Return).await;
    assert_eq!(done, [scene.sessions[1], scene.sessions[3]]);
    assert_eq!(
        refused,
        codes(&[scene.sessions[0], scene.sessions[2]], &["session_not_open", "session_not_open"])
    );
    for customer in 1..=4 {
        assert_eq!(world.session(customer).await.state, SessionState::Waiting);
    }
    // The queue is drained once, in its order, when all is done.
    world.limit(scene.ana, 2).await;
    world.status(scene.ana, Status::Online).await;
    assert_eq!(world.list(scene.ana, Tab::Mine).await.len(), 2);
    check(world).await;
}

async fn each_is_tagged_by_its_own_rules(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    let tag = world.tag("refund").await.id;
    let mut many = Vec::new();
    for n in 0..30 {
        many.push(world.tag(&format!("tag {n}")).await.id);
    }
    world.tag_session(world.owner, scene.sessions[1], &many, &[]).await.unwrap();
    // Whoever sees it may, whose it ever is; one that is full takes no more.
    let (done, refused) = scene.bulk(scene.ana, Bulk::Tag(vec![tag])).await;
    assert_eq!(done, [scene.sessions[0], scene.sessions[2]]);
    assert_eq!(refused, codes(&[scene.sessions[1], scene.sessions[3]], &["too_many_tags", "not_found"]));
    assert_eq!((world.session(1).await.tags, world.session(3).await.tags), (vec![tag], vec![tag]));
    let (done, _) = scene.bulk(scene.ana, Bulk::Untag(vec![tag, many[0]])).await;
    assert_eq!(done, scene.sessions[..3]);
    assert_eq!((world.session(1).await.tags, world.session(2).await.tags), (vec![], many[1..].to_vec()));
    let unknown = Bulk::Tag(vec![desk::ids::TagId::new(world.store.now())]);
    let refused = bulk(&world.store, world.workspace, scene.ana, scene.sessions.to_vec(), unknown).await;
    assert_eq!(faults(refused), [("tags".to_owned(), "unknown")]);
}

async fn a_request_must_be_sensible(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (store, workspace) = (&scene.world.store, scene.world.workspace);
    let many = vec![scene.sessions[0]; 201];
    for (ids, code) in [(vec![], "required"), (many, "too_long")] {
        let refused = bulk(store, workspace, scene.ana, ids, Bulk::End).await;
        assert_eq!(faults(refused), [("ids".to_owned(), code)]);
    }
    let nobody = Bulk::Assign(MemberId::new(scene.world.store.now()));
    let refused = bulk(store, workspace, scene.world.owner, scene.sessions.to_vec(), nobody).await;
    assert_eq!(faults(refused), [("to".to_owned(), "unknown")]);
    let twice = bulk(store, workspace, scene.ana, vec![scene.sessions[0]; 2], Bulk::End).await.unwrap();
    assert_eq!((twice.done.len(), twice.refused.len()), (1, 1));
    scene.world.wrote(scene.project, 9, "hello").await;
    let waiting = scene.world.session(9).await.id;
    assert_eq!(refusal(take(store, workspace, scene.ana, scene.sessions[0]).await), desk::Code::SessionEnded);
    take(store, workspace, scene.ana, waiting).await.unwrap();
}
