//! The lists of sessions: what is on each tab, in what order, page by page.

use std::collections::BTreeSet;

use desk::ids::{MemberId, ProjectId, SessionId};
use desk::members::Role;
use desk::reception::{end, take};
use desk::sessions::{self, Counts, Query, SessionView, Tab};
use testkit::TestDatabase;

use crate::common::{START, World, faults};

testkit::both_databases!(
    each_tab_has_what_belongs_there_in_its_order,
    counts_are_those_of_the_tabs,
    pages_follow_each_other_even_through_equal_times,
    a_customers_sessions_come_page_by_page,
    a_cursor_that_is_none_is_refused,
    a_page_says_which_events_it_knows,
);

/// Two projects, two agents who see one each and one who sees both, and sessions in every state.
struct Scene {
    world: World,
    projects: [ProjectId; 2],
    /// Of the first project, of the second, of both.
    agents: [MemberId; 3],
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let world = World::new(database).await;
        let projects = [world.project().await, world.project().await];
        let agents = [
            world.add("ana", Role::Agent, Some(&projects[..1])).await.unwrap(),
            world.add("bob", Role::Agent, Some(&projects[1..])).await.unwrap(),
            world.member("cid", Role::Agent).await,
        ];
        let scene = Self { world, projects, agents };
        for customer in 0..12 {
            scene.world.minute_passes();
            let project = usize::from(customer % 2 == 1);
            scene.world.wrote(projects[project], customer, "hello").await;
        }
        // Of each project: two wait, one is its own agent's and one Cid's, one of each was ended.
        for (customer, agent, ends) in [
            (4, 0, false),
            (5, 1, false),
            (6, 2, false),
            (7, 2, false),
            (8, 0, true),
            (9, 1, true),
            (10, 2, true),
            (11, 2, true),
        ] {
            let (agent, id) = (agents[agent], scene.world.session(customer).await.id);
            take(&scene.world.store, scene.world.workspace, agent, id).await.unwrap();
            if ends {
                end(&scene.world.store, scene.world.workspace, agent, id).await.unwrap();
            }
        }
        // An answer makes the oldest of Cid's the newest.
        scene.world.minute_passes();
        scene.world.wrote(projects[0], 6, "hello?").await;
        let id = scene.world.session(7).await.id;
        sessions::mark_read(&scene.world.store, scene.world.workspace, agents[2], id).await.unwrap();
        scene
    }

    /// The customers on a tab.
    async fn tab(&self, member: MemberId, tab: Tab, project: Option<ProjectId>) -> Vec<i64> {
        let query = Query { project, limit: 200, ..Query::of(tab) };
        let page = sessions::list(&self.world.store, self.world.workspace, member, query).await.unwrap();
        assert_eq!(page.next, None);
        page.items.iter().map(|session| session.customer.telegram_id).collect()
    }
}

async fn each_tab_has_what_belongs_there_in_its_order(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let [ana, bob, cid] = scene.agents;
    let owner = scene.world.owner;
    let [one, other] = scene.projects;
    for (member, tab, project, expected) in [
        (owner, Tab::Mine, None, vec![]),
        (owner, Tab::Waiting, None, vec![0, 1, 2, 3]),
        (owner, Tab::All, None, vec![6, 7, 5, 4, 3, 2, 1, 0]),
        (owner, Tab::Ended, None, vec![11, 10, 9, 8]),
        (owner, Tab::Ended, Some(other), vec![11, 9]),
        (ana, Tab::Mine, None, vec![4]),
        (ana, Tab::Waiting, None, vec![0, 2]),
        (ana, Tab::All, None, vec![6, 4, 2, 0]),
        (ana, Tab::Ended, None, vec![10, 8]),
        (bob, Tab::All, None, vec![7, 5, 3, 1]),
        (bob, Tab::Waiting, Some(other), vec![1, 3]),
        (cid, Tab::Mine, None, vec![6, 7]),
        (cid, Tab::Mine, Some(one), vec![6]),
        (cid, Tab::All, Some(other), vec![7, 5, 3, 1]),
        (cid, Tab::Waiting, None, vec![0, 1, 2, 3]),
    ] {
        assert_eq!(scene.tab(member, tab, project).await, expected, "{tab:?} {project:?}");
    }
    let nobody = scene.world.add("nobody", Role::Agent, Some(&[])).await.unwrap();
    for tab in [Tab::Mine, Tab::Waiting, Tab::All, Tab::Ended] {
        assert_eq!(scene.tab(nobody, tab, None).await, [] as [i64; 0]);
    }
}

async fn counts_are_those_of_the_tabs(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let world = &scene.world;
    let nobody = world.add("nobody", Role::Agent, Some(&[])).await.unwrap();
    let [ana, bob, cid] = scene.agents;
    for member in [world.owner, ana, bob, cid, nobody] {
        for project in [None, Some(scene.projects[0]), Some(scene.projects[1])] {
            let Ok(counts) = sessions::counts(&world.store, world.workspace, member, project).await else {
                let query = Query { project, limit: 1, ..Query::of(Tab::All) };
                assert!(sessions::list(&world.store, world.workspace, member, query).await.is_err());
                continue;
            };
            let number = async |tab| i64::try_from(scene.tab(member, tab, project).await.len()).unwrap();
            let mine_unread = world.list(member, Tab::Mine).await;
            let unread = |it: &&SessionView| it.unread > 0 && project.is_none_or(|id| id == it.project_id);
            let expected = Counts {
                mine: number(Tab::Mine).await,
                mine_unread: i64::try_from(mine_unread.iter().filter(unread).count()).unwrap(),
                waiting: number(Tab::Waiting).await,
                all: number(Tab::All).await,
                ended: number(Tab::Ended).await,
            };
            assert_eq!(counts, expected);
        }
    }
    let counts = sessions::counts(&world.store, world.workspace, cid, None).await.unwrap();
    assert_eq!(counts, Counts { mine: 2, mine_unread: 1, waiting: 4, all: 8, ended: 4 });
}

async fn pages_follow_each_other_even_through_equal_times(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    // Three moments, several sessions at each.
    for customer in 0..17 {
        world.clock.set(START.plus(customer / 6));
        world.wrote(project, customer, "hello").await;
    }
    for tab in [Tab::Waiting, Tab::All] {
        let whole: Vec<_> = world.list(world.owner, tab).await.iter().map(|it| it.id).collect();
        assert_eq!(whole.len(), 17);
        for limit in [1, 2, 5, 17, 18] {
            assert_eq!(world.pages(tab, limit).await, whole, "{tab:?} by {limit}");
        }
    }
}

async fn a_customers_sessions_come_page_by_page(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
    let mut expected = Vec::new();
    for _ in 0..5 {
        world.wrote(project, 7, "hello").await;
        let id = world.session(7).await.id;
        take(&world.store, world.workspace, ana, id).await.unwrap();
        end(&world.store, world.workspace, ana, id).await.unwrap();
        expected.insert(0, id);
        world.minute_passes();
    }
    let customer = world.customer(project, 7).await;
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page =
            sessions::of_customer(&world.store, world.workspace, ana, customer, cursor, 2).await.unwrap();
        assert!(page.items.len() <= 2);
        found.extend(page.items.iter().map(|it| it.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, expected);
}

async fn a_cursor_that_is_none_is_refused(database: TestDatabase) {
    let world = World::new(database).await;
    let id = SessionId::new(START);
    for cursor in
        ["", "x", "1", ".", "1.", "1.x", &format!("x.{id}"), &format!("9999999999999999999999.{id}")]
    {
        let query = Query { cursor: Some(cursor.to_owned()), ..Query::of(Tab::All) };
        let listed = sessions::list(&world.store, world.workspace, world.owner, query).await;
        assert_eq!(faults(listed), [("cursor".to_owned(), "bad_format")], "{cursor}");
    }
    for limit in [i64::MIN, 0, i64::MAX] {
        let query = Query { cursor: Some(format!("-1.{id}")), limit, ..Query::of(Tab::All) };
        sessions::list(&world.store, world.workspace, world.owner, query).await.unwrap();
    }
}

async fn a_page_says_which_events_it_knows(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    let query = || Query { limit: 10, ..Query::of(Tab::All) };
    let page = sessions::list(&world.store, world.workspace, world.owner, query()).await.unwrap();
    let newest = desk::portal::last_event(&world.store, world.workspace).await.unwrap();
    assert_eq!(page.as_of, newest.to_string());
    world.wrote(project, 7, "hello").await;
    let later = sessions::list(&world.store, world.workspace, world.owner, query()).await.unwrap();
    assert!(later.as_of.parse::<i64>().unwrap() > newest);
}

impl World {
    /// The whole tab, read in pages of `limit`.
    async fn pages(&self, tab: Tab, limit: i64) -> Vec<SessionId> {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let query = Query { cursor, limit, ..Query::of(tab) };
            let page = sessions::list(&self.store, self.workspace, self.owner, query).await.unwrap();
            assert!(page.items.len() <= usize::try_from(limit).unwrap());
            found.extend(page.items.iter().map(|it| it.id));
            cursor = page.next;
            if cursor.is_none() {
                assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "none twice");
                return found;
            }
        }
    }
}
