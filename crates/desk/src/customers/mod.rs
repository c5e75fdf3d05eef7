//! Customers: a Telegram user as one project sees them.

mod store;
mod words;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use store::{
    JOINED, KNOWN, Known, add_missing_words, avatar, bring_up_to_date, count_of_project, forget_field,
    forget_tag, found, get, insert, joined, known, last_place, lock, many, next_place, project_of, range,
    set_avatar, set_blocked, set_fields, set_source, set_tags, tag_usage, take_places,
};
pub(crate) use words::asked;

use crate::access::viewer;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{CustomerId, FieldId, MemberId, ProjectId, TagId, WorkspaceId};
use crate::tx::Store;

/// A customer as people see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Customer {
    /// Their id here.
    pub id: CustomerId,
    /// The project whose customer this is.
    pub project_id: ProjectId,
    /// Their id at Telegram.
    pub telegram_id: i64,
    /// As Telegram has it; may be empty.
    pub first_name: String,
    /// As Telegram has it; may be empty.
    pub last_name: String,
    /// Without the @.
    pub username: Option<String>,
    /// IETF tag of their Telegram's language.
    pub language: Option<String>,
    /// Where the picture is that they show at Telegram, as a path that is another for another picture; none when they show none.
    pub avatar: Option<String>,
    /// Whether they blocked the bot.
    pub blocked: bool,
    /// The tags they have, in the order in which they were put on.
    pub tags: Vec<TagId>,
    /// What is known of them in the workspace's own fields.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub fields: BTreeMap<FieldId, String>,
    /// Where they came from: what the link said by which they opened the bot first.
    pub source: Option<String>,
    /// When they first wrote.
    pub first_seen_at: Timestamp,
    /// When they last wrote.
    pub last_seen_at: Timestamp,
    /// Grows when the profile, the avatar, the block, the tags or the fields change.
    pub version: i64,
}

/// What Telegram tells of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) telegram_id: i64,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) username: Option<String>,
    pub(crate) language: Option<String>,
}

/// One customer, if the member may see them.
pub async fn show(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: CustomerId,
) -> Result<Customer> {
    store
        .read("show customer", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let customer = get(tx, workspace, id)?;
            viewer.must_see(customer.project_id)?;
            Ok(customer)
        })
        .await
}
