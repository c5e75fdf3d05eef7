//! What a list of sessions is narrowed down to, and its order.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::model::SessionState;
use crate::ids::{MemberId, TagId};

/// By what a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SessionSort)]
pub enum Sort {
    /// The newest message first.
    LastMessage,
    /// Who has waited longest first.
    LongestWaiting,
}

/// Whose sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// One's own.
    Mine,
    /// Nobody's.
    Nobodys,
    /// This member's.
    Of(MemberId),
}

impl FromStr for Whose {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "me" => Ok(Self::Mine),
            "none" => Ok(Self::Nobodys),
            id => id.parse().map(Self::Of).map_err(drop),
        }
    }
}

impl std::fmt::Display for Whose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mine => f.write_str("me"),
            Self::Nobodys => f.write_str("none"),
            Self::Of(id) => id.fmt(f),
        }
    }
}

impl Serialize for Whose {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Whose {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|()| serde::de::Error::custom("neither me, none nor a member's id"))
    }
}

/// What a list is narrowed down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// With one of these tags on the session or on its customer; empty: whatever tags.
    pub tags: Vec<TagId>,
    /// Standing like this.
    pub state: Option<SessionState>,
    /// Whose.
    pub assignee: Option<Whose>,
    /// With something unread.
    pub unread: bool,
    /// Whose customer's name, username or id at Telegram has words that begin like these.
    pub text: Option<String>,
    /// By what it is sorted; none: as is usual on the tab.
    pub sort: Option<Sort>,
}
