//! What a member and a login are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{MemberId, WorkspaceId};

/// What a member is in their workspace. The order is that of power.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::AsRefStr,
    strum::EnumString,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Serves sessions.
    Agent,
    /// Sees every session of their projects; assigns and takes over.
    Supervisor,
    /// Everything but the owner's account and the plan.
    Admin,
    /// The main account: one per workspace.
    Owner,
}

/// What a member chose for diversion. Login keeps it, logout sets offline.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::AsRefStr,
    strum::EnumString,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Takes sessions.
    Online,
    /// Present, but receives none.
    Busy,
    /// Away.
    Offline,
}

/// Whether the account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::AsRefStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum MemberState {
    /// It may.
    Active,
    /// An admin switched it off.
    Disabled,
}

/// How an account stands, all in all.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::AsRefStr,
    strum::EnumString,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AccountState {
    /// It may be used.
    Active,
    /// It has no password yet.
    Invited,
    /// An admin switched it off.
    Disabled,
    /// Its last day is over.
    Expired,
    /// It is gone; the name stays in the history.
    Deleted,
}

/// The look of the portal.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Theme {
    /// As the operating system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Why a login ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EndReason {
    /// The member signed in with another browser.
    Replaced,
    /// The member signed out.
    LoggedOut,
    /// The operator or an admin set a new password, or a link did.
    PasswordReset,
    /// An admin signed the member out.
    SignedOutByAdmin,
    /// The account was switched off.
    Disabled,
    /// The account's last day had come.
    Expired,
    /// The account was deleted.
    Deleted,
}

/// Which key sends what is written.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SendKey {
    /// Enter; Shift+Enter makes a new line.
    Enter,
    /// Ctrl+Enter (or Cmd+Enter); Enter makes a new line.
    CtrlEnter,
}

/// How a member wants to be told of things. Whether something sounds or shows is decided by their portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Notifications {
    /// With a sound.
    pub sound: bool,
    /// By the browser, while its window is not in front.
    pub browser: bool,
    /// Of sessions that were given to them.
    pub new_session: bool,
    /// Of messages in their sessions.
    pub new_message: bool,
    /// How of single kinds of notifications; of a kind that is not in it, by both.
    #[serde(default)]
    pub kinds: BTreeMap<String, Loudness>,
    /// When not at all.
    #[serde(default)]
    pub do_not_disturb: DoNotDisturb,
}

impl Default for Notifications {
    fn default() -> Self {
        Self {
            sound: true,
            browser: false,
            new_session: true,
            new_message: true,
            kinds: BTreeMap::new(),
            do_not_disturb: DoNotDisturb::default(),
        }
    }
}

/// How a member wants to be told of one kind of notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Loudness {
    /// With a sound.
    pub sound: bool,
    /// By the browser.
    pub browser: bool,
}

/// When a member wants to be left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoNotDisturb {
    /// Until then.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Every week, at most 14 times.
    #[serde(default)]
    pub schedule: Vec<QuietHours>,
}

/// Hours in which a member wants to be left alone, in their time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The days on which they begin: 0 is Sunday, 6 is Saturday.
    pub days: Vec<u8>,
    /// When they begin, as in 22:00.
    pub from: String,
    /// When they end, as in 07:00; not after `from`: on the day after.
    pub to: String,
}

/// A member as the tables hold them.
#[derive(Debug, Clone)]
pub struct MemberRow {
    /// Their id.
    pub id: MemberId,
    /// Their workspace.
    pub workspace: WorkspaceId,
    /// The name colleagues see.
    pub name: String,
    /// What they sign in with.
    pub login_name: String,
    /// Their role.
    pub role: Role,
    /// Whether the account may be used.
    pub state: MemberState,
    /// Whether their projects are all projects.
    pub all_projects: bool,
    /// What they chose.
    pub status: Status,
    /// How many open sessions diversion gives them at once.
    pub limit: i64,
    /// Their language as a BCP 47 tag; none: the browser's.
    pub language: Option<String>,
    /// Their theme.
    pub theme: Theme,
    /// Their IANA time zone; none: the workspace's.
    pub time_zone: Option<String>,
    /// The name of their avatar's file.
    pub avatar: Option<String>,
    /// Which key sends.
    pub send_key: SendKey,
    /// How they want to be told of things.
    pub notifications: Notifications,
    /// Whether they sign in with a second factor.
    pub second_factor: bool,
    /// When they were last seen, to the minute.
    pub last_seen_at: Option<Timestamp>,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// When the account ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
    /// Whether there is a password; without one nobody signs in.
    pub has_password: bool,
    /// Grows with each change.
    pub version: i64,
    /// When the account was deleted; the name stays in the history.
    pub deleted_at: Option<Timestamp>,
}

impl MemberRow {
    /// Whether the account's last day is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether the account may be used.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.state == MemberState::Active && self.deleted_at.is_none() && !self.is_expired(now)
    }

    /// How the account stands.
    pub fn account_state(&self, now: Timestamp) -> AccountState {
        match self.state {
            _ if self.deleted_at.is_some() => AccountState::Deleted,
            MemberState::Disabled => AccountState::Disabled,
            MemberState::Active if self.is_expired(now) => AccountState::Expired,
            MemberState::Active if !self.has_password => AccountState::Invited,
            MemberState::Active => AccountState::Active,
        }
    }

    /// Where their avatar is.
    pub fn avatar_path(&self) -> Option<String> {
        self.avatar.as_ref().map(|name| format!("/api/members/{}/avatar?v={name}", self.id))
    }
}

/// A member as others are shown them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberRef {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
}
