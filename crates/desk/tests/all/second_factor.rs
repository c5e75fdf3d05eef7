//! The second factor: set up, asked for, used up, reset, required.

use desk::members::{self, Attempt, LoggedIn, Role, SecondFactorRule, SignedIn, WorkspaceChange};
use desk::{Code, Result};
use testkit::TestDatabase;
use totp_rs::{Algorithm, Secret, TOTP};

use crate::common::{PASSWORD, World, faults, refusal};

testkit::both_databases!(
    a_login_needs_a_code_that_was_not_used,
    recovery_codes_work_once_each,
    guessing_codes_locks_the_account,
    an_admin_resets_it_for_who_has_lost_theirs,
    a_workspace_may_require_one,
);

fn code(secret: &str, at: i64) -> String {
    let bytes = Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
    let seconds = u64::try_from(at / 1_000).unwrap();
    TOTP::new(Algorithm::SHA1, 6, 1, 30, bytes).unwrap().generate(seconds)
}

impl World {
    async fn enter(&self, login_name: &str, code: Option<&str>) -> Result<LoggedIn> {
        let attempt = Attempt {
            slug: None,
            login_name: login_name.into(),
            password: PASSWORD.into(),
            code: code.map(str::to_owned),
            browser: None,
            address: "192.0.2.1".into(),
            device: "a browser".into(),
        };
        members::log_in(&self.store, &self.gate, attempt).await
    }

    /// Sets a second factor up; its secret and the recovery codes.
    async fn set_up(&self, who: &SignedIn) -> (String, Vec<String>) {
        let shown = members::set_up_anew(&self.store, &self.gate.cipher, who).await.unwrap();
        let first = code(&shown.secret, self.store.now().0);
        let codes = members::confirm(&self.store, &self.gate.cipher, who, &first).await.unwrap();
        (shown.secret, codes)
    }
}

async fn a_login_needs_a_code_that_was_not_used(database: TestDatabase) {
    let world = World::new(database).await;
    world.agent("ana").await;
    let who = world.enter("ana", None).await.unwrap().signed_in;
    let begun = members::set_up_anew(&world.store, &world.gate.cipher, &who).await.unwrap();
    world.enter("ana", None).await.unwrap();
    // One that was begun anew takes the place of the one before, and counts only once it is confirmed.
    let shown = members::set_up_anew(&world.store, &world.gate.cipher, &who).await.unwrap();
    let now = world.store.now().0;
    for wrong in ["000000", "", &code(&begun.secret, now)] {
        let confirmed = members::confirm(&world.store, &world.gate.cipher, &who, wrong).await;
        assert_eq!(faults(confirmed), [("code".to_owned(), "wrong")]);
    }
    let first = code(&shown.secret, now);
    let codes = members::confirm(&world.store, &world.gate.cipher, &who, &first).await.unwrap();
    assert_eq!(codes.len(), 10);
    let again = members::set_up_anew(&world.store, &world.gate.cipher, &who).await;
    assert_eq!(refusal(again), Code::SecondFactorOn);

    assert_eq!(refusal(world.enter("ana", None).await), Code::SecondFactorNeeded);
    assert_eq!(refusal(world.enter("ana", Some(" ")).await), Code::SecondFactorNeeded);
    assert_eq!(refusal(world.enter("ana", Some(&first)).await), Code::WrongCode, "it was used to confirm");
    world.clock.advance(60_000);
    let next = code(&shown.secret, now + 60_000);
    assert!(world.enter("ana", Some(&next)).await.unwrap().signed_in.member.second_factor);
    assert_eq!(refusal(world.enter("ana", Some(&next)).await), Code::WrongCode, "it was used");
    let older = code(&shown.secret, now + 30_000);
    assert_eq!(refusal(world.enter("ana", Some(&older)).await), Code::WrongCode, "it is older than one used");
    // A clock that is fast by a step.
    world.enter("ana", Some(&code(&shown.secret, now + 90_000))).await.unwrap();

    let stored = world.texts("SELECT code_hash FROM recovery_codes", &[], "code_hash").await;
    assert!(codes.iter().all(|code| !stored.contains(code)));
    assert_eq!(
        faults(members::turn_off(&world.store, &world.gate, &who, &"not it".into()).await)[0].1,
        "wrong"
    );
    members::turn_off(&world.store, &world.gate, &who, &PASSWORD.into()).await.unwrap();
    world.enter("ana", None).await.unwrap();
}

async fn recovery_codes_work_once_each(database: TestDatabase) {
    let world = World::new(database).await;
    world.agent("ana").await;
    let who = world.enter("ana", None).await.unwrap().signed_in;
    let (_, codes) = world.set_up(&who).await;
    world.enter("ana", Some(&codes[3])).await.unwrap();
    assert_eq!(refusal(world.enter("ana", Some(&codes[3])).await), Code::WrongCode);
    world.enter("ana", Some(&codes[0].to_uppercase().replace('-', " "))).await.unwrap();
    let password = PASSWORD.into();
    let new = members::new_recovery_codes(&world.store, &world.gate, &who, &password).await.unwrap();
    assert_eq!(refusal(world.enter("ana", Some(&codes[1])).await), Code::WrongCode);
    world.enter("ana", Some(&new[1])).await.unwrap();
}

async fn guessing_codes_locks_the_account(database: TestDatabase) {
    let world = World::new(database).await;
    world.agent("ana").await;
    let who = world.enter("ana", None).await.unwrap().signed_in;
    let (secret, _) = world.set_up(&who).await;
    // To be asked for a code is no failure.
    for _ in 0..20 {
        assert_eq!(refusal(world.enter("ana", None).await), Code::SecondFactorNeeded);
    }
    for _ in 0..5 {
        assert_eq!(refusal(world.enter("ana", Some("000000")).await), Code::WrongCode);
    }
    world.clock.advance(29_000);
    let right = code(&secret, world.store.now().0 + 30_000);
    assert_eq!(refusal(world.enter("ana", Some(&right)).await), Code::TooManyAttempts);
    world.clock.advance(1_000);
    world.enter("ana", Some(&right)).await.unwrap();
}

async fn an_admin_resets_it_for_who_has_lost_theirs(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.agent("ana").await;
    world.member("adam", Role::Admin).await;
    for name in ["ana", "olga"] {
        let who = world.enter(name, None).await.unwrap().signed_in;
        world.set_up(&who).await;
    }
    let admin = world.enter("adam", None).await.unwrap().signed_in.member;
    members::reset_of(&world.store, world.workspace, &admin, ana).await.unwrap();
    assert!(!world.enter("ana", None).await.unwrap().signed_in.member.second_factor);
    let of_owner = members::reset_of(&world.store, world.workspace, &admin, world.owner).await;
    assert_eq!(refusal(of_owner), Code::OwnerProtected);
    // One's own is turned off with the password, not past it.
    let who = world.enter("adam", None).await.unwrap().signed_in;
    world.set_up(&who).await;
    let of_oneself = members::reset_of(&world.store, world.workspace, &who.member, admin.id).await;
    assert_eq!(refusal(of_oneself), Code::OwnAccount);
    // The operator's new password is the owner's way back.
    let reset = members::ResetOwner { slug: None, password: PASSWORD.into() };
    members::reset_owner(&world.store, &world.passwords, reset).await.unwrap();
    world.enter("olga", None).await.unwrap();
}

async fn a_workspace_may_require_one(database: TestDatabase) {
    let world = World::new(database).await;
    world.agent("ana").await;
    let login = world.enter("ana", None).await.unwrap();
    let mut told = world.store.watch(desk::events::Topic::Login(login.signed_in.login));
    let required = |version| {
        let change =
            WorkspaceChange { second_factor: Some(SecondFactorRule::Required), ..Default::default() };
        members::change_settings(&world.store, world.workspace, world.owner, version, change)
    };
    assert_eq!(refusal(required(7).await), Code::StaleVersion);
    let settings = required(1).await.unwrap();
    assert_eq!((settings.second_factor, settings.version), (SecondFactorRule::Required, 2));
    told.signalled().await;
    assert!(members::identify(&world.store, &login.token).await.unwrap().must_set_up_second_factor);
    let login = world.enter("ana", None).await.unwrap();
    assert!(login.signed_in.must_set_up_second_factor);
    world.set_up(&login.signed_in).await;
    assert!(!members::identify(&world.store, &login.token).await.unwrap().must_set_up_second_factor);
    let bad =
        WorkspaceChange { name: Some(String::new()), time_zone: Some("Mars".into()), second_factor: None };
    let bad = members::change_settings(&world.store, world.workspace, world.owner, 2, bad).await;
    assert_eq!(faults(bad).len(), 2);
}
