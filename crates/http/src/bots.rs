//! Bots that are not connected yet.

use axum::Json as Answer;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use desk::ids::ProjectId;
use desk::projects::{self, InUse};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::Json;
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// The token to ask about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookAtBot {
    /// As BotFather gives it.
    #[schema(value_type = String)]
    token: SecretString,
    /// One of the operator's Bot API addresses; left out: the first.
    api: Option<String>,
}

/// A bot that could be connected.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotLook {
    bot: SeenBot,
    /// Whether it is connected already.
    in_use: Option<InUse>,
    /// The project it is connected to, in this workspace.
    project_id: Option<ProjectId>,
}

/// A bot as Telegram shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SeenBot {
    /// Telegram's id of it.
    id: i64,
    /// Without the @.
    username: String,
    /// The name people see.
    name: String,
    /// Its picture in base64; none when it shows none.
    picture: Option<String>,
}

/// Asks Telegram whose token it is. Nothing is stored.
#[utoipa::path(post, path = "/api/bots/look", tag = "bots", request_body = LookAtBot,
    responses((status = 200, body = BotLook), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn look(
    State(app): State<App>,
    Member(who): Member,
    Json(asked): Json<LookAtBot>,
) -> Result<Answer<BotLook>> {
    let (workspace, api) = (who.member.workspace, asked.api.as_deref());
    let found = projects::look(&app.store, &app.bots, workspace, &asked.token, api).await?;
    let picture = found.picture.map(|bytes| STANDARD.encode(bytes));
    let bot = found.bot;
    let bot = SeenBot { id: bot.id, username: bot.username, name: bot.name, picture };
    Ok(Answer(BotLook { bot, in_use: found.in_use, project_id: found.project }))
}
