//! Handing sessions over, by their assignee: who gets them, and what becomes of what was not sent.

use db::params;
use desk::ids::{MemberId, ProjectId, SessionId};
use desk::members::{Role, Status};
use desk::messages::{DeliveryState, NewReply, ServiceWhat};
use desk::outbound::record_sent;
use desk::reception::{self, Transfer, end, put_back_into_queue, take, take_over, transfer};
use desk::sessions::{SessionState, SessionView};
use desk::{Code, Result, drafts, messages};
use testkit::TestDatabase;

use crate::common::{World, faults, refusal};
use crate::rules::check;

testkit::both_databases!(
    a_colleague_gets_it_with_a_note,
    what_was_not_sent_goes_into_the_draft,
    the_customer_is_told_after_everything_else,
    a_receiver_must_be_able_to_serve_it,
    only_the_assignee_transfers_and_only_if_they_may,
    into_the_queue_it_keeps_its_place,
    two_transfers_at_once_make_one,
    drafts_being_saved_lose_nothing,
);

pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) project: ProjectId,
    pub(crate) ana: MemberId,
    pub(crate) bob: MemberId,
    pub(crate) session: SessionId,
}

impl Scene {
    /// Ana has customer 7's session; Bob is there, and nobody is online.
    pub(crate) async fn new(database: TestDatabase) -> Self {
        let world = World::with_connections(database, 8).await;
        let project = world.project().await;
        let [ana, bob] = [world.member("ana", Role::Agent).await, world.member("bob", Role::Agent).await];
        let session = opened(&world, project, ana, 7).await;
        Self { world, project, ana, bob, session }
    }

    async fn transfer(&self, by: MemberId, to: Option<MemberId>) -> Result<()> {
        self.transfer_with(by, Transfer { to, ..Transfer::default() }).await
    }

    async fn transfer_with(&self, by: MemberId, with: Transfer) -> Result<()> {
        transfer(&self.world.store, self.world.workspace, by, self.session, with).await
    }

    pub(crate) async fn view(&self) -> SessionView {
        self.world.session(7).await
    }
}

pub(crate) async fn opened(world: &World, project: ProjectId, member: MemberId, customer: i64) -> SessionId {
    world.wrote(project, customer, "hello").await;
    let session = world.session(customer).await.id;
    take(&world.store, world.workspace, member, session).await.unwrap();
    session
}

impl World {
    /// What members were told of: who, of what, by whom, with which detail.
    pub(crate) async fn all_told(&self) -> Vec<(String, String, Option<String>, String)> {
        let sql = "SELECT member_id, what, by_id, detail FROM notices ORDER BY id";
        self.rows(sql, &[], |row| {
            Ok((row.get("member_id")?, row.get("what")?, row.get("by_id")?, row.get("detail")?))
        })
        .await
    }

    /// The verbs that the audit log has about sessions, with who did them.
    pub(crate) async fn recorded(&self) -> Vec<(String, Option<String>)> {
        let sql = "SELECT verb, actor_id FROM audit WHERE subject_kind = 'session' ORDER BY at, id";
        self.rows(sql, &[], |row| Ok((row.get("verb")?, row.get("actor_id")?))).await
    }

    /// The service lines of a customer's timeline: what, who, why, to whom, the note.
    pub(crate) async fn service(&self, project: ProjectId, customer: i64) -> Vec<Line> {
        let lines = self.timeline(self.customer(project, customer).await).await;
        let service = lines.into_iter().filter_map(|line| line.service);
        service
            .map(|it| (it.what, it.member.map(|it| it.id), it.reason, it.to.map(|it| it.id), it.note))
            .collect()
    }

    pub(crate) async fn begun(&self, project: ProjectId, customer: i64, member: MemberId) -> String {
        let customer = self.customer(project, customer).await;
        drafts::show(&self.store, self.workspace, member, customer).await.unwrap().text
    }
}

type Line = (ServiceWhat, Option<MemberId>, Option<String>, Option<MemberId>, Option<String>);

pub(crate) fn assignee(view: &SessionView) -> Option<MemberId> {
    view.assignee.as_ref().map(|it| it.id)
}

async fn a_colleague_gets_it_with_a_note(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, before) = (&scene.world, scene.view().await);
    world.minute_passes();
    let with =
        Transfer { to: Some(scene.bob), note: Some("  Speaks\r\nFrench \0".into()), ..Transfer::default() };
    scene.transfer_with(scene.ana, with).await.unwrap();
    let view = scene.view().await;
    assert_eq!((view.state, assignee(&view)), (SessionState::Open, Some(scene.bob)));
    assert_eq!((view.opened_at, view.taken_up_at), (Some(world.store.now()), None), "he is prompted");
    assert_eq!((view.waiting_since, view.unread), (before.waiting_since, 1));
    let note = Some("Speaks\nFrench".to_owned());
    let handover = view.handover.clone().unwrap();
    assert_eq!((handover.from.id, handover.note), (scene.ana, note.clone()));
    assert!(view.version > before.version);
    let lines = world.service(scene.project, 7).await;
    let last = (ServiceWhat::Transferred, Some(scene.ana), None, Some(scene.bob), note);
    assert_eq!(lines.last(), Some(&last));
    let told = (
        scene.bob.to_string(),
        "transferred".into(),
        Some(scene.ana.to_string()),
        r#""Speaks\nFrench""#.into(),
    );
    assert_eq!(world.all_told().await, [told]);
    assert_eq!(world.recorded().await[1], ("session.transferred".to_owned(), Some(scene.ana.to_string())));
    check(world).await;

    // It is his alone from here on.
    assert_eq!(refusal(world.reply(scene.ana, scene.session, "still here?").await), Code::NotAssignee);
    assert_eq!(refusal(scene.transfer(scene.ana, Some(scene.bob)).await), Code::NotAssignee);
    world.reply(scene.bob, scene.session, "bonjour").await.unwrap();
    let view = scene.view().await;
    assert_eq!((view.handover, view.answered), (None, true), "who replies has taken it up");
}

async fn what_was_not_sent_goes_into_the_draft(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace) = (&scene.world, scene.world.workspace);
    let customer = world.customer(scene.project, 7).await;
    drafts::save(&world.store, workspace, scene.ana, customer, 0, "half a sent").await.unwrap();
    let sent = world.reply(scene.ana, scene.session, "zero").await.unwrap().message.id;
    record_sent(&world.store, sent, Some(40)).await.unwrap();
    let mut replies = Vec::new();
    for text in ["one", "two\nlines", "three"] {
        replies.push(world.reply(scene.ana, scene.session, text).await.unwrap().message.id);
    }
    // Another customer's queue is nobody's business here.
    let other = opened(world, scene.project, scene.ana, 8).await;
    let elsewhere = world.reply(scene.ana, other, "elsewhere").await.unwrap().message.id;
    scene.transfer(scene.ana, Some(scene.bob)).await.unwrap();

    let delivery = world.line(customer, sent).await.delivery.unwrap();
    assert_eq!(delivery.state, DeliveryState::Sent);
    for &id in &replies {
        let delivery = world.line(customer, id).await.delivery.unwrap();
        assert_eq!(
            (delivery.state, delivery.reason.as_deref()),
            (DeliveryState::Failed, Some("transferred"))
        );
        for member in [scene.ana, scene.bob] {
            let code = refusal(messages::resend(&world.store, workspace, member, id).await);
            assert_eq!(code, if member == scene.ana { Code::NotAssignee } else { Code::NotResendable });
        }
    }
    let queue = world.texts("SELECT payload FROM jobs WHERE kind = 'send_message'", &[], "payload").await;
    assert_eq!(queue, [elsewhere.to_string()]);
    let draft = drafts::show(&world.store, workspace, scene.ana, customer).await.unwrap();
    assert_eq!(draft.text, "half a sent\n\none\n\ntwo\nlines\n\nthree");
    assert_eq!(world.begun(scene.project, 7, scene.bob).await, "", "it is hers");
    assert!(scene.view().await.answered, "the first one was sent");
    // It comes back to her: what was given back stays where it is.
    scene.transfer(scene.bob, Some(scene.ana)).await.unwrap();
    let again = messages::resend(&world.store, workspace, scene.ana, replies[0]).await;
    assert_eq!(refusal(again), Code::NotResendable);
    let shorter = drafts::save(&world.store, workspace, scene.ana, customer, draft.version, "one").await;
    assert_eq!(shorter.unwrap().text, "one");
}

async fn the_customer_is_told_after_everything_else(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    world.reply(scene.ana, scene.session, "one moment").await.unwrap();
    let before = scene.view().await;
    let with = Transfer {
        to: Some(scene.bob),
        message: Some(" A colleague will help ".into()),
        ..Transfer::default()
    };
    scene.transfer_with(scene.ana, with).await.unwrap();
    let customer = world.customer(scene.project, 7).await;
    let lines = world.timeline(customer).await;
    let [.., line, notice] = &lines[..] else { panic!("two lines") };
    assert_eq!(line.service.as_ref().map(|it| it.what), Some(ServiceWhat::Transferred));
    assert_eq!(
        (notice.text.as_str(), &notice.author, &notice.signature),
        ("A colleague will help", &None, &None)
    );
    let queue = "SELECT payload FROM jobs WHERE kind = 'send_message' AND urgency = 0";
    assert_eq!(world.texts(queue, &[], "payload").await, [notice.id.to_string()], "live, and alone");
    let view = scene.view().await;
    assert_eq!(view.last_message, before.last_message, "what comes by itself isn't the last word");
    assert!(!view.answered, "nothing of hers was sent");

    // Nothing is promised that can't be sent; without words it can be done.
    let pause = "UPDATE projects SET state = 'paused' WHERE id = $1";
    let project = scene.project;
    world.write(move |tx| tx.execute(pause, params![project])).await;
    let with = Transfer { to: Some(scene.ana), message: Some("back".into()), ..Transfer::default() };
    assert_eq!(refusal(scene.transfer_with(scene.bob, with).await), Code::ProjectPaused);
    scene.transfer(scene.bob, Some(scene.ana)).await.unwrap();
}

async fn a_receiver_must_be_able_to_serve_it(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace, owner) = (&scene.world, scene.world.workspace, scene.world.owner);
    let cid = world.add("cid", Role::Agent, Some(&[])).await.unwrap();
    assert_eq!(refusal(scene.transfer(scene.ana, Some(cid)).await), Code::ReceiverNoAccess);
    world.limit(scene.bob, 1).await;
    opened(world, scene.project, scene.bob, 8).await;
    match scene.transfer(scene.ana, Some(scene.bob)).await {
        Err(desk::Error::Refused { code: Code::ReceiverAtLimit, params }) => {
            let params: Vec<_> = params.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(params, ["limit=1", r#"name="Name of bob""#, "open=1"]);
        }
        other => panic!("{other:?}"),
    }
    // An agent's word doesn't count.
    let beyond = |to| Transfer { to: Some(to), beyond_limit: true, ..Transfer::default() };
    assert_eq!(refusal(scene.transfer_with(scene.ana, beyond(scene.bob)).await), Code::ReceiverAtLimit);
    for to in [MemberId::new(world.store.now()), scene.ana] {
        let unknown = scene.transfer(scene.ana, Some(to)).await;
        assert_eq!(faults(unknown), [("to".to_owned(), "unknown")]);
    }
    let long =
        Transfer { note: Some("x".repeat(2001)), message: Some("x".repeat(4097)), ..Transfer::default() };
    let too_long = faults(scene.transfer_with(scene.ana, long).await);
    assert_eq!(too_long, [("note".to_owned(), "too_long"), ("message".to_owned(), "too_long")]);
    reception::disable(&world.store, workspace, owner, cid).await.unwrap();
    assert_eq!(refusal(scene.transfer(scene.ana, Some(cid)).await), Code::ReceiverUnavailable);
    assert_eq!(assignee(&scene.view().await), Some(scene.ana));
    assert_eq!(world.all_told().await, [], "nothing happened");

    let sue = world.member("sue", Role::Supervisor).await;
    take_over(&world.store, workspace, sue, scene.session).await.unwrap();
    assert_eq!(refusal(scene.transfer(sue, Some(scene.bob)).await), Code::ReceiverAtLimit);
    scene.transfer_with(sue, beyond(scene.bob)).await.unwrap();
    assert_eq!(assignee(&scene.view().await), Some(scene.bob));
    check(world).await;
}

async fn only_the_assignee_transfers_and_only_if_they_may(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace) = (&scene.world, scene.world.workspace);
    let sue = world.member("sue", Role::Supervisor).await;
    for other in [scene.bob, sue, world.owner] {
        assert_eq!(refusal(scene.transfer(other, Some(scene.bob)).await), Code::NotAssignee);
    }
    let blind = world.add("cid", Role::Agent, Some(&[])).await.unwrap();
    assert_eq!(refusal(scene.transfer(blind, None).await), Code::NotFound);
    let deny = "INSERT INTO project_operations (workspace_id, project_id, operation, allowed) VALUES ($1, $2, 'transfer', FALSE)";
    let project = scene.project;
    world.write(move |tx| tx.execute(deny, params![workspace, project])).await;
    assert_eq!(refusal(scene.transfer(scene.ana, Some(scene.bob)).await), Code::OperationRefused);
    let back = put_back_into_queue(&world.store, workspace, scene.ana, scene.session, None).await;
    assert_eq!(refusal(back), Code::OperationRefused);
    end(&world.store, workspace, scene.ana, scene.session).await.unwrap();
    assert_eq!(refusal(scene.transfer(scene.ana, None).await), Code::SessionEnded);
    world.wrote(project, 8, "hello").await;
    let waiting = world.session(8).await.id;
    let queue = Transfer::default();
    assert_eq!(
        refusal(transfer(&world.store, workspace, scene.ana, waiting, queue).await),
        Code::SessionNotOpen
    );
}

async fn into_the_queue_it_keeps_its_place(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    let before = scene.view().await;
    world.minute_passes();
    world.wrote(scene.project, 8, "I came later").await;
    world.reply(scene.ana, scene.session, "one").await.unwrap();
    let with = Transfer { note: Some("angry".into()), message: Some("wait".into()), ..Transfer::default() };
    scene.transfer_with(scene.ana, with).await.unwrap();
    let view = scene.view().await;
    assert_eq!((view.state, assignee(&view), view.opened_at), (SessionState::Waiting, None, None));
    assert_eq!((view.waiting_since, view.answered, view.unread), (before.waiting_since, false, 1));
    assert_eq!(view.handover.map(|it| (it.from.id, it.note)), Some((scene.ana, Some("angry".to_owned()))));
    assert_eq!(world.begun(scene.project, 7, scene.ana).await, "one");
    let passed = world.texts("SELECT passed FROM sessions WHERE passed IS NOT NULL", &[], "passed").await;
    assert_eq!(passed, [format!(r#"["{}"]"#, scene.ana)], "she isn't given it again");
    let lines = world.service(scene.project, 7).await;
    let given_back = Some("given_back".to_owned());
    let line = (ServiceWhat::Returned, Some(scene.ana), given_back, None, Some("angry".to_owned()));
    assert_eq!(lines.last(), Some(&line));
    assert_eq!(world.all_told().await, []);
    check(world).await;
    // The oldest is the first to be given, whoever came between.
    world.limit(scene.bob, 1).await;
    world.status(scene.bob, Status::Online).await;
    let view = scene.view().await;
    assert_eq!(assignee(&view), Some(scene.bob));
    assert!(view.handover.is_some(), "he is to know");
    check(world).await;
}

async fn two_transfers_at_once_make_one(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let cid = scene.world.member("cid", Role::Agent).await;
    let (to_bob, to_cid) =
        tokio::join!(scene.transfer(scene.ana, Some(scene.bob)), scene.transfer(scene.ana, Some(cid)));
    let expected = if to_bob.is_ok() { scene.bob } else { cid };
    assert_eq!(assignee(&scene.view().await), Some(expected));
    let lost = if to_bob.is_ok() { to_cid } else { to_bob };
    assert_eq!(refusal(lost), Code::NotAssignee);
    assert_eq!(scene.world.all_told().await.len(), 1);
}

/// A draft is typed while replies are given back into it: whoever comes second sees what the first did.
async fn drafts_being_saved_lose_nothing(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace, store) = (&scene.world, scene.world.workspace, &scene.world.store);
    let customer = world.customer(scene.project, 7).await;
    for round in 0..8 {
        let text = format!("reply {round}");
        let client_id = uuid::Uuid::new_v4().to_string();
        let reply = NewReply { client_id, text: text.clone(), reply_to: None };
        messages::post(store, workspace, scene.ana, scene.session, reply).await.unwrap();
        let draft = drafts::show(store, workspace, scene.ana, customer).await.unwrap();
        let typed = format!("typed {round}");
        let (saved, given) = tokio::join!(
            drafts::save(store, workspace, scene.ana, customer, draft.version, &typed),
            scene.transfer(scene.ana, Some(scene.bob)),
        );
        given.unwrap();
        let now = drafts::show(store, workspace, scene.ana, customer).await.unwrap().text;
        match saved {
            Ok(_) => assert_eq!(now, format!("{typed}\n\n{text}")),
            Err(error) => {
                assert_eq!(error.code(), Some(Code::StaleVersion));
                assert!(now.ends_with(&text), "{now}");
            }
        }
        scene.transfer(scene.bob, Some(scene.ana)).await.unwrap();
    }
}
