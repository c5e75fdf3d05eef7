//! Tags: the vocabulary, what has which, and what becomes of that when a tag is merged or deleted.

use desk::ids::{MemberId, SessionId, TagId};
use desk::members::Role;
use desk::reception::{end, take};
use desk::sessions::{Filters, Query, Tab};
use desk::tags::{self, Color, NewTag, Tag, TagChange, TagEdit};
use desk::{Code, sessions, workers};
use testkit::TestDatabase;

use crate::common::{World, faults, refusal};

testkit::both_databases!(
    names_are_unique_whatever_their_case,
    edits_name_the_version_they_are_based_on,
    sessions_and_customers_carry_their_tags,
    who_does_not_see_the_project_edits_nothing,
    only_tags_of_the_workspace_are_put_on,
    a_merged_tag_leaves_its_place_to_the_other,
    a_deleted_tag_comes_off_everything,
    what_a_crash_left_is_finished,
    the_vocabulary_has_a_bound,
);

impl World {
    pub(crate) async fn tag(&self, name: &str) -> Tag {
        let new = NewTag { name: name.to_owned(), color: Color::Blue };
        tags::add(&self.store, self.workspace, self.owner, new).await.unwrap()
    }

    pub(crate) async fn tag_session(
        &self,
        member: MemberId,
        id: SessionId,
        add: &[TagId],
        remove: &[TagId],
    ) -> desk::Result<()> {
        let edit = TagEdit { add: add.to_vec(), remove: remove.to_vec() };
        tags::edit_session(&self.store, self.workspace, member, id, edit).await
    }

    /// The customers of a list narrowed down.
    pub(crate) async fn narrowed(&self, member: MemberId, tab: Tab, filters: Filters) -> Vec<i64> {
        let query = Query { filters, limit: 200, ..Query::of(tab) };
        let page = sessions::list(&self.store, self.workspace, member, query).await.unwrap();
        page.items.iter().map(|session| session.customer.telegram_id).collect()
    }

    /// Asserts that the columns of sessions and customers say what the tables say.
    async fn tags_agree(&self) {
        for (column, table) in [
            ("SELECT id, tag_ids FROM sessions", "SELECT session_id AS id, tag_id FROM session_tags"),
            ("SELECT id, tag_ids FROM customers", "SELECT customer_id AS id, tag_id FROM customer_tags"),
        ] {
            let pair = |name: &'static str| move |row: &db::Row| Ok((row.get("id")?, row.get(name)?));
            let mut shown: Vec<(String, String)> = Vec::new();
            for (id, tags) in self.rows::<(String, String)>(column, &[], pair("tag_ids")).await {
                let tags: Vec<String> = serde_json::from_str(&tags).unwrap();
                shown.extend(tags.into_iter().map(|tag| (id.clone(), tag)));
            }
            let mut kept: Vec<(String, String)> = self.rows(table, &[], pair("tag_id")).await;
            shown.sort();
            kept.sort();
            assert_eq!(shown, kept);
        }
    }
}

async fn names_are_unique_whatever_their_case(database: TestDatabase) {
    let world = World::new(database).await;
    let (vip, bug) = (world.tag(" VIP ").await, world.tag("Bug").await);
    assert_eq!((vip.name.as_str(), vip.version), ("VIP", 1));
    let add = async |name: &str| {
        let new = NewTag { name: name.to_owned(), color: Color::Red };
        tags::add(&world.store, world.workspace, world.owner, new).await
    };
    for name in ["vip", "ＶＩＰ", "Vip\u{200B}"] {
        assert_eq!(faults(add(name).await), [("name".to_owned(), "in_use")], "{name}");
    }
    assert_eq!(faults(add(" ").await), [("name".to_owned(), "required")]);
    assert_eq!(faults(add(&"x".repeat(41)).await), [("name".to_owned(), "too_long")]);
    let rename = |name: &str| TagChange { name: Some(name.to_owned()), color: None };
    let renamed = tags::change(&world.store, world.workspace, world.owner, bug.id, 1, rename("Vip")).await;
    assert_eq!(faults(renamed), [("name".to_owned(), "in_use")]);
    let own =
        tags::change(&world.store, world.workspace, world.owner, vip.id, 1, rename("vip")).await.unwrap();
    assert_eq!((own.name.as_str(), own.version), ("vip", 2), "its own name in other letters");
    let names: Vec<_> = tags::list(&world.store, world.workspace, false).await.unwrap();
    assert_eq!(names.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["Bug", "vip"]);
}

async fn edits_name_the_version_they_are_based_on(database: TestDatabase) {
    let world = World::new(database).await;
    let tag = world.tag("VIP").await;
    let color = TagChange { name: None, color: Some(Color::Teal) };
    let change = async |version| {
        tags::change(&world.store, world.workspace, world.owner, tag.id, version, color.clone()).await
    };
    let changed = change(1).await.unwrap();
    assert_eq!((changed.color, changed.version), (Color::Teal, 2));
    assert_eq!(refusal(change(1).await), Code::StaleVersion);
    let delete =
        async |version| tags::delete(&world.store, world.workspace, world.owner, tag.id, version).await;
    assert_eq!(refusal(delete(1).await), Code::StaleVersion);
    delete(2).await.unwrap();
    assert_eq!(refusal(delete(3).await), Code::NotFound);
    assert_eq!(refusal(change(3).await), Code::NotFound);
    world.tag("VIP").await;
}

async fn sessions_and_customers_carry_their_tags(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
    let [vip, bug, late] = [world.tag("VIP").await.id, world.tag("Bug").await.id, world.tag("Late").await.id];
    for customer in 1..=4 {
        world.minute_passes();
        world.wrote(project, customer, "hello").await;
    }
    let session = world.session(1).await;
    world.tag_session(ana, session.id, &[bug, vip, bug], &[]).await.unwrap();
    let tagged = world.session(1).await;
    assert_eq!((tagged.tags.as_slice(), tagged.version), ([bug, vip].as_slice(), session.version + 1));
    world.tag_session(ana, session.id, &[vip], &[late]).await.unwrap();
    assert_eq!(world.session(1).await, tagged, "nothing to do changes nothing");
    // One on the customer, one on a session that is over.
    let customer = world.customer(project, 2).await;
    let edit = TagEdit { add: vec![vip], remove: Vec::new() };
    let shown = tags::edit_customer(&world.store, world.workspace, ana, customer, edit).await.unwrap();
    assert_eq!((shown.tags, shown.version), (vec![vip], 2));
    let over = world.session(3).await.id;
    take(&world.store, world.workspace, ana, over).await.unwrap();
    end(&world.store, world.workspace, ana, over).await.unwrap();
    world.tag_session(ana, over, &[vip, late], &[]).await.unwrap();
    world.tags_agree().await;

    let usage = tags::list(&world.store, world.workspace, true).await.unwrap();
    let usage: Vec<_> = usage.iter().map(|tag| (tag.id, tag.sessions, tag.customers)).collect();
    assert_eq!(usage, [(bug, Some(1), Some(0)), (late, Some(1), Some(0)), (vip, Some(2), Some(1))]);
    let with = |tags: &[TagId]| Filters { tags: tags.to_vec(), ..Filters::default() };
    for (tab, tags, expected) in [
        (Tab::All, vec![vip], vec![2, 1]),
        (Tab::Waiting, vec![vip], vec![1, 2]),
        (Tab::All, vec![bug], vec![1]),
        (Tab::All, vec![late], vec![]),
        (Tab::Ended, vec![late], vec![3]),
        (Tab::Ended, vec![late, vip], vec![3]),
        (Tab::All, vec![late, vip], vec![2, 1]),
    ] {
        assert_eq!(world.narrowed(ana, tab, with(&tags)).await, expected, "{tab:?} {tags:?}");
    }
    let both = Filters { text: Some("an".to_owned()), ..with(&[bug]) };
    assert_eq!(world.narrowed(ana, Tab::All, both).await, [1]);
    let audit = world.count("SELECT COUNT(*) AS n FROM audit WHERE verb LIKE '%.tagged'").await;
    assert_eq!(audit, 3);
}

async fn who_does_not_see_the_project_edits_nothing(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let stranger = world.add("bob", Role::Supervisor, Some(&[])).await.unwrap();
    world.wrote(project, 1, "hello").await;
    let (vip, session) = (world.tag("VIP").await.id, world.session(1).await.id);
    assert_eq!(refusal(world.tag_session(stranger, session, &[vip], &[]).await), Code::NotFound);
    let customer = world.customer(project, 1).await;
    let edit = TagEdit { add: vec![vip], remove: Vec::new() };
    let edited = tags::edit_customer(&world.store, world.workspace, stranger, customer, edit).await;
    assert_eq!(refusal(edited), Code::NotFound);
    // Withheld from everybody in the project.
    let ana = world.member("ana", Role::Agent).await;
    world
        .write(move |tx| {
            tx.execute(
                "INSERT INTO project_operations (workspace_id, project_id, operation, allowed)
                 SELECT workspace_id, id, 'edit_tags', FALSE FROM projects WHERE id = $1",
                db::params![project],
            )
        })
        .await;
    assert_eq!(refusal(world.tag_session(ana, session, &[vip], &[]).await), Code::OperationRefused);
    world.tag_session(world.owner, session, &[vip], &[]).await.unwrap();
}

async fn only_tags_of_the_workspace_are_put_on(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    world.wrote(project, 1, "hello").await;
    let (vip, session) = (world.tag("VIP").await.id, world.session(1).await.id);
    let unknown = TagId::new(world.store.now());
    let edited = world.tag_session(world.owner, session, &[vip, unknown], &[]).await;
    assert_eq!(faults(edited), [("add".to_owned(), "unknown")]);
    assert_eq!(world.session(1).await.tags, []);
    let mut many = Vec::new();
    for n in 0..31 {
        many.push(world.tag(&format!("tag {n}")).await.id);
    }
    let edited = world.tag_session(world.owner, session, &many, &[]).await;
    assert_eq!(refusal(edited), Code::TooManyTags);
    world.tag_session(world.owner, session, &many[1..], &[]).await.unwrap();
    assert_eq!(world.session(1).await.tags, many[1..]);
}

async fn a_merged_tag_leaves_its_place_to_the_other(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [vip, gold, bug] = [world.tag("VIP").await.id, world.tag("Gold").await.id, world.tag("Bug").await.id];
    for customer in 1..=3 {
        world.wrote(project, customer, "hello").await;
    }
    let before = [
        (1, vec![vip, gold], vec![gold]),
        (2, vec![vip, bug], vec![gold, bug]),
        (3, vec![bug, gold, vip], vec![bug, gold]),
    ];
    for (customer, tags, _) in &before {
        let id = world.session(*customer).await.id;
        world.tag_session(world.owner, id, tags, &[]).await.unwrap();
        let (edit, id) =
            (TagEdit { add: tags.clone(), remove: Vec::new() }, world.customer(project, *customer).await);
        tags::edit_customer(&world.store, world.workspace, world.owner, id, edit).await.unwrap();
    }
    let merge = async |id, into| tags::merge(&world.store, world.workspace, world.owner, id, into).await;
    assert_eq!(faults(merge(vip, vip).await), [("into".to_owned(), "unknown")]);
    let into = merge(vip, gold).await.unwrap();
    assert_eq!((into.id, into.name.as_str()), (gold, "Gold"));
    for (customer, _, after) in before {
        let session = world.session(customer).await;
        assert_eq!((&session.tags, &session.customer.tags), (&after, &after));
        assert!(session.version > 2 && session.customer.version > 2, "clients take the newer one");
    }
    world.tags_agree().await;
    assert_eq!(refusal(merge(vip, gold).await), Code::NotFound);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM tags").await, 2);
}

async fn a_deleted_tag_comes_off_everything(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [vip, gold] = [world.tag("VIP").await.id, world.tag("Gold").await.id];
    for (customer, tags) in [(1, vec![vip]), (2, vec![gold, vip]), (3, vec![vip, gold]), (4, vec![gold])] {
        world.wrote(project, customer, "hello").await;
        world.tag_session(world.owner, world.session(customer).await.id, &tags, &[]).await.unwrap();
    }
    tags::delete(&world.store, world.workspace, world.owner, vip, 1).await.unwrap();
    for customer in 1..=4 {
        let expected: &[TagId] = if customer == 1 { &[] } else { &[gold] };
        assert_eq!(world.session(customer).await.tags, expected);
    }
    world.tags_agree().await;
}

async fn what_a_crash_left_is_finished(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [a, b, c] = [world.tag("A").await.id, world.tag("B").await.id, world.tag("C").await.id];
    for (customer, tag) in [(1, a), (2, b), (3, c)] {
        world.wrote(project, customer, "hello").await;
        world.tag_session(world.owner, world.session(customer).await.id, &[tag], &[]).await.unwrap();
    }
    // A was to become B, and B was to become C, when the process died.
    world
        .write(move |tx| {
            let sql = "UPDATE tags SET gone_at = $2, merged_into = $3 WHERE id = $1";
            tx.execute(sql, db::params![a, 1, b])?;
            tx.execute(sql, db::params![b, 2, c])
        })
        .await;
    assert_eq!(tags::list(&world.store, world.workspace, false).await.unwrap().len(), 1);
    workers::finish(&world.store).await.unwrap();
    for customer in 1..=3 {
        assert_eq!(world.session(customer).await.tags, [c]);
    }
    world.tags_agree().await;
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM tags").await, 1);
}

async fn the_vocabulary_has_a_bound(database: TestDatabase) {
    let world = World::new(database).await;
    let workspace = world.workspace;
    world
        .write(move |tx| {
            for n in 0..499 {
                tx.execute(
                    "INSERT INTO tags (id, workspace_id, name, name_key, color, created_at, version)
                     VALUES ($1, $2, $3, $3, 'gray', 0, 1)",
                    db::params![TagId::new(desk::Timestamp(n)), workspace, format!("tag {n}")],
                )?;
            }
            Ok(())
        })
        .await;
    world.tag("the last one").await;
    let new = NewTag { name: "one more".to_owned(), color: Color::Gray };
    let added = tags::add(&world.store, world.workspace, world.owner, new).await;
    assert_eq!(faults(added), [("name".to_owned(), "too_many")]);
}
