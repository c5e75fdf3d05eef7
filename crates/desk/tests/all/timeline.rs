//! Reading a timeline in windows.

use desk::ids::CustomerId;
use desk::messages::{self, Window};
use testkit::TestDatabase;

use crate::common::World;

testkit::both_databases!(windows_lie_next_to_each_other, a_timeline_goes_on_through_sessions_and_stays_apart);

async fn windows_lie_next_to_each_other(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let updates: Vec<_> = (2..=20).map(|n| world.message(7, &n.to_string())).collect();
    world.ingest(project, &updates).await;
    let customer = world.customer(project, 7).await;
    // Position 1 is the line that says that a session began.
    for (window, limit, expected, more) in [
        (Window::Newest, 5, 16..=20, true),
        (Window::Newest, 19, 2..=20, true),
        (Window::Newest, 20, 1..=20, false),
        (Window::Newest, 200, 1..=20, false),
        (Window::Newest, i64::MAX, 1..=20, false),
        (Window::Newest, i64::MIN, 20..=20, true),
        (Window::Before(16), 5, 11..=15, true),
        (Window::Before(4), 5, 1..=3, false),
        (Window::Before(6), 5, 1..=5, false),
        (Window::Before(i64::MAX), 2, 19..=20, true),
        (Window::After(15), 5, 16..=20, false),
        (Window::After(14), 5, 15..=19, true),
        (Window::After(i64::MIN), 3, 1..=3, true),
    ] {
        let (positions, got_more) = world.window(customer, window, limit).await;
        assert_eq!((positions, got_more), (expected.collect(), more), "{window:?} {limit}");
    }
    for (window, limit) in [
        (Window::Before(1), 5),
        (Window::After(20), 5),
        (Window::Before(i64::MIN), 5),
        (Window::After(i64::MAX), 5),
    ] {
        assert_eq!(world.window(customer, window, limit).await, (vec![], false), "{window:?}");
    }
}

async fn a_timeline_goes_on_through_sessions_and_stays_apart(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.never_reopens(project).await;
    let ana = world.agent("ana").await;
    for _ in 0..2 {
        world.wrote(project, 7, "seven").await;
        world.wrote(project, 8, "eight").await;
        for customer in [7, 8] {
            let id = world.session(customer).await.id;
            desk::reception::end(&world.store, world.workspace, ana, id).await.unwrap();
        }
        world.minute_passes();
    }
    for (telegram_id, text) in [(7, "seven"), (8, "eight")] {
        let lines = world.timeline(world.customer(project, telegram_id).await).await;
        assert_eq!(lines.iter().map(|line| line.position).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
        let said: Vec<_> =
            lines.iter().filter(|line| line.service.is_none()).map(|line| line.text.as_str()).collect();
        assert_eq!(said, [text, text]);
        let sessions: Vec<_> = lines.iter().map(|line| line.session_id.unwrap()).collect();
        assert!(
            sessions[..4].iter().all(|id| *id == sessions[0])
                && sessions[4..].iter().all(|id| *id == sessions[4])
        );
        assert_ne!(sessions[0], sessions[4]);
    }
}

impl World {
    /// The positions in a window, and whether there are more.
    async fn window(&self, customer: CustomerId, window: Window, limit: i64) -> (Vec<i64>, bool) {
        let page = messages::timeline(&self.store, self.workspace, self.owner, customer, window, limit)
            .await
            .unwrap();
        (page.items.iter().map(|line| line.position).collect(), page.more)
    }
}
