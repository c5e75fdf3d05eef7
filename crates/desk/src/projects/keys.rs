//! Whether the installation's key is the one that sealed the bot tokens.

use super::store;
use crate::bots::Bots;
use crate::error::Result;
use crate::tx::Store;

/// Whether there is any project, of whatever workspace, and so a sealed token.
pub async fn any(store: &Store) -> Result<bool> {
    Ok(!store.read("any project", store::all).await?.is_empty())
}

/// Whether the key opens the bot tokens: false when there are some and it opens none. A single damaged one is its own
/// project's trouble.
pub async fn key_fits(store: &Store, bots: &Bots) -> Result<bool> {
    let all = store.read("bot tokens", store::all).await?;
    let opens = |it: &store::Connection| bots.open(it.project, &it.api, &it.sealed_token).is_ok();
    Ok(all.is_empty() || all.iter().any(opens))
}
