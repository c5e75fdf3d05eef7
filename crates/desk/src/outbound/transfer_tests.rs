//! What is under way, and what waits, when a session goes to somebody else.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::json;
use telegram::RawUpdate;
use testkit::TestDatabase;
use tokio::sync::Notify;

use super::settle::settle;
use crate::clock::Timestamp;
use crate::error::Code;
use crate::ids::{CustomerId, MemberId, SessionId};
use crate::inbound::ingest;
use crate::jobs::{self, Due, Job};
use crate::members::{self, NewMember, Passwords, Role};
use crate::messages::{
    self, DeliveryState, Message, NewReply, Outcome, Posted, SEND, ServiceWhat, ToSend, Window, timeline,
};
use crate::reception::{self, Transfer};
use crate::sessions::{self, Query, Tab};
use crate::testing::Fixture;
use crate::{Result, drafts};

testkit::both_databases!(
    what_is_sent_while_a_session_is_transferred_stands_before_the_line_or_goes_back,
    the_reply_under_way_may_finish,
    what_would_be_tried_again_goes_back_too,
    what_may_have_arrived_stays_so,
    one_that_failed_does_not_answer,
    what_goes_late_begins_the_quiet_time_anew,
);

const NOTICE: &str = "please wait for my colleague";
const WORKER: &str = "worker";

/// Ana's open session with a customer, and her colleague Bob.
struct Scene {
    fixture: Fixture,
    ana: MemberId,
    bob: MemberId,
    customer: CustomerId,
    session: SessionId,
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let fixture = Fixture::new(database).await;
        let (store, workspace, project) = (&fixture.store, fixture.workspace, fixture.project);
        let update = json!({ "update_id": 1, "message": { "message_id": 1, "text": "hello",
            "from": { "id": 7, "first_name": "Cleo" }, "chat": { "id": 7, "type": "private" } } });
        ingest(store, workspace, project, vec![RawUpdate::read(&update.to_string())]).await.unwrap();
        let ana = fixture.write(move |tx| Ok(members::all(tx, workspace)?[0].id)).await;
        let new = NewMember {
            name: "Bob".into(),
            login_name: "bob".into(),
            role: Role::Agent,
            password: "correct horse battery".into(),
            all_projects: true,
        };
        let passwords = Passwords::new(1).unwrap();
        let bob =
            reception::add_member(store, &passwords, workspace, Some(ana), new, Vec::new()).await.unwrap();
        let query = Query { limit: 1, ..Query::of(Tab::All) };
        let session = sessions::list(store, workspace, ana, query).await.unwrap().items.remove(0);
        reception::take(store, workspace, ana, session.id).await.unwrap();
        Self { ana, bob, customer: session.customer.id, session: session.id, fixture }
    }

    async fn post(&self, member: MemberId, text: &str) -> Result<Posted> {
        let client_id = uuid::Uuid::new_v4().to_string();
        let reply = NewReply { client_id, text: text.to_owned(), reply_to: None };
        messages::post(&self.fixture.store, self.fixture.workspace, member, self.session, reply).await
    }

    async fn transfer(&self) {
        let message = Some(NOTICE.to_owned());
        let transfer = Transfer { to: Some(self.bob), note: None, message, beyond_limit: false };
        let (store, workspace) = (&self.fixture.store, self.fixture.workspace);
        reception::transfer(store, workspace, self.ana, self.session, transfer).await.unwrap();
    }

    /// Claims what may go now, as the sender does: of one chat that is one.
    async fn claim(&self) -> Option<(Job, ToSend)> {
        let project = self.fixture.project.to_string();
        let claimed = self.fixture.write(move |tx| {
            let due = Due { kind: SEND, subject: &project, held: &[] };
            let Some(job) = jobs::claim(tx, &due, WORKER, 10)?.pop() else { return Ok(None) };
            let message = messages::to_send(tx, job.payload.parse().unwrap())?.unwrap();
            messages::mark_sending(tx, &message)?;
            Ok(Some((job, message)))
        });
        claimed.await
    }

    async fn settle(&self, (job, message): &(Job, ToSend), outcome: Outcome) {
        settle(&self.fixture.store, &WORKER.into(), job, message, outcome, false, None).await;
    }

    async fn lines(&self) -> Vec<Message> {
        let (store, workspace) = (&self.fixture.store, self.fixture.workspace);
        timeline(store, workspace, self.ana, self.customer, Window::Newest, 200).await.unwrap().items
    }

    /// Replies with who wrote them, how they stand, and whether they are before the line of the transfer.
    async fn replies(&self) -> Vec<(String, Option<MemberId>, DeliveryState, Option<String>, bool)> {
        let lines = self.lines().await;
        let is_line = |line: &&Message| {
            line.service.as_ref().is_some_and(|service| service.what == ServiceWhat::Transferred)
        };
        let line = lines.iter().find(is_line).map_or(i64::MAX, |line| line.position);
        let reply = |it: Message| {
            let delivery = it.delivery?;
            let author = it.author.map(|author| author.id);
            Some((it.text, author, delivery.state, delivery.reason, it.position < line))
        };
        lines.into_iter().filter_map(reply).collect()
    }

    async fn draft(&self) -> String {
        let (store, workspace) = (&self.fixture.store, self.fixture.workspace);
        drafts::show(store, workspace, self.ana, self.customer).await.unwrap().text
    }

    async fn view(&self) -> sessions::SessionView {
        let (store, workspace) = (&self.fixture.store, self.fixture.workspace);
        sessions::show(store, workspace, self.ana, self.session).await.unwrap()
    }
}

/// What the sender did, in order.
#[derive(Default)]
struct Log {
    /// Texts of calls, as they began.
    calls: Mutex<Vec<String>>,
    transferred: AtomicBool,
    /// Replies whose call ended after the transfer.
    ended_after: Mutex<BTreeSet<String>>,
}

/// Sends whatever can be sent, one call after the other; every seventh call is to be tried again. Ends when there is nothing left and
/// everybody else is done.
async fn send_all(scene: &Scene, log: &Log, done: &AtomicBool) {
    let mut calls = 0;
    loop {
        let was_done = done.load(Ordering::SeqCst);
        let Some(claimed) = scene.claim().await else {
            if was_done {
                return;
            }
            tokio::task::yield_now().await;
            continue;
        };
        let text = claimed.1.text.clone();
        log.calls.lock().unwrap().push(text.clone());
        for _ in 0..calls % 5 {
            tokio::task::yield_now().await;
        }
        calls += 1;
        let again = calls % 7 == 0;
        let outcome = if again {
            Outcome::Again("rate_limited", scene.fixture.store.now())
        } else {
            Outcome::Sent(None)
        };
        if log.transferred.load(Ordering::SeqCst) && text != NOTICE {
            log.ended_after.lock().unwrap().insert(text);
        }
        scene.settle(&claimed, outcome).await;
    }
}

async fn what_is_sent_while_a_session_is_transferred_stands_before_the_line_or_goes_back(
    database: TestDatabase,
) {
    let scene = Scene::new(database).await;
    let (log, done, half_way) = (Log::default(), AtomicBool::new(false), Notify::new());
    let accepted = Mutex::new(Vec::new());
    let writing = async {
        let writers = (0..5).map(|writer| {
            let (scene, accepted, half_way) = (&scene, &accepted, &half_way);
            async move {
                for n in 0..20 {
                    let text = format!("reply {writer}.{n}");
                    match scene.post(scene.ana, &text).await {
                        Ok(_) => accepted.lock().unwrap().push(text),
                        Err(error) => assert_eq!(error.code(), Some(Code::NotAssignee), "{error}"),
                    }
                    if n == 10 {
                        half_way.notify_one();
                    }
                }
            }
        });
        let transferring = async {
            half_way.notified().await;
            scene.transfer().await;
            log.transferred.store(true, Ordering::SeqCst);
        };
        tokio::join!(join_all(writers), transferring);
        done.store(true, Ordering::SeqCst);
    };
    tokio::join!(writing, send_all(&scene, &log, &done));

    let accepted: BTreeSet<_> = accepted.into_inner().unwrap().into_iter().collect();
    let replies = scene.replies().await;
    let hers: Vec<_> = replies.iter().filter(|(_, author, ..)| *author == Some(scene.ana)).collect();
    assert_eq!(hers.iter().map(|(text, ..)| text.clone()).collect::<BTreeSet<_>>(), accepted);
    assert!((20..100).contains(&accepted.len()), "the transfer came in between: {}", accepted.len());
    let mut back = BTreeSet::new();
    for (text, _, state, reason, before) in &hers {
        assert!(before, "{text} stands after the line");
        match (state, reason.as_deref()) {
            (DeliveryState::Sent, None) => {}
            (DeliveryState::Failed, Some("transferred")) => {
                back.insert(text.clone());
            }
            other => panic!("{text} is {other:?}"),
        }
    }
    assert!(back.len() > 1, "some waited");
    let draft = scene.draft().await;
    let drafted: Vec<_> = draft.split("\n\n").map(str::to_owned).collect();
    assert_eq!(drafted.iter().cloned().collect::<BTreeSet<_>>(), back);
    assert_eq!(drafted.len(), back.len());
    // In the order of the timeline, but for one that was under way and came back later.
    let order: Vec<_> =
        hers.iter().map(|(text, ..)| text.clone()).filter(|text| back.contains(text)).collect();
    let last = drafted.last().unwrap();
    let in_order = drafted == order || {
        let rest: Vec<_> = order.iter().filter(|text| *text != last).cloned().collect();
        drafted[..drafted.len() - 1] == rest
    };
    assert!(in_order, "{drafted:?}");

    let after = log.ended_after.into_inner().unwrap();
    assert!(after.len() <= 1, "under way at the transfer: {after:?}");
    let calls = log.calls.into_inner().unwrap();
    let first_notice = calls.iter().position(|text| text == NOTICE).expect("the customer is told");
    assert!(calls[first_notice..].iter().all(|text| text == NOTICE), "nothing of hers after it: {calls:?}");
    let (_, author, state, ..) = replies.iter().find(|(text, ..)| text == NOTICE).unwrap();
    assert_eq!((*author, *state), (None, DeliveryState::Sent));
}

async fn the_reply_under_way_may_finish(database: TestDatabase) {
    let scene = Scene::new(database).await;
    for text in ["one", "two", "three"] {
        scene.post(scene.ana, text).await.unwrap();
    }
    let under_way = scene.claim().await.unwrap();
    scene.transfer().await;
    assert_eq!(scene.claim().await, None, "what the customer is told waits for it");
    scene.post(scene.bob, "four").await.unwrap();
    scene.settle(&under_way, Outcome::Sent(Some(50))).await;
    for expected in [NOTICE, "four"] {
        let next = scene.claim().await.unwrap();
        assert_eq!(next.1.text, expected);
        scene.settle(&next, Outcome::Sent(None)).await;
    }
    assert_eq!(scene.claim().await, None);
    let (ana, bob) = (Some(scene.ana), Some(scene.bob));
    let transferred = || Some("transferred".to_owned());
    assert_eq!(
        scene.replies().await,
        [
            ("one".to_owned(), ana, DeliveryState::Sent, None, true),
            ("two".to_owned(), ana, DeliveryState::Failed, transferred(), true),
            ("three".to_owned(), ana, DeliveryState::Failed, transferred(), true),
            (NOTICE.to_owned(), None, DeliveryState::Sent, None, false),
            ("four".to_owned(), bob, DeliveryState::Sent, None, false),
        ]
    );
    assert_eq!(scene.draft().await, "two\n\nthree");
}

async fn what_would_be_tried_again_goes_back_too(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.post(scene.ana, "one").await.unwrap();
    scene.post(scene.ana, "two").await.unwrap();
    let under_way = scene.claim().await.unwrap();
    scene.transfer().await;
    assert!(scene.view().await.answered, "one is under way");
    let later = scene.fixture.store.now().plus(60_000);
    scene.settle(&under_way, Outcome::Again("rate_limited", later)).await;
    let [one, two, _] = &scene.replies().await[..] else { panic!("three replies") };
    for (text, _, state, reason, _) in [one, two] {
        assert_eq!((*state, reason.as_deref()), (DeliveryState::Failed, Some("transferred")), "{text}");
    }
    assert_eq!(scene.draft().await, "two\n\none");
    assert_eq!(scene.claim().await.unwrap().1.text, NOTICE);
    let view = scene.view().await;
    assert_eq!((view.answered, view.unread), (false, 1), "nothing reached the customer");
}

async fn what_may_have_arrived_stays_so(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.post(scene.ana, "one").await.unwrap();
    let under_way = scene.claim().await.unwrap();
    scene.transfer().await;
    scene.settle(&under_way, Outcome::Unknown).await;
    assert_eq!(scene.replies().await[0].2, DeliveryState::Unknown);
    assert_eq!(scene.draft().await, "");
    let (store, workspace) = (&scene.fixture.store, scene.fixture.workspace);
    let again = messages::resend(store, workspace, scene.ana, under_way.1.id).await;
    assert_eq!(again.unwrap_err().code(), Some(Code::NotAssignee));
    let again = messages::resend(store, workspace, scene.bob, under_way.1.id).await;
    assert_eq!(again.unwrap_err().code(), Some(Code::NotResendable), "it isn't his");
}

async fn one_that_failed_does_not_answer(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.post(scene.ana, "one").await.unwrap();
    assert!(scene.view().await.answered);
    let claimed = scene.claim().await.unwrap();
    scene.settle(&claimed, Outcome::Failed("bad_request")).await;
    let view = scene.view().await;
    assert!(!view.answered && view.quiet_at.is_none());
    let (store, workspace) = (&scene.fixture.store, scene.fixture.workspace);
    messages::resend(store, workspace, scene.ana, claimed.1.id).await.unwrap();
    assert!(scene.view().await.answered);
}

async fn what_goes_late_begins_the_quiet_time_anew(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (day, clock) = (24 * 60 * 60_000, &scene.fixture.clock);
    scene.post(scene.ana, "one").await.unwrap();
    let written = scene.fixture.store.now();
    clock.advance(day + 60_000);
    assert_eq!(reception::end_quiet(&scene.fixture.store).await.unwrap(), 0, "it has not arrived");
    let claimed = scene.claim().await.unwrap();
    scene.settle(&claimed, Outcome::Sent(None)).await;
    assert_eq!(reception::end_quiet(&scene.fixture.store).await.unwrap(), 0);
    assert_eq!(scene.view().await.quiet_at, Some(Timestamp(written.0 + 2 * day + 60_000)));
    clock.advance(day);
    assert_eq!(reception::end_quiet(&scene.fixture.store).await.unwrap(), 1);
}
