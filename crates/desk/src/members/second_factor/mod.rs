//! The second factor: codes that an app makes from a shared secret and the time (TOTP, RFC 6238), and recovery codes for who has
//! lost the app. The secret is sealed, recovery codes are stored hashed, and no code counts twice.

mod code;
mod store;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use self::code::Generator;
use super::login::{Gate, SignedIn, check_own_password};
use super::model::{MemberRow, Role};
use super::store as members;
use crate::audit;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
use crate::secrets::{Cipher, token_hash};
use crate::tx::{Store, Tx};

pub(super) use store::remove;

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// What an authenticator app needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewSecondFactor {
    /// The secret in base 32, to be typed in.
    pub secret: String,
    /// The same as an address that apps open.
    pub uri: String,
    /// The address as a QR code: rows of `0` (light) and `1` (dark).
    pub modules: Vec<String>,
}

/// What a code does for a login.
pub(super) enum Check {
    /// The member has no second factor, or the code was right and is used up.
    Fine,
    /// A code is needed.
    Needed,
    /// The code is wrong, or was used before.
    Wrong,
}

/// Checks the code of a login. The caller has locked the member.
pub(super) fn check(tx: &mut Tx, cipher: &Cipher, member: &MemberRow, code: Option<&str>) -> Result<Check> {
    let Some(factor) = store::get(tx, member.id)? else { return Ok(Check::Fine) };
    let Some(sealed) = factor.secret else { return Ok(Check::Fine) };
    let Some(code) = code else { return Ok(Check::Needed) };
    if let Some(recovery) = code::recovery(code) {
        let used = store::use_recovery_code(tx, member.id, &token_hash(&recovery))?;
        if used {
            let subject = ("member", member.id.to_string());
            let verb = "second_factor.recovery_code_used";
            audit::record(tx, member.workspace, Some(member.id), verb, subject, &json!({}))?;
        }
        return Ok(if used { Check::Fine } else { Check::Wrong });
    }
    let secret = cipher.open(&owner(member.id), &sealed)?;
    match Generator::new(secret.expose_secret())?.step_of(code, tx.now) {
        Some(step) if step > factor.last_step => {
            store::set_step(tx, member.id, step)?;
            Ok(Check::Fine)
        }
        _ => Ok(Check::Wrong),
    }
}

/// Begins to set up a second factor; it counts from its first code on. A member who has one turns that off first.
pub async fn set_up_anew(store: &Store, cipher: &Cipher, who: &SignedIn) -> Result<NewSecondFactor> {
    let (member, cipher, secret) = (who.member.clone(), cipher.clone(), code::new_secret());
    let generator = Generator::new(secret.expose_secret())?;
    let issuer = store
        .write("begin second factor", move |tx| {
            members::lock(tx, member.id)?;
            if members::get(tx, member.workspace, member.id)?.second_factor {
                return Err(Error::refused(Code::SecondFactorOn));
            }
            store::begin(tx, &member, &cipher.seal(&owner(member.id), &secret)?)?;
            Ok(members::workspace_by_id(tx, member.workspace)?.name)
        })
        .await?;
    generator.shown(&issuer, &who.member.login_name)
}

/// Confirms with a code that the app has the secret, and gives the recovery codes. From now on logins need a code.
pub async fn confirm(store: &Store, cipher: &Cipher, who: &SignedIn, code: &str) -> Result<Vec<String>> {
    let (member, cipher, code) = (who.member.clone(), cipher.clone(), code.to_owned());
    let codes = code::new_recovery_codes(RECOVERY_CODES);
    let stored = codes.clone();
    store
        .write("confirm second factor", move |tx| {
            members::lock(tx, member.id)?;
            let factor = store::get(tx, member.id)?.and_then(|factor| factor.new_secret);
            let sealed = factor.ok_or_else(|| Error::refused(Code::NotFound))?;
            let secret = cipher.open(&owner(member.id), &sealed)?;
            let step = Generator::new(secret.expose_secret())?.step_of(&code, tx.now);
            let step = step.ok_or_else(|| Error::field("code", "wrong"))?;
            store::confirm(tx, member.id, step)?;
            keep_codes(tx, &member, &stored)?;
            record(tx, &member, Some(member.id), "second_factor.set_up")
        })
        .await?;
    Ok(codes)
}

/// Turns the second factor off, for who knows the password.
pub async fn turn_off(store: &Store, gate: &Gate, who: &SignedIn, password: &SecretString) -> Result<()> {
    check_own_password(store, gate, who, "password", password).await?;
    let member = who.member.clone();
    store
        .write("remove second factor", move |tx| {
            members::lock(tx, member.id)?;
            remove(tx, member.id)?;
            record(tx, &member, Some(member.id), "second_factor.removed")
        })
        .await
}

/// Makes new recovery codes, for who knows the password; the ones before are void.
pub async fn new_recovery_codes(
    store: &Store,
    gate: &Gate,
    who: &SignedIn,
    password: &SecretString,
) -> Result<Vec<String>> {
    check_own_password(store, gate, who, "password", password).await?;
    let (member, codes) = (who.member.clone(), code::new_recovery_codes(RECOVERY_CODES));
    let stored = codes.clone();
    store
        .write("new recovery codes", move |tx| {
            members::lock(tx, member.id)?;
            if !members::get(tx, member.workspace, member.id)?.second_factor {
                return Err(Error::refused(Code::NotFound));
            }
            keep_codes(tx, &member, &stored)?;
            record(tx, &member, Some(member.id), "second_factor.recovery_codes_made")
        })
        .await?;
    Ok(codes)
}

/// Removes the second factor of a member who has lost theirs. The owner's is the operator's affair, and one's own goes elsewhere,
/// with the password.
pub async fn reset_of(store: &Store, workspace: WorkspaceId, by: &MemberRow, id: MemberId) -> Result<()> {
    let by = by.id;
    store
        .write("reset second factor", move |tx| {
            members::lock(tx, id)?;
            let member = members::get(tx, workspace, id)?;
            if by == id {
                return Err(Error::refused(Code::OwnAccount));
            }
            if member.role == Role::Owner {
                return Err(Error::refused(Code::OwnerProtected));
            }
            remove(tx, id)?;
            record(tx, &member, Some(by), "second_factor.reset")
        })
        .await
}

fn keep_codes(tx: &mut Tx, member: &MemberRow, codes: &[String]) -> Result<()> {
    let hashes = codes.iter().filter_map(|code| code::recovery(code)).map(|code| token_hash(&code));
    store::replace_recovery_codes(tx, member, &hashes.collect::<Vec<_>>())
}

fn record(tx: &mut Tx, member: &MemberRow, by: Option<MemberId>, verb: &'static str) -> Result<()> {
    tx.event(member.workspace, Change::Member(member.id), Audience::Workspace);
    audit::record(tx, member.workspace, by, verb, ("member", member.id.to_string()), &json!({}))
}

/// What a secret is sealed for: not for the member's row as such, so that no other secret of theirs opens in its place.
fn owner(member: MemberId) -> String {
    format!("second factor of {member}")
}
