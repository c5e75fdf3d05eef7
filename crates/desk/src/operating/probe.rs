//! Whether Telegram takes the bots' tokens.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::bots::Bots;
use crate::error::Result;
use crate::projects::{self, Connection};
use crate::tx::Store;

/// Calls under way at once.
const AT_ONCE: usize = 8;

/// How Telegram answered for a project's bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The project's id.
    pub project: String,
    /// The address that was asked.
    pub api: String,
    /// The bot's username, or why there is none, in words without the token.
    pub answer: Result<String, String>,
}

/// Asks `getMe` for every active project, a few at a time, each within `patience`.
pub async fn probe(store: &Store, bots: &Bots, patience: Duration) -> Result<Vec<Probe>> {
    let active = store.read("active projects", projects::active).await?;
    let probes = active.into_iter().map(|connection| one(bots, connection, patience));
    Ok(futures_util::stream::iter(probes).buffered(AT_ONCE).collect().await)
}

async fn one(bots: &Bots, connection: Connection, patience: Duration) -> Probe {
    let Connection { project, api, sealed_token, .. } = connection;
    let asked = async {
        let bot = bots.open(project, &api, &sealed_token).map_err(|_| {
            "its token can't be read with this secret key; enter it again in the project's settings"
                .to_owned()
        })?;
        let me = timeout(patience, bot.get_me()).await.map_err(|_| "no answer in time".to_owned())?;
        me.map(|me| me.username.unwrap_or(me.first_name)).map_err(|error| error.to_string())
    };
    let answer = asked.await;
    Probe { project: project.to_string(), api, answer }
}
