use std::time::Duration;

use rstest::rstest;
use serde_json::json;
use telegram::{Error as Trouble, RawUpdate, Sent};
use testkit::TestDatabase;

use super::expectation::foretell;
use super::pace::Pace;
use super::settle::{Verdict, judge, settle};
use crate::clock::Timestamp;
use crate::ids::{CustomerId, MemberId};
use crate::inbound::ingest;
use crate::jobs::{self, Due, Job};
use crate::messages::{
    self, DeliveryState, Message, NewReply, Outcome, SEND, ServiceWhat, ToSend, Window, timeline,
};
use crate::projects::{self, HealthState};
use crate::sessions::{self, Query, Tab};
use crate::testing::Fixture;
use crate::{members, reception};

const NOW: Timestamp = Timestamp(1_000_000);

fn words() -> String {
    "Telegram's words".to_owned()
}

fn verdict(outcome: Outcome) -> Verdict {
    Verdict { outcome, pause_until: None, blocked: false, health: None }
}

#[rstest]
#[case::refused(Trouble::BadRequest { description: words(), migrate_to_chat_id: None }, Outcome::Failed("bad_request"))]
#[case::no_chat(Trouble::ChatNotFound, Outcome::Failed("chat_not_found"))]
#[case::kicked(Trouble::Forbidden { description: words() }, Outcome::Failed("forbidden"))]
#[case::unanswered(Trouble::Unanswered { reason: words() }, Outcome::Unknown)]
#[case::nonsense(Trouble::BadAnswer { reason: words() }, Outcome::Unknown)]
#[case::endless(Trouble::TooLarge { limit: 1 }, Outcome::Unknown)]
#[case::trouble(Trouble::ServerTrouble { status: 502 }, Outcome::Again("telegram_trouble", NOW.plus(1_000)))]
fn an_answer_means_something_for_the_reply_alone(#[case] answer: Trouble, #[case] expected: Outcome) {
    assert_eq!(judge(Err(answer), 1, NOW), verdict(expected));
}

#[test]
fn an_answer_may_mean_something_for_the_bot_or_the_customer() {
    assert_eq!(judge(Ok(sent(Some(5))), 1, NOW), verdict(Outcome::Sent(Some(5))));
    assert_eq!(judge(Ok(sent(None)), 1, NOW), verdict(Outcome::Sent(None)));

    let until = NOW.plus(7_000);
    let answer = Trouble::TooManyRequests { retry_after: Duration::from_secs(7) };
    let health = Some((HealthState::RateLimited, answer.to_string()));
    let limited = judge(Err(answer), 1, NOW);
    let expected = verdict(Outcome::Again("rate_limited", until));
    assert_eq!(limited, Verdict { pause_until: Some(until), health, ..expected });

    let until = NOW.plus(1_000);
    let cut_off = judge(Err(Trouble::NotConnected { reason: words() }), 1, NOW);
    assert_eq!(
        cut_off,
        Verdict { pause_until: Some(until), ..verdict(Outcome::Again("unreachable", until)) }
    );

    let blocked = judge(Err(Trouble::BlockedByUser { description: words() }), 1, NOW);
    assert_eq!(blocked, Verdict { blocked: true, ..verdict(Outcome::Failed("blocked_by_customer")) });

    let health = Some((HealthState::TokenRejected, Trouble::Unauthorized.to_string()));
    let rejected = judge(Err(Trouble::Unauthorized), 1, NOW);
    let expected = verdict(Outcome::Failed("token_rejected"));
    assert_eq!(rejected, Verdict { health, ..expected });
}

#[rstest]
#[case(0, 1)]
#[case(1, 1)]
#[case(2, 2)]
#[case(6, 32)]
#[case(7, 60)]
#[case(i64::MAX, 60)]
fn each_further_attempt_comes_later(#[case] attempts: i64, #[case] seconds: i64) {
    let verdict = judge(Err(Trouble::ServerTrouble { status: 500 }), attempts, NOW);
    assert_eq!(verdict.outcome, Outcome::Again("telegram_trouble", NOW.plus(seconds * 1_000)));
}

fn sent(message_id: Option<i64>) -> Sent {
    Sent { message_id, date: None }
}

testkit::both_databases!(
    what_became_of_a_reply_is_stored_with_what_follows_from_it,
    a_customer_who_blocked_the_bot_is_marked,
    people_are_told_when_a_waiting_reply_will_go,
    an_answer_that_comes_too_late_changes_only_what_is_unknown,
    an_answer_that_comes_after_a_resend_changes_nothing,
);

/// A reply that the sender has claimed.
struct Claimed {
    fixture: Fixture,
    owner: MemberId,
    customer: CustomerId,
    job: Job,
    message: ToSend,
}

impl Claimed {
    async fn new(database: TestDatabase) -> Self {
        let fixture = Fixture::new(database).await;
        let (store, workspace, project) = (&fixture.store, fixture.workspace, fixture.project);
        let update = json!({ "update_id": 1, "message": { "message_id": 1, "text": "hello",
            "from": { "id": 7, "first_name": "Ana" }, "chat": { "id": 7, "type": "private" } } });
        ingest(store, workspace, project, vec![RawUpdate::read(&update.to_string())]).await.unwrap();
        let owner = fixture.write(move |tx| Ok(members::all(tx, workspace)?[0].id)).await;
        let query = Query { limit: 1, ..Query::of(Tab::All) };
        let session = sessions::list(store, workspace, owner, query).await.unwrap().items.remove(0);
        reception::take(store, workspace, owner, session.id).await.unwrap();
        let client_id = uuid::Uuid::new_v4().to_string();
        let reply = NewReply { client_id, text: "good morning".into(), reply_to: None };
        let id = messages::post(store, workspace, owner, session.id, reply).await.unwrap().message.id;
        let (job, message) = fixture
            .write(move |tx| {
                let job = jobs::claim(tx, &due(&project.to_string()), "worker", 10)?.remove(0);
                Ok((job, messages::to_send(tx, id)?.unwrap()))
            })
            .await;
        Self { owner, customer: session.customer.id, job, message, fixture }
    }

    async fn settle(&self, outcome: Outcome, blocked: bool, health: Option<HealthState>) {
        let health = health.map(|state| (state, words()));
        settle(&self.fixture.store, &"worker".into(), &self.job, &self.message, outcome, blocked, health)
            .await;
    }

    async fn lines(&self) -> Vec<Message> {
        let (store, workspace) = (&self.fixture.store, self.fixture.workspace);
        timeline(store, workspace, self.owner, self.customer, Window::Newest, 200).await.unwrap().items
    }

    async fn delivery(&self) -> (DeliveryState, Option<String>, Option<Timestamp>) {
        let lines = self.lines().await;
        let delivery =
            lines.into_iter().find(|line| line.id == self.message.id).and_then(|line| line.delivery);
        delivery.map(|it| (it.state, it.reason, it.retry_at)).unwrap()
    }

    /// What the sender could claim, and when.
    async fn next_due(&self) -> Option<Timestamp> {
        let project = self.fixture.project.to_string();
        self.fixture.write(move |tx| jobs::next_due(tx, &due(&project))).await
    }

    async fn health(&self) -> HealthState {
        let (store, workspace, project) = (&self.fixture.store, self.fixture.workspace, self.fixture.project);
        projects::show(store, workspace, self.owner, project).await.unwrap().health.state
    }
}

fn due(project: &str) -> Due<'_> {
    Due { kind: SEND, subject: project, held: &[] }
}

async fn what_became_of_a_reply_is_stored_with_what_follows_from_it(database: TestDatabase) {
    let claimed = Claimed::new(database).await;
    assert_eq!(claimed.next_due().await, None);
    let until = claimed.fixture.store.now().plus(5_000);
    claimed.settle(Outcome::Again("rate_limited", until), false, Some(HealthState::RateLimited)).await;
    let waiting = (DeliveryState::Queued, Some("rate_limited".to_owned()), Some(until));
    assert_eq!((claimed.delivery().await, claimed.next_due().await), (waiting, Some(until)));
    assert_eq!(claimed.health().await, HealthState::RateLimited);

    claimed.fixture.clock.set(until);
    let project = claimed.fixture.project.to_string();
    let again = claimed.fixture.write(move |tx| jobs::claim(tx, &due(&project), "worker", 10)).await;
    assert_eq!(again, [Job { attempts: 2, ..claimed.job.clone() }]);
    claimed.settle(Outcome::Sent(Some(99)), false, None).await;
    assert_eq!(claimed.delivery().await, (DeliveryState::Sent, None, None));
    assert_eq!((claimed.next_due().await, claimed.health().await), (None, HealthState::Ok));
    let project = claimed.fixture.project.to_string();
    let left = claimed.fixture.write(move |tx| jobs::claimed_by_others(tx, SEND, &project, "nobody"));
    assert_eq!(left.await, []);
}

/// Another node took this one for dead, and called its replies unknown. What it then learns can only be that one arrived.
async fn an_answer_that_comes_too_late_changes_only_what_is_unknown(database: TestDatabase) {
    let claimed = Claimed::new(database).await;
    let (job, message) = (claimed.job.clone(), claimed.message.clone());
    claimed
        .fixture
        .write(move |tx| {
            messages::settle(tx, &message, &Outcome::Unknown)?;
            jobs::finish(tx, job.id)
        })
        .await;
    let unknown = (DeliveryState::Unknown, None, None);
    let later = claimed.fixture.store.now().plus(5_000);
    for late in [Outcome::Again("unreachable", later), Outcome::Failed("bad_request"), Outcome::Unknown] {
        claimed.settle(late, false, None).await;
        assert_eq!((claimed.delivery().await, claimed.next_due().await), (unknown.clone(), None));
    }
    claimed.settle(Outcome::Sent(Some(99)), false, None).await;
    assert_eq!(claimed.delivery().await, (DeliveryState::Sent, None, None));
    claimed.settle(Outcome::Failed("bad_request"), false, None).await;
    assert_eq!(claimed.delivery().await.0, DeliveryState::Sent);
}

/// As before, but the member has sent it again meanwhile: the new attempt alone decides.
async fn an_answer_that_comes_after_a_resend_changes_nothing(database: TestDatabase) {
    let claimed = Claimed::new(database).await;
    let (job, message) = (claimed.job.clone(), claimed.message.clone());
    claimed
        .fixture
        .write(move |tx| {
            messages::settle(tx, &message, &Outcome::Unknown)?;
            jobs::finish(tx, job.id)
        })
        .await;
    let (store, workspace) = (&claimed.fixture.store, claimed.fixture.workspace);
    messages::resend(store, workspace, claimed.owner, claimed.message.id).await.unwrap();
    claimed.settle(Outcome::Sent(Some(99)), false, None).await;
    assert_eq!(claimed.delivery().await.0, DeliveryState::Queued);
    assert_eq!(claimed.next_due().await, Some(claimed.fixture.store.now()));
}

async fn a_customer_who_blocked_the_bot_is_marked(database: TestDatabase) {
    let claimed = Claimed::new(database).await;
    claimed.settle(Outcome::Failed("blocked_by_customer"), true, None).await;
    let failed = (DeliveryState::Failed, Some("blocked_by_customer".to_owned()), None);
    assert_eq!(claimed.delivery().await, failed);
    let (workspace, customer) = (claimed.fixture.workspace, claimed.customer);
    let customer = claimed.fixture.write(move |tx| crate::customers::get(tx, workspace, customer)).await;
    assert!(customer.blocked);
    let last = claimed.lines().await.pop().unwrap();
    assert_eq!(last.service.map(|line| line.what), Some(ServiceWhat::Blocked));
    assert!(last.session_id.is_some());
}

async fn people_are_told_when_a_waiting_reply_will_go(database: TestDatabase) {
    let claimed = Claimed::new(database).await;
    let store = &claimed.fixture.store;
    let connection = claimed.fixture.write(|tx| Ok(projects::active(tx)?.remove(0))).await;
    let now = store.now();
    let expected = async || {
        let lines = claimed.lines().await;
        lines
            .into_iter()
            .find(|line| line.id == claimed.message.id)
            .map(|line| (line.expected_at, line.version))
    };
    let mut pace = Pace::new();
    pace.pause(now.plus(60_000));
    foretell(store, &connection, &pace).await.unwrap();
    let (untold, version) = expected().await.unwrap();
    assert_eq!(untold, None, "one that is being sent waits for nothing");
    claimed.settle(Outcome::Again("rate_limited", now.plus(60_000)), false, None).await;
    foretell(store, &connection, &pace).await.unwrap();
    let (told, told_version) = expected().await.unwrap();
    assert_eq!(told, Some(now.plus(60_000)));
    assert!(told_version > version);
    pace.pause(now.plus(61_000));
    foretell(store, &connection, &pace).await.unwrap();
    assert_eq!(expected().await.unwrap(), (told, told_version), "a second more is no news");
    pace.pause(now.plus(600_000));
    foretell(store, &connection, &pace).await.unwrap();
    assert_eq!(expected().await.unwrap().0, Some(now.plus(600_000)));
    let message = claimed.message.clone();
    claimed.fixture.write(move |tx| messages::mark_sending(tx, &message)).await;
    assert_eq!(expected().await.unwrap().0, None);
}
