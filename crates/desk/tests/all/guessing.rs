//! Guessing passwords: who has to wait, who hasn't, and that nothing tells names that exist from others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use desk::members::{self, Attempt, Gate, LoggedIn, Passwords, Refusal, Role, Scheme};
use desk::secrets::Cipher;
use desk::{Code, Error, Result};
use secrecy::{ExposeSecret, SecretString};
use testkit::TestDatabase;

use crate::common::{PASSWORD, World, faults, refusal};

testkit::both_databases!(
    a_hundred_thousand_guesses_do_not_lock_the_right_browser_out,
    names_that_nobody_has_wait_just_the_same,
    what_was_tried_for_nobody_is_soon_forgotten,
    many_guesses_at_once_are_counted_too,
    what_was_counted_outlives_the_process,
    another_login_makes_good,
    a_known_browser_has_its_own_count,
    a_planted_cookie_is_of_no_use,
    a_changed_password_needs_the_old_one,
    the_history_names_the_live_login_and_what_was_refused,
    being_seen_is_noted_once_a_minute,
);

/// Passwords that cost nothing, and are counted.
#[derive(Default)]
struct Plain {
    verified: AtomicU64,
}

impl Scheme for Plain {
    fn hash(&self, password: &SecretString) -> Result<String> {
        Ok(format!("plain {}", password.expose_secret()))
    }

    fn verify(&self, password: &SecretString, stored: &str) -> Result<bool> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        Ok(stored.strip_prefix("plain ") == Some(password.expose_secret()))
    }
}

/// A world whose members (ana, and the owner) have passwords that cost nothing.
async fn plain_world(database: TestDatabase) -> (World, Arc<Plain>) {
    let plain = Arc::new(Plain::default());
    let mut world = World::new(database).await;
    world.passwords = Passwords::with_scheme(2, plain.clone()).unwrap();
    world.gate = Gate::new(world.passwords.clone(), Cipher::new(&[7; 32]));
    world.member("ana", Role::Agent).await;
    (world, plain)
}

fn attempt(login_name: &str, password: &str) -> Attempt {
    Attempt {
        slug: Some("team".into()),
        login_name: login_name.into(),
        password: password.into(),
        code: None,
        browser: None,
        address: "192.0.2.1".into(),
        device: "a browser".into(),
    }
}

impl World {
    async fn attempt(&self, attempt: Attempt) -> Result<LoggedIn> {
        members::log_in(&self.store, &self.gate, attempt).await
    }

    /// Fails to sign in; says why, and until when who tried has to wait.
    async fn fails(&self, attempt: Attempt) -> (Code, Option<i64>) {
        match self.attempt(attempt).await.map(drop) {
            Err(Error::Refused { code, params }) => {
                (code, params.get("until").and_then(serde_json::Value::as_i64))
            }
            other => panic!("{other:?}"),
        }
    }
}

/// From as many addresses; in a browser where ana has signed in before, she signs in nevertheless.
async fn a_hundred_thousand_guesses_do_not_lock_the_right_browser_out(database: TestDatabase) {
    let (world, plain) = plain_world(database).await;
    let known = world.attempt(attempt("ana", PASSWORD)).await.unwrap().browser;
    let before = plain.verified.load(Ordering::Relaxed);
    let mut counters = 0;
    for n in 0..100_000u32 {
        let [_, a, b, c] = n.to_be_bytes();
        let guess = Attempt { address: format!("10.{a}.{b}.{c}"), ..attempt("ana", "a wrong guess") };
        let (code, _) = world.fails(guess).await;
        assert!(matches!(code, Code::WrongCredentials | Code::TooManyAttempts), "{code:?}");
        counters = counters.max(world.gate.throttle.counters());
        if n % 1_000 == 0 {
            world.minute_passes();
        }
    }
    let verified = plain.verified.load(Ordering::Relaxed) - before;
    assert!(verified < 20, "{verified} passwords were verified in a hundred minutes");
    assert!(counters <= 32 * 1024, "{counters}");

    assert_eq!(world.fails(attempt("ana", PASSWORD)).await.0, Code::TooManyAttempts);
    let at_home = Attempt { browser: Some(known.clone()), ..attempt("ana", PASSWORD) };
    world.attempt(at_home).await.unwrap();
    // It is hers alone: for another name it opens nothing, and it has been replaced.
    let planted = Attempt { browser: Some(known), ..attempt("ana", PASSWORD) };
    assert_eq!(world.fails(planted).await.0, Code::TooManyAttempts);
    // Others who never were guessed at are not concerned.
    world.attempt(attempt("olga", PASSWORD)).await.map(drop).unwrap_err();
}

async fn names_that_nobody_has_wait_just_the_same(database: TestDatabase) {
    let (world, plain) = plain_world(database).await;
    let mut told = Vec::new();
    for (n, name) in ["ana", "nobody"].into_iter().enumerate() {
        world.clock.set(crate::common::START);
        let before = plain.verified.load(Ordering::Relaxed);
        let mut answers = Vec::new();
        for wait in
            [0, 0, 0, 0, 0, 0, 29_999, 1, 0, 59_999, 1, 120_000, 0, 240_000, 480_000, 900_000, 900_000]
        {
            world.clock.advance(wait);
            let guess = Attempt { address: format!("192.0.2.{n}"), ..attempt(name, "a wrong guess") };
            answers.push(world.fails(guess).await);
        }
        told.push((answers, plain.verified.load(Ordering::Relaxed) - before));
    }
    assert_eq!(told[0], told[1]);
    let (answers, verified) = &told[0];
    let refused = answers.iter().filter(|(code, _)| *code == Code::TooManyAttempts).count();
    assert_eq!((*verified, refused), (12, 5), "{answers:?}");
    assert_eq!(answers[5], (Code::TooManyAttempts, Some(crate::common::START.0 + 30_000)));
    // Rows of the same kind are kept of both.
    let kept = world.texts("SELECT reason FROM login_attempts WHERE member_id IS NULL", &[], "reason").await;
    // Twelve that were verified, and that somebody waited: once for each failure before.
    assert_eq!(kept.len(), 15);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM login_attempts").await, 30);
}

/// What was tried with names that nobody has counts for six hours; an account's attempts are shown for a month.
async fn what_was_tried_for_nobody_is_soon_forgotten(database: TestDatabase) {
    let (world, _) = plain_world(database).await;
    for name in ["ana", "nobody"] {
        world.fails(attempt(name, "a wrong guess")).await;
    }
    let kept = async || {
        desk::workers::forget_old(&world.store).await.unwrap();
        world.count("SELECT COUNT(*) AS n FROM login_attempts").await
    };
    world.clock.advance(6 * 3_600_000);
    assert_eq!(kept().await, 2);
    world.clock.advance(1);
    assert_eq!(kept().await, 1);
    world.clock.advance(30 * 24 * 3_600_000);
    assert_eq!(kept().await, 0);
}

async fn many_guesses_at_once_are_counted_too(database: TestDatabase) {
    let (world, plain) = plain_world(database).await;
    let before = plain.verified.load(Ordering::Relaxed);
    let guesses = (0..60).map(|_| world.fails(attempt("ana", "a wrong guess")));
    let answers = futures_util::future::join_all(guesses).await;
    assert_eq!(plain.verified.load(Ordering::Relaxed) - before, 5);
    let waiting = answers.iter().filter(|(code, _)| *code == Code::TooManyAttempts).count();
    assert_eq!(waiting, 55);
}

/// A restart, or another node, knows the account's failures, though not the addresses'.
async fn what_was_counted_outlives_the_process(database: TestDatabase) {
    let (mut world, _) = plain_world(database).await;
    for _ in 0..5 {
        assert_eq!(world.fails(attempt("ana", "a wrong guess")).await.0, Code::WrongCredentials);
    }
    world.gate = Gate::new(world.passwords.clone(), Cipher::new(&[7; 32]));
    assert_eq!(world.fails(attempt("ANA ", PASSWORD)).await.0, Code::TooManyAttempts);
    let nameless = Attempt { slug: None, ..attempt("ana", PASSWORD) };
    assert_eq!(world.fails(nameless).await.0, Code::TooManyAttempts, "with or without the workspace's name");
    world.minute_passes();
    world.attempt(attempt("ana", PASSWORD)).await.unwrap();
}

async fn another_login_makes_good(database: TestDatabase) {
    let (world, _) = plain_world(database).await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(world.fails(attempt("ana", "a wrong guess")).await.0, Code::WrongCredentials);
        }
        world.attempt(attempt("ana", PASSWORD)).await.unwrap();
    }
    // Right ones are never too many.
    for _ in 0..40 {
        world.attempt(attempt("ana", PASSWORD)).await.unwrap();
    }
}

async fn a_known_browser_has_its_own_count(database: TestDatabase) {
    let (world, _) = plain_world(database).await;
    let mut browser = world.attempt(attempt("ana", PASSWORD)).await.unwrap().browser;
    let at_home = |password: &str, browser: &SecretString| Attempt {
        browser: Some(browser.clone()),
        ..attempt("ana", password)
    };
    for _ in 0..5 {
        assert_eq!(world.fails(at_home("mistyped", &browser)).await.0, Code::WrongCredentials);
    }
    assert_eq!(world.fails(at_home(PASSWORD, &browser)).await.0, Code::TooManyAttempts);
    world.attempt(attempt("ana", PASSWORD)).await.map(drop).unwrap();
    world.minute_passes();
    browser = world.attempt(at_home(PASSWORD, &browser)).await.unwrap().browser;
    // It is known for 90 days after the last login there.
    for _ in 0..8 {
        assert_eq!(world.fails(attempt("ana", "a wrong guess")).await.0, Code::WrongCredentials);
        world.clock.advance(900_000);
    }
    world.fails(attempt("ana", "a wrong guess")).await;
    world.attempt(at_home(PASSWORD, &browser)).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM known_browsers").await, 2);
    world.clock.advance(90 * 24 * 3_600_000);
    desk::workers::forget_old(&world.store).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM known_browsers").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM login_attempts").await, 0);
}

/// A login makes another token for the browser, and everybody else who is known there stays known.
async fn a_planted_cookie_is_of_no_use(database: TestDatabase) {
    let (world, _) = plain_world(database).await;
    world.member("bob", Role::Agent).await;
    let bobs = world.attempt(attempt("bob", PASSWORD)).await.unwrap().browser;
    let victim = Attempt { browser: Some(bobs.clone()), ..attempt("ana", PASSWORD) };
    let shared = world.attempt(victim).await.unwrap().browser;
    for name in ["ana", "bob"] {
        for _ in 0..5 {
            world.fails(attempt(name, "a wrong guess")).await;
        }
        let stolen = Attempt { browser: Some(bobs.clone()), ..attempt(name, PASSWORD) };
        assert_eq!(world.fails(stolen).await.0, Code::TooManyAttempts, "{name}");
    }
    let bob = Attempt { browser: Some(shared), ..attempt("bob", PASSWORD) };
    world.attempt(bob).await.unwrap();
}

async fn a_changed_password_needs_the_old_one(database: TestDatabase) {
    let (world, _) = plain_world(database).await;
    let elsewhere = world.attempt(attempt("ana", PASSWORD)).await.unwrap().browser;
    let here = world.attempt(attempt("ana", PASSWORD)).await.unwrap();
    let change = async |current: &str, new: &str| {
        let (who, browser) = (&here.signed_in, Some(here.browser.clone()));
        members::change_password(&world.store, &world.gate, who, browser, &current.into(), new.into()).await
    };
    let new = "an ocean of violet umbrellas";
    assert_eq!(faults(change("not it", new).await), [("current".to_owned(), "wrong")]);
    for (guessable, code) in
        [("short", "too_short"), ("password1234", "too_guessable"), ("ana ana ana ana", "too_guessable")]
    {
        assert_eq!(faults(change(PASSWORD, guessable).await), [("password".to_owned(), code)], "{guessable}");
    }
    change(PASSWORD, new).await.unwrap();
    assert_eq!(faults(change(PASSWORD, new).await), [("current".to_owned(), "wrong")]);
    members::identify(&world.store, &here.token).await.unwrap();
    assert_eq!(world.fails(attempt("ana", PASSWORD)).await.0, Code::WrongCredentials);
    for _ in 0..4 {
        world.fails(attempt("ana", "a wrong guess")).await;
    }
    let there = Attempt { browser: Some(elsewhere), ..attempt("ana", new) };
    assert_eq!(world.fails(there).await.0, Code::TooManyAttempts, "other browsers are known no more");
    let again = Attempt { browser: Some(here.browser.clone()), ..attempt("ana", new) };
    world.attempt(again).await.unwrap();
    // Who sits before somebody else's browser can't try for ever.
    for _ in 0..3 {
        assert_eq!(faults(change("not it", new).await), [("current".to_owned(), "wrong")]);
    }
    assert_eq!(refusal(change(new, new).await), Code::TooManyAttempts);
}

async fn the_history_names_the_live_login_and_what_was_refused(database: TestDatabase) {
    let (world, _) = plain_world(database).await;
    let mut last = None;
    for n in 0..25 {
        world.minute_passes();
        let device = format!("browser {n}");
        last = Some(world.attempt(Attempt { device, ..attempt("ana", PASSWORD) }).await.unwrap());
    }
    let (who, ana) = (last.as_ref().unwrap().signed_in.clone(), last.unwrap().signed_in.member.id);
    let page = members::history(&world.store, &who, ana, None).await.unwrap();
    assert_eq!(page.items.len(), 20);
    let first = &page.items[0];
    assert_eq!((first.device.as_str(), first.live, first.current), ("browser 24", true, true));
    assert!(page.items[1..].iter().all(|it| !it.live && !it.current && it.ended_at.is_some()));
    let rest = members::history(&world.store, &who, ana, page.next).await.unwrap();
    assert_eq!((rest.items.len(), rest.next.as_deref()), (5, None));
    assert_eq!(rest.items[4].device, "browser 0");
    assert_eq!(faults(members::history(&world.store, &who, ana, Some("x".into())).await)[0].1, "bad_format");

    let disable = "UPDATE members SET state = 'disabled' WHERE id = $1";
    world.fails(attempt("ana", "a wrong guess")).await;
    world.minute_passes();
    world.write(move |tx| tx.execute(disable, db::params![ana])).await;
    for _ in 0..4 {
        assert_eq!(world.fails(attempt("ana", PASSWORD)).await.0, Code::WrongCredentials);
    }
    for _ in 0..3 {
        assert_eq!(world.fails(attempt("ana", PASSWORD)).await.0, Code::TooManyAttempts);
    }
    let (attempts, until) = members::attempts(&world.store, world.workspace, ana).await.unwrap();
    let count = |reason| attempts.iter().filter(|it| it.reason == reason).count();
    assert_eq!([Refusal::WrongPassword, Refusal::Disabled, Refusal::LockedOut].map(count), [1, 4, 1]);
    assert_eq!(until, Some(world.store.now().plus(30_000)));
    assert_eq!((attempts[0].address.as_str(), attempts[0].device.as_str()), ("192.0.2.1", "a browser"));
}

async fn being_seen_is_noted_once_a_minute(database: TestDatabase) {
    let (world, _) = plain_world(database).await;
    let (start, login) = (world.store.now(), world.attempt(attempt("ana", PASSWORD)).await.unwrap());
    let seen = async || {
        let who = members::identify(&world.store, &login.token).await.unwrap();
        if !who.seen_lately(world.store.now()) {
            members::note_seen(&world.store, &who).await.unwrap();
        }
        let who = members::identify(&world.store, &login.token).await.unwrap();
        (who.seen_at.map(|at| at.0 - start.0), who.member.version)
    };
    assert_eq!(seen().await, (Some(0), 1));
    world.clock.advance(59_999);
    assert_eq!(seen().await, (Some(0), 1));
    world.clock.advance(1);
    assert_eq!(seen().await, (Some(60_000), 1));
}
