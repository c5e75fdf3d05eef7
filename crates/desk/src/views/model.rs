//! What a view is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{ProjectId, TagId, ViewId};
use crate::sessions::{SessionState, Sort, Tab, Whose};
use crate::text::{Fields, one_line};

/// The most tags in a view's filters, as in a list's.
const TAGS_MAX: usize = 50;
/// The longest question, in characters.
const TEXT_MAX: usize = 200;

/// What a saved list shows: the query of `GET /api/sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewFilters {
    /// Which tab.
    pub tab: Tab,
    /// Only this project.
    #[serde(default)]
    pub project: Option<ProjectId>,
    /// With one of these tags, at most 50.
    #[serde(default)]
    pub tags: Vec<TagId>,
    /// Standing like this.
    #[serde(default)]
    pub state: Option<SessionState>,
    /// Whose: `me`, `none`, or a member's id.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub assignee: Option<Whose>,
    /// With something unread.
    #[serde(default)]
    pub unread: bool,
    /// What is asked for, at most 200 characters.
    #[serde(default)]
    pub q: Option<String>,
    /// By what it is sorted; none: as is usual on the tab.
    #[serde(default)]
    pub sort: Option<Sort>,
}

impl ViewFilters {
    pub(super) fn check(&mut self, fields: &mut Fields) {
        if self.tags.len() > TAGS_MAX {
            fields.fault("filters.tags", "too_many", Some(("max", TAGS_MAX)));
        }
        self.q = self.q.take().map(|text| one_line(&text)).filter(|text| !text.is_empty());
        if self.q.as_ref().is_some_and(|text| text.chars().count() > TEXT_MAX) {
            fields.fault("filters.q", "too_long", Some(("max", TEXT_MAX)));
        }
    }
}

/// A list of sessions that a member has saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SavedView)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub filters: ViewFilters,
    /// Its place among the views; equal ones stand by age.
    pub position: i64,
    /// Grows with each change.
    pub version: i64,
}
