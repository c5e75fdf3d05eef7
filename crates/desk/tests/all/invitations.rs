//! Links that set a password, and files of many members.

use desk::ids::MemberId;
use desk::imports::{self, NewImport, Projects};
use desk::invitations::{self, Delivery, Kind, Mailed};
use desk::members::{AccountState, NewAccount, Role};
use desk::portal::{self, AccountQuery};
use desk::secrets::Cipher;
use desk::{Code, Error, reception};
use secrecy::{ExposeSecret, SecretString};
use testkit::TestDatabase;

use crate::common::{PASSWORD, World, faults, refusal};

testkit::both_databases!(
    a_link_sets_a_password_once,
    of_two_who_accept_at_once_one_does,
    a_link_is_too_late_after_three_days,
    a_new_link_and_a_revoked_one_void_the_old,
    a_link_of_who_may_not_sign_in_is_void,
    only_the_hash_of_a_link_is_stored,
    a_file_is_looked_at_and_then_imported,
    a_file_says_what_is_wrong_with_each_line,
);

const HOUR: i64 = 3_600_000;

fn delivery() -> Delivery {
    Delivery { cipher: Cipher::new(&[7; 32]), base: "https://desk.test".into(), by_mail: false }
}

fn token(link: &SecretString) -> SecretString {
    let text = link.expose_secret();
    text.strip_prefix("https://desk.test/invitation#").expect("the link's address").into()
}

impl World {
    async fn invite(&self, login_name: &str) -> (MemberId, SecretString) {
        let new = NewAccount {
            name: format!("Name of {login_name}"),
            login_name: login_name.to_owned(),
            email: Some(format!("{login_name}@example.com")),
            role: Role::Agent,
            password: None,
            all_projects: true,
            expires_at: None,
            limit: None,
        };
        let (id, issued) =
            invitations::invite(&self.store, &delivery(), self.workspace, self.owner, new, Vec::new())
                .await
                .unwrap();
        assert_eq!(issued.mailed, Mailed::NotSetUp);
        (id, token(&issued.link))
    }

    async fn accept(&self, token: &SecretString) -> desk::Result<invitations::Accepted> {
        desk::reception::accept_invitation(&self.store, &self.passwords, token, PASSWORD.into()).await
    }

    async fn state(&self, id: MemberId) -> AccountState {
        portal::account(&self.store, self.workspace, id).await.unwrap().state
    }
}

fn gone<T>(result: desk::Result<T>) -> String {
    match result.err().expect("it is refused") {
        Error::Refused { code: Code::InvitationGone, params } => {
            params["reason"].as_str().unwrap().to_owned()
        }
        error => panic!("{error}"),
    }
}

async fn a_link_sets_a_password_once(database: TestDatabase) {
    let world = World::new(database).await;
    let (ana, link) = world.invite("ana").await;
    assert_eq!(world.state(ana).await, AccountState::Invited);
    let look = invitations::look(&world.store, &link).await.unwrap();
    assert_eq!((&*look.login_name, look.kind), ("ana", Kind::Invitation));
    let short =
        desk::reception::accept_invitation(&world.store, &world.passwords, &link, "short".into()).await;
    assert_eq!(faults(short), [("password".to_owned(), "too_short")]);
    assert_eq!(world.accept(&link).await.unwrap().login_name, "ana");
    assert_eq!(world.state(ana).await, AccountState::Active);
    assert_eq!(gone(world.accept(&link).await), "used");
    assert_eq!(gone(invitations::look(&world.store, &link).await), "used");
    assert_eq!(refusal(world.accept(&"nonsense".into()).await), Code::NotFound);
    // The next link is one to reset the password.
    let issued =
        invitations::issue_link(&world.store, &delivery(), world.workspace, world.owner, ana).await.unwrap();
    let look = invitations::look(&world.store, &token(&issued.link)).await.unwrap();
    assert_eq!(look.kind, Kind::Reset);
}

async fn of_two_who_accept_at_once_one_does(database: TestDatabase) {
    let world = World::with_connections(database, 4).await;
    let (_, link) = world.invite("ana").await;
    let (one, other) = tokio::join!(world.accept(&link), world.accept(&link));
    let (done, refused): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for it in refused {
        assert_eq!(gone(it), "used");
    }
}

async fn a_link_is_too_late_after_three_days(database: TestDatabase) {
    let world = World::new(database).await;
    let (_, link) = world.invite("ana").await;
    world.clock.advance(72 * HOUR - 1);
    invitations::look(&world.store, &link).await.unwrap();
    world.clock.advance(1);
    assert_eq!(gone(world.accept(&link).await), "expired");
}

async fn a_new_link_and_a_revoked_one_void_the_old(database: TestDatabase) {
    let world = World::new(database).await;
    let (ana, first) = world.invite("ana").await;
    let second =
        invitations::issue_link(&world.store, &delivery(), world.workspace, world.owner, ana).await.unwrap();
    assert_eq!(gone(world.accept(&first).await), "revoked");
    reception::revoke_invitation(&world.store, world.workspace, world.owner, ana).await.unwrap();
    assert_eq!(gone(world.accept(&token(&second.link)).await), "revoked");
    assert_eq!(world.state(ana).await, AccountState::Invited);
}

async fn a_link_of_who_may_not_sign_in_is_void(database: TestDatabase) {
    let world = World::new(database).await;
    let (ana, link) = world.invite("ana").await;
    reception::disable(&world.store, world.workspace, world.owner, ana).await.unwrap();
    assert_eq!(gone(world.accept(&link).await), "revoked");
    reception::enable(&world.store, world.workspace, world.owner, ana).await.unwrap();
    world.accept(&link).await.unwrap();
    let (bob, link) = world.invite("bob").await;
    let version = portal::account(&world.store, world.workspace, bob).await.unwrap().version;
    reception::delete(&world.store, world.workspace, world.owner, bob, version).await.unwrap();
    assert_eq!(gone(world.accept(&link).await), "revoked");
    // The login name is free again.
    world.invite("BOB").await;
}

async fn only_the_hash_of_a_link_is_stored(database: TestDatabase) {
    let world = World::new(database).await;
    let (_, link) = world.invite("ana").await;
    let hashes = world.texts("SELECT token_hash FROM invitations", &[], "token_hash").await;
    assert_eq!(hashes.len(), 1);
    assert_ne!(hashes[0], link.expose_secret());
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM jobs").await, 0);
}

fn file(csv: &str) -> NewImport {
    NewImport { csv: csv.to_owned(), projects: Projects::Some(Vec::new()), role: None }
}

async fn a_file_is_looked_at_and_then_imported(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let import = file(
        "login_name,name,email,role,projects\nana,Ana 👩‍👩‍👧‍👦,ana@example.com,supervisor,shop\nbob,محمد,,,all\ncid,Cid,,,\n",
    );
    let looked = imports::preview(&world.store, world.workspace, import.clone()).await.unwrap();
    assert_eq!((looked.good, looked.bad), (3, 0));
    assert_eq!(looked.lines[0].projects, Projects::Some(vec![project]));
    let run = |digest: String| {
        let import = import.clone();
        let (store, workspace, owner) = (world.store.clone(), world.workspace, world.owner);
        async move { imports::run(&store, &delivery(), workspace, owner, import, digest).await }
    };
    assert_eq!(refusal(run("another".into()).await), Code::ImportChanged);
    let added = run(looked.digest.clone()).await.unwrap();
    assert_eq!(added.len(), 3);
    let accounts =
        portal::accounts(&world.store, world.workspace, AccountQuery::default()).await.unwrap().items;
    let seen: Vec<_> =
        accounts.iter().map(|it| (&*it.login_name, it.role, it.state, it.sees_no_project)).collect();
    assert_eq!(
        seen,
        [
            ("ana", Role::Supervisor, AccountState::Invited, false),
            ("cid", Role::Agent, AccountState::Invited, true),
            ("olga", Role::Owner, AccountState::Active, false),
            ("bob", Role::Agent, AccountState::Invited, false),
        ]
    );
    world.accept(&token(&added[1].link)).await.unwrap();
    // By now the same file means something else.
    assert_eq!(refusal(run(looked.digest).await), Code::ImportChanged);
}

async fn a_file_says_what_is_wrong_with_each_line(database: TestDatabase) {
    let world = World::new(database).await;
    let import = file(
        "name,login_name,email,role,projects\n,ana,,,\nAna,OLGA,,,\nBob,bob,bob,owner,Nowhere\nBob,ｂｏｂ,,boss,\nCid,two words,,,\n",
    );
    let looked = imports::preview(&world.store, world.workspace, import.clone()).await.unwrap();
    let errors: Vec<_> = looked
        .lines
        .iter()
        .map(|line| (line.line, line.errors.iter().map(|it| (&*it.field, it.code)).collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        errors,
        [
            (2, vec![("name", "required")]),
            (3, vec![("login_name", "in_use")]),
            (4, vec![("projects", "unknown"), ("email", "bad_format"), ("role", "unknown")]),
            (5, vec![("role", "unknown"), ("login_name", "twice")]),
            (6, vec![("login_name", "bad_format")]),
        ]
    );
    assert_eq!((looked.good, looked.bad), (0, 5));
    let (store, workspace, owner) = (&world.store, world.workspace, world.owner);
    let run = imports::run(store, &delivery(), workspace, owner, import, looked.digest).await;
    assert_eq!(refusal(run), Code::ImportChanged);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM members").await, 1);
}
