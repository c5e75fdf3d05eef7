//! Drafts: whose they are, and which edit wins.

use db::params;
use desk::Code;
use desk::drafts::{self, Draft};
use desk::ids::{CustomerId, MemberId};
use desk::members::Role;
use testkit::TestDatabase;

use crate::common::{World, faults, refusal};

testkit::both_databases!(
    a_draft_is_kept_replaced_and_removed,
    an_edit_based_on_something_older_is_refused,
    of_two_edits_at_once_one_wins,
    nobody_else_sees_a_draft,
    losing_the_project_hides_the_drafts,
    the_list_is_bounded_and_has_the_newest,
    a_text_may_be_as_long_as_a_reply,
);

async fn a_draft_is_kept_replaced_and_removed(database: TestDatabase) {
    let (world, customer) = a_customer(database).await;
    let ana = world.agent("ana").await;
    let none = world.draft(ana, customer).await;
    assert_eq!((none.text.as_str(), none.version), ("", 0));
    let first = world.save(ana, customer, 0, "  half a\0 sent \n").await.unwrap();
    assert_eq!(first.text, "  half a sent \n", "as it was typed");
    assert_eq!(world.draft(ana, customer).await, first);
    // In the same millisecond, too.
    let second = world.save(ana, customer, first.version, "more").await.unwrap();
    assert!(second.version > first.version);
    assert_eq!(world.drafts(ana).await, std::slice::from_ref(&second));
    assert_eq!(world.save(ana, customer, second.version, "").await.unwrap(), none);
    assert_eq!(world.drafts(ana).await, []);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM drafts").await, 0);
    world.save(ana, customer, 0, "sent soon").await.unwrap();
    for _ in 0..2 {
        drafts::remove(&world.store, world.workspace, ana, customer).await.unwrap();
        assert_eq!(world.draft(ana, customer).await, none);
    }
}

async fn an_edit_based_on_something_older_is_refused(database: TestDatabase) {
    let (world, customer) = a_customer(database).await;
    let ana = world.agent("ana").await;
    let first = world.save(ana, customer, 0, "first").await.unwrap();
    let second = world.save(ana, customer, first.version, "second").await.unwrap();
    for (based_on, text) in [(0, "unaware"), (0, ""), (first.version, "late"), (second.version + 1, "ahead")]
    {
        let saved = world.save(ana, customer, based_on, text).await;
        assert_eq!(refusal(saved), Code::StaleVersion, "{based_on} {text:?}");
    }
    assert_eq!(world.draft(ana, customer).await, second);
    // A draft that was sent is not brought back by an edit of it, nor is its successor taken for it.
    drafts::remove(&world.store, world.workspace, ana, customer).await.unwrap();
    assert_eq!(refusal(world.save(ana, customer, second.version, "late").await), Code::StaleVersion);
    world.minute_passes();
    let next = world.save(ana, customer, 0, "next").await.unwrap();
    assert!(next.version > second.version);
}

async fn of_two_edits_at_once_one_wins(database: TestDatabase) {
    let (world, customer) = a_customer(database).await;
    let ana = world.agent("ana").await;
    let (one, other) =
        tokio::join!(world.save(ana, customer, 0, "one"), world.save(ana, customer, 0, "other"));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(refusal(lost), Code::StaleVersion);
    assert_eq!(world.draft(ana, customer).await, won.unwrap());
}

async fn nobody_else_sees_a_draft(database: TestDatabase) {
    let (world, customer) = a_customer(database).await;
    let ana = world.agent("ana").await;
    let draft = world.save(ana, customer, 0, "mine").await.unwrap();
    let admin = world.member("admin", Role::Admin).await;
    let supervisor = world.member("supervisor", Role::Supervisor).await;
    for other in [world.owner, admin, supervisor, world.agent("bob").await] {
        assert_eq!(world.draft(other, customer).await.version, 0);
        assert_eq!(world.drafts(other).await, []);
        // Theirs stands beside it.
        world.save(other, customer, 0, "theirs").await.unwrap();
        drafts::remove(&world.store, world.workspace, other, customer).await.unwrap();
    }
    assert_eq!(world.draft(ana, customer).await, draft);
}

async fn losing_the_project_hides_the_drafts(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, other) = (world.project().await, world.project().await);
    world.wrote(project, 7, "hello").await;
    world.wrote(other, 8, "hello").await;
    let (lost, kept) = (world.customer(project, 7).await, world.customer(other, 8).await);
    let bob = world.add("bob", Role::Agent, Some(&[project, other])).await.unwrap();
    world.save(bob, lost, 0, "hidden").await.unwrap();
    let still = world.save(bob, kept, 0, "shown").await.unwrap();
    let untick = "DELETE FROM member_projects WHERE member_id = $1 AND project_id = $2";
    world.write(move |tx| tx.execute(untick, params![bob, project])).await;
    assert_eq!(world.drafts(bob).await, [still]);
    let (store, workspace) = (&world.store, world.workspace);
    assert_eq!(refusal(drafts::show(store, workspace, bob, lost).await), Code::NotFound);
    assert_eq!(refusal(world.save(bob, lost, 0, "more").await), Code::NotFound);
    assert_eq!(refusal(drafts::remove(store, workspace, bob, lost).await), Code::NotFound);
    let untick = "DELETE FROM member_projects WHERE member_id = $1";
    world.write(move |tx| tx.execute(untick, params![bob])).await;
    assert_eq!(world.drafts(bob).await, []);
    // Given back, it is as it was.
    let tick = "INSERT INTO member_projects (workspace_id, member_id, project_id) VALUES ($1, $2, $3)";
    world.write(move |tx| tx.execute(tick, params![workspace, bob, project])).await;
    assert_eq!(world.draft(bob, lost).await.text, "hidden");
}

async fn the_list_is_bounded_and_has_the_newest(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let updates: Vec<_> = (1..=502).map(|customer| world.message(customer, "hello")).collect();
    world.ingest(project, &updates).await;
    let (workspace, owner) = (world.workspace, world.owner);
    let sql = "INSERT INTO drafts (workspace_id, member_id, customer_id, project_id, text, version)
         SELECT workspace_id, $1, id, project_id, 'text', telegram_id FROM customers";
    world.write(move |tx| tx.execute(sql, params![owner])).await;
    let versions: Vec<_> = drafts::list(&world.store, workspace, owner).await.unwrap();
    let versions: Vec<_> = versions.into_iter().map(|draft| draft.version).collect();
    assert_eq!(versions, (3..=502).rev().collect::<Vec<_>>());
}

async fn a_text_may_be_as_long_as_a_reply(database: TestDatabase) {
    let (world, customer) = a_customer(database).await;
    let longest = "😀".repeat(2048);
    let kept = world.save(world.owner, customer, 0, &longest).await.unwrap();
    assert_eq!(world.draft(world.owner, customer).await.text, longest);
    let longer = world.save(world.owner, customer, kept.version, &format!("{longest}x")).await;
    assert_eq!(faults(longer), [("text".to_owned(), "too_long")]);
}

/// A world with one customer.
async fn a_customer(database: TestDatabase) -> (World, CustomerId) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 7, "hello").await;
    let customer = world.customer(project, 7).await;
    (world, customer)
}

impl World {
    async fn draft(&self, member: MemberId, customer: CustomerId) -> Draft {
        drafts::show(&self.store, self.workspace, member, customer).await.unwrap()
    }

    async fn drafts(&self, member: MemberId) -> Vec<Draft> {
        drafts::list(&self.store, self.workspace, member).await.unwrap()
    }

    async fn save(
        &self,
        member: MemberId,
        customer: CustomerId,
        based_on: i64,
        text: &str,
    ) -> desk::Result<Draft> {
        drafts::save(&self.store, self.workspace, member, customer, based_on, text).await
    }
}
