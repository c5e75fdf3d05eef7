//! Who looks at a session: said by themselves, over by itself.

use desk::events::Topic;
use desk::ids::{MemberId, SessionId};
use desk::members::Role;
use desk::viewers::{self, Doing, Said};
use desk::{Code, workers};
use testkit::TestDatabase;

use crate::common::{World, refusal};

testkit::both_databases!(
    who_looks_is_over_by_itself,
    only_news_is_signalled,
    who_does_not_see_it_looks_at_nothing
);

struct Scene {
    world: World,
    session: SessionId,
    members: [MemberId; 2],
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let world = World::new(database).await;
        let project = world.project().await;
        let members = [world.member("ana", Role::Agent).await, world.member("bob", Role::Agent).await];
        world.wrote(project, 1, "hello").await;
        let session = world.session(1).await.id;
        Self { world, session, members }
    }

    async fn say(&self, member: MemberId, said: Said) {
        viewers::say(&self.world.store, self.world.workspace, member, self.session, said).await.unwrap();
    }

    /// Who looks, and what they do.
    async fn now(&self) -> Vec<(MemberId, Doing)> {
        let (store, workspace) = (&self.world.store, self.world.workspace);
        let one = viewers::of_session(store, workspace, self.world.owner, self.session).await.unwrap();
        let all = viewers::now(store, workspace).await.unwrap();
        let watched: Vec<_> = all.sessions.iter().flat_map(|it| it.members.clone()).collect();
        assert_eq!(one, watched);
        assert_eq!(all.holds_for.is_some(), !one.is_empty());
        one.into_iter().map(|looking| (looking.id, looking.state)).collect()
    }
}

async fn who_looks_is_over_by_itself(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let [ana, bob] = scene.members;
    let clock = &scene.world.clock;
    assert_eq!(scene.now().await, []);
    scene.say(bob, Said::Viewing).await;
    scene.say(ana, Said::Typing).await;
    assert_eq!(scene.now().await, [(ana, Doing::Typing), (bob, Doing::Viewing)]);
    let holds = viewers::now(&scene.world.store, scene.world.workspace).await.unwrap().holds_for;
    assert_eq!(holds, Some(6_000), "until the first of them changes");
    clock.advance(6_000);
    assert_eq!(scene.now().await, [(ana, Doing::Viewing), (bob, Doing::Viewing)]);
    clock.advance(20_000);
    scene.say(bob, Said::Viewing).await;
    clock.advance(19_000);
    assert_eq!(scene.now().await, [(bob, Doing::Viewing)], "45 seconds after the last word");
    scene.say(bob, Said::Gone).await;
    scene.say(bob, Said::Gone).await;
    assert_eq!(scene.now().await, []);
    scene.say(ana, Said::Typing).await;
    scene.say(ana, Said::Viewing).await;
    assert_eq!(scene.now().await, [(ana, Doing::Viewing)], "who has stopped writing looks on");
    clock.advance(46_000);
    workers::forget_old(&scene.world.store).await.unwrap();
    assert_eq!(scene.world.count("SELECT COUNT(*) AS n FROM viewers").await, 0);
}

async fn only_news_is_signalled(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let [ana, _] = scene.members;
    let mut watch = scene.world.store.watch(Topic::Viewers(scene.world.workspace));
    let mut heard = async || tokio::time::timeout(std::time::Duration::ZERO, watch.signalled()).await.is_ok();
    for (said, after, news) in [
        (Said::Viewing, 0, true),
        (Said::Viewing, 20_000, false),
        (Said::Typing, 0, true),
        (Said::Typing, 3_000, false),
        (Said::Viewing, 7_000, false),
        (Said::Viewing, 46_000, true),
        (Said::Gone, 0, true),
        (Said::Gone, 0, false),
    ] {
        scene.world.clock.advance(after);
        scene.say(ana, said).await;
        assert_eq!(heard().await, news, "{said:?} after {after}");
    }
}

async fn who_does_not_see_it_looks_at_nothing(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let eve = scene.world.add("eve", Role::Supervisor, Some(&[])).await.unwrap();
    let (store, workspace) = (&scene.world.store, scene.world.workspace);
    let said = viewers::say(store, workspace, eve, scene.session, Said::Viewing).await;
    assert_eq!(refusal(said), Code::NotFound);
    assert_eq!(refusal(viewers::of_session(store, workspace, eve, scene.session).await), Code::NotFound);
    assert_eq!(scene.now().await, []);
}
