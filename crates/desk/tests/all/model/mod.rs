//! The model of many working together: anything anybody can do, in any order, against the real store; after every step the rules hold,
//! told from the tables alone (`rules.rs`) and from what the timeline says of each assignment (`witness.rs`).
//!
//! A run prints its seed; `MODEL_SEED` runs that one again, `MODEL_STEPS` makes it longer. More actions belong into `actions.rs`.

mod actions;
mod witness;

use std::collections::BTreeSet;
use std::sync::Mutex;

use desk::ids::{MemberId, ProjectId};
use desk::members::{Role, Status};
use desk::reception::{Signs, arrive, set_status};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use testkit::TestDatabase;

use self::actions::Action;
use self::witness::Witness;
use crate::common::{World, open};
use crate::rules::State;

testkit::both_databases!(
    whatever_happens_in_whatever_order_the_rules_hold,
    eight_who_write_at_once_leave_the_rules_in_force,
);

const PROJECTS: usize = 3;
const CUSTOMERS: i64 = 10;

/// Three projects, six people, and what the test knows of them besides the tables.
struct Model {
    world: World,
    projects: Vec<ProjectId>,
    members: Mutex<Vec<MemberId>>,
    /// Whose portal is open and answers.
    portals: Mutex<BTreeSet<MemberId>>,
    signs: Signs,
    /// How often what was done, and what came of it.
    done: Mutex<std::collections::BTreeMap<(Action, bool), usize>>,
    trail: Mutex<Vec<String>>,
}

impl Model {
    async fn new(database: TestDatabase, connections: usize) -> Self {
        let world = World::with_connections(database, connections).await;
        let mut projects = Vec::new();
        for _ in 0..PROJECTS {
            world.clock.advance(1);
            projects.push(world.project().await);
        }
        let mut members = vec![world.owner];
        for (login_name, role, theirs) in [
            ("ana", Role::Agent, None),
            ("bob", Role::Agent, Some(&projects[..2])),
            ("cid", Role::Supervisor, Some(&projects[1..])),
            ("dot", Role::Agent, None),
            ("eva", Role::Admin, Some(&[][..])),
        ] {
            members.push(world.add(login_name, role, theirs).await.unwrap());
        }
        Self {
            world,
            projects,
            members: Mutex::new(members),
            portals: Mutex::default(),
            signs: Signs::default(),
            done: Mutex::default(),
            trail: Mutex::default(),
        }
    }

    fn member(&self, random: &mut StdRng) -> MemberId {
        *self.members.lock().unwrap().choose(random).unwrap()
    }

    /// One step of somebody's; says what it was.
    async fn step(&self, random: &mut StdRng, actions: &[Action]) -> Action {
        self.world.clock.advance(random.random_range(1..50));
        let action = *actions.choose(random).unwrap();
        let happened = self.act(action, random).await;
        *self.done.lock().unwrap().entry((action, happened)).or_default() += 1;
        action
    }

    fn note(&self, what: String) {
        self.trail.lock().unwrap().push(what);
    }

    /// Everybody comes, with a portal.
    async fn everyone_comes(&self) {
        let members = self.members.lock().unwrap().clone();
        for member in members {
            // Who was disabled can't.
            if set_status(&self.world.store, self.world.workspace, member, Status::Online).await.is_ok() {
                arrive(&self.world.store, self.world.workspace, member).await.unwrap();
                self.portals.lock().unwrap().insert(member);
            }
        }
    }

    fn was_busy(&self, actions: &[Action]) {
        let done = self.done.lock().unwrap();
        let idle: Vec<_> = actions.iter().filter(|&&it| !done.contains_key(&(it, true))).collect();
        assert!(idle.is_empty(), "nothing came of {idle:?}: {done:?}");
    }
}

fn seed() -> u64 {
    let seed = std::env::var("MODEL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random);
    println!("MODEL_SEED={seed}");
    seed
}

fn steps(usual: usize) -> usize {
    std::env::var("MODEL_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(usual)
}

async fn whatever_happens_in_whatever_order_the_rules_hold(database: TestDatabase) {
    let url = database.url.clone();
    let mut model = Model::new(database, 2).await;
    model.everyone_comes().await;
    let (mut random, mut witness) = (StdRng::seed_from_u64(seed()), Witness::default());
    let actions = Action::weighted();
    let steps = steps(300);
    for step in 0..steps {
        if random.random_ratio(1, 60) {
            // The process dies, and another one opens the database.
            model.note("crash".to_owned());
            model.world.store.db().close().await;
            model.world.reopen(open(&url, 2));
            model.signs = Signs::default();
        }
        // At the end turns that nothing disturbs.
        let action = match steps.checked_sub(step) {
            Some(1..=5) => model.step(&mut random, &[Action::Write]).await,
            Some(6) => model.step(&mut random, &[Action::Morning]).await,
            _ => model.step(&mut random, &actions).await,
        };
        let state = State::of(&model.world).await;
        let mut faults = state.faults();
        faults.extend(witness.look(&model.world, &state, action.is_one()).await);
        let trail = model.trail.lock().unwrap();
        let last = &trail[trail.len().saturating_sub(12)..];
        assert!(faults.is_empty(), "step {step}: {faults:#?}\nafter {last:#?}");
    }
    if steps >= 300 {
        model.was_busy(&Action::common());
        assert!(witness.assigned > 20 && witness.in_turn > 0, "{} {}", witness.assigned, witness.in_turn);
    }
}

async fn eight_who_write_at_once_leave_the_rules_in_force(database: TestDatabase) {
    let model = Model::new(database, 9).await;
    model.everyone_comes().await;
    let seed = seed();
    // Nobody changes limits here: what is over one was given by diversion.
    let actions: Vec<_> = Action::weighted()
        .into_iter()
        .filter(|it| !matches!(it, Action::Limit | Action::Rules | Action::Morning))
        .collect();
    let writers = (0..8).map(|writer| {
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(writer));
        let (model, actions) = (&model, &actions);
        async move {
            for _ in 0..steps(30) {
                model.step(&mut random, actions).await;
            }
        }
    });
    let observer = async {
        loop {
            crate::rules::check(&model.world).await;
        }
    };
    tokio::select! {
        _ = futures_util::future::join_all(writers) => {}
        () = observer => {}
    }
    crate::rules::check(&model.world).await;
    let state = State::of(&model.world).await;
    let faults = Witness::default().of_each(&model.world, &state).await;
    assert!(faults.is_empty(), "{faults:#?}");
    model.was_busy(&[Action::Write, Action::Status, Action::End, Action::Time]);
}
