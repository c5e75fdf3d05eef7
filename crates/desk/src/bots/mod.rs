//! Bots: the only caller of Telegram. Knows which Bot API addresses the operator allows, and opens the sealed tokens.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::ids::ProjectId;
use crate::secrets::{Cipher, token_hash};

/// The largest picture of a bot that is shown before the bot is connected, in bytes: the smallest size has a few thousand.
const PICTURE_LARGEST: usize = 128 << 10;
/// How long each call for such a picture may take.
const PICTURE_PATIENCE: Duration = Duration::from_secs(5);

/// How long Telegram has to take a webhook away.
const WEBHOOK_PATIENCE: Duration = Duration::from_secs(10);

/// A Bot API address that the operator allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TelegramApi {
    /// What people see: `Telegram`, or the address's host.
    pub name: String,
    /// The address without a trailing slash, as in `https://api.telegram.org`.
    pub url: String,
    /// Whether it is the simulated Telegram that this server runs itself.
    pub simulator: bool,
}

/// What Telegram says a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotIdentity {
    /// Telegram's id of the bot.
    pub id: i64,
    /// Without the @.
    pub username: String,
    /// The name people see.
    pub name: String,
}

/// Makes clients for bots. Cheap to clone; all share one HTTP client.
#[derive(Clone)]
pub struct Bots {
    http: telegram::Http,
    cipher: Cipher,
    apis: Vec<TelegramApi>,
}

impl Bots {
    /// Bots at the given addresses; the first is the default.
    pub fn new(http: telegram::Http, cipher: Cipher, apis: Vec<TelegramApi>) -> Self {
        Self { http, cipher, apis }
    }

    /// What seals the installation's secrets.
    pub fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    /// The addresses that projects may use; the first is the default.
    pub fn apis(&self) -> &[TelegramApi] {
        &self.apis
    }

    /// The allowed address that was asked for, or the default.
    pub(crate) fn choose_api(&self, url: Option<&str>) -> Result<String> {
        let wanted = url.map(|url| url.trim_end_matches('/'));
        let found = self.apis.iter().find(|api| wanted.is_none_or(|url| api.url == url));
        found.map(|api| api.url.clone()).ok_or_else(|| Error::field("api", "unknown"))
    }

    /// Asks Telegram whose token this is.
    pub(crate) async fn identify(&self, api: &str, token: &SecretString) -> Result<BotIdentity> {
        let bot = self.http.bot(api, token.clone());
        let me = bot.get_me().await.map_err(|error| match error {
            telegram::Error::Unauthorized => Error::refused(Code::TokenRejected),
            other => Error::refused_with(Code::TelegramUnreachable, "reason", other.to_string()),
        })?;
        Ok(BotIdentity { id: me.id, username: me.username.unwrap_or_default(), name: me.first_name })
    }

    /// Asks Telegram whether a project's token is good.
    pub(crate) async fn check(&self, project: ProjectId, api: &str, sealed: &[u8]) -> Result<()> {
        self.identify(api, &self.cipher.open(&project.to_string(), sealed)?).await.map(drop)
    }

    /// The picture that a bot shows, in a small size. None when it shows none, and when it can't be had in time: it is an ornament.
    pub(crate) async fn picture(&self, api: &str, token: &SecretString, bot: i64) -> Option<Vec<u8>> {
        let client = self.http.bot(api, token.clone());
        let sizes = client.get_profile_photo(bot, PICTURE_PATIENCE).await.ok()?;
        let size = sizes.iter().min_by_key(|size| size.width)?;
        let path = client.get_file(&size.file_id, PICTURE_PATIENCE).await.ok()?.file_path?;
        let download = client.download(&path, PICTURE_LARGEST, PICTURE_PATIENCE).await.ok()?;
        download.bytes().await.ok()
    }

    /// Seals a token for the row of its project.
    pub(crate) fn seal(&self, project: ProjectId, token: &SecretString) -> Result<Vec<u8>> {
        self.cipher.seal(&project.to_string(), token)
    }

    /// What Telegram sends along with each delivery to a project's webhook, so that nobody else can deliver.
    ///
    /// Made from the bot's token: there is nothing more to store, and a new token makes a new secret. A plain hash will do,
    /// because the token is random and stands at its end: what could be appended to it opens nothing.
    pub(crate) fn webhook_secret(&self, project: ProjectId, sealed: &[u8]) -> Result<SecretString> {
        let token = self.token(project, sealed)?;
        Ok(token_hash(&format!("webhook {project} {}", token.expose_secret())).into())
    }

    /// A project's token.
    pub(crate) fn token(&self, project: ProjectId, sealed: &[u8]) -> Result<SecretString> {
        self.cipher.open(&project.to_string(), sealed)
    }

    /// Whatever webhook Telegram has of a project's bot.
    pub(crate) fn webhook(&self, project: ProjectId, api: &str, sealed: &[u8]) -> Result<Webhook> {
        Ok(Webhook(self.open(project, api, sealed)?))
    }

    /// A client for a project's bot.
    pub(crate) fn open(&self, project: ProjectId, api: &str, sealed: &[u8]) -> Result<telegram::Bot> {
        Ok(self.http.bot(api, self.token(project, sealed)?))
    }
}

/// Whatever webhook Telegram has of a bot.
pub struct Webhook(telegram::Bot);

impl Webhook {
    /// Takes it away; what waits at Telegram stays there. Best effort: whoever meets it later says so.
    pub async fn take_away(self) {
        let removed = tokio::time::timeout(WEBHOOK_PATIENCE, self.0.delete_webhook()).await;
        if !matches!(removed, Ok(Ok(()))) {
            tracing::warn!("a webhook could not be taken away");
        }
    }
}
