//! Fields of customers, and their values.

use std::collections::BTreeMap;

use desk::fields::{self, Field, FieldChange, Kind, NewField};
use desk::ids::{CustomerId, FieldId, MemberId};
use desk::members::Role;
use desk::{Code, Result};
use testkit::TestDatabase;

use crate::common::{World, faults, refusal};

testkit::both_databases!(
    fields_are_defined_for_the_workspace,
    values_are_set_and_taken_away,
    values_are_nobodys_who_does_not_see_the_customer,
    a_field_that_is_gone_takes_its_values_along,
);

impl World {
    async fn field(&self, name: &str, kind: Kind) -> Field {
        self.add_field(name, kind, &[]).await.unwrap()
    }

    async fn add_field(&self, name: &str, kind: Kind, choices: &[&str]) -> Result<Field> {
        let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
        let new = NewField { name: name.to_owned(), kind, choices, position: None };
        fields::add(&self.store, self.workspace, self.owner, new).await
    }

    async fn set_value(
        &self,
        member: MemberId,
        customer: CustomerId,
        field: FieldId,
        value: Option<&str>,
    ) -> Result<desk::customers::Customer> {
        let values = BTreeMap::from([(field, value.map(str::to_owned))]);
        fields::set_values(&self.store, self.workspace, member, customer, values).await
    }
}

async fn fields_are_defined_for_the_workspace(database: TestDatabase) {
    let world = World::new(database).await;
    let city = world.field(" City ", Kind::Text).await;
    let rank = world.add_field("Rank", Kind::Choice, &["Gold", " Silver "]).await.unwrap();
    assert_eq!((city.name.as_str(), city.position, rank.position), ("City", 0, 1));
    assert_eq!(rank.choices, ["Gold", "Silver"]);
    for (name, kind, choices, field, code) in [
        ("CITY", Kind::Text, &[][..], "name", "in_use"),
        ("", Kind::Text, &[], "name", "required"),
        ("Other", Kind::Choice, &[], "choices", "required"),
        ("Other", Kind::Choice, &["a", "a "], "choices", "in_use"),
        ("Other", Kind::Text, &["a"], "choices", "bad_format"),
    ] {
        assert_eq!(faults(world.add_field(name, kind, choices).await), [(field.to_owned(), code)], "{name}");
    }
    let change = FieldChange { position: Some(-1), name: Some("Level".to_owned()), ..FieldChange::default() };
    let changed =
        fields::change(&world.store, world.workspace, world.owner, rank.id, 1, change.clone()).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.version), ("Level", 2));
    let late = fields::change(&world.store, world.workspace, world.owner, rank.id, 1, change).await;
    assert_eq!(refusal(late), Code::StaleVersion);
    let listed = fields::list(&world.store, world.workspace).await.unwrap();
    assert_eq!(listed.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["Level", "City"]);
    // Down again, to the place where the other one stands.
    let down = FieldChange { position: Some(listed[1].position), ..FieldChange::default() };
    fields::change(&world.store, world.workspace, world.owner, rank.id, 2, down).await.unwrap();
    let listed = fields::list(&world.store, world.workspace).await.unwrap();
    assert_eq!(
        listed.iter().map(|field| (field.name.as_str(), field.position)).collect::<Vec<_>>(),
        [("City", 0), ("Level", 1)]
    );
    for n in 0..48 {
        world.field(&format!("Field {n}"), Kind::Number).await;
    }
    assert_eq!(faults(world.add_field("More", Kind::Text, &[]).await), [("name".to_owned(), "too_many")]);
}

async fn values_are_set_and_taken_away(database: TestDatabase) {
    let world = World::new(database).await;
    let (project, ana) = (world.project().await, world.member("ana", Role::Agent).await);
    let [city, age] = [world.field("City", Kind::Text).await.id, world.field("Age", Kind::Number).await.id];
    world.wrote(project, 7, "hello").await;
    let customer = world.customer(project, 7).await;
    let shown = world.set_value(ana, customer, city, Some(" Łódź ")).await.unwrap();
    assert_eq!(shown.fields, BTreeMap::from([(city, "Łódź".to_owned())]));
    let version = shown.version;
    let same = world.set_value(ana, customer, city, Some("Łódź")).await.unwrap();
    assert_eq!(same.version, version, "nothing to do changes nothing");
    world.set_value(ana, customer, age, Some("42")).await.unwrap();
    let name = format!("fields.{age}");
    let bad = world.set_value(ana, customer, age, Some("old")).await;
    assert_eq!(faults(bad), [(name, "bad_format")]);
    let unknown = FieldId::new(world.store.now());
    let name = format!("fields.{unknown}");
    assert_eq!(faults(world.set_value(ana, customer, unknown, Some("x")).await), [(name, "unknown")]);
    for gone in [None, Some(" ")] {
        world.set_value(ana, customer, age, Some("42")).await.unwrap();
        let shown = world.set_value(ana, customer, age, gone).await.unwrap();
        assert_eq!(shown.fields.len(), 1);
    }
    // A session shows its customer with them.
    assert_eq!(world.session(7).await.customer.fields.len(), 1);
}

async fn values_are_nobodys_who_does_not_see_the_customer(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let eve = world.add("eve", Role::Supervisor, Some(&[])).await.unwrap();
    world.wrote(project, 7, "hello").await;
    let (customer, city) = (world.customer(project, 7).await, world.field("City", Kind::Text).await.id);
    assert_eq!(refusal(world.set_value(eve, customer, city, Some("x")).await), Code::NotFound);
}

async fn a_field_that_is_gone_takes_its_values_along(database: TestDatabase) {
    let world = World::new(database).await;
    let project = world.project().await;
    let [city, age] = [world.field("City", Kind::Text).await.id, world.field("Age", Kind::Number).await.id];
    for customer in 0..5 {
        world.wrote(project, customer, "hello").await;
        let id = world.customer(project, customer).await;
        world.set_value(world.owner, id, city, Some("x")).await.unwrap();
        world.set_value(world.owner, id, age, Some("1")).await.unwrap();
    }
    fields::delete(&world.store, world.workspace, world.owner, city, 1).await.unwrap();
    for customer in 0..5 {
        let fields = world.session(customer).await.customer.fields;
        assert_eq!(fields.into_keys().collect::<Vec<_>>(), [age]);
    }
    // What a crash left is finished.
    world
        .write(move |tx| tx.execute("UPDATE customer_fields SET gone_at = 1 WHERE id = $1", db::params![age]))
        .await;
    desk::workers::finish(&world.store).await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM customers WHERE fields <> '{}'").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM customer_fields").await, 0);
}
