use testkit::TestDatabase;

use super::*;
use crate::clock::{MINUTE, Timestamp};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::testing::Fixture;
use crate::tx::{Store, Tx};

testkit::both_databases!(
    health_is_told_when_it_changes,
    a_paused_project_stays_paused,
    a_reply_that_is_sent_ends_the_trouble_that_replies_met_with,
    that_telegram_delivers_is_noted_to_the_minute,
);

impl Fixture {
    async fn report(&self, state: HealthState, until: Option<Timestamp>, detail: Option<&'static str>) {
        let (workspace, project) = (self.workspace, self.project);
        self.write(move |tx| report_health(tx, workspace, project, state, until, detail).map(|_| ())).await;
    }

    async fn shown(&self) -> Project {
        let (workspace, project) = (self.workspace, self.project);
        self.write(move |tx| store::get(tx, workspace, project)).await
    }

    async fn events(&self) -> i64 {
        let workspace = self.workspace;
        self.write(move |tx| Ok(crate::events::last(tx, workspace)?)).await
    }
}

async fn health_is_told_when_it_changes(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let begin = fixture.store.now();
    fixture.report(HealthState::Unreachable, None, Some("no route")).await;
    let first = fixture.shown().await;
    assert_eq!((first.health.state, first.health.since, first.version), (HealthState::Unreachable, begin, 2));
    assert_eq!(first.health.detail.as_deref(), Some("no route"));
    fixture.clock.advance(5);
    fixture.report(HealthState::Unreachable, None, Some("no route")).await;
    assert_eq!((fixture.shown().await, fixture.events().await), (first, 1), "the same is no news");
    fixture.report(HealthState::Unreachable, None, Some("no answer")).await;
    assert_eq!(fixture.shown().await.health.since, begin, "still unreachable");
    fixture.report(HealthState::Ok, None, None).await;
    let last = fixture.shown().await;
    assert_eq!((last.health.since, last.health.detail, last.version), (begin.plus(5), None, 4));
    assert_eq!(fixture.events().await, 3);

    let endless: &'static str = Box::leak("x".repeat(1_000).into_boxed_str());
    fixture.report(HealthState::Unreachable, None, Some(endless)).await;
    let shown = fixture.shown().await;
    assert_eq!(shown.health.detail.as_ref().unwrap().chars().count(), 301);
    fixture.report(HealthState::Unreachable, None, Some(endless)).await;
    assert_eq!(fixture.shown().await, shown, "also when it had to be cut");
}

async fn a_paused_project_stays_paused(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let (store, workspace, project) = (&fixture.store, fixture.workspace, fixture.project);
    let owner = fixture.write(move |tx| Ok(crate::members::all(tx, workspace)?[0].id)).await;
    let pause = ProjectChange { state: Some(ProjectState::Paused), ..ProjectChange::default() };
    let paused = changed(store, workspace, owner, project, 1, pause).await;
    assert_eq!((paused.state, paused.health.state), (ProjectState::Paused, HealthState::Paused));
    // A worker that hasn't stopped yet reports what it meets with.
    for state in [HealthState::Ok, HealthState::Unreachable] {
        fixture.report(state, None, None).await;
        assert_eq!(fixture.shown().await.health.state, HealthState::Paused);
    }
    let resume = ProjectChange { state: Some(ProjectState::Active), ..ProjectChange::default() };
    let resumed = changed(store, workspace, owner, project, paused.version, resume).await;
    assert_eq!(resumed.health.state, HealthState::Starting);
}

async fn a_reply_that_is_sent_ends_the_trouble_that_replies_met_with(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let (workspace, project) = (fixture.workspace, fixture.project);
    let now = fixture.store.now();
    for (state, until, expected) in [
        (HealthState::RateLimited, Some(now.plus(1)), HealthState::RateLimited),
        (HealthState::RateLimited, Some(now), HealthState::Ok),
        (HealthState::TokenRejected, None, HealthState::Ok),
        (HealthState::Conflict, None, HealthState::Conflict),
        (HealthState::Unreachable, None, HealthState::Unreachable),
        (HealthState::Ok, None, HealthState::Ok),
    ] {
        fixture.report(state, until, None).await;
        let pause = fixture.write(move |tx| paused_until(tx, project)).await;
        assert_eq!(pause, until.filter(|_| state == HealthState::RateLimited));
        fixture.write(move |tx| note_sent(tx, workspace, project)).await;
        assert_eq!(fixture.shown().await.health.state, expected, "{state:?}");
    }
}

async fn that_telegram_delivers_is_noted_to_the_minute(database: TestDatabase) {
    let fixture = Fixture::new(database).await;
    let (workspace, project) = (fixture.workspace, fixture.project);
    let begin = fixture.store.now();
    for (after, noted, events) in
        [(0, 0, 1), (MINUTE - 1, 0, 1), (MINUTE, MINUTE, 2), (MINUTE + 1, MINUTE, 2)]
    {
        fixture.clock.set(begin.plus(after));
        fixture.write(move |tx| note_update(tx, workspace, project)).await;
        assert_eq!(fixture.shown().await.health.last_update_at, Some(begin.plus(noted)));
        assert_eq!(fixture.events().await, events);
    }
}

async fn changed(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    id: ProjectId,
    version: i64,
    to: ProjectChange,
) -> Project {
    let write = move |tx: &mut Tx| {
        change(tx, workspace, by, id, version, &to)?;
        store::get(tx, workspace, id)
    };
    store.write("change", write).await.unwrap()
}
