//! When a look at a customer's avatar is asked for. (What comes of it is seen at the server, with a Telegram to ask.)

use desk::avatars::{self, Folder};
use desk::{Code, customers};
use testkit::TestDatabase;

use crate::common::{World, refusal};

testkit::both_databases!(
    one_look_a_day_is_asked_for,
    a_look_that_waits_is_not_asked_for_twice,
    where_the_file_is_gone_there_is_no_avatar_but_a_new_look,
);

const HOUR: i64 = 3_600_000;

impl World {
    async fn looks(&self) -> i64 {
        self.count("SELECT COUNT(*) AS n FROM jobs WHERE kind = 'fetch_avatar'").await
    }

    /// As if all looks were done.
    async fn looks_are_done(&self) {
        self.write(|tx| tx.execute("DELETE FROM jobs WHERE kind = 'fetch_avatar'", &[])).await;
    }
}

async fn one_look_a_day_is_asked_for(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    assert_eq!(world.looks().await, 1, "for a new customer");
    world.looks_are_done().await;
    world.clock.advance(24 * HOUR - 1);
    world.wrote(project, 7, "still there?").await;
    assert_eq!(world.looks().await, 0);
    world.clock.advance(1);
    world.wrote(project, 7, "a day later").await;
    world.looks_are_done().await;
    world.wrote(project, 7, "and again").await;
    assert_eq!(world.looks().await, 0);
    world.clock.advance(24 * HOUR);
    world.wrote(project, 7, "two days later").await;
    world.wrote(project, 8, "I am new").await;
    assert_eq!(world.looks().await, 2);
}

async fn a_look_that_waits_is_not_asked_for_twice(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    world.clock.advance(48 * HOUR);
    world.wrote(project, 7, "hello?").await;
    assert_eq!(world.looks().await, 1);
}

async fn where_the_file_is_gone_there_is_no_avatar_but_a_new_look(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    world.looks_are_done().await;
    let customer = world.customer(project, 7).await;
    let (store, workspace, owner) = (&world.store, world.workspace, world.owner);
    let media = tempfile::tempdir().unwrap();
    let folder = Folder::new(media.path());
    assert_eq!(refusal(avatars::show(store, &folder, workspace, owner, customer).await), Code::NotFound);
    assert_eq!(world.looks().await, 0, "nothing is missing");
    let sql = "UPDATE customers SET avatar = '00ff.png'";
    world.write(move |tx| tx.execute(sql, &[])).await;
    let shown = customers::show(store, workspace, owner, customer).await.unwrap();
    let path = format!("/api/customers/{customer}/avatar?v=00ff.png");
    assert_eq!(shown.avatar.as_ref(), Some(&path));
    assert_eq!(world.session(7).await.customer.avatar, Some(path));
    for _ in 0..2 {
        assert_eq!(refusal(avatars::show(store, &folder, workspace, owner, customer).await), Code::NotFound);
        assert_eq!(world.looks().await, 1);
    }
    let gone = customers::show(store, workspace, owner, customer).await.unwrap();
    assert_eq!((gone.avatar, gone.version), (None, shown.version + 1));
}
