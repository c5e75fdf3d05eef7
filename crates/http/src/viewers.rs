//! Who looks at a session just now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::ids::{MemberId, SessionId};
use desk::viewers::{self, Looking, Said};
use desk::{Code, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// So much may a member say within `WITHIN`: writing in one session and looking through several others needs a third of it.
const MOST: u32 = 40;
const WITHIN: Duration = Duration::from_secs(20);

/// How much members say, so that nobody keeps the others' sockets busy.
#[derive(Clone, Default)]
pub(crate) struct Pace(Arc<Mutex<HashMap<MemberId, (Instant, u32)>>>);

impl Pace {
    /// Refuses who says too much.
    fn check(&self, member: MemberId, now: Instant) -> Result<(), Error> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() > 10_000 {
            said.retain(|_, (began, _)| now.duration_since(*began) < WITHIN);
        }
        let entry = said.entry(member).or_insert((now, 0));
        if now.duration_since(entry.0) >= WITHIN {
            *entry = (now, 0);
        }
        entry.1 += 1;
        if entry.1 <= MOST {
            return Ok(());
        }
        let left = WITHIN.saturating_sub(now.duration_since(entry.0)).as_secs() + 1;
        Err(Error::refused_with(Code::TooManyAttempts, "seconds", left))
    }
}

/// What I do there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Say {
    state: Said,
}

/// Says what I do in a session: again every 20 seconds while I look, at most every 3 while I write.
#[utoipa::path(post, path = "/api/sessions/{id}/viewing", tag = "viewers", request_body = Say, params(("id" = String, Path)),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn say(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
    Json(say): Json<Say>,
) -> Result<StatusCode> {
    app.pace.check(who.member.id, Instant::now())?;
    viewers::say(&app.store, who.member.workspace, who.member.id, id, say.state).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who looks at a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Viewers {
    /// In the order of joining the workspace; oneself too.
    members: Vec<Looking>,
}

/// Who looks at a session now; the socket tells changes of it.
#[utoipa::path(get, path = "/api/sessions/{id}/viewers", tag = "viewers", params(("id" = String, Path)),
    responses((status = 200, body = Viewers), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<SessionId>,
) -> Result<Answer<Viewers>> {
    let members = viewers::of_session(&app.store, who.member.workspace, who.member.id, id).await?;
    Ok(Answer(Viewers { members }))
}

#[cfg(test)]
mod tests {
    use desk::Timestamp;

    use super::*;

    #[test]
    fn who_says_too_much_is_refused_for_a_while() {
        let (pace, start) = (Pace::default(), Instant::now());
        let [ana, bob] = [1, 2].map(|time| MemberId::new(Timestamp(time)));
        assert!((0..MOST).all(|_| pace.check(ana, start).is_ok()));
        let refused = pace.check(ana, start + Duration::from_secs(5)).unwrap_err();
        assert_eq!(refused.code(), Some(Code::TooManyAttempts));
        assert!(pace.check(bob, start).is_ok(), "others are not concerned");
        assert!(pace.check(ana, start + WITHIN).is_ok());
    }
}
