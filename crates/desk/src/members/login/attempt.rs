//! An attempt to sign in: what is tried, what is found, and what is kept of it when it is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::store;
use crate::audit;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{MemberId, WorkspaceId};
use crate::members::model::{MemberRow, Workspace};
use crate::members::password::Passwords;
use crate::members::store as members;
use crate::members::throttle::{self, Failures, Guess, Key, Throttle, Wait, key};
use crate::members::workspace::only;
use crate::secrets::{Cipher, token_hash};
use crate::text::{fold, one_line, shorten};
use crate::tx::{Store, Tx};

/// What stands between a browser and a login. Cheap to clone; clones share the bounds and the counters.
#[derive(Clone)]
pub struct Gate {
    /// Verifies passwords.
    pub passwords: Passwords,
    /// Counts attempts.
    pub throttle: Throttle,
    /// Opens the second factors' secrets.
    pub cipher: Cipher,
}

impl Gate {
    /// A gate that has counted nothing yet.
    pub fn new(passwords: Passwords, cipher: Cipher) -> Self {
        Self { passwords, throttle: Throttle::default(), cipher }
    }
}

/// Someone tries to sign in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The workspace; may be left out while there is one.
    pub slug: Option<String>,
    /// The login name as typed.
    pub login_name: String,
    /// The password as typed.
    pub password: SecretString,
    /// The code of the second factor, or a recovery code.
    pub code: Option<String>,
    /// By what the browser would be known.
    pub browser: Option<SecretString>,
    /// The browser's address.
    pub address: String,
    /// What the browser says it is.
    pub device: String,
}

/// Why an attempt was refused. Only admins are told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::AsRefStr, strum::EnumString, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Refusal {
    /// The password is another.
    WrongPassword,
    /// The password was right, the code of the second factor was not.
    WrongCode,
    /// Nobody has this login name.
    Unknown,
    /// The account is switched off.
    Disabled,
    /// The account's last day is over.
    Expired,
    /// The account has no password yet.
    Invited,
    /// Too many failures before: nothing was looked at.
    LockedOut,
}

/// An attempt, cleaned and bounded.
#[derive(Clone)]
pub(super) struct Tried {
    slug: Option<String>,
    login_name: String,
    pub(super) password: SecretString,
    pub(super) code: Option<String>,
    /// The hash of the browser's token.
    pub(super) browser: Option<String>,
    pub(super) address: String,
    pub(super) device: String,
}

/// What the database knows of an attempt before it is verified.
pub(super) struct Found {
    pub(super) key: Key,
    pub(super) account: Option<(MemberRow, String)>,
    pub(super) known_browser: bool,
    /// Of the account, in browsers that weren't known.
    pub(super) failures: Failures,
}

impl Tried {
    pub(super) fn new(attempt: Attempt) -> Self {
        let Attempt { slug, login_name, password, code, browser, address, device } = attempt;
        Self {
            slug,
            login_name: one_line(&login_name),
            password,
            code: code.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()),
            browser: browser.map(|token| token_hash(token.expose_secret())),
            address: shorten(&one_line(&address), 64),
            device: shorten(&one_line(&device), 200),
        }
    }

    /// Who tries, if that can be said without the database: in a browser that is known to nobody.
    pub(super) fn stranger(&self) -> Option<Guess> {
        let slug = self.slug.as_deref().filter(|_| self.browser.is_none())?;
        Some(Guess::unknown(account_key(slug, &self.login_name), &self.address))
    }

    fn workspace(&self, tx: &mut Tx) -> Result<Option<Workspace>> {
        match &self.slug {
            Some(slug) => members::workspace_by_slug(tx, slug),
            None => only(tx),
        }
    }

    pub(super) fn find(&self, tx: &mut Tx) -> Result<Found> {
        let workspace = self.workspace(tx)?;
        let slug = workspace.as_ref().map_or(self.slug.as_deref(), |found| Some(&found.slug));
        let key = account_key(slug.unwrap_or_default(), &self.login_name);
        let account = match &workspace {
            Some(workspace) => members::by_login_name(tx, workspace.id, &self.login_name)?,
            None => None,
        };
        let since = tx.now.plus(-throttle::KEPT);
        let failures = store::failures(tx, &text(&key), since)?;
        let known_browser = match (&account, &self.browser) {
            (Some((member, _)), Some(browser)) => store::is_known(tx, browser, member.id)?,
            _ => false,
        };
        Ok(Found { key, account, known_browser, failures })
    }

    /// Notes a refusal.
    pub(super) async fn record(&self, store: &Store, reason: Refusal, counts: bool) -> Result<()> {
        let tried = self.clone();
        store.write("refuse login", move |tx| store_attempt(tx, &tried, reason, counts)).await
    }

    /// The refusal of who has to wait, which is noted once for each failure.
    pub(super) async fn must_wait(&self, store: &Store, wait: Wait) -> Error {
        if wait.first {
            if let Err(error) = self.record(store, Refusal::LockedOut, false).await {
                return error;
            }
        }
        too_many_attempts(store, wait.until)
    }
}

/// The refusal of who has to wait.
pub(super) fn too_many_attempts(store: &Store, until: Timestamp) -> Error {
    let seconds = (until.0.saturating_sub(store.now().0)).max(0) / 1_000 + 1;
    let params = [("until", until.0.into()), ("seconds", seconds.into())];
    Error::Refused { code: Code::TooManyAttempts, params: params.into_iter().collect() }
}

/// The same row for whoever tried, also where there is no such account.
pub(super) fn store_attempt(tx: &mut Tx, tried: &Tried, reason: Refusal, counts: bool) -> Result<()> {
    let workspace = tried.workspace(tx)?;
    let slug = workspace.as_ref().map_or(tried.slug.as_deref(), |found| Some(&found.slug));
    let key = text(&account_key(slug.unwrap_or_default(), &tried.login_name));
    let workspace = workspace.map(|found| found.id);
    let account = match workspace {
        Some(workspace) => members::by_login_name(tx, workspace, &tried.login_name)?,
        None => None,
    };
    let member = account.map(|(member, _)| member.id);
    store::insert_attempt(tx, &key, workspace, member, tried, reason, counts)?;
    let (Some(workspace), Some(member)) = (workspace, member) else { return Ok(()) };
    let detail = json!({ "reason": reason });
    audit::record(tx, workspace, None, "login.refused", ("member", member.to_string()), &detail)
}

/// Until when a member has to wait in browsers that aren't known; none: they needn't.
pub(crate) fn locked_until(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<Option<Timestamp>> {
    let (slug, row) = (members::workspace_by_id(tx, workspace)?.slug, members::get(tx, workspace, member)?);
    let (key, now) = (text(&account_key(&slug, &row.login_name)), tx.now);
    let failures = store::failures(tx, &key, now.plus(-throttle::KEPT))?;
    Ok(failures.locked_until(throttle::FREE, now))
}

fn account_key(slug: &str, login_name: &str) -> Key {
    key("account", &[slug, &fold(login_name)])
}

/// A key as the tables have it.
pub(super) fn text(key: &Key) -> String {
    URL_SAFE_NO_PAD.encode(key)
}
