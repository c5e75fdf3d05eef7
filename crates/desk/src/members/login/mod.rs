//! Logins: one live browser per member. A new login that has fully succeeded ends the old one at once.
//!
//! Who has to wait (see `throttle`) is refused before anything is computed, and so are names that nobody has. Everybody else's
//! attempt costs exactly one password verification and, when it fails, one row of the same table: nothing tells the causes apart.

mod attempt;
mod browsers;
mod change_password;
mod history;
mod store;

pub(crate) use attempt::locked_until;
pub use attempt::{Attempt, Gate, Refusal};
pub(super) use browsers::forget as forget_browsers;
pub use change_password::change_password;
pub(crate) use change_password::check_own_password;
pub use history::{LoginAttempt, LoginView, Logins, attempts, history};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
pub(crate) use store::forget_old_attempts;

use self::attempt::Tried;
use super::model::{EndReason, MemberRow, MemberState, Status};
use super::second_factor::{self, Check};
use super::store::{self as members, Browser};
use super::throttle::{Admission, Failures, Guess, key};
use crate::audit;
use crate::clock::{MINUTE, Timestamp};
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change, Topic};
use crate::ids::LoginId;
use crate::secrets::{new_token, token_hash};
use crate::tx::{Store, Tx};

/// A login that succeeded.
pub struct LoggedIn {
    /// The cookie's value; only its hash is stored.
    pub token: SecretString,
    /// By which this browser will be known: a cookie's value, too.
    pub browser: SecretString,
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
    /// When the login was last noted to be in use.
    pub seen_at: Option<Timestamp>,
    /// Whether the workspace requires a second factor that the member hasn't got: until then they may do nothing else.
    pub must_set_up_second_factor: bool,
}

/// What became of an attempt with the right password.
enum Outcome {
    In(Box<SignedIn>),
    CodeNeeded,
    Refused(Refusal),
}

/// Signs in. Every failure of account and password is the same refusal; a code is asked for only after the right password.
pub async fn log_in(store: &Store, gate: &Gate, attempt: Attempt) -> Result<LoggedIn> {
    let tried = Tried::new(attempt);
    if let Some(guess) = tried.stranger() {
        // Most of a flood ends here, without a question to the database.
        if let Some(wait) = gate.throttle.wait(&guess, store.now()) {
            return Err(tried.must_wait(store, wait).await);
        }
    }
    let reading = tried.clone();
    let found = store.read("find login name", move |tx| reading.find(tx)).await?;
    let (guess, stored) = match (&tried.browser, &found.account) {
        (Some(browser), Some((member, _))) if found.known_browser => {
            (Guess::own(key("browser", &[browser, &member.id.to_string()])), Failures::NONE)
        }
        _ => (Guess::unknown(found.key, &tried.address), found.failures),
    };
    let admission = match gate.throttle.admit(guess, stored, store.now()) {
        Ok(admission) => admission,
        Err(wait) => return Err(tried.must_wait(store, wait).await),
    };
    // Who was invited has no password yet: theirs is verified as that of nobody.
    let hash = found.account.as_ref().map(|(_, hash)| hash.as_str()).filter(|hash| !hash.is_empty());
    let account = found.account.as_ref().map(|(member, _)| member.has_password);
    let right = match gate.passwords.verify(&tried.password, hash).await {
        Ok(right) => right,
        Err(error) => {
            admission.take_back();
            return Err(error);
        }
    };
    let Some((member, hash)) = found.account.filter(|_| right) else {
        let reason = match account {
            Some(true) => Refusal::WrongPassword,
            Some(false) => Refusal::Invited,
            None => Refusal::Unknown,
        };
        tried.record(store, reason, !found.known_browser).await;
        return Err(Error::refused(Code::WrongCredentials));
    };
    let entry = Entry { member, hash, known_browser: found.known_browser, key: found.key };
    enter(store, gate, tried, entry, admission).await
}

/// Someone with the right password.
#[derive(Clone)]
struct Entry {
    member: MemberRow,
    hash: String,
    known_browser: bool,
    key: super::throttle::Key,
}

async fn enter(
    store: &Store,
    gate: &Gate,
    tried: Tried,
    entry: Entry,
    admission: Admission,
) -> Result<LoggedIn> {
    let (token, browser) = (new_token(), new_token());
    let hashes = [&token, &browser].map(|token| token_hash(token.expose_secret()));
    let (known_browser, key, cipher) = (entry.known_browser, entry.key, gate.cipher.clone());
    let outcome = store
        .write("log in", move |tx| {
            let outcome = match standing(tx, &entry)? {
                None => Outcome::Refused(Refusal::WrongPassword),
                Some(member) if member.state != MemberState::Active => Outcome::Refused(Refusal::Disabled),
                Some(member) if member.is_expired(tx.now) => Outcome::Refused(Refusal::Expired),
                Some(member) => match second_factor::check(tx, &cipher, &member, tried.code.as_deref())? {
                    Check::Needed => Outcome::CodeNeeded,
                    Check::Wrong => Outcome::Refused(Refusal::WrongCode),
                    Check::Fine => Outcome::In(Box::new(begin(tx, &tried, &entry, member, &hashes)?)),
                },
            };
            if let Outcome::Refused(reason) = outcome {
                attempt::store_attempt(tx, &tried, reason, !entry.known_browser)?;
            }
            Ok(outcome)
        })
        .await?;
    match outcome {
        Outcome::In(signed_in) => {
            admission.take_back();
            if !known_browser {
                gate.throttle.forget(&key);
            }
            Ok(LoggedIn { token, browser, signed_in: *signed_in })
        }
        Outcome::CodeNeeded => {
            admission.take_back();
            Err(Error::refused(Code::SecondFactorNeeded))
        }
        Outcome::Refused(Refusal::WrongCode) => Err(Error::refused(Code::WrongCode)),
        Outcome::Refused(_) => Err(Error::refused(Code::WrongCredentials)),
    }
}

/// The member, read again under the lock, unless the account was changed while the password was being verified.
fn standing(tx: &mut Tx, entry: &Entry) -> Result<Option<MemberRow>> {
    let member = &entry.member;
    members::lock(tx, member.id)?;
    let now = members::by_login_name(tx, member.workspace, &member.login_name)?;
    Ok(now.filter(|(now, hash)| now.id == member.id && *hash == entry.hash).map(|(now, _)| now))
}

/// Begins a login and ends the one before.
fn begin(
    tx: &mut Tx,
    tried: &Tried,
    entry: &Entry,
    member: MemberRow,
    [token, browser]: &[String; 2],
) -> Result<SignedIn> {
    if let Some(old) = members::end_live_login(tx, member.id, EndReason::Replaced)? {
        tx.signal(Topic::Login(old));
    }
    let login = LoginId::new(tx.now);
    let from = Browser { address: &tried.address, device: &tried.device };
    members::insert_login(tx, login, &member, token, &from)?;
    browsers::remember(tx, &member, tried.browser.as_deref(), browser)?;
    if !entry.known_browser {
        store::forgive(tx, &attempt::text(&entry.key))?;
    }
    let subject = ("login", login.to_string());
    audit::record(tx, member.workspace, Some(member.id), "login.succeeded", subject, &json!({}))?;
    let required = super::settings::requires_second_factor(tx, member.workspace)?;
    let must_set_up_second_factor = required && !member.second_factor;
    Ok(SignedIn { login, member, seen_at: None, must_set_up_second_factor })
}

/// Who holds `token`. Refused as signed out, or as signed in elsewhere when a newer login replaced this one.
pub async fn identify(store: &Store, token: &SecretString) -> Result<SignedIn> {
    let hash = token_hash(token.expose_secret());
    let found = store.read("identify", move |tx| members::login_by_token(tx, &hash)).await?;
    let Some(found) = found else { return Err(Error::refused(Code::SignedOut)) };
    let member = found.member;
    match found.ended {
        Some(EndReason::Replaced) => Err(Error::refused(Code::SignedInElsewhere)),
        None if member.is_usable(store.now()) => {
            let must_set_up_second_factor = found.second_factor_required && !member.second_factor;
            Ok(SignedIn { login: found.login, member, seen_at: found.seen_at, must_set_up_second_factor })
        }
        _ => Err(Error::refused(Code::SignedOut)),
    }
}

impl SignedIn {
    /// Whether it was noted within the last minute that the login is in use.
    pub fn seen_lately(&self, now: Timestamp) -> bool {
        self.seen_at.is_some_and(|seen| seen.plus(MINUTE) > now)
    }
}

/// Notes that a login is in use: for who was not seen lately. Of many at once one counts.
pub async fn note_seen(store: &Store, who: &SignedIn) -> Result<()> {
    let (login, member) = (who.login, who.member.id);
    store
        .write("note seen", move |tx| {
            // The member before their login, as everybody does.
            members::lock(tx, member)?;
            store::set_seen(tx, login, member)
        })
        .await
}

/// How a login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is live.
    Live,
    /// It is live, and good for nothing but setting up a second factor.
    MustSetUpSecondFactor,
    /// It has ended.
    Ended(EndReason),
}

/// How a login stands now.
pub async fn standing_of(store: &Store, login: LoginId) -> Result<Standing> {
    store.read("login standing", move |tx| store::standing(tx, login)).await
}

/// Why a login ended; none while it is live.
pub async fn end_reason(store: &Store, login: LoginId) -> Result<Option<EndReason>> {
    store.read("login end", move |tx| members::login_end(tx, login)).await
}

/// Signs out: the login ends and the status becomes offline. A login that has ended already leaves things as they are. The caller
/// holds the workspace's lock: diversion must not give a session to somebody who leaves at this moment.
pub(crate) fn log_out(tx: &mut Tx, login: LoginId, member: &MemberRow) -> Result<()> {
    members::lock(tx, member.id)?;
    if members::login_end(tx, login)?.is_some() {
        return Ok(());
    }
    members::end_live_login(tx, member.id, EndReason::LoggedOut)?;
    tx.signal(Topic::Login(login));
    if super::presence::set_status(tx, member.id, Status::Offline)? {
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
