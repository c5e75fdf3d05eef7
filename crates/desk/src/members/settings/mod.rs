//! Settings of the workspace that admins make.

mod store;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

pub(crate) use self::store::requires_second_factor;
use super::store as members;
use super::workspace::is_time_zone;
use crate::audit;
use crate::error::{Code, Error, Result};
use crate::events::Topic;
use crate::ids::{MemberId, WorkspaceId};
use crate::text::Fields;
use crate::tx::Store;

/// Whether members may or must have a second factor.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SecondFactorRule {
    /// As they like.
    Optional,
    /// Who hasn't one sets it up before anything else.
    Required,
}

/// The workspace as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkspaceSettings {
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
    /// Whether members must have a second factor.
    pub second_factor: SecondFactorRule,
    /// After so many minutes without a connected portal a member is set offline; none: never.
    pub offline_after_minutes: Option<i64>,
    /// Grows with each change.
    pub version: i64,
}

/// What to change; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceChange {
    /// 1 to 80 characters.
    pub name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Whether members must have a second factor.
    pub second_factor: Option<SecondFactorRule>,
    /// 1 to 1,440 minutes without a connected portal, after which a member is set offline; an inner none: never.
    pub offline_after_minutes: Option<Option<i64>>,
}

/// The settings of a workspace.
pub async fn settings(store: &Store, workspace: WorkspaceId) -> Result<WorkspaceSettings> {
    store.read("workspace settings", move |tx| store::get(tx, workspace)).await
}

/// Changes the settings if they still have `version`.
pub async fn change_settings(
    store: &Store,
    workspace: WorkspaceId,
    by: MemberId,
    version: i64,
    change: WorkspaceChange,
) -> Result<WorkspaceSettings> {
    store
        .write("change workspace", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let before = store::get(tx, workspace)?;
            let (mut after, mut fields) = (before.clone(), Fields::default());
            if let Some(name) = &change.name {
                after.name = fields.name("name", name, 80);
            }
            if let Some(time_zone) = &change.time_zone {
                time_zone.trim().clone_into(&mut after.time_zone);
                if !is_time_zone(&after.time_zone) {
                    fields.fault("time_zone", "unknown", None);
                }
            }
            after.second_factor = change.second_factor.unwrap_or(after.second_factor);
            after.offline_after_minutes = change.offline_after_minutes.unwrap_or(after.offline_after_minutes);
            if after.offline_after_minutes.is_some_and(|minutes| !(1..=1_440).contains(&minutes)) {
                fields.fault("offline_after_minutes", "out_of_range", Some(("max", 1_440)));
            }
            fields.done()?;
            if before.version != version {
                return Err(Error::refused(Code::StaleVersion));
            }
            store::set(tx, workspace, &after)?;
            if after.second_factor == SecondFactorRule::Required {
                // Sockets of who must set one up now look again, and close.
                for login in store::logins_without_second_factor(tx, workspace)? {
                    tx.signal(Topic::Login(login));
                }
            }
            let subject = ("workspace", workspace.to_string());
            let detail = json!({ "second_factor": after.second_factor });
            audit::record(tx, workspace, Some(by), "workspace.changed", subject, &detail)?;
            store::get(tx, workspace)
        })
        .await
}
