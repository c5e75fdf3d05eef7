//! Lists narrowed down and sorted otherwise than usual, and found by what customers are called.

use desk::ids::{MemberId, ProjectId};
use desk::members::Role;
use desk::reception::{end, take};
use desk::sessions::{self, Filters, Query, SessionState, Sort, Tab, Whose};
use desk::workers;
use serde_json::Value;
use testkit::TestDatabase;

use crate::common::World;

testkit::both_databases!(
    lists_are_narrowed_down,
    lists_are_sorted_as_asked_and_paged,
    customers_are_found_by_what_they_are_called,
    many_that_are_found_come_page_by_page,
    nobody_is_found_in_projects_that_are_not_seen,
    who_was_here_before_is_found_after_the_housekeeping,
    where_customers_came_from_is_kept,
);

impl World {
    /// A customer of this name writes.
    async fn named(
        &self,
        project: ProjectId,
        customer: i64,
        name: [&str; 2],
        username: Option<&str>,
        text: &str,
    ) {
        let mut update = self.message(customer, text);
        update["message"]["from"]["first_name"] = name[0].into();
        update["message"]["from"]["last_name"] = name[1].into();
        if let Some(username) = username {
            update["message"]["from"]["username"] = username.into();
        }
        self.ingest(project, &[update]).await;
    }

    async fn found(&self, member: MemberId, text: &str) -> Vec<i64> {
        let filters = Filters { text: Some(text.to_owned()), ..Filters::default() };
        let mut found = self.narrowed(member, Tab::All, filters).await;
        found.sort_unstable();
        found
    }
}

async fn lists_are_narrowed_down(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [ana, bob] = [world.member("ana", Role::Agent).await, world.member("bob", Role::Agent).await];
    for customer in 0..8 {
        world.minute_passes();
        world.wrote(project, customer, "hello").await;
    }
    for (customer, agent) in [(2, ana), (3, ana), (4, bob), (5, bob), (6, ana), (7, bob)] {
        let id = world.session(customer).await.id;
        take(&world.store, world.workspace, agent, id).await.unwrap();
        if customer > 5 {
            end(&world.store, world.workspace, agent, id).await.unwrap();
        }
        if customer % 2 == 0 {
            let _ = sessions::mark_read(&world.store, world.workspace, agent, id).await;
        }
    }
    let none = Filters::default;
    let whose = |whose| Filters { assignee: Some(whose), ..none() };
    let state = |state| Filters { state: Some(state), ..none() };
    let unread = Filters { unread: true, ..none() };
    for (tab, filters, expected) in [
        (Tab::All, whose(Whose::Mine), vec![3, 2]),
        (Tab::All, whose(Whose::Of(bob)), vec![5, 4]),
        (Tab::All, whose(Whose::Nobodys), vec![1, 0]),
        (Tab::Waiting, whose(Whose::Nobodys), vec![0, 1]),
        (Tab::Waiting, whose(Whose::Mine), vec![]),
        (Tab::Ended, whose(Whose::Of(bob)), vec![7]),
        (Tab::Mine, whose(Whose::Of(bob)), vec![]),
        (Tab::All, state(SessionState::Open), vec![5, 4, 3, 2]),
        (Tab::All, state(SessionState::Waiting), vec![1, 0]),
        (Tab::All, state(SessionState::Ended), vec![]),
        (Tab::Mine, unread.clone(), vec![3]),
        (Tab::All, unread.clone(), vec![5, 3, 1, 0]),
        (Tab::All, Filters { assignee: Some(Whose::Of(bob)), ..unread.clone() }, vec![5]),
        (Tab::All, Filters { state: Some(SessionState::Waiting), ..unread }, vec![1, 0]),
    ] {
        assert_eq!(world.narrowed(ana, tab, filters.clone()).await, expected, "{tab:?} {filters:?}");
    }
}

async fn lists_are_sorted_as_asked_and_paged(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    for customer in 0..9 {
        world.clock.advance(i64::from(customer % 3 == 0));
        world.wrote(project, customer, "hello").await;
    }
    // The first is the newest to have written.
    world.minute_passes();
    world.wrote(project, 0, "hello?").await;
    let sorted = |sort| Filters { sort: Some(sort), ..Filters::default() };
    let oldest: Vec<i64> = (0..9).collect();
    let newest: Vec<i64> = [0].into_iter().chain((1..9).rev()).collect();
    for (tab, sort, expected) in [
        (Tab::Waiting, Sort::LongestWaiting, &oldest),
        (Tab::All, Sort::LongestWaiting, &oldest),
        (Tab::Waiting, Sort::LastMessage, &newest),
        (Tab::All, Sort::LastMessage, &newest),
    ] {
        assert_eq!(&world.narrowed(world.owner, tab, sorted(sort)).await, expected, "{tab:?} {sort:?}");
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let query = Query { filters: sorted(sort), cursor, limit: 2, ..Query::of(tab) };
            let page = sessions::list(&world.store, world.workspace, world.owner, query).await.unwrap();
            found.extend(page.items.iter().map(|it| it.customer.telegram_id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(&found, expected, "{tab:?} {sort:?} page by page");
    }
}

async fn customers_are_found_by_what_they_are_called(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.named(project, 7_001, ["Ana María", "Pérez"], Some("ana_shop"), "hello").await;
    world.named(project, 7_002, ["王小明", ""], None, "hello").await;
    world.named(project, 8_003, ["Пётр", "Иванов"], Some("petya"), "hello").await;
    for (text, expected) in [
        ("ana", vec![7_001]),
        ("PEREZ mar", vec![7_001]),
        ("@ana_shop", vec![7_001]),
        ("小明", vec![7_002]),
        ("明", vec![7_002]),
        ("петр", vec![8_003]),
        ("70", vec![7_001, 7_002]),
        ("8003", vec![8_003]),
        ("nobody", vec![]),
        ("ana nobody", vec![]),
        ("🌸", vec![]),
        ("a' OR 1=1 --", vec![]),
        ("%", vec![]),
    ] {
        assert_eq!(world.found(world.owner, text).await, expected, "{text}");
    }
    // Another name: found by it, and by the one before no more.
    world.named(project, 7_001, ["Lucía", ""], None, "hello").await;
    assert_eq!(world.found(world.owner, "lucia").await, [7_001]);
    assert_eq!(world.found(world.owner, "perez").await, [] as [i64; 0]);
}

async fn many_that_are_found_come_page_by_page(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let updates: Vec<Value> = (0..700).map(|customer| world.message(customer, "hello")).collect();
    for updates in updates.chunks(100) {
        world.clock.advance(1);
        world.ingest(project, updates).await;
    }
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let filters = Filters { text: Some("ana".to_owned()), ..Filters::default() };
        let query = Query { filters, cursor, limit: 200, ..Query::of(Tab::All) };
        let page = sessions::list(&world.store, world.workspace, world.owner, query).await.unwrap();
        found.extend(page.items.iter().map(|it| it.customer.telegram_id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, (0..700).rev().collect::<Vec<_>>());
}

async fn nobody_is_found_in_projects_that_are_not_seen(database: TestDatabase) {
    let world = World::new(database).await;
    let projects = [world.project().await, world.project().await];
    let bob = world.add("bob", Role::Supervisor, Some(&projects[..1])).await.unwrap();
    let eve = world.add("eve", Role::Agent, Some(&[])).await.unwrap();
    world.named(projects[0], 1, ["Ana", ""], None, "hello").await;
    world.named(projects[1], 2, ["Ana", ""], None, "hello").await;
    assert_eq!(world.found(world.owner, "ana").await, [1, 2]);
    assert_eq!(world.found(bob, "ana").await, [1]);
    assert_eq!(world.found(eve, "ana").await, [] as [i64; 0]);
}

async fn who_was_here_before_is_found_after_the_housekeeping(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.named(project, 1, ["Ana", ""], None, "hello").await;
    world
        .write(|tx| {
            tx.execute("DELETE FROM customer_words", &[])?;
            tx.execute("UPDATE customers SET has_words = FALSE", &[])
        })
        .await;
    assert_eq!(world.found(world.owner, "ana").await, [] as [i64; 0]);
    workers::finish(&world.store).await.unwrap();
    assert_eq!(world.found(world.owner, "ana").await, [1]);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM customers WHERE NOT has_words").await, 0);
}

async fn where_customers_came_from_is_kept(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    for (customer, texts, expected) in [
        (1, vec!["/start summer-sale_2026", "/start other"], Some("summer-sale_2026")),
        (2, vec!["/start", "hello", "/start late"], Some("late")),
        (3, vec!["/start two words", "/started x"], None),
        (4, vec!["hello /start x"], None),
    ] {
        for text in texts {
            world.wrote(project, customer, text).await;
        }
        let id = world.customer(project, customer).await;
        let shown = desk::customers::show(&world.store, world.workspace, world.owner, id).await.unwrap();
        assert_eq!(shown.source.as_deref(), expected);
    }
}
