//! The members of the workspace.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::ids::ProjectId;
use desk::invitations::{self, Mailed};
use desk::members::{NewAccount, Role};
use desk::portal::{self, AccountView, MemberView};
use desk::reception::add_member;
use desk::{Error, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Base, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// The members of a workspace.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberList {
    /// In the order in which they joined.
    items: Vec<MemberView>,
}

/// One's colleagues and oneself.
#[utoipa::path(get, path = "/api/members", tag = "members",
    responses((status = 200, body = MemberList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<App>, Member(who): Member) -> Result<Answer<MemberList>> {
    Ok(Answer(MemberList { items: portal::members(&app.store, who.member.workspace).await? }))
}

/// A member to add: with a password set by hand, or with an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember)]
pub(crate) struct AddMember {
    /// 1 to 80 characters.
    name: String,
    /// 1 to 64 characters without spaces; unique in the workspace, whatever the case.
    login_name: String,
    /// Where an invitation is mailed to.
    email: Option<String>,
    /// `admin`, `supervisor` or `agent`.
    role: Role,
    /// 10 to 200 characters; left out for an invitation.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    /// Whether a link is made with which they set their password themselves.
    #[serde(default)]
    invite: bool,
    /// Their projects.
    projects: TheirProjects,
    /// When the account ends by itself.
    expires_at: Option<Timestamp>,
    /// How many open sessions diversion gives them at once: 0 to 1000; left out or null: as many as the project says.
    limit: Option<i64>,
}

/// All projects, or these.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum TheirProjects {
    /// All, also those to come.
    All(All),
    /// These.
    Some(Vec<ProjectId>),
}

impl TheirProjects {
    /// Whether they are all, and which.
    pub(crate) fn split(self) -> (bool, Vec<ProjectId>) {
        match self {
            Self::All(All::All) => (true, Vec::new()),
            Self::Some(projects) => (false, projects),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum All {
    /// All projects.
    All,
}

/// A member who was added.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedMember {
    #[serde(flatten)]
    account: AccountView,
    /// With an invitation: the link that sets their password. It is shown this once.
    link: Option<String>,
    /// With an invitation: whether it was mailed.
    mailed: Option<Mailed>,
}

/// Adds a member, with a password set by hand or with an invitation.
#[utoipa::path(post, path = "/api/members", tag = "members", request_body = AddMember,
    responses((status = 201, body = AddedMember), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(app): State<App>,
    Member(who): Member,
    Base(base): Base,
    Json(new): Json<AddMember>,
) -> Result<(StatusCode, Answer<AddedMember>)> {
    if new.invite == new.password.is_some() {
        return Err(Error::field("password", if new.invite { "bad_format" } else { "required" }).into());
    }
    let (workspace, by) = (who.member.workspace, who.member.id);
    let (all_projects, projects) = new.projects.split();
    let AddMember { name, login_name, email, role, password, expires_at, limit, .. } = new;
    let account = NewAccount { name, login_name, email, role, password, all_projects, expires_at, limit };
    let (id, issued) = if new.invite {
        let added =
            invitations::invite(&app.store, &app.delivery(base), workspace, by, account, projects).await?;
        (added.0, Some(added.1))
    } else {
        (add_member(&app.store, &app.passwords, workspace, Some(by), account, projects).await?, None)
    };
    let account = portal::account(&app.store, workspace, id).await?;
    let (link, mailed) = issued.map(|issued| (issued.link.expose_secret().to_owned(), issued.mailed)).unzip();
    Ok((StatusCode::CREATED, Answer(AddedMember { account, link, mailed })))
}
