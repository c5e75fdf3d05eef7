//! The members of the workspace.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::access::add_member;
use desk::ids::ProjectId;
use desk::members::{NewMember, Role};
use desk::portal::{self, MemberView};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::Json;
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

/// A member to add by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMember)]
pub(crate) struct AddMember {
    /// 1 to 80 characters.
    name: String,
    /// 1 to 64 characters without spaces; unique in the workspace, whatever the case.
    login_name: String,
    /// `admin`, `supervisor` or `agent`.
    role: Role,
    /// 10 to 200 characters.
    #[schema(value_type = String)]
    password: SecretString,
    /// Their projects.
    projects: TheirProjects,
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

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum All {
    /// All projects.
    All,
}

/// Adds a member with a password set by hand.
#[utoipa::path(post, path = "/api/members", tag = "members", request_body = AddMember,
    responses((status = 201, body = MemberView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(app): State<App>,
    Member(who): Member,
    Json(new): Json<AddMember>,
) -> Result<(StatusCode, Answer<MemberView>)> {
    let (workspace, by) = (who.member.workspace, Some(who.member.id));
    let (all_projects, projects) = match new.projects {
        TheirProjects::All(All::All) => (true, Vec::new()),
        TheirProjects::Some(projects) => (false, projects),
    };
    let AddMember { name, login_name, role, password, .. } = new;
    let new = NewMember { name, login_name, role, password, all_projects };
    let id = add_member(&app.store, &app.passwords, workspace, by, new, projects).await?;
    let added = portal::members(&app.store, workspace).await?.into_iter().find(|member| member.id == id);
    Ok((StatusCode::CREATED, Answer(added.ok_or_else(Problem::not_found)?)))
}
