//! What admins do to accounts, and what becomes of sessions, logins and rights.

use desk::ids::MemberId;
use desk::members::{AccountChange, AccountState, Attempt, Gate, Role, Status};
use desk::portal::{self, AccountQuery, AccountSort, AccountView};
use desk::secrets::Cipher;
use desk::sessions::SessionState;
use desk::{Code, Timestamp, members, reception};
use testkit::TestDatabase;

use crate::common::{PASSWORD, World, faults, refusal};

testkit::both_databases!(
    sessions_of_who_leaves_go_on_to_others,
    an_account_ends_on_its_day,
    who_sees_a_project_no_more_loses_its_sessions,
    the_owner_and_oneself_are_protected,
    of_two_admins_at_once_the_second_is_told,
    the_workspace_is_handed_over,
    accounts_come_in_pages,
    accounts_are_found,
    who_may_not_sign_in_is_refused_alike,
);

impl World {
    async fn account(&self, id: MemberId) -> AccountView {
        portal::account(&self.store, self.workspace, id).await.unwrap()
    }

    async fn change(&self, by: MemberId, id: MemberId, change: AccountChange) -> desk::Result<()> {
        let version = self.account(id).await.version;
        reception::change_account(&self.store, self.workspace, by, id, version, change, None).await
    }

    async fn sign_in(&self, gate: &Gate, login_name: &str) -> desk::Result<members::LoggedIn> {
        let attempt = Attempt {
            slug: Some("team".into()),
            login_name: login_name.into(),
            password: PASSWORD.into(),
            code: None,
            browser: None,
            address: "192.0.2.1".into(),
            device: "test".into(),
        };
        members::log_in(&self.store, gate, attempt).await
    }

    fn gate(&self) -> Gate {
        Gate::new(self.passwords.clone(), Cipher::new(&[7; 32]))
    }
}

async fn sessions_of_who_leaves_go_on_to_others(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let ana = world.agent("ana").await;
    let login = world.sign_in(&world.gate(), "ana").await.unwrap();
    world.wrote(project, 1, "hello").await;
    world.minute_passes();
    world.wrote(project, 2, "hello").await;
    let waiting_since = world.session(1).await.waiting_since;
    let departure = reception::departure(&world.store, world.workspace, ana).await.unwrap();
    assert_eq!((departure.open_sessions, departure.projects_left_without_agent), (2, vec![project]));

    reception::disable(&world.store, world.workspace, world.owner, ana).await.unwrap();
    let session = world.session(1).await;
    assert_eq!(
        (session.state, session.assignee, session.waiting_since),
        (SessionState::Waiting, None, waiting_since)
    );
    assert_eq!(refusal(members::identify(&world.store, &login.token).await), Code::SignedOut);
    assert_eq!(
        members::end_reason(&world.store, login.signed_in.login).await.unwrap(),
        Some(members::EndReason::Disabled)
    );
    let account = world.account(ana).await;
    assert_eq!(
        (account.state, account.status, account.open_sessions),
        (AccountState::Disabled, Status::Offline, 0)
    );
    // Once more changes nothing.
    reception::disable(&world.store, world.workspace, world.owner, ana).await.unwrap();
    assert_eq!(world.account(ana).await.version, account.version);

    // Whoever is there has them at once, when the next one leaves.
    let bob = world.agent("bob").await;
    let cid = world.agent("cid").await;
    let of_bob = [world.session(1).await, world.session(2).await];
    assert!(of_bob.iter().all(|it| it.assignee.as_ref().unwrap().id == bob));
    let version = world.account(bob).await.version;
    let stale = reception::delete(&world.store, world.workspace, world.owner, bob, version - 1).await;
    assert_eq!(refusal(stale), Code::StaleVersion);
    reception::delete(&world.store, world.workspace, world.owner, bob, version).await.unwrap();
    for customer in [1, 2] {
        assert_eq!(world.session(customer).await.assignee.unwrap().id, cid);
    }
    assert_eq!(world.account(bob).await.state, AccountState::Deleted);
    let again = reception::enable(&world.store, world.workspace, world.owner, bob).await;
    assert_eq!(refusal(again), Code::NotFound);
    let customer = world.customer(project, 1).await;
    let lines = world.timeline(customer).await;
    let returned: Vec<_> = lines
        .iter()
        .filter_map(|line| line.service.as_ref()?.reason.clone())
        .filter(|reason| reason != "in_turn")
        .collect();
    assert_eq!(returned, ["disabled", "deleted"], "and who left is named in the history");
}

async fn an_account_ends_on_its_day(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let ana = world.agent("ana").await;
    let gate = world.gate();
    let login = world.sign_in(&gate, "ana").await.unwrap();
    let end = world.store.now().plus(3_600_000);
    let past = AccountChange { expires_at: Some(Some(Timestamp(1))), ..AccountChange::default() };
    assert_eq!(faults(world.change(world.owner, ana, past).await), [("expires_at".to_owned(), "bad_format")]);
    let change = AccountChange { expires_at: Some(Some(end)), ..AccountChange::default() };
    world.change(world.owner, ana, change).await.unwrap();
    world.wrote(project, 1, "hello").await;
    assert_eq!(reception::end_expired(&world.store).await.unwrap(), 0);
    world.clock.advance(3_600_000);
    // At once, before anybody looked.
    assert_eq!(refusal(members::identify(&world.store, &login.token).await), Code::SignedOut);
    world.wrote(project, 2, "hello").await;
    assert_eq!(world.session(2).await.state, SessionState::Waiting);
    assert_eq!(reception::end_expired(&world.store).await.unwrap(), 1);
    assert_eq!(world.session(1).await.state, SessionState::Waiting);
    assert_eq!(reception::end_expired(&world.store).await.unwrap(), 0, "once");
    assert_eq!(world.account(ana).await.state, AccountState::Expired);
    assert_eq!(refusal(world.sign_in(&gate, "ana").await), Code::WrongCredentials);
    let forever = AccountChange { expires_at: Some(None), ..AccountChange::default() };
    world.change(world.owner, ana, forever).await.unwrap();
    world.sign_in(&gate, "ana").await.unwrap();
}

async fn who_sees_a_project_no_more_loses_its_sessions(database: TestDatabase) {
    let world = World::new(database).await;
    let [shop, support] = [world.project().await, world.project().await];
    let ana = world.agent("ana").await;
    world.wrote(shop, 1, "hello").await;
    world.wrote(support, 2, "hello").await;
    let version = world.account(ana).await.version;
    let change = AccountChange { all_projects: Some(false), ..AccountChange::default() };
    let projects = Some(vec![support]);
    let (store, workspace, owner) = (&world.store, world.workspace, world.owner);
    reception::change_account(store, workspace, owner, ana, version, change, projects).await.unwrap();
    assert_eq!(world.session(1).await.state, SessionState::Waiting);
    assert_eq!(world.session(2).await.assignee.unwrap().id, ana);
    assert_eq!(world.account(ana).await.projects, [support]);
    let change = AccountChange { role: Some(Role::Admin), ..AccountChange::default() };
    world.change(world.owner, ana, change).await.unwrap();
    assert_eq!(world.session(1).await.assignee.unwrap().id, ana, "an admin sees all");
}

async fn the_owner_and_oneself_are_protected(database: TestDatabase) {
    let world = World::new(database).await;
    let admin = world.member("admin", Role::Admin).await;
    let (store, workspace, owner) = (&world.store, world.workspace, world.owner);
    for by in [admin, owner] {
        assert_eq!(refusal(reception::disable(store, workspace, by, owner).await), Code::OwnerProtected);
        let deleted = reception::delete(store, workspace, by, owner, 1).await;
        assert_eq!(refusal(deleted), Code::OwnerProtected);
        let change = AccountChange { role: Some(Role::Agent), ..AccountChange::default() };
        assert_eq!(refusal(world.change(by, owner, change).await), Code::OwnerProtected);
    }
    let rename = AccountChange { name: Some("Ольга".into()), ..AccountChange::default() };
    assert_eq!(refusal(world.change(admin, owner, rename.clone()).await), Code::OwnerProtected);
    world.change(owner, owner, rename).await.unwrap();
    let password =
        reception::set_password(store, &world.passwords, workspace, admin, owner, PASSWORD.into()).await;
    assert_eq!(refusal(password), Code::OwnerProtected);

    assert_eq!(refusal(reception::disable(store, workspace, admin, admin).await), Code::OwnAccount);
    let change = AccountChange { role: Some(Role::Agent), ..AccountChange::default() };
    assert_eq!(refusal(world.change(admin, admin, change).await), Code::OwnAccount);
    let password =
        reception::set_password(store, &world.passwords, workspace, admin, admin, PASSWORD.into()).await;
    assert_eq!(refusal(password), Code::OwnAccount);
    let change = AccountChange { role: Some(Role::Owner), ..AccountChange::default() };
    let agent = world.member("ana", Role::Agent).await;
    assert_eq!(faults(world.change(admin, agent, change).await), [("role".to_owned(), "unknown")]);
    // Who is no admin any more acts no more.
    let change = AccountChange { role: Some(Role::Agent), ..AccountChange::default() };
    world.change(owner, admin, change).await.unwrap();
    assert_eq!(refusal(reception::disable(store, workspace, admin, agent).await), Code::Forbidden);
    assert_eq!(world.account(agent).await.state, AccountState::Active);
}

async fn of_two_admins_at_once_the_second_is_told(database: TestDatabase) {
    let world = World::with_connections(database, 4).await;
    let ana = world.member("ana", Role::Agent).await;
    let version = world.account(ana).await.version;
    let change = |name: &str| {
        let change = AccountChange { name: Some(name.to_owned()), ..AccountChange::default() };
        let (store, workspace, owner) = (world.store.clone(), world.workspace, world.owner);
        async move { reception::change_account(&store, workspace, owner, ana, version, change, None).await }
    };
    let (one, other) = tokio::join!(change("One"), change("Other"));
    let name = world.account(ana).await.name;
    let (kept, refused) = if one.is_ok() { ("One", other) } else { ("Other", one) };
    assert_eq!((name.as_str(), refusal(refused)), (kept, Code::StaleVersion));
}

async fn the_workspace_is_handed_over(database: TestDatabase) {
    let world = World::new(database).await;
    let ana = world.member("ana", Role::Agent).await;
    let gate = world.gate();
    let owner = world.sign_in(&gate, "olga").await.unwrap().signed_in;
    let wrong = reception::hand_over(&world.store, &gate, &owner, ana, &"something else".into()).await;
    assert_eq!(faults(wrong), [("password".to_owned(), "wrong")]);
    let to_self = reception::hand_over(&world.store, &gate, &owner, world.owner, &PASSWORD.into()).await;
    assert_eq!(faults(to_self), [("member_id".to_owned(), "unknown")]);
    reception::hand_over(&world.store, &gate, &owner, ana, &PASSWORD.into()).await.unwrap();
    assert_eq!(
        (world.account(ana).await.role, world.account(world.owner).await.role),
        (Role::Owner, Role::Admin)
    );
    let again = reception::hand_over(&world.store, &gate, &owner, ana, &PASSWORD.into()).await;
    assert_eq!(refusal(again), Code::OwnerProtected);
    reception::disable(&world.store, world.workspace, ana, world.owner).await.unwrap();
}

async fn accounts_come_in_pages(database: TestDatabase) {
    let world = World::new(database).await;
    let long = "ж".repeat(80);
    let ana = world.member("ana", Role::Agent).await;
    for (login_name, name) in [("b", "أحمد"), ("c", "👩‍👩‍👧‍👦"), ("d", &*long), ("e", "ana"), ("f", "ANA")]
    {
        let id = world.member(login_name, Role::Agent).await;
        let change = AccountChange { name: Some(name.to_owned()), ..AccountChange::default() };
        world.change(world.owner, id, change).await.unwrap();
    }
    let sorts = [AccountSort::Name, AccountSort::Role, AccountSort::LastSeen, AccountSort::Joined];
    for (sort, reverse) in sorts.into_iter().flat_map(|sort| [(sort, false), (sort, true)]) {
        let all = AccountQuery { sort, reverse, ..AccountQuery::default() };
        let all = portal::accounts(&world.store, world.workspace, all).await.unwrap();
        assert_eq!((all.items.len(), all.total, all.next), (7, 7, None));
        let (mut paged, mut cursor) = (Vec::new(), None);
        loop {
            let query = AccountQuery { sort, reverse, cursor, limit: Some(2), ..AccountQuery::default() };
            let page = portal::accounts(&world.store, world.workspace, query).await.unwrap();
            paged.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, all.items, "{sort:?}");
    }
    let bad = AccountQuery { cursor: Some("x".into()), ..AccountQuery::default() };
    let bad = portal::accounts(&world.store, world.workspace, bad).await;
    assert_eq!(faults(bad), [("cursor".to_owned(), "bad_format")]);
    let first = AccountQuery { sort: AccountSort::Joined, limit: Some(2), ..AccountQuery::default() };
    let first = portal::accounts(&world.store, world.workspace, first).await.unwrap().items;
    assert_eq!(first.iter().map(|it| it.id).collect::<Vec<_>>(), [world.owner, ana]);
    let last = AccountQuery { sort: AccountSort::Joined, reverse: true, ..AccountQuery::default() };
    let last = portal::accounts(&world.store, world.workspace, last).await.unwrap().items;
    assert_eq!(last[5..].iter().map(|it| it.id).collect::<Vec<_>>(), [ana, world.owner]);
}

async fn accounts_are_found(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let inside = world.add("inside", Role::Agent, Some(&[project])).await.unwrap();
    let outside = world.add("outside", Role::Agent, Some(&[])).await.unwrap();
    let email = AccountChange { email: Some(Some("Post@Example.com".into())), ..AccountChange::default() };
    world.change(world.owner, outside, email).await.unwrap();
    let find = |query: AccountQuery| {
        let (store, workspace) = (world.store.clone(), world.workspace);
        async move {
            let page = portal::accounts(&store, workspace, query).await.unwrap();
            page.items.into_iter().map(|it| it.id).collect::<Vec<_>>()
        }
    };
    let text = |text: &str| AccountQuery { text: Some(text.into()), ..AccountQuery::default() };
    assert_eq!(find(text("INSIDE")).await, [inside]);
    assert_eq!(find(text("post@example")).await, [outside]);
    assert_eq!(find(text("nobody")).await, []);
    let of_role = AccountQuery { role: Some(Role::Owner), ..AccountQuery::default() };
    assert_eq!(find(of_role).await, [world.owner]);
    let seeing = AccountQuery { project: Some(project), ..AccountQuery::default() };
    assert_eq!(find(seeing).await, [inside, world.owner]);
    assert!(world.account(outside).await.sees_no_project);
    let version = world.account(inside).await.version;
    reception::delete(&world.store, world.workspace, world.owner, inside, version).await.unwrap();
    assert_eq!(find(text("inside")).await, []);
    let deleted = AccountQuery { state: Some(AccountState::Deleted), ..AccountQuery::default() };
    assert_eq!(find(deleted).await, [inside]);
}

async fn who_may_not_sign_in_is_refused_alike(database: TestDatabase) {
    let world = World::new(database).await;
    let gate = world.gate();
    let mut people = Vec::new();
    for name in ["active", "disabled", "invited", "expired", "deleted"] {
        people.push(world.member(name, Role::Agent).await);
    }
    let (store, workspace, owner) = (&world.store, world.workspace, world.owner);
    reception::disable(store, workspace, owner, people[1]).await.unwrap();
    let (invited, expired) = (people[2], people[3]);
    world
        .write(move |tx| {
            tx.execute("UPDATE members SET password_hash = '' WHERE id = $1", db::params![invited])?;
            tx.execute("UPDATE members SET expires_at = 1 WHERE id = $1", db::params![expired])
        })
        .await;
    let version = world.account(people[4]).await.version;
    reception::delete(store, workspace, owner, people[4], version).await.unwrap();
    for name in ["disabled", "invited", "expired", "deleted", "nobody"] {
        let before = world.passwords.computations();
        assert_eq!(refusal(world.sign_in(&gate, name).await), Code::WrongCredentials, "{name}");
        // Others' tests verify with the same counter at the same time, so it has grown by one at least.
        assert!(world.passwords.computations() > before, "{name}");
    }
    let reasons = world.texts("SELECT reason FROM login_attempts ORDER BY id", &[], "reason").await;
    assert_eq!(reasons, ["disabled", "invited", "expired", "unknown", "unknown"]);
    world.sign_in(&gate, "active").await.unwrap();
}
