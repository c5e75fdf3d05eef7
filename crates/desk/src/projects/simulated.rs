//! Projects whose Telegram is simulated. It forgets its bots with each stop, so it is told of them at the next start.

use secrecy::SecretString;

use super::store;
use crate::bots::Bots;
use crate::error::Result;
use crate::tx::Store;

/// A bot as the simulator must know it again.
#[derive(Debug, Clone)]
pub struct SimulatedBot {
    /// The name people see.
    pub name: String,
    /// Without the @.
    pub username: String,
    /// What it is called with.
    pub token: SecretString,
}

/// The bots of every project, of whatever workspace, at the Bot API address `api`. A token that can't be opened is left out: its
/// project says so itself.
pub async fn at_simulator(store: &Store, bots: &Bots, api: &str) -> Result<Vec<SimulatedBot>> {
    let wanted = api.to_owned();
    let rows = store.read("bots at the simulator", move |tx| store::at_api(tx, &wanted)).await?;
    let opened = rows.into_iter().filter_map(|(project, bot, sealed)| {
        let token = bots.token(project, &sealed).ok()?;
        Some(SimulatedBot { name: bot.name, username: bot.username, token })
    });
    Ok(opened.collect())
}
