//! What a tag is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Code, Error, Result};
use crate::ids::TagId;

/// The most tags of a workspace.
pub(super) const TAGS_MAX: i64 = 500;
/// The most tags on one thing.
const ON_ONE_MAX: usize = 30;

/// The colour of a tag. What it looks like is the portal's affair.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = TagColor)]
#[expect(missing_docs, reason = "they say what they are")]
pub enum Color {
    Gray,
    Red,
    Orange,
    Yellow,
    Green,
    Teal,
    Blue,
    Purple,
    Pink,
}

/// A word of the workspace's vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// What it is called.
    pub name: String,
    /// Its colour.
    pub color: Color,
    /// Grows with each change.
    pub version: i64,
    /// On how many sessions it is, ended ones too; only where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<i64>,
    /// On how many customers it is; only where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customers: Option<i64>,
}

/// The tags after taking some off and putting others on, in the order in which they were put on. Refused when they would be too many.
pub(super) fn edited(before: &[TagId], add: &[TagId], remove: &[TagId]) -> Result<Vec<TagId>> {
    let mut tags: Vec<_> = before.iter().copied().filter(|tag| !remove.contains(tag)).collect();
    for tag in add {
        if !tags.contains(tag) {
            tags.push(*tag);
        }
    }
    if tags.len() > ON_ONE_MAX && tags.len() > before.len() {
        return Err(Error::refused_with(Code::TooManyTags, "max", ON_ONE_MAX));
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn tags_keep_the_order_in_which_they_were_put_on() {
        let [a, b, c] = [(); 3].map(|()| TagId::new(Timestamp(1)));
        assert_eq!(edited(&[a, b], &[c, a], &[]).unwrap(), [a, b, c]);
        assert_eq!(edited(&[a, b], &[a], &[a]).unwrap(), [b, a], "taken off and put on");
        assert_eq!(edited(&[a, b], &[], &[a, c]).unwrap(), [b]);
        assert_eq!(edited(&[], &[c, c], &[]).unwrap(), [c]);
    }

    #[test]
    fn thirty_are_enough() {
        let tags: Vec<_> = (0..32).map(|_| TagId::new(Timestamp(1))).collect();
        assert!(edited(&[], &tags[..30], &[]).is_ok());
        assert!(edited(&[], &tags[..31], &[]).is_err());
        assert!(edited(&tags[..30], &tags[30..31], &tags[..1]).is_ok());
        assert!(edited(&tags, &[], &tags[..1]).is_ok(), "what has too many can lose some");
    }
}
