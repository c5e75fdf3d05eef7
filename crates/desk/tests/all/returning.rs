//! Customers who come back, sessions that are opened again, and members who leave.

use db::params;
use desk::ids::{MemberId, ProjectId, SessionId};
use desk::members::{Role, Status};
use desk::messages::ServiceWhat;
use desk::outbound::record_sent;
use desk::reception::{self, end, reopen, take};
use desk::sessions::{self, SessionState, SessionView};
use desk::{Code, Result, drafts};
use serde_json::json;
use testkit::TestDatabase;

use crate::common::{World, refusal};
use crate::rules::check;

testkit::both_databases!(
    who_comes_back_soon_finds_the_same_assignee,
    who_comes_back_later_begins_anew,
    an_assignee_who_is_gone_is_not_waited_for,
    only_words_open_a_session_again,
    a_member_opens_it_again,
    there_is_one_live_session_however_it_is_opened,
    who_leaves_leaves_nothing_in_the_queue,
);

const MINUTE: i64 = 60_000;

struct Scene {
    world: World,
    project: ProjectId,
    ana: MemberId,
    session: SessionId,
}

impl Scene {
    /// Ana, who is busy, has ended customer 7's session.
    async fn new(database: TestDatabase) -> Self {
        let world = World::with_connections(database, 8).await;
        let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
        world.status(ana, Status::Busy).await;
        world.wrote(project, 7, "hello").await;
        let session = world.session(7).await.id;
        take(&world.store, world.workspace, ana, session).await.unwrap();
        let reply = world.reply(ana, session, "good day").await.unwrap().message.id;
        record_sent(&world.store, reply, Some(77)).await.unwrap();
        end(&world.store, world.workspace, ana, session).await.unwrap();
        Self { world, project, ana, session }
    }

    async fn wrote(&self) -> SessionView {
        self.world.wrote(self.project, 7, "one more thing").await;
        self.world.session(7).await
    }

    async fn reopen(&self, by: MemberId) -> Result<()> {
        reopen(&self.world.store, self.world.workspace, by, self.session).await
    }
}

async fn who_comes_back_soon_finds_the_same_assignee(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    world.limit(scene.ana, 0).await;
    world.clock.advance(10 * MINUTE);
    let view = scene.wrote().await;
    assert_eq!((view.id, view.state), (scene.session, SessionState::Open));
    assert_eq!(view.assignee.map(|it| it.id), Some(scene.ana), "whatever her limit");
    assert_eq!((view.ended_at, view.end_reason, view.unread), (None, None, 1));
    let now = world.store.now();
    assert_eq!((view.opened_at, view.taken_up_at, view.waiting_since), (Some(now), None, now));
    assert!(!view.answered && view.first_reply_at.is_some());
    let lines = world.service(scene.project, 7).await;
    let line = (ServiceWhat::Reopened, None, Some("customer_wrote".to_owned()), Some(scene.ana), None);
    assert_eq!(lines.last(), Some(&line));
    let told = world.all_told().await;
    assert_eq!(told, [(scene.ana.to_string(), "assigned".into(), None, r#""reopened""#.into())]);
    assert_eq!(world.recorded().await.last(), Some(&("session.reopened".to_owned(), None)));
    let timeline = world.timeline(world.customer(scene.project, 7).await).await;
    let last = timeline.last().unwrap();
    assert_eq!((last.text.as_str(), last.session_id), ("one more thing", Some(scene.session)));
    check(world).await;
}

async fn who_comes_back_later_begins_anew(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    world.clock.advance(10 * MINUTE + 1);
    let view = scene.wrote().await;
    assert_ne!(view.id, scene.session);
    assert_eq!((view.state, view.unread), (SessionState::Waiting, 1));
    // The project may want it at once.
    take(&world.store, world.workspace, scene.ana, view.id).await.unwrap();
    end(&world.store, world.workspace, scene.ana, view.id).await.unwrap();
    let (sql, project) = ("UPDATE projects SET reopen_minutes = 0 WHERE id = $1", scene.project);
    world.write(move |tx| tx.execute(sql, params![project])).await;
    let third = scene.wrote().await;
    assert_ne!(third.id, view.id, "what is over stays over");
    check(world).await;
}

async fn an_assignee_who_is_gone_is_not_waited_for(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace, owner) = (&scene.world, scene.world.workspace, scene.world.owner);
    let ended = world.session(7).await;
    world.minute_passes();
    // Offline: at home. It waits, and whoever is there takes it.
    world.status(scene.ana, Status::Offline).await;
    let view = scene.wrote().await;
    assert_eq!((view.id, view.state, view.assignee), (scene.session, SessionState::Waiting, None));
    assert!(view.waiting_since > ended.waiting_since, "it stands at the end");
    let lines = world.service(scene.project, 7).await;
    let line = (ServiceWhat::Reopened, None, Some("customer_wrote".to_owned()), None, None);
    assert_eq!(lines.last(), Some(&line));
    check(world).await;
    let bob = world.agent("bob").await;
    assert_eq!(world.session(7).await.assignee.map(|it| it.id), Some(bob));

    end(&world.store, workspace, bob, scene.session).await.unwrap();
    reception::disable(&world.store, workspace, owner, bob).await.unwrap();
    let view = scene.wrote().await;
    assert_eq!((view.id, view.state), (scene.session, SessionState::Waiting), "disabled");
    // And at once to whom it belongs then.
    let cid = world.agent("cid").await;
    end(&world.store, workspace, cid, scene.session).await.unwrap();
    world.designate(scene.project).await;
    world.name_in_scope(scene.project, scene.ana).await;
    world.status(scene.ana, Status::Online).await;
    let view = scene.wrote().await;
    assert_eq!(view.assignee.map(|it| it.id), Some(scene.ana), "Cid sees the project no more");
    assert_eq!(view.id, scene.session);
    check(world).await;
}

async fn only_words_open_a_session_again(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, before) = (&scene.world, scene.world.session(7).await);
    world.minute_passes();
    let block = |status: &str| {
        let user = json!({ "id": 7, "is_bot": false, "first_name": "Ana", "language_code": "en" });
        json!({ "update_id": world.number(), "my_chat_member": {
            "chat": { "id": 7, "first_name": "Ana", "type": "private" }, "from": user, "date": 1_700_000_000,
            "old_chat_member": { "status": "member", "user": user },
            "new_chat_member": { "status": status, "user": user } } })
    };
    let first =
        world.count("SELECT MIN(telegram_message_id) AS n FROM messages WHERE direction = 'in'").await;
    let mut edited = world.message(7, "hello!");
    let mut message = edited.as_object_mut().unwrap().remove("message").unwrap();
    message["message_id"] = json!(first);
    message["edit_date"] = json!(1_700_000_100);
    let edited = json!({ "update_id": world.number(), "edited_message": message });
    let reaction = json!({ "update_id": world.number(), "message_reaction": {
        "chat": { "id": 7, "type": "private" }, "message_id": first, "date": 1_700_000_000,
        "user": { "id": 7, "is_bot": false, "first_name": "Ana" }, "old_reaction": [], "new_reaction": [] } });
    let start = world.message(7, " /start ");
    let updates = [edited, reaction, block("kicked"), block("member"), start];
    assert_eq!(world.ingest(scene.project, &updates).await.new, 5);
    let after = world.session(7).await;
    assert_eq!(
        (after.id, after.state, after.ended_at),
        (scene.session, SessionState::Ended, before.ended_at)
    );
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM sessions").await, 1);
    assert_eq!(scene.wrote().await.state, SessionState::Open);
}

async fn a_member_opens_it_again(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace) = (&scene.world, scene.world.workspace);
    let bob = world.member("bob", Role::Agent).await;
    world.limit(bob, 0).await;
    world.clock.advance(40 * 24 * 60 * MINUTE);
    scene.reopen(bob).await.unwrap();
    let (view, now) = (world.session(7).await, Some(world.store.now()));
    assert_eq!((view.id, view.state), (scene.session, SessionState::Open));
    assert_eq!(view.assignee.as_ref().map(|it| it.id), Some(bob), "whoever had it, and whatever his limit");
    assert_eq!((view.opened_at, view.taken_up_at, view.ended_at), (now, now, None));
    assert!(view.answered && view.quiet_at > now, "it does not end at once");
    let lines = world.service(scene.project, 7).await;
    let line = (ServiceWhat::Reopened, Some(bob), Some("by_member".to_owned()), None, None);
    assert_eq!(lines.last(), Some(&line));
    assert_eq!(world.recorded().await.last(), Some(&("session.reopened".to_owned(), Some(bob.to_string()))));
    assert_eq!(refusal(scene.reopen(bob).await), Code::SessionNotEnded);
    world.reply(bob, scene.session, "how is it going?").await.unwrap();
    check(world).await;

    end(&world.store, workspace, bob, scene.session).await.unwrap();
    world.clock.advance(60 * MINUTE);
    let newer = scene.wrote().await.id;
    let Err(desk::Error::Refused { code: Code::SessionLive, params }) = scene.reopen(bob).await else {
        panic!("two live sessions")
    };
    assert_eq!(params["session_id"], newer.to_string());
    let blind = world.add("cid", Role::Agent, Some(&[])).await.unwrap();
    assert_eq!(refusal(scene.reopen(blind).await), Code::NotFound);
    take(&world.store, workspace, bob, newer).await.unwrap();
    end(&world.store, workspace, bob, newer).await.unwrap();
    let deny = "INSERT INTO project_operations (workspace_id, project_id, operation, allowed) VALUES ($1, $2, 'reopen', FALSE)";
    let project = scene.project;
    world.write(move |tx| tx.execute(deny, params![workspace, project])).await;
    assert_eq!(refusal(scene.reopen(bob).await), Code::OperationRefused);
}

/// Members open it again while the customer writes: it is one session, and nothing fails but what came second.
async fn there_is_one_live_session_however_it_is_opened(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    let bob = world.agent("bob").await;
    for _ in 0..6 {
        world.minute_passes();
        let (by_ana, by_bob, ingested) =
            tokio::join!(scene.reopen(scene.ana), scene.reopen(bob), world.wrote(scene.project, 7, "hello"));
        assert_eq!((ingested.new, ingested.failed), (1, 0));
        let results = [by_ana, by_bob];
        assert!(results.iter().filter(|it| it.is_ok()).count() <= 1);
        for lost in results.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(lost), Code::SessionNotEnded);
        }
        let live = "SELECT COUNT(*) AS n FROM sessions WHERE state <> 'ended'";
        assert_eq!(
            (world.count(live).await, world.count("SELECT COUNT(*) AS n FROM sessions").await),
            (1, 1)
        );
        check(world).await;
        let assignee = world.session(7).await.assignee.unwrap().id;
        end(&world.store, world.workspace, assignee, scene.session).await.unwrap();
    }
}

async fn who_leaves_leaves_nothing_in_the_queue(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace, owner) = (&scene.world, scene.world.workspace, scene.world.owner);
    let mut leavers = Vec::new();
    for (n, login_name) in ["disabled", "deleted", "removed"].into_iter().enumerate() {
        let member = world.add(login_name, Role::Agent, Some(&[scene.project])).await.unwrap();
        let customer = 20 + i64::try_from(n).unwrap();
        world.wrote(scene.project, customer, "hello").await;
        let session = world.session(customer).await.id;
        take(&world.store, workspace, member, session).await.unwrap();
        world.reply(member, session, login_name).await.unwrap();
        leavers.push((member, customer, session));
    }
    let [(disabled, ..), (deleted, ..), (removed, ..)] = leavers[..] else { panic!("three") };
    reception::disable(&world.store, workspace, owner, disabled).await.unwrap();
    let version = desk::portal::account(&world.store, workspace, deleted).await.unwrap().version;
    reception::delete(&world.store, workspace, owner, deleted, version).await.unwrap();
    let version = desk::portal::account(&world.store, workspace, removed).await.unwrap().version;
    let change = desk::members::AccountChange::default();
    let nothing = Some(Vec::new());
    reception::change_account(&world.store, workspace, owner, removed, version, change, nothing)
        .await
        .unwrap();
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM jobs WHERE kind = 'send_message'").await, 0);
    for ((member, customer, session), reason) in
        leavers.into_iter().zip(["disabled", "deleted", "access_lost"])
    {
        let view = sessions::show(&world.store, workspace, owner, session).await.unwrap();
        assert_eq!((view.state, view.answered), (SessionState::Waiting, false), "{reason}");
        let lines = world.service(scene.project, customer).await;
        let line = (ServiceWhat::Returned, Some(member), Some(reason.to_owned()), None, None);
        assert_eq!(lines.last(), Some(&line));
        let failed = "SELECT delivery_reason FROM messages WHERE author_id = $1";
        assert_eq!(world.texts(failed, params![member], "delivery_reason").await, ["transferred"]);
    }
    // Theirs again when they see the customer again.
    reception::enable(&world.store, workspace, owner, disabled).await.unwrap();
    let draft = drafts::list(&world.store, workspace, disabled).await.unwrap();
    assert_eq!(draft.iter().map(|it| it.text.as_str()).collect::<Vec<_>>(), ["disabled"]);
    check(world).await;
}
