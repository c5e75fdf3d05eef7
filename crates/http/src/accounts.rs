//! Accounts as admins see and change them.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::Timestamp;
use desk::ids::{MemberId, ProjectId};
use desk::invitations::{self, Mailed};
use desk::members::{AccountChange, AccountState, Role};
use desk::portal::{self, AccountPage, AccountQuery, AccountSort, AccountView, MeView};
use desk::reception::{self, Departure};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::{Base, Id, IfMatch, Json, Query};
use crate::guard::Member;
use crate::members::TheirProjects;
use crate::problem::{Problem, Result};

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// What name, login name or e-mail address hold.
    q: Option<String>,
    role: Option<Role>,
    /// Left out: all but the deleted.
    state: Option<AccountState>,
    /// Who sees this project.
    project: Option<ProjectId>,
    sort: Option<AccountSort>,
    /// The order turned round.
    reverse: Option<bool>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// 1 to 200; 50 when left out.
    limit: Option<usize>,
}

/// A page of accounts.
#[utoipa::path(get, path = "/api/accounts", tag = "members", params(Asked),
    responses((status = 200, body = AccountPage), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Member(who): Member,
    Query(asked): Query<Asked>,
) -> Result<Answer<AccountPage>> {
    let Asked { q, role, state, project, sort, reverse, cursor, limit } = asked;
    let (sort, reverse) = (sort.unwrap_or_default(), reverse.unwrap_or_default());
    let query = AccountQuery { text: q, role, state, project, sort, reverse, cursor, limit };
    Ok(Answer(portal::accounts(&app.store, who.member.workspace, query).await?))
}

/// One account, also of a member who was deleted.
#[utoipa::path(get, path = "/api/accounts/{id}", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
) -> Result<Answer<AccountView>> {
    shown(&app, &who, id).await
}

type Who = desk::members::SignedIn;

async fn shown(app: &App, who: &Who, id: MemberId) -> Result<Answer<AccountView>> {
    Ok(Answer(portal::account(&app.store, who.member.workspace, id).await?))
}

/// What to change of an account; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(clippy::option_option, reason = "null is not the same as left out")]
pub(crate) struct ChangeMember {
    /// 1 to 80 characters.
    name: Option<String>,
    /// 1 to 64 characters without spaces.
    login_name: Option<String>,
    /// Null: none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// Not the owner's, and not one's own.
    role: Option<Role>,
    projects: Option<TheirProjects>,
    /// Null: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    expires_at: Option<Option<Timestamp>>,
    /// 0 to 1000.
    limit: Option<i64>,
}

/// Tells null from what was left out.
#[allow(clippy::option_option, reason = "null is not the same as left out")]
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Changes an account. Needs `If-Match`. Sessions of projects that the member sees no more return to the queue.
#[utoipa::path(patch, path = "/api/members/{id}", tag = "members", request_body = ChangeMember,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = AccountView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
    IfMatch(version): IfMatch,
    Json(asked): Json<ChangeMember>,
) -> Result<Answer<AccountView>> {
    let (all_projects, projects) = asked.projects.map(TheirProjects::split).unzip();
    let ChangeMember { name, login_name, email, role, expires_at, limit, .. } = asked;
    let change = AccountChange { name, login_name, email, role, all_projects, expires_at, limit };
    let (workspace, by) = (who.member.workspace, who.member.id);
    reception::change_account(&app.store, workspace, by, id, version, change, projects).await?;
    shown(&app, &who, id).await
}

/// Switches an account off: its login ends at once, its sessions return to the queue.
#[utoipa::path(post, path = "/api/members/{id}/disable", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn disable(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
) -> Result<Answer<AccountView>> {
    reception::disable(&app.store, who.member.workspace, who.member.id, id).await?;
    shown(&app, &who, id).await
}

/// Switches an account on again.
#[utoipa::path(post, path = "/api/members/{id}/enable", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn enable(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
) -> Result<Answer<AccountView>> {
    reception::enable(&app.store, who.member.workspace, who.member.id, id).await?;
    shown(&app, &who, id).await
}

/// Ends a member's login at once and sets them offline; they may sign in again.
#[utoipa::path(post, path = "/api/members/{id}/sign-out", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sign_out(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
) -> Result<Answer<AccountView>> {
    reception::sign_out(&app.store, who.member.workspace, who.member.id, id).await?;
    shown(&app, &who, id).await
}

/// A password set by hand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetPassword {
    /// 10 to 200 characters.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Gives a member another password; their login ends at once. One's own is changed at `/api/me/password`.
#[utoipa::path(put, path = "/api/members/{id}/password", tag = "members", request_body = SetPassword,
    params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set_password(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
    Json(SetPassword { password }): Json<SetPassword>,
) -> Result<Answer<AccountView>> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    reception::set_password(&app.store, &app.passwords, workspace, by, id, password).await?;
    shown(&app, &who, id).await
}

/// A link that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedLink {
    account: AccountView,
    /// The address to open: it is shown this once.
    link: String,
    mailed: Mailed,
}

/// Makes a link with which a member sets their password: the first (an invitation), or another one. The link before is void.
#[utoipa::path(post, path = "/api/members/{id}/invitation", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = IssuedLink), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn invite(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
    Base(base): Base,
) -> Result<Answer<IssuedLink>> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    let issued = invitations::issue_link(&app.store, &app.delivery(base), workspace, by, id).await?;
    let account = portal::account(&app.store, workspace, id).await?;
    let link = issued.link.expose_secret().to_owned();
    Ok(Answer(IssuedLink { account, link, mailed: issued.mailed }))
}

/// Takes a member's open link back.
#[utoipa::path(delete, path = "/api/members/{id}/invitation", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = AccountView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn revoke_invitation(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
) -> Result<Answer<AccountView>> {
    reception::revoke_invitation(&app.store, who.member.workspace, who.member.id, id).await?;
    shown(&app, &who, id).await
}

/// What it would mean if a member were disabled or deleted.
#[utoipa::path(get, path = "/api/members/{id}/departure", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = Departure), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn departure(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
) -> Result<Answer<Departure>> {
    Ok(Answer(reception::departure(&app.store, who.member.workspace, id).await?))
}

/// Deletes a member: sessions return to the queue, the login name is free again, the name stays in the history. Needs `If-Match`.
#[utoipa::path(delete, path = "/api/members/{id}", tag = "members",
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that was seen")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<MemberId>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode> {
    reception::delete(&app.store, who.member.workspace, who.member.id, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// To whom the workspace goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOver {
    /// A member who can sign in.
    member_id: MemberId,
    /// The owner's own.
    #[schema(value_type = String)]
    password: SecretString,
}

/// Hands the workspace over to another member: they become the owner, the owner an admin. For the owner alone.
#[utoipa::path(post, path = "/api/ownership", tag = "members", request_body = HandOver,
    responses((status = 200, body = MeView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn hand_over(
    State(app): State<App>,
    Member(who): Member,
    Json(asked): Json<HandOver>,
) -> Result<Answer<MeView>> {
    reception::hand_over(&app.store, &app.gate, &who, asked.member_id, &asked.password).await?;
    Ok(Answer(portal::me(&app.store, who.member.workspace, who.member.id).await?))
}
