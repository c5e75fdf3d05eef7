//! Workspaces, members, logins and profiles.

use std::sync::Arc;

use desk::events::Topic;
use desk::ids::MemberId;
use desk::members::{
    self, Attempt, EndReason, NewOwner, NewWorkspace, Passwords, ProfileChange, ResetOwner, Role, Status,
    Theme,
};
use desk::{Code, Result, Store, SystemClock, portal};
use secrecy::SecretString;
use testkit::TestDatabase;

use crate::common::{PASSWORD, World, faults, new_owner, new_workspace, open, refusal};
use crate::turmoil::no_deadlocks;

testkit::both_databases!(
    an_installation_is_set_up_once,
    of_set_ups_at_once_one_counts,
    what_is_wrong_with_a_form_is_said_of_all_fields_at_once,
    a_login_name_is_one_whatever_its_case_and_width,
    the_same_login_name_can_be_in_two_workspaces,
    every_failed_login_looks_the_same,
    a_new_login_ends_the_old_one,
    two_logins_at_once_leave_one,
    logging_out_ends_the_login_and_sets_offline,
    logging_out_of_an_ended_login_changes_nothing,
    signing_in_and_out_at_once_leaves_one_login_or_none,
    the_operator_gives_an_owner_a_new_password,
    a_profile_changes_only_from_the_version_that_was_seen,
    a_profile_of_two_editors_at_once_keeps_one,
);

async fn an_installation_is_set_up_once(database: TestDatabase) {
    let world = World::new(database).await;
    assert!(!members::setup_needed(&world.store).await.unwrap());
    let again =
        members::set_up(&world.store, &world.passwords, new_workspace("other"), new_owner(), true).await;
    assert_eq!(refusal(again), Code::SetupDone);
    let taken =
        members::set_up(&world.store, &world.passwords, new_workspace("team"), new_owner(), false).await;
    assert_eq!(refusal(taken), Code::SlugInUse);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM workspaces").await, 1);
    let me = portal::me(&world.store, world.workspace, world.owner).await.unwrap();
    assert_eq!((me.role, me.status, me.limit, me.version), (Role::Owner, Status::Offline, 3, 1));
    assert_eq!(me.workspace.slug, "team");
}

/// Each at a server of its own, as it were: nothing but the database holds them apart.
async fn of_set_ups_at_once_one_counts(database: TestDatabase) {
    let store = Store::new(open(&database.url, 4), Arc::new(SystemClock));
    let passwords = Passwords::new(4).unwrap();
    let slugs = ["one", "two", "three", "four"];
    let all = slugs.map(|slug| members::set_up(&store, &passwords, new_workspace(slug), new_owner(), true));
    let (made, refused): (Vec<_>, Vec<_>) =
        futures_util::future::join_all(all).await.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    assert!(refused.into_iter().all(|refused| refusal(refused) == Code::SetupDone));
}

async fn what_is_wrong_with_a_form_is_said_of_all_fields_at_once(database: TestDatabase) {
    let world = World::new(database).await;
    let workspace = NewWorkspace { name: " ".into(), slug: "-No-".into(), time_zone: "Mars/Olympus".into() };
    let owner = NewOwner { name: "x".repeat(81), login_name: "two words".into(), password: "short".into() };
    let made = members::set_up(&world.store, &world.passwords, workspace, owner, false).await;
    let expected = [
        ("workspace.name", "required"),
        ("workspace.slug", "bad_format"),
        ("workspace.time_zone", "unknown"),
        ("owner.name", "too_long"),
        ("owner.login_name", "bad_format"),
        ("owner.password", "too_short"),
    ];
    assert_eq!(faults(made), expected.map(|(field, code)| (field.to_owned(), code)));

    assert_eq!(faults(world.add("boss", Role::Owner, None).await), [("role".to_owned(), "unknown")]);
    for (login_name, code) in [("", "required"), ("\u{200B}", "required"), ("a b", "bad_format")] {
        assert_eq!(faults(world.add(login_name, Role::Agent, None).await), [("login_name".to_owned(), code)]);
    }
    let long = "x".repeat(65);
    assert_eq!(faults(world.add(&long, Role::Agent, None).await), [("login_name".to_owned(), "too_long")]);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM members").await, 1);
}

async fn a_login_name_is_one_whatever_its_case_and_width(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.member("Straße", Role::Agent).await;
    for same in ["Straße", "STRASSE", "ｓｔｒａｓｓｅ", "stra\u{200B}sse"] {
        assert_eq!(refusal(world.add(same, Role::Agent, None).await), Code::LoginNameInUse, "{same}");
        assert_eq!(world.log_in(same, PASSWORD).await.unwrap().signed_in.member.id, ana, "{same}");
    }
    world.add("strase", Role::Agent, None).await.unwrap();
}

async fn the_same_login_name_can_be_in_two_workspaces(database: TestDatabase) {
    let world = World::new(database).await;
    let other =
        members::set_up(&world.store, &world.passwords, new_workspace("other"), new_owner(), false).await;
    let (other, password) = (other.unwrap(), SecretString::from(PASSWORD));
    for (slug, owner) in [("team", world.owner), ("other", other)] {
        let attempt = Attempt { slug: Some(slug.into()), password: password.clone(), ..attempt("OLGA", "") };
        let logged_in = members::log_in(&world.store, &world.gate, attempt).await.unwrap();
        assert_eq!(logged_in.signed_in.member.id, owner);
    }
    // With two workspaces the slug can't be left out.
    assert_eq!(refusal(world.log_in("olga", PASSWORD).await), Code::WrongCredentials);
}

async fn every_failed_login_looks_the_same(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.member("ana", Role::Agent).await;
    for (login_name, password) in
        [("ana", "wrong horse battery"), ("nobody", PASSWORD), ("", ""), ("ana", "")]
    {
        assert_eq!(refusal(world.log_in(login_name, password).await), Code::WrongCredentials);
    }
    let attempt = Attempt { slug: Some("elsewhere".into()), ..attempt("ana", PASSWORD) };
    let wrong_place = members::log_in(&world.store, &world.gate, attempt).await;
    assert_eq!(wrong_place.map(drop).unwrap_err().code(), Some(Code::WrongCredentials));

    let disable = "UPDATE members SET state = 'disabled' WHERE id = $1";
    let logged_in = world.log_in("ana", PASSWORD).await.unwrap();
    world.write(move |tx| tx.execute(disable, db::params![ana])).await;
    assert_eq!(refusal(world.log_in("ana", PASSWORD).await), Code::WrongCredentials);
    // The login that there was is of no use either.
    assert_eq!(refusal(members::identify(&world.store, &logged_in.token).await), Code::SignedOut);
}

async fn a_new_login_ends_the_old_one(database: TestDatabase) {
    let world = World::new(database).await;
    let first = world.log_in("olga", PASSWORD).await.unwrap();
    assert_eq!(members::identify(&world.store, &first.token).await.unwrap().member.id, world.owner);
    assert_eq!(members::end_reason(&world.store, first.signed_in.login).await.unwrap(), None);

    let mut thrown_out = world.store.watch(Topic::Login(first.signed_in.login));
    assert_eq!(refusal(world.log_in("olga", "wrong horse battery").await), Code::WrongCredentials);
    assert!(members::identify(&world.store, &first.token).await.is_ok(), "a failed login ends nothing");

    let second = world.log_in("olga", PASSWORD).await.unwrap();
    thrown_out.signalled().await;
    assert_eq!(refusal(members::identify(&world.store, &first.token).await), Code::SignedInElsewhere);
    assert_eq!(
        members::end_reason(&world.store, first.signed_in.login).await.unwrap(),
        Some(EndReason::Replaced)
    );
    assert!(members::identify(&world.store, &second.token).await.is_ok());
    assert_eq!(refusal(members::identify(&world.store, &"made up".into()).await), Code::SignedOut);
}

async fn two_logins_at_once_leave_one(database: TestDatabase) {
    let world = World::new(database).await;
    let (one, other) = tokio::join!(world.log_in("olga", PASSWORD), world.log_in("olga", PASSWORD));
    let mut live = 0;
    for login in [one.unwrap(), other.unwrap()] {
        live += usize::from(members::identify(&world.store, &login.token).await.is_ok());
    }
    assert_eq!(live, 1);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM logins WHERE ended_at IS NULL").await, 1);
}

async fn logging_out_ends_the_login_and_sets_offline(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.agent("ana").await;
    world.minute_passes();
    let login = world.log_in("ana", PASSWORD).await.unwrap();
    assert_eq!(world.status_of(ana).await, Status::Online, "signing in keeps the status");
    let mut ended = world.store.watch(Topic::Login(login.signed_in.login));
    world.minute_passes();
    desk::reception::log_out(&world.store, &login.signed_in).await.unwrap();
    ended.signalled().await;
    assert_eq!(refusal(members::identify(&world.store, &login.token).await), Code::SignedOut);
    assert_eq!(world.status_of(ana).await, Status::Offline);
    assert_eq!(world.verbs().await, ["workspace.created", "member.added", "login.succeeded", "login.ended"]);
}

async fn logging_out_of_an_ended_login_changes_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.agent("ana").await;
    let old = world.log_in("ana", PASSWORD).await.unwrap();
    let new = world.log_in("ana", PASSWORD).await.unwrap();
    desk::reception::log_out(&world.store, &old.signed_in).await.unwrap();
    assert!(members::identify(&world.store, &new.token).await.is_ok());
    assert_eq!(world.status_of(ana).await, Status::Online);
}

async fn signing_in_and_out_at_once_leaves_one_login_or_none(database: TestDatabase) {
    let url = database.url.clone();
    let world = World::new(database).await;
    let mut last = world.log_in("olga", PASSWORD).await.unwrap();
    for _ in 0..6 {
        let out = desk::reception::log_out(&world.store, &last.signed_in);
        let (signed_in, out) = tokio::join!(world.log_in("olga", PASSWORD), out);
        out.unwrap();
        last = signed_in.unwrap();
        // Whichever came first, the new login is not the one that was signed out of.
        assert!(members::identify(&world.store, &last.token).await.is_ok());
        assert_eq!(world.count("SELECT COUNT(*) AS n FROM logins WHERE ended_at IS NULL").await, 1);
    }
    no_deadlocks(&world, &url).await;
}

async fn the_operator_gives_an_owner_a_new_password(database: TestDatabase) {
    let world = World::new(database).await;
    let login = world.log_in("olga", PASSWORD).await.unwrap();
    let reset = |slug: Option<&str>, password: &str| {
        let reset = ResetOwner { slug: slug.map(str::to_owned), password: password.into() };
        members::reset_owner(&world.store, &world.passwords, reset)
    };
    assert_eq!(faults(reset(None, "short").await), [("password".to_owned(), "too_short")]);
    assert_eq!(refusal(reset(Some("elsewhere"), "another good one").await), Code::NotFound);
    assert!(members::identify(&world.store, &login.token).await.is_ok());

    assert_eq!(reset(None, "another good one").await.unwrap(), "olga");
    assert_eq!(refusal(members::identify(&world.store, &login.token).await), Code::SignedOut);
    let reason = members::end_reason(&world.store, login.signed_in.login).await.unwrap();
    assert_eq!(reason, Some(EndReason::PasswordReset));
    assert_eq!(refusal(world.log_in("olga", PASSWORD).await), Code::WrongCredentials);
    world.log_in("olga", "another good one").await.unwrap();
}

async fn a_profile_changes_only_from_the_version_that_was_seen(database: TestDatabase) {
    let world = World::new(database).await;
    let change = ProfileChange {
        name: Some("  Olga\u{7} Ω ".into()),
        language: Some("zh".into()),
        theme: Some(Theme::Dark),
        time_zone: Some("Asia/Shanghai".into()),
        ..ProfileChange::default()
    };
    let changed = world.change_profile(1, change.clone()).await.unwrap();
    assert_eq!(changed.name, "Olga Ω");
    assert_eq!((changed.language.as_deref(), changed.theme), (Some("zh"), Theme::Dark));
    assert_eq!((changed.time_zone.as_deref(), changed.version), (Some("Asia/Shanghai"), 2));
    assert_eq!(refusal(world.change_profile(1, change).await), Code::StaleVersion);

    let nothing = world.change_profile(2, ProfileChange::default()).await.unwrap();
    assert_eq!((nothing.name.as_str(), nothing.theme), ("Olga Ω", Theme::Dark));
    let bad = ProfileChange {
        name: Some("\n".into()),
        language: Some("xx".into()),
        theme: None,
        time_zone: Some("UTC+3h".into()),
        ..ProfileChange::default()
    };
    let expected = [("name", "required"), ("language", "unknown"), ("time_zone", "unknown")];
    let expected = expected.map(|(field, code)| (field.to_owned(), code));
    assert_eq!(faults(world.change_profile(3, bad).await), expected);
}

async fn a_profile_of_two_editors_at_once_keeps_one(database: TestDatabase) {
    let world = World::new(database).await;
    let named = |name: &str| ProfileChange { name: Some(name.into()), ..ProfileChange::default() };
    let (one, other) =
        tokio::join!(world.change_profile(1, named("One")), world.change_profile(1, named("Other")));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(refusal(lost), Code::StaleVersion);
    let me = portal::me(&world.store, world.workspace, world.owner).await.unwrap();
    assert_eq!((me.name, me.version), (won.unwrap().name, 2));
}

fn attempt(login_name: &str, password: &str) -> Attempt {
    let (address, device) = ("127.0.0.1".to_owned(), "a test".to_owned());
    let (slug, login_name, password) = (None, login_name.to_owned(), password.into());
    Attempt { slug, login_name, password, code: None, browser: None, address, device }
}

impl World {
    async fn log_in(&self, login_name: &str, password: &str) -> Result<members::LoggedIn> {
        members::log_in(&self.store, &self.gate, attempt(login_name, password)).await
    }

    async fn change_profile(&self, version: i64, change: ProfileChange) -> Result<members::MemberRow> {
        members::change_profile(&self.store, self.workspace, self.owner, version, change).await
    }

    pub(crate) async fn status_of(&self, member: MemberId) -> Status {
        portal::me(&self.store, self.workspace, member).await.unwrap().status
    }

    /// What the audit log has, in the order of its entries.
    async fn verbs(&self) -> Vec<String> {
        self.texts("SELECT verb FROM audit ORDER BY at, id", &[], "verb").await
    }
}
