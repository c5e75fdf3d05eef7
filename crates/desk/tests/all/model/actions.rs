//! What anybody can do.

use desk::ids::MemberId;
use desk::members::{AccountChange, Role, Status};
use desk::projects::{Diversion, ProjectChange, RulesChange, Scope};
use desk::reception::{self, Bulk, HandOver, Leaving, Transfer};
use desk::sessions::{self, SessionView, Tab};
use desk::{Error, portal, projects};
use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, IteratorRandom as _};

use super::{CUSTOMERS, Model};

/// A kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    /// Customers write.
    Write,
    /// Somebody chooses a status.
    Status,
    /// Somebody goes offline, and says what becomes of their sessions.
    Leave,
    /// A portal opens.
    Arrive,
    /// A portal is gone, without a word.
    Vanish,
    /// Time passes, and it is looked who is gone.
    Time,
    /// What was not taken up goes on.
    PassOn,
    /// Somebody takes a waiting session.
    Take,
    /// Somebody takes theirs up.
    TakeUp,
    /// Somebody replies.
    Reply,
    /// Somebody ends theirs.
    End,
    /// Somebody hands a session on, gives it to somebody, takes it over, puts it back or opens it again.
    Move,
    /// A limit is changed.
    Limit,
    /// Somebody's projects are changed.
    Projects,
    /// Who serves a project is changed.
    Scope,
    /// A project's rules are changed.
    Rules,
    /// An account is switched off or on.
    Disable,
    /// An account is deleted, and another one made.
    Replace,
    /// Everybody is there and has nothing to do, and it is each one's turn: the rotation is undisturbed for a while.
    Morning,
}

impl Action {
    /// All of them, as often as they are to come.
    pub(super) fn weighted() -> Vec<Self> {
        let weights = [
            (Self::Write, 14),
            (Self::Status, 5),
            (Self::Leave, 2),
            (Self::Arrive, 5),
            (Self::Vanish, 3),
            (Self::Time, 7),
            (Self::PassOn, 5),
            (Self::Take, 4),
            (Self::TakeUp, 5),
            (Self::Reply, 4),
            (Self::End, 14),
            (Self::Move, 14),
            (Self::Limit, 3),
            (Self::Projects, 2),
            (Self::Scope, 2),
            (Self::Rules, 5),
            (Self::Disable, 2),
            (Self::Replace, 1),
            (Self::Morning, 2),
        ];
        weights.into_iter().flat_map(|(action, weight)| std::iter::repeat_n(action, weight)).collect()
    }

    /// Whether nobody's rights or presence change in the middle of it.
    pub(super) fn is_one(self) -> bool {
        !matches!(self, Self::Time | Self::Morning | Self::Replace)
    }

    /// Those of which something comes in every run, whatever its dice say.
    pub(super) fn common() -> [Self; 7] {
        use Action::{Arrive, End, Move, Rules, Status, Time, Write};
        [Write, Status, Arrive, Time, End, Move, Rules]
    }
}

/// Whether it happened; if not, because it may not.
fn allowed<T>(result: Result<T, Error>) -> bool {
    match result {
        Ok(_) => true,
        Err(error @ (Error::Db(_) | Error::Internal(_))) => panic!("{error}"),
        Err(_) => false,
    }
}

impl Model {
    pub(super) async fn act(&self, action: Action, random: &mut StdRng) -> bool {
        let world = &self.world;
        let (store, workspace) = (&world.store, world.workspace);
        let member = self.member(random);
        self.note(format!("{action:?} by or to {member}"));
        match action {
            Action::Write => {
                let project = *self.projects.choose(random).unwrap();
                let updates: Vec<_> = (0..random.random_range(1..5))
                    .map(|_| world.message(random.random_range(0..CUSTOMERS), "hello"))
                    .collect();
                world.ingest(project, &updates).await.new > 0
            }
            Action::Status => {
                let status = [Status::Online, Status::Online, Status::Online, Status::Busy, Status::Offline];
                let status = *status.choose(random).unwrap();
                self.note(format!("  {status:?}"));
                allowed(reception::set_status(store, workspace, member, status).await)
            }
            Action::Leave => {
                let (to, note) = (self.member(random), Some("please".to_owned()));
                let leaving = [Leaving::Keep, Leaving::Queue, Leaving::HandOver { to, note }];
                let leaving = leaving.choose(random).unwrap().clone();
                self.note(format!("  {leaving:?}"));
                allowed(reception::go_offline(store, workspace, member, leaving).await)
            }
            Action::Arrive => {
                self.portals.lock().unwrap().insert(member);
                reception::arrive(store, workspace, member).await.unwrap();
                true
            }
            Action::Vanish => self.portals.lock().unwrap().remove(&member),
            Action::Time => self.time_passes(random).await,
            Action::PassOn => reception::pass_on(store).await.unwrap() > 0,
            Action::Take => {
                let waiting = self.list(member, Tab::Waiting).await;
                let Some(session) = waiting.choose(random) else { return false };
                allowed(reception::take(store, workspace, member, session.id).await)
            }
            Action::TakeUp | Action::Reply | Action::End => self.serve(action, member, random).await,
            Action::Move => self.moves(member, random).await,
            Action::Morning => {
                self.everyone_comes().await;
                self.usual_rules().await;
                let members = self.members.lock().unwrap().clone();
                for member in members {
                    for session in self.list(member, Tab::Mine).await {
                        allowed(reception::end(store, workspace, member, session.id).await);
                    }
                }
                true
            }
            _ => self.manage(action, member, random).await,
        }
    }

    async fn list(&self, member: MemberId, tab: Tab) -> Vec<SessionView> {
        let query = sessions::Query { limit: 200, ..sessions::Query::of(tab) };
        // Who was disabled sees nothing.
        let page = sessions::list(&self.world.store, self.world.workspace, member, query).await;
        page.map(|page| page.items).unwrap_or_default()
    }

    /// Whoever has a portal shows it; then the worker looks.
    async fn time_passes(&self, random: &mut StdRng) -> bool {
        let store = &self.world.store;
        let passed = *[2_000, 15_000, 40_000, 130_000, 700_000].choose(random).unwrap();
        self.note(format!("  {passed} ms"));
        self.world.clock.advance(passed);
        reception::end_quiet(store).await.unwrap();
        for &member in &*self.portals.lock().unwrap() {
            self.signs.note(member, store.now());
        }
        reception::beat(store, &self.signs).await.unwrap();
        reception::sweep_presence(store).await.unwrap();
        true
    }

    /// What an assignee does with a session of theirs.
    async fn serve(&self, action: Action, member: MemberId, random: &mut StdRng) -> bool {
        let (store, workspace) = (&self.world.store, self.world.workspace);
        let mine = self.list(member, Tab::Mine).await;
        let Some(session) = mine.choose(random) else { return false };
        match action {
            Action::TakeUp => allowed(sessions::mark_taken_up(store, workspace, member, session.id).await),
            Action::Reply => allowed(self.world.reply(member, session.id, "hello").await),
            _ => allowed(reception::end(store, workspace, member, session.id).await),
        }
    }

    /// Somebody moves a session to somebody, whether they may or not.
    async fn moves(&self, member: MemberId, random: &mut StdRng) -> bool {
        let (store, workspace) = (&self.world.store, self.world.workspace);
        let (to, how) = (self.member(random), random.random_range(0..8));
        let tab = [Tab::Mine, Tab::Mine, Tab::Mine, Tab::All, Tab::All, Tab::All, Tab::Ended, Tab::Mine][how];
        let Some(session) = self.list(member, tab).await.choose(random).cloned() else { return false };
        let (id, note) = (session.id, random.random_ratio(1, 2).then(|| "please".to_owned()));
        self.note(format!("  {how}: {id} to {to}"));
        let on = Transfer { to: Some(to), note, message: None, beyond_limit: random.random_ratio(1, 2) };
        match how {
            0 => allowed(reception::transfer(store, workspace, member, id, on).await),
            1 => {
                let back = Transfer { to: None, ..on };
                allowed(reception::transfer(store, workspace, member, id, back).await)
            }
            2 => {
                let all = HandOver { all: on, ..HandOver::default() };
                let handed = reception::hand_over_sessions(store, workspace, member, all).await;
                handed.is_ok_and(|outcome| !outcome.done.is_empty())
            }
            3 => allowed(reception::assign(store, workspace, member, id, to, on.note).await),
            4 => allowed(reception::take_over(store, workspace, member, id).await),
            5 => allowed(reception::put_back_into_queue(store, workspace, member, id, on.note).await),
            6 => allowed(reception::reopen(store, workspace, member, id).await),
            _ => {
                // The same twice, too.
                let (ids, end) = (vec![id, id], Bulk::End);
                allowed(reception::bulk(store, workspace, member, ids, end).await)
            }
        }
    }

    /// Turns for everybody, with room for all that customers write, and none of them finds an old session again.
    async fn usual_rules(&self) {
        let (world, members) = (&self.world, self.members.lock().unwrap().clone());
        for member in members {
            world.own_limit(member, None).await;
        }
        for &project in &self.projects {
            let rules = RulesChange {
                diversion: Some(Diversion::InTurn),
                prefer_last: Some(false),
                default_limit: Some(CUSTOMERS),
                reopen_minutes: Some(0),
                ..RulesChange::default()
            };
            world.rule(project, rules).await;
        }
    }

    /// What the owner changes.
    async fn manage(&self, action: Action, member: MemberId, random: &mut StdRng) -> bool {
        let world = &self.world;
        let (store, workspace, owner) = (&world.store, world.workspace, world.owner);
        let Ok(account) = portal::account(store, workspace, member).await else { return false };
        let project = *self.projects.choose(random).unwrap();
        let Ok(shown) = projects::show(store, workspace, owner, project).await else { return false };
        match action {
            Action::Limit => {
                let limit = [None, None, Some(0), Some(1), Some(2), Some(5)].choose(random).copied().unwrap();
                self.note(format!("  {limit:?}"));
                let change = AccountChange { limit: Some(limit), ..AccountChange::default() };
                let changed =
                    reception::change_account(store, workspace, owner, member, account.version, change, None);
                allowed(changed.await)
            }
            Action::Projects => {
                let all = random.random_ratio(1, 2);
                let count = random.random_range(0..=self.projects.len());
                let some: Vec<_> = self.projects.iter().copied().choose_multiple(random, count);
                self.note(format!("  all {all} or {some:?}"));
                let change = AccountChange { all_projects: Some(all), ..AccountChange::default() };
                let changed = reception::change_account(
                    store,
                    workspace,
                    owner,
                    member,
                    account.version,
                    change,
                    Some(some),
                );
                allowed(changed.await)
            }
            Action::Scope => {
                let named = self.members.lock().unwrap().clone().into_iter().choose_multiple(random, 3);
                let scope = if random.random_ratio(1, 2) { Scope::All } else { Scope::Designated };
                self.note(format!("  {project} {scope:?} {named:?}"));
                let changed =
                    reception::change_scope(store, workspace, owner, project, shown.version, scope, named);
                allowed(changed.await)
            }
            Action::Rules => {
                let rules = some_rules(random);
                self.note(format!("  {project} {rules:?}"));
                let change = ProjectChange { rules, ..ProjectChange::default() };
                let changed =
                    reception::change_project(store, workspace, owner, project, shown.version, change);
                allowed(changed.await)
            }
            Action::Disable if random.random_ratio(1, 3) => {
                allowed(reception::disable(store, workspace, owner, member).await)
            }
            Action::Disable => allowed(reception::enable(store, workspace, owner, member).await),
            Action::Replace => {
                let gone = reception::delete(store, workspace, owner, member, account.version).await;
                if !allowed(gone) {
                    return false;
                }
                let new = world.add(&format!("new{}", world.number()), Role::Agent, None).await.unwrap();
                self.portals.lock().unwrap().remove(&member);
                let mut members = self.members.lock().unwrap();
                members.retain(|it| *it != member);
                members.push(new);
                true
            }
            other => unreachable!("{other:?} is no change of the owner's"),
        }
    }
}

fn some_rules(random: &mut StdRng) -> RulesChange {
    let diversion = [Diversion::InTurn, Diversion::InTurn, Diversion::OnlineFirst, Diversion::LeastBusy];
    RulesChange {
        diversion: diversion.choose(random).copied(),
        prefer_last: Some(random.random_ratio(1, 4)),
        take_up_seconds: Some(random.random_ratio(1, 2).then(|| random.random_range(10..60))),
        default_limit: Some(random.random_range(1..5)),
        quiet_minutes: Some(random.random_ratio(1, 2).then_some(10)),
        reopen_minutes: Some([0, 5][random.random_range(0..2)]),
        ..RulesChange::default()
    }
}
