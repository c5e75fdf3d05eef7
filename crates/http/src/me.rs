//! The signed-in member.

use axum::Json as Answer;
use axum::extract::State;
use desk::Error;
use desk::ids::MemberId;
use desk::members::{self, Notifications, ProfileChange, SendKey, Status, Theme};
use desk::portal::{self, MeView};
use desk::reception::{self, Leaving};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{IfMatch, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Who is signed in.
#[utoipa::path(get, path = "/api/me", tag = "me",
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(State(app): State<App>, Member(who): Member) -> Result<Answer<MeView>> {
    Ok(Answer(portal::me(&app.store, who.member.workspace, who.member.id).await?))
}

/// What to change of one's profile; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeMe {
    /// 1 to 80 characters.
    name: Option<String>,
    /// `en`, `zh` or `ru`.
    language: Option<String>,
    theme: Option<Theme>,
    /// IANA time zone.
    time_zone: Option<String>,
    send_key: Option<SendKey>,
    notifications: Option<Notifications>,
}

/// Changes one's profile. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/me", tag = "me", request_body = ChangeMe,
    params(("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeMe>,
) -> Result<Answer<MeView>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    let ChangeMe { name, language, theme, time_zone, send_key, notifications } = change;
    let change = ProfileChange { name, language, theme, time_zone, send_key, notifications };
    members::change_profile(&app.store, workspace, member, version, change).await?;
    Ok(Answer(portal::me(&app.store, workspace, member).await?))
}

/// The status to choose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetStatus {
    status: Status,
    /// What becomes of one's open sessions, with `offline`; left out: they stay.
    sessions: Option<TheirSessions>,
}

/// What becomes of the open sessions of who goes offline.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum TheirSessions {
    /// They stay theirs.
    Keep,
    /// They go back to the queue.
    Queue,
    /// They go to a colleague; those that the colleague may not have, or has no room for, go back to the queue.
    HandOver {
        /// Who gets them.
        to: MemberId,
        /// Up to 2000 characters.
        note: Option<String>,
    },
}

impl From<TheirSessions> for Leaving {
    fn from(chosen: TheirSessions) -> Self {
        match chosen {
            TheirSessions::Keep => Self::Keep,
            TheirSessions::Queue => Self::Queue,
            TheirSessions::HandOver { to, note } => Self::HandOver { to, note },
        }
    }
}

/// Chooses one's status. Going online may bring sessions at once; going offline says what becomes of those that one has.
#[utoipa::path(put, path = "/api/me/status", tag = "me", request_body = SetStatus,
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set_status(
    State(app): State<App>,
    Member(who): Member,
    Json(chosen): Json<SetStatus>,
) -> Result<Answer<MeView>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    match chosen.sessions {
        None => reception::set_status(&app.store, workspace, member, chosen.status).await?,
        Some(sessions) if chosen.status == Status::Offline => {
            reception::go_offline(&app.store, workspace, member, sessions.into()).await?;
        }
        Some(_) => return Err(Error::field("sessions", "bad_format").into()),
    }
    Ok(Answer(portal::me(&app.store, workspace, member).await?))
}
