//! What the member is told of.

use axum::Json as Answer;
use axum::extract::State;
use desk::ids::NotificationId;
use desk::notifications::{self, NotificationPage, Read};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::{Json, Query};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// The most that are read one by one.
const IDS_MAX: usize = 500;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotificationsQuery {
    /// The `next` of the page before.
    cursor: Option<String>,
}

/// What I am told of, the newest first.
#[utoipa::path(get, path = "/api/notifications", tag = "notifications", params(NotificationsQuery),
    responses((status = 200, body = NotificationPage), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Member(who): Member,
    Query(query): Query<NotificationsQuery>,
) -> Result<Answer<NotificationPage>> {
    let (workspace, member) = (who.member.workspace, who.member.id);
    Ok(Answer(notifications::list(&app.store, workspace, member, query.cursor).await?))
}

/// What was read: either `ids` or `all`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadNotifications {
    /// These, at most 500.
    ids: Option<Vec<NotificationId>>,
    /// True: all.
    #[serde(default)]
    all: bool,
}

/// How many are left.
#[derive(Serialize, ToSchema)]
pub(crate) struct Unread {
    /// Not read yet.
    unread: i64,
}

/// Notes what I have read.
#[utoipa::path(post, path = "/api/notifications/read", tag = "notifications", request_body = ReadNotifications,
    responses((status = 200, body = Unread), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(app): State<App>,
    Member(who): Member,
    Json(body): Json<ReadNotifications>,
) -> Result<Answer<Unread>> {
    let read = match (body.ids, body.all) {
        (Some(ids), false) if ids.len() <= IDS_MAX => Read::These(ids),
        (None, true) => Read::All,
        _ => return Err(Problem::malformed("either ids, at most 500, or all")),
    };
    let unread = notifications::mark_read(&app.store, who.member.workspace, who.member.id, read).await?;
    Ok(Answer(Unread { unread }))
}
