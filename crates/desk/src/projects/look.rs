//! A look at a bot before it becomes a project's.

use std::time::Duration;

use secrecy::SecretString;

use super::model::BotView;
use super::store;
use super::verbs::{checked_token, view};
use crate::bots::Bots;
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId};
use crate::tx::Store;

/// How long a look at the picture may take: it is a courtesy.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether a bot is a project's already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InUse {
    /// It is this project's of one's own workspace.
    Here(ProjectId),
    /// It is another workspace's; which one is nobody's business.
    Elsewhere,
}

/// What Telegram shows of a bot.
#[derive(Debug, Clone)]
pub struct BotLook {
    /// Who it is.
    pub bot: BotView,
    /// Its picture: a small JPEG, as Telegram has it; none when it shows none.
    pub picture: Option<Vec<u8>>,
    /// Whose it is already.
    pub in_use: Option<InUse>,
}

/// Asks Telegram whose token this is, and what the bot looks like.
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
    let picture = tokio::time::timeout(PATIENCE, bots.picture(&api, &token, bot.id)).await.ok().flatten();
    let id = bot.id;
    let owner = store.read("whose bot", move |tx| store::of_bot(tx, id)).await?;
    let in_use = owner.map(
        |(owner, project)| {
            if owner == workspace { InUse::Here(project) } else { InUse::Elsewhere }
        },
    );
    Ok(BotLook { bot, picture, in_use })
}
