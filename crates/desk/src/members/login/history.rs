//! The history of logins, and the attempts that were refused.

use serde::Serialize;
use utoipa::ToSchema;

use super::attempt::{Refusal, locked_until};
use super::{SignedIn, store};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{LoginId, MemberId, WorkspaceId};
use crate::members::model::EndReason;
use crate::members::store as members;
use crate::tx::Store;

/// How many logins a page has.
const PAGE: usize = 20;
/// How many refused attempts are shown.
const ATTEMPTS: i64 = 50;

/// A login, live or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Login)]
pub struct LoginView {
    /// Its id.
    pub id: LoginId,
    /// What the browser says it is.
    pub device: String,
    /// Where it came from.
    pub address: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last in use, to the minute.
    pub last_seen_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// Whether it is the member's live one.
    pub live: bool,
    /// Whether it is that of who asks.
    pub current: bool,
}

/// A page of logins.
#[derive(Debug, Serialize, ToSchema)]
pub struct Logins {
    /// Newest first.
    pub items: Vec<LoginView>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// An attempt that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoginAttempt {
    /// When.
    pub at: Timestamp,
    /// Where it came from.
    pub address: String,
    /// What the browser said it is.
    pub device: String,
    /// Why it was refused.
    pub reason: Refusal,
}

/// The logins of `member`, as `who` may see them: their own, or as an admin.
pub async fn history(
    store: &Store,
    who: &SignedIn,
    member: MemberId,
    cursor: Option<String>,
) -> Result<Logins> {
    let (workspace, asking) = (who.member.workspace, who.login);
    store
        .read("login history", move |tx| {
            members::get(tx, workspace, member)?;
            let bad_cursor = || Error::field("cursor", "bad_format");
            let after = cursor.as_deref().map(|text| parse(text).ok_or_else(bad_cursor)).transpose()?;
            let mut items = store::logins_of(tx, member, after, PAGE + 1)?;
            let more = items.len() > PAGE;
            items.truncate(PAGE);
            for item in &mut items {
                item.current = item.id == asking;
            }
            let next = items.last().filter(|_| more).map(|last| format!("{}.{}", last.created_at.0, last.id));
            Ok(Logins { items, next })
        })
        .await
}

/// The newest refused attempts of a member, and until when they have to wait.
pub async fn attempts(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<(Vec<LoginAttempt>, Option<Timestamp>)> {
    store
        .read("login attempts", move |tx| {
            let until = locked_until(tx, workspace, member)?;
            Ok((store::attempts_of(tx, member, ATTEMPTS)?, until))
        })
        .await
}

fn parse(text: &str) -> Option<(Timestamp, LoginId)> {
    let (time, id) = text.split_once('.')?;
    Some((Timestamp(time.parse().ok()?), id.parse().ok()?))
}
