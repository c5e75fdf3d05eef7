//! What members set for themselves.

use super::model::{MemberRow, Notifications, SendKey, Theme};
use super::store;
use super::workspace::is_time_zone;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
use crate::text::Fields;
use crate::tx::Store;

/// What to change of one's profile; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// The name colleagues see, 1 to 80 characters.
    pub name: Option<String>,
    /// The portal's language: `en`, `zh` or `ru`.
    pub language: Option<String>,
    /// The theme.
    pub theme: Option<Theme>,
    /// The IANA time zone.
    pub time_zone: Option<String>,
    /// Which key sends.
    pub send_key: Option<SendKey>,
    /// How to be told of things.
    pub notifications: Option<Notifications>,
}

/// The languages the portal speaks.
const LANGUAGES: [&str; 3] = ["en", "zh", "ru"];

/// Changes the profile of `id` if it still has `version`.
pub async fn change_profile(
    store: &Store,
    workspace: WorkspaceId,
    id: MemberId,
    version: i64,
    change: ProfileChange,
) -> Result<MemberRow> {
    store
        .write("change profile", move |tx| {
            let mut member = store::get(tx, workspace, id)?;
            let mut fields = Fields::default();
            if let Some(name) = &change.name {
                member.name = fields.name("name", name, 80);
            }
            if let Some(language) = &change.language {
                if !LANGUAGES.contains(&language.as_str()) {
                    fields.fault("language", "unknown", None);
                }
                member.language = Some(language.clone());
            }
            if let Some(time_zone) = &change.time_zone {
                if !is_time_zone(time_zone) {
                    fields.fault("time_zone", "unknown", None);
                }
                member.time_zone = Some(time_zone.clone());
            }
            member.theme = change.theme.unwrap_or(member.theme);
            member.send_key = change.send_key.unwrap_or(member.send_key);
            member.notifications = change.notifications.unwrap_or(member.notifications);
            fields.done()?;
            if !store::set_profile(tx, &member, version)? {
                return Err(Error::refused(Code::StaleVersion));
            }
            tx.event(workspace, Change::Member(id), Audience::Workspace);
            store::get(tx, workspace, id)
        })
        .await
}
