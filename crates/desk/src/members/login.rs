//! Logins: one live browser per member. A new login that has fully succeeded ends the old one at once.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::model::{EndReason, MemberRow, MemberState, Status};
use super::password::Passwords;
use super::store::{self, Browser};
use super::workspace::only;
use crate::audit;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change, Topic};
use crate::ids::LoginId;
use crate::secrets::{new_token, token_hash};
use crate::text::{one_line, shorten};
use crate::tx::{Store, Tx};

/// Someone tries to sign in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The workspace; may be left out while there is one.
    pub slug: Option<String>,
    /// The login name as typed.
    pub login_name: String,
    /// The password as typed.
    pub password: SecretString,
    /// The browser's address.
    pub address: String,
    /// What the browser says it is.
    pub device: String,
}

/// A login that succeeded.
pub struct LoggedIn {
    /// The cookie's value; only its hash is stored.
    pub token: SecretString,
    /// Who it is now.
    pub signed_in: SignedIn,
}

/// Who asks: a live login and its member.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The login.
    pub login: LoginId,
    /// The member, as of the request.
    pub member: MemberRow,
}

/// Signs in. Every failure is the same refusal after exactly one password verification.
pub async fn log_in(store: &Store, passwords: &Passwords, attempt: Attempt) -> Result<LoggedIn> {
    let (slug, login_name) = (attempt.slug.clone(), one_line(&attempt.login_name));
    let found = store
        .read("find login name", move |tx| {
            let workspace = match &slug {
                Some(slug) => store::workspace_by_slug(tx, slug)?,
                None => only(tx)?,
            };
            let Some(workspace) = workspace else { return Ok(None) };
            store::by_login_name(tx, workspace.id, &login_name)
        })
        .await?;
    let hash = found.as_ref().map(|(_, hash)| hash.as_str());
    let right = passwords.verify(&attempt.password, hash).await?;
    let wrong = || Error::refused(Code::WrongCredentials);
    let (member, hash) = found.filter(|_| right).ok_or_else(wrong)?;
    let token = new_token();
    let stored = token_hash(token.expose_secret());
    let (address, device) =
        (shorten(&one_line(&attempt.address), 64), shorten(&one_line(&attempt.device), 200));
    let signed_in = store
        .write("log in", move |tx| {
            store::lock(tx, member.id)?;
            // Read again under the lock: the account may have changed while the password was being verified.
            let now = store::by_login_name(tx, member.workspace, &member.login_name)?;
            let (member, now_hash) = now.filter(|(now, _)| now.id == member.id).ok_or_else(wrong)?;
            if member.state != MemberState::Active || now_hash != hash {
                return Err(wrong());
            }
            if let Some(old) = store::end_live_login(tx, member.id, EndReason::Replaced)? {
                tx.signal(Topic::Login(old));
            }
            let login = LoginId::new(tx.now);
            store::insert_login(
                tx,
                login,
                &member,
                &stored,
                &Browser { address: &address, device: &device },
            )?;
            let subject = ("login", login.to_string());
            audit::record(tx, member.workspace, Some(member.id), "login.succeeded", subject, &json!({}))?;
            Ok(SignedIn { login, member })
        })
        .await?;
    Ok(LoggedIn { token, signed_in })
}

/// Who holds `token`. Refused as signed out, or as signed in elsewhere when a newer login replaced this one.
pub async fn identify(store: &Store, token: &SecretString) -> Result<SignedIn> {
    let hash = token_hash(token.expose_secret());
    let found = store.read("identify", move |tx| store::login_by_token(tx, &hash)).await?;
    match found {
        Some((_, _, Some(EndReason::Replaced))) => Err(Error::refused(Code::SignedInElsewhere)),
        Some((login, member, None)) if member.state == MemberState::Active && member.deleted_at.is_none() => {
            Ok(SignedIn { login, member })
        }
        _ => Err(Error::refused(Code::SignedOut)),
    }
}

/// Why a login ended; none while it is live.
pub async fn end_reason(store: &Store, login: LoginId) -> Result<Option<EndReason>> {
    store.read("login end", move |tx| store::login_end(tx, login)).await
}

/// Signs out: the login ends and the status becomes offline. A login that has ended already leaves things as they are.
pub async fn log_out(store: &Store, who: &SignedIn) -> Result<()> {
    let (login, member) = (who.login, who.member.clone());
    store.write("log out", move |tx| end_own(tx, login, &member)).await
}

fn end_own(tx: &mut Tx, login: LoginId, member: &MemberRow) -> Result<()> {
    // Diversion must not give a session to somebody who leaves at this moment.
    store::lock_workspace(tx, member.workspace)?;
    store::lock(tx, member.id)?;
    if store::login_end(tx, login)?.is_some() {
        return Ok(());
    }
    store::end_live_login(tx, member.id, EndReason::LoggedOut)?;
    tx.signal(Topic::Login(login));
    if store::set_status(tx, member.id, Status::Offline)? {
        tx.event(member.workspace, Change::Member(member.id), Audience::Workspace);
    }
    audit::record(
        tx,
        member.workspace,
        Some(member.id),
        "login.ended",
        ("login", login.to_string()),
        &json!({}),
    )
}
