//! What a field is, and which values it takes.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::FieldId;
use crate::text::{one_line, without_nul};

/// The most fields of a workspace.
pub(super) const FIELDS_MAX: usize = 50;
/// The most choices of one.
pub(super) const CHOICES_MAX: usize = 100;
/// The longest value, in characters.
pub(super) const VALUE_MAX: usize = 500;

/// What a field's values are.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = FieldKind)]
pub enum Kind {
    /// A line of text.
    Text,
    /// A number, with a point before its decimals.
    Number,
    /// A day, as in 2026-02-28.
    Date,
    /// One of the field's choices.
    Choice,
    /// An address of the web.
    Link,
}

/// A field that a workspace has added to its customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CustomerField)]
pub struct Field {
    /// Its id.
    pub id: FieldId,
    /// What it is called.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Of a choice: what there is to choose from.
    pub choices: Vec<String>,
    /// Its place among the fields; equal ones stand by age.
    pub position: i64,
    /// Grows with each change.
    pub version: i64,
}

/// The value as it is kept, or the code of what is wrong with it.
pub(super) fn checked(field: &Field, value: &str) -> Result<String, &'static str> {
    let value = one_line(&without_nul(value));
    if value.chars().count() > VALUE_MAX {
        return Err("too_long");
    }
    match field.kind {
        Kind::Text => Ok(value),
        Kind::Number => is_number(&value).then_some(value).ok_or("bad_format"),
        Kind::Date => is_day(&value).then_some(value).ok_or("bad_format"),
        Kind::Choice => field.choices.contains(&value).then_some(value).ok_or("unknown"),
        Kind::Link => is_link(&value).then_some(value).ok_or("bad_format"),
    }
}

/// Digits, perhaps with a sign and a point between.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    all_digits(whole) && all_digits(rest)
}

fn is_day(text: &str) -> bool {
    let shape = text.len() == 10 && text.chars().all(|c| c.is_ascii_digit() || c == '-');
    shape && jiff::civil::Date::from_str(text).is_ok()
}

/// Nothing but http and https: what is shown as a link must not run.
fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
    rest.is_some_and(|rest| !host(rest).is_empty() && !rest.contains(char::is_whitespace))
}

/// The fields in their new order when one of them goes to the place of the one that stands at `position`.
pub(super) fn moved(fields: &[Field], id: FieldId, position: i64) -> Vec<FieldId> {
    let from = fields.iter().find(|field| field.id == id).map_or(position, |field| field.position);
    let others = || fields.iter().filter(|field| field.id != id);
    let before =
        |field: &&Field| if position < from { field.position < position } else { field.position <= position };
    let mut order: Vec<_> = others().filter(before).map(|field| field.id).collect();
    order.push(id);
    order.extend(others().filter(|field| !before(field)).map(|field| field.id));
    order
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::clock::Timestamp;

    fn field(kind: Kind) -> Field {
        let choices = ["Gold", "Silver"].map(str::to_owned).to_vec();
        let id = FieldId::new(Timestamp(1));
        Field { id, name: "Field".to_owned(), kind, choices, position: 0, version: 1 }
    }

    #[rstest]
    #[case(Kind::Text, " some\ntext ", Ok("some text"))]
    #[case(Kind::Number, "42", Ok("42"))]
    #[case(Kind::Number, "-0.5", Ok("-0.5"))]
    #[case(Kind::Number, "1e5", Err("bad_format"))]
    #[case(Kind::Number, ".5", Err("bad_format"))]
    #[case(Kind::Number, "1,5", Err("bad_format"))]
    #[case(Kind::Number, "NaN", Err("bad_format"))]
    #[case(Kind::Date, "2024-02-29", Ok("2024-02-29"))]
    #[case(Kind::Date, "2023-02-29", Err("bad_format"))]
    #[case(Kind::Date, "20240229", Err("bad_format"))]
    #[case(Kind::Date, "2024-02-29T10:00", Err("bad_format"))]
    #[case(Kind::Choice, "Gold", Ok("Gold"))]
    #[case(Kind::Choice, "gold", Err("unknown"))]
    #[case(Kind::Link, "https://example.com/a?b#c", Ok("https://example.com/a?b#c"))]
    #[case(Kind::Link, "javascript:alert(1)", Err("bad_format"))]
    #[case(Kind::Link, "https://", Err("bad_format"))]
    #[case(Kind::Link, "https:///x", Err("bad_format"))]
    #[case(Kind::Link, "https://a b", Err("bad_format"))]
    fn values_are_checked_by_kind(
        #[case] kind: Kind,
        #[case] value: &str,
        #[case] expected: Result<&str, &'static str>,
    ) {
        assert_eq!(checked(&field(kind), value), expected.map(str::to_owned), "{kind:?} {value}");
    }

    #[test]
    fn values_have_a_bound() {
        assert!(checked(&field(Kind::Text), &"x".repeat(500)).is_ok());
        assert_eq!(checked(&field(Kind::Text), &"x".repeat(501)), Err("too_long"));
    }

    #[test]
    fn a_field_takes_the_place_of_another() {
        // With a gap, as deleting leaves one.
        let fields: Vec<_> = [0, 2, 3, 7].map(|position| Field { position, ..field(Kind::Text) }).into();
        let ids: Vec<_> = fields.iter().map(|field| field.id).collect();
        let order = |from: usize, to: i64| -> Vec<usize> {
            let moved = moved(&fields, ids[from], to);
            moved.iter().map(|id| ids.iter().position(|it| it == id).unwrap()).collect()
        };
        assert_eq!(order(3, 3), [0, 1, 3, 2], "up by one");
        assert_eq!(order(0, 2), [1, 0, 2, 3], "down by one");
        assert_eq!(order(3, -1), [3, 0, 1, 2]);
        assert_eq!(order(0, 99), [1, 2, 3, 0]);
        assert_eq!(order(1, 2), [0, 1, 2, 3], "where it is");
    }
}
