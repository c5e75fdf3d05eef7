//! Projects.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::bots::TelegramApi;
use desk::ids::ProjectId;
use desk::projects::{
    self, Diversion, NewProject, Project, ProjectChange, ProjectState, RulesChange, Transport,
};
use desk::reception;
use desk::{Code, Error};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, IfMatch, Json, nullable};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Projects.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProjectList {
    /// Oldest first.
    items: Vec<Project>,
}

/// The projects one sees.
#[utoipa::path(get, path = "/api/projects", tag = "projects",
    responses((status = 200, body = ProjectList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<App>, Member(who): Member) -> Result<Answer<ProjectList>> {
    let items = projects::list(&app.store, who.member.workspace, who.member.id).await?;
    Ok(Answer(ProjectList { items }))
}

/// One project.
#[utoipa::path(get, path = "/api/projects/{id}", tag = "projects", params(("id" = String, Path)),
    responses((status = 200, body = Project), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
) -> Result<Answer<Project>> {
    Ok(Answer(projects::show(&app.store, who.member.workspace, who.member.id, id).await?))
}

/// A project to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProject)]
pub(crate) struct AddProject {
    /// 1 to 80 characters; left out: the bot's name.
    name: Option<String>,
    /// The bot's token, as BotFather gives it.
    #[schema(value_type = String)]
    token: SecretString,
    /// One of the operator's Bot API addresses; left out: the first.
    api: Option<String>,
}

/// Adds a project. Telegram is asked at once whose token it is.
#[utoipa::path(post, path = "/api/projects", tag = "projects", request_body = AddProject,
    responses((status = 201, body = Project), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(app): State<App>,
    Member(who): Member,
    Json(new): Json<AddProject>,
) -> Result<(StatusCode, Answer<Project>)> {
    let AddProject { name, token, api } = new;
    let new = NewProject { name, token, api };
    let project = projects::add(&app.store, &app.bots, who.member.workspace, who.member.id, new).await?;
    Ok((StatusCode::CREATED, Answer(project)))
}

/// What to change of a project; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeProject {
    /// 1 to 80 characters.
    name: Option<String>,
    state: Option<ProjectState>,
    /// `webhook` needs an installation with a public address.
    transport: Option<Transport>,
    /// What who writes for the first time is told, 0 to 4096 characters; null or empty: nothing.
    #[serde(default, deserialize_with = "text")]
    welcome_text: Option<String>,
    /// Whether replies end with their author's name.
    signature: Option<bool>,
    /// Who gets a session.
    diversion: Option<Diversion>,
    /// Whether the member who served the customer last goes first.
    prefer_last: Option<bool>,
    /// 10 to 3,600: a session that isn't taken up within so many seconds goes on to the next; null: it stays.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    take_up_seconds: Option<Option<i64>>,
    /// 1 to 43,200: a session ends by itself when the customer has said nothing for so many minutes after us; null: never.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    quiet_minutes: Option<Option<i64>>,
    /// 0 to 1,440: a message within so many minutes after the end reopens the session.
    reopen_minutes: Option<i64>,
    /// 1 to 1,440: who waits for more minutes than this is reported to supervisors; null: nobody is.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>)]
    alert_minutes: Option<Option<i64>>,
    /// 0 to 1,000: the reception limit of members who have none of their own.
    default_limit: Option<i64>,
    /// What customers are told at a transfer, 0 to 4096 characters; null or empty: the portal's own words.
    #[serde(default, deserialize_with = "text")]
    transfer_text: Option<String>,
}

/// Null takes a text away, as an empty one does.
fn text<'de, D: serde::Deserializer<'de>>(value: D) -> std::result::Result<Option<String>, D::Error> {
    Option::deserialize(value).map(|text: Option<String>| Some(text.unwrap_or_default()))
}

/// Renames, pauses, archives or takes up a project, changes how its updates come, what it says first and how replies are signed. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/projects/{id}", tag = "projects", request_body = ChangeProject,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = Project), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeProject>,
) -> Result<Answer<Project>> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    if change.transport == Some(Transport::Webhook) && app.settings.public_url.is_none() {
        return Err(Error::refused(Code::NoPublicUrl).into());
    }
    let rules = RulesChange {
        diversion: change.diversion,
        prefer_last: change.prefer_last,
        take_up_seconds: change.take_up_seconds,
        quiet_minutes: change.quiet_minutes,
        reopen_minutes: change.reopen_minutes,
        alert_minutes: change.alert_minutes,
        default_limit: change.default_limit,
        transfer_text: change.transfer_text,
    };
    let ChangeProject { name, state, transport, welcome_text, signature, .. } = change;
    let change = ProjectChange { name, state, transport, welcome_text, signature, rules };
    Ok(Answer(reception::change_project(&app.store, workspace, by, id, version, change).await?))
}

/// A new token of the same bot.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceToken {
    /// As BotFather gives it.
    #[schema(value_type = String)]
    token: SecretString,
}

/// Replaces a project's token.
#[utoipa::path(put, path = "/api/projects/{id}/token", tag = "projects", request_body = ReplaceToken,
    params(("id" = String, Path)), responses((status = 200, body = Project), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn replace_token(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<ProjectId>,
    Json(new): Json<ReplaceToken>,
) -> Result<Answer<Project>> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    Ok(Answer(projects::replace_token(&app.store, &app.bots, workspace, by, id, &new.token).await?))
}

/// Bot API addresses.
#[derive(Serialize, ToSchema)]
pub(crate) struct TelegramApiList {
    /// The first is the default.
    items: Vec<TelegramApi>,
}

/// The Bot API addresses that the operator allows.
#[utoipa::path(get, path = "/api/telegram-apis", tag = "projects",
    responses((status = 200, body = TelegramApiList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn telegram_apis(State(app): State<App>) -> Answer<TelegramApiList> {
    Answer(TelegramApiList { items: app.bots.apis().to_vec() })
}
