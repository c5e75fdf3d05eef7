//! The projects' rules: who is asked first, whom it goes to when nobody is there, and where it goes on when nobody takes it up.

use desk::ids::{CustomerId, MemberId, ProjectId};
use desk::members::{AccountChange, Role, Status};
use desk::messages::{ServiceLine, ServiceWhat};
use desk::projects::{self, Diversion, ProjectChange, RulesChange};
use desk::reception::{self, Verdict, arrive, pass_on, set_status};
use desk::sessions::SessionState;
use desk::{portal, sessions};
use testkit::TestDatabase;

use crate::common::{World, faults};
use crate::rules::check;

testkit::both_databases!(
    online_first_falls_back_and_moves_on,
    a_fallback_that_was_taken_up_stays,
    the_least_busy_gets_it,
    who_served_the_customer_last_goes_first,
    the_limit_is_the_projects_unless_it_is_ones_own,
    the_order_is_one_over_projects_with_different_rules,
    what_is_not_taken_up_goes_on_once_round,
    nobody_waits_because_all_let_it_pass,
    taking_up_in_time_or_replying_keeps_it,
    another_rule_gives_what_waits_at_once,
    whoever_joins_is_asked_at_once,
    a_dry_run_tells_and_changes_nothing,
);

impl World {
    pub(crate) async fn rule(&self, project: ProjectId, rules: RulesChange) {
        let version = projects::show(&self.store, self.workspace, self.owner, project).await.unwrap().version;
        let change = ProjectChange { rules, ..ProjectChange::default() };
        reception::change_project(&self.store, self.workspace, self.owner, project, version, change)
            .await
            .unwrap();
    }

    /// A customer who comes back begins a new session, however short a time ago the last one ended.
    pub(crate) async fn never_reopens(&self, project: ProjectId) {
        self.rule(project, RulesChange { reopen_minutes: Some(0), ..RulesChange::default() }).await;
    }

    pub(crate) async fn diverts(&self, project: ProjectId, diversion: Diversion) {
        self.rule(project, RulesChange { diversion: Some(diversion), ..RulesChange::default() }).await;
    }

    pub(crate) async fn arrives(&self, member: MemberId) {
        arrive(&self.store, self.workspace, member).await.unwrap();
    }

    /// What the timeline says of whose the customer's sessions were: what, who, why.
    pub(crate) async fn lines(&self, project: ProjectId, customer: i64) -> Vec<ServiceLine> {
        let lines = self.timeline(self.customer(project, customer).await).await;
        lines.into_iter().filter_map(|line| line.service).collect()
    }

    async fn owner_is_no_help(&self) {
        self.own_limit(self.owner, Some(0)).await;
    }

    pub(crate) async fn own_limit(&self, member: MemberId, limit: Option<i64>) {
        let version = portal::account(&self.store, self.workspace, member).await.unwrap().version;
        let change = AccountChange { limit: Some(limit), ..AccountChange::default() };
        reception::change_account(&self.store, self.workspace, self.owner, member, version, change, None)
            .await
            .unwrap();
    }
}

fn told(lines: &[ServiceLine]) -> Vec<(ServiceWhat, Option<MemberId>, Option<&str>)> {
    lines.iter().map(|it| (it.what, it.member.as_ref().map(|it| it.id), it.reason.as_deref())).collect()
}

async fn online_first_falls_back_and_moves_on(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.diverts(project, Diversion::OnlineFirst).await;
    world.owner_is_no_help().await;
    let [ana, bob] = [world.member("ana", Role::Agent).await, world.member("bob", Role::Agent).await];
    world.status(bob, Status::Busy).await;
    // Nobody is connected: whoever isn't busy may find it when they come.
    assert_eq!(world.given(project, 1).await, Some(ana));
    world.given(project, 2).await;
    check(&world).await;
    world.arrives(bob).await;
    assert_eq!(world.given(project, 3).await, None, "Bob is there, and busy: it waits");
    assert_eq!(world.assignee(1).await, Some(ana), "he is no one to move on to");
    let waiting_since = world.session(1).await.waiting_since;
    world.status(bob, Status::Online).await;
    for customer in 1..=3 {
        assert_eq!(world.assignee(customer).await, Some(bob), "{customer}");
    }
    assert_eq!(world.session(1).await.waiting_since, waiting_since);
    check(&world).await;
    let lines = world.lines(project, 1).await;
    assert_eq!(
        told(&lines)[1..],
        [
            (ServiceWhat::Assigned, Some(ana), Some("fallback")),
            (ServiceWhat::Returned, Some(ana), Some("moved_on")),
            (ServiceWhat::Assigned, Some(bob), Some("online_first")),
        ]
    );
    let why = lines[3].why.clone().unwrap();
    let passed: Vec<_> = why.passed.iter().map(|it| (it.member.id, it.reason.as_str())).collect();
    assert_eq!(passed, [(world.owner, "offline"), (ana, "offline")]);
    assert_eq!((why.open, why.limit, why.fallback), (0, 3, false));
}

async fn a_fallback_that_was_taken_up_stays(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.diverts(project, Diversion::OnlineFirst).await;
    world.owner_is_no_help().await;
    let [ana, bob] = [world.agent("ana").await, world.member("bob", Role::Agent).await];
    world.own_limit(bob, Some(0)).await;
    assert_eq!(world.given(project, 1).await, Some(ana));
    assert_eq!(world.given(project, 2).await, Some(ana));
    assert_eq!(world.given(project, 3).await, Some(ana));
    let first = world.session(1).await.id;
    sessions::mark_taken_up(&world.store, world.workspace, ana, first).await.unwrap();
    // Ana herself comes: what she has is hers.
    world.arrives(ana).await;
    assert_eq!(world.lines(project, 2).await.len(), 2);
    world.own_limit(bob, None).await;
    world.status(bob, Status::Online).await;
    world.arrives(bob).await;
    for customer in 1..=3 {
        assert_eq!(world.assignee(customer).await, Some(ana));
    }
    check(&world).await;
}

async fn the_least_busy_gets_it(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.diverts(project, Diversion::LeastBusy).await;
    let [ana, bob] = [world.agent("ana").await, world.agent("bob").await];
    world.own_limit(ana, Some(4)).await;
    world.own_limit(bob, Some(2)).await;
    assert_eq!(world.given(project, 1).await, None, "nobody is connected");
    world.arrives(bob).await;
    assert_eq!(world.assignee(1).await, Some(bob));
    world.arrives(ana).await;
    // At two of four and one of two it is Bob's turn.
    let expected = [ana, ana, bob, ana, ana];
    for (n, expected) in expected.into_iter().enumerate() {
        assert_eq!(world.given(project, 2 + i64::try_from(n).unwrap()).await, Some(expected), "{n}");
        check(&world).await;
    }
    assert_eq!(world.given(project, 9).await, None);
    assert_eq!(told(&world.lines(project, 2).await)[1].2, Some("least_busy"));
}

async fn who_served_the_customer_last_goes_first(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let rules = RulesChange { prefer_last: Some(true), reopen_minutes: Some(0), ..RulesChange::default() };
    world.rule(project, rules).await;
    let [ana, bob, cid] = [world.agent("ana").await, world.agent("bob").await, world.agent("cid").await];
    assert_eq!(world.given(project, 1).await, Some(ana));
    assert_eq!(world.given(project, 2).await, Some(bob));
    world.end(1).await;
    world.minute_passes();
    world.wrote(project, 1, "once more").await;
    assert_eq!(world.assignee(1).await, Some(ana), "though it would have been Cid's turn");
    let lines = world.lines(project, 1).await;
    assert_eq!(told(&lines).last().unwrap().2, Some("served_last"));
    assert_eq!(world.given(project, 3).await, Some(cid), "whose turn it still is");
    world.end(2).await;
    world.status(bob, Status::Busy).await;
    assert_eq!(world.given(project, 2).await, Some(ana), "who is busy gets none");
    check(&world).await;
}

async fn the_limit_is_the_projects_unless_it_is_ones_own(database: TestDatabase) {
    let world = World::new(database).await;
    let [shop, help] = [world.project().await, world.project().await];
    let ana = world.agent("ana").await;
    world.rule(shop, RulesChange { default_limit: Some(1), ..RulesChange::default() }).await;
    world.rule(help, RulesChange { default_limit: Some(2), ..RulesChange::default() }).await;
    let account = async || {
        let account = portal::account(&world.store, world.workspace, ana).await.unwrap();
        (account.limit, account.own_limit)
    };
    assert_eq!(account().await, (2, None), "the largest of her projects");
    assert_eq!(world.given(shop, 1).await, Some(ana));
    assert_eq!(world.given(shop, 2).await, None);
    assert_eq!(world.given(help, 3).await, Some(ana));
    assert_eq!(world.given(help, 4).await, None);
    check(&world).await;
    world.own_limit(ana, Some(3)).await;
    assert_eq!(account().await, (3, Some(3)));
    assert_eq!((world.assignee(2).await, world.assignee(4).await), (Some(ana), None));
    world.rule(help, RulesChange { default_limit: Some(5), ..RulesChange::default() }).await;
    assert_eq!(world.assignee(4).await, None, "her own limit counts");
    world.own_limit(ana, None).await;
    assert_eq!(world.assignee(4).await, Some(ana));
    let version = portal::account(&world.store, world.workspace, ana).await.unwrap().version;
    let change = AccountChange { limit: Some(Some(-1)), ..AccountChange::default() };
    let change =
        reception::change_account(&world.store, world.workspace, world.owner, ana, version, change, None);
    assert_eq!(faults(change.await), [("limit".to_owned(), "bad_format")]);
    check(&world).await;
}

async fn the_order_is_one_over_projects_with_different_rules(database: TestDatabase) {
    let world = World::new(database).await;
    let [turns, least, first] = [world.project().await, world.project().await, world.project().await];
    world.diverts(least, Diversion::LeastBusy).await;
    world.diverts(first, Diversion::OnlineFirst).await;
    world.owner_is_no_help().await;
    let ana = world.member("ana", Role::Agent).await;
    world.own_limit(ana, Some(0)).await;
    for (project, customer) in [(least, 1), (turns, 2), (first, 3), (turns, 4)] {
        assert_eq!(world.given(project, customer).await, None);
    }
    world.status(ana, Status::Online).await;
    world.own_limit(ana, Some(1)).await;
    // She isn't connected: the first is not for her, and the third would be a fallback that waited less than the second.
    assert_eq!((world.assignee(1).await, world.assignee(2).await), (None, Some(ana)));
    world.arrives(ana).await;
    world.own_limit(ana, Some(2)).await;
    assert_eq!((world.assignee(1).await, world.assignee(3).await), (Some(ana), None));
    world.end(1).await;
    assert_eq!((world.assignee(3).await, world.assignee(4).await), (Some(ana), None));
    check(&world).await;
}

async fn what_is_not_taken_up_goes_on_once_round(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let rules = RulesChange { take_up_seconds: Some(Some(30)), ..RulesChange::default() };
    world.rule(project, rules).await;
    let [ana, bob, cid] = [world.agent("ana").await, world.agent("bob").await, world.agent("cid").await];
    world.status(cid, Status::Busy).await;
    assert_eq!(world.given(project, 1).await, Some(ana));
    let since = world.session(1).await.waiting_since;
    world.clock.advance(29_999);
    assert_eq!(pass_on(&world.store).await.unwrap(), 0);
    world.clock.advance(1);
    assert_eq!(pass_on(&world.store).await.unwrap(), 1);
    assert_eq!((world.assignee(1).await, world.session(1).await.waiting_since), (Some(bob), since));
    check(&world).await;
    // Nobody is left who hasn't had it: it stays, however long it takes.
    for _ in 0..3 {
        world.clock.advance(30_000);
        assert_eq!(pass_on(&world.store).await.unwrap(), 0);
        assert_eq!(world.assignee(1).await, Some(bob));
    }
    // Who comes meanwhile is asked next.
    world.status(cid, Status::Online).await;
    assert_eq!(world.assignee(1).await, Some(bob));
    world.clock.advance(30_000);
    assert_eq!(pass_on(&world.store).await.unwrap(), 1);
    assert_eq!(world.assignee(1).await, Some(cid));
    world.clock.advance(30_000);
    assert_eq!(pass_on(&world.store).await.unwrap(), 0, "once round");
    let lines = world.lines(project, 1).await;
    assert_eq!(
        told(&lines)[1..],
        [
            (ServiceWhat::Assigned, Some(ana), Some("in_turn")),
            (ServiceWhat::Returned, Some(ana), Some("not_taken_up")),
            (ServiceWhat::Assigned, Some(bob), Some("in_turn")),
            (ServiceWhat::Returned, Some(bob), Some("not_taken_up")),
            (ServiceWhat::Assigned, Some(cid), Some("in_turn")),
        ]
    );
    let passed = |n: usize| {
        let why = lines[n].why.clone().unwrap();
        why.passed.iter().map(|it| (it.member.id, it.reason.clone())).collect::<Vec<_>>()
    };
    assert!(passed(3).contains(&(ana, "not_taken_up".to_owned())));
    // A rule that is taken away takes the time away.
    world.rule(project, RulesChange { take_up_seconds: Some(None), ..RulesChange::default() }).await;
    world.clock.advance(30_000);
    pass_on(&world.store).await.unwrap();
    let left = world.count("SELECT COUNT(*) AS n FROM sessions WHERE take_up_by IS NOT NULL").await;
    assert_eq!((left, world.assignee(1).await), (0, Some(cid)));
    check(&world).await;
}

async fn nobody_waits_because_all_let_it_pass(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let rules = RulesChange { take_up_seconds: Some(Some(30)), ..RulesChange::default() };
    world.rule(project, rules).await;
    let [ana, bob] = [world.agent("ana").await, world.agent("bob").await];
    world.given(project, 1).await;
    world.clock.advance(30_000);
    pass_on(&world.store).await.unwrap();
    assert_eq!(world.assignee(1).await, Some(bob));
    // Bob is gone, and Ana let it pass: a new round begins.
    reception::disable(&world.store, world.workspace, world.owner, bob).await.unwrap();
    assert_eq!(world.assignee(1).await, Some(ana));
    let passed = world.count("SELECT COUNT(*) AS n FROM sessions WHERE passed IS NOT NULL").await;
    assert_eq!(passed, 0);
    check(&world).await;
}

async fn taking_up_in_time_or_replying_keeps_it(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let rules = RulesChange { take_up_seconds: Some(Some(30)), ..RulesChange::default() };
    world.rule(project, rules).await;
    let [ana, bob] = [world.agent("ana").await, world.agent("bob").await];
    assert_eq!((world.given(project, 1).await, world.given(project, 2).await), (Some(ana), Some(bob)));
    let [one, two] = [world.session(1).await.id, world.session(2).await.id];
    sessions::mark_taken_up(&world.store, world.workspace, ana, one).await.unwrap();
    world.reply(bob, two, "hello").await.unwrap();
    world.minute_passes();
    assert_eq!(pass_on(&world.store).await.unwrap(), 0);
    assert_eq!((world.assignee(1).await, world.assignee(2).await), (Some(ana), Some(bob)));
}

async fn another_rule_gives_what_waits_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.diverts(project, Diversion::LeastBusy).await;
    let ana = world.agent("ana").await;
    assert_eq!(world.given(project, 1).await, None);
    world.diverts(project, Diversion::InTurn).await;
    assert_eq!(world.assignee(1).await, Some(ana));
    check(&world).await;
}

async fn whoever_joins_is_asked_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.diverts(project, Diversion::OnlineFirst).await;
    world.owner_is_no_help().await;
    assert_eq!(world.given(project, 1).await, None);
    let ana = world.member("ana", Role::Agent).await;
    assert_eq!(world.assignee(1).await, Some(ana));
    // Who was invited and hasn't come yet is nobody's assignee.
    let empty = "UPDATE members SET password_hash = '' WHERE id = $1";
    world.write(move |tx| tx.execute(empty, db::params![ana])).await;
    assert_eq!(world.given(project, 2).await, None);
}

async fn a_dry_run_tells_and_changes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let [project, other] = [world.project().await, world.project().await];
    let rules = RulesChange { prefer_last: Some(true), ..RulesChange::default() };
    world.rule(project, rules).await;
    let [ana, bob, cid] = [world.agent("ana").await, world.agent("bob").await, world.agent("cid").await];
    world.given(project, 1).await;
    world.end(1).await;
    world.status(cid, Status::Busy).await;
    let known: CustomerId = world.customer(project, 1).await;
    let ask = async |customer| reception::dry_run(&world.store, world.workspace, project, customer).await;
    let events = world.count("SELECT COUNT(*) AS n FROM events").await;
    let run = ask(None).await.unwrap();
    assert_eq!((run.assignee.map(|it| it.id), run.waiting_before), (Some(bob), 0));
    let verdicts: Vec<_> = run.candidates.iter().map(|it| (it.member.id, it.verdict)).collect();
    assert_eq!(
        verdicts,
        [
            (bob, Verdict::Chosen),
            (cid, Verdict::Busy),
            (world.owner, Verdict::Offline),
            (ana, Verdict::Could)
        ]
    );
    assert_eq!(run.why.unwrap().after.map(|it| it.id), Some(ana));
    let again = ask(Some(known)).await.unwrap();
    assert_eq!((again.assignee.map(|it| it.id), again.why.unwrap().served_last), (Some(ana), true));
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM events").await, events);
    world.given(other, 7).await;
    let strange = world.customer(other, 7).await;
    assert_eq!(faults(ask(Some(strange)).await), [("customer_id".to_owned(), "unknown")]);
    for member in [ana, bob] {
        set_status(&world.store, world.workspace, member, Status::Offline).await.unwrap();
    }
    assert_eq!(world.given(project, 2).await, None);
    let run = ask(None).await.unwrap();
    assert_eq!((run.assignee, run.why, run.waiting_before), (None, None, 1));
    assert_eq!(world.session(2).await.state, SessionState::Waiting);
}
