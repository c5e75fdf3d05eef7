//! A bot looked at before it is connected.

use secrecy::SecretString;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::BotView;
use super::store;
use super::verbs::{checked_token, view};
use crate::bots::Bots;
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId};
use crate::tx::Store;

/// Where a bot is connected already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InUse {
    /// In this workspace.
    Here,
    /// In another one of this installation; which, is nobody's business.
    Elsewhere,
}

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotLook {
    /// The bot.
    pub bot: BotView,
    /// Its picture, as Telegram gives it; none when it shows none.
    pub picture: Option<Vec<u8>>,
    /// Whether it is connected already.
    pub in_use: Option<InUse>,
    /// The project it is connected to, in this workspace.
    pub project: Option<ProjectId>,
}

/// Asks Telegram whose token it is, and whether that bot could be connected. Nothing is stored.
pub async fn look(
    store: &Store,
    bots: &Bots,
    workspace: WorkspaceId,
    token: &SecretString,
    api: Option<&str>,
) -> Result<BotLook> {
    let token = checked_token(token)?;
    let api = bots.choose_api(api)?;
    let bot = view(bots.identify(&api, &token).await?);
    let picture = bots.picture(&api, &token, bot.id).await;
    let id = bot.id;
    let user = store.read("who has the bot", move |tx| store::of_bot(tx, id)).await?;
    let (in_use, project) = match user {
        Some((of, project)) if of == workspace => (Some(InUse::Here), Some(project)),
        Some(_) => (Some(InUse::Elsewhere), None),
        None => (None, None),
    };
    Ok(BotLook { bot, picture, in_use, project })
}
