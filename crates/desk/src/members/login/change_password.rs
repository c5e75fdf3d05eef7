//! Changing one's own password.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::attempt::{Gate, too_many_attempts};
use super::{SignedIn, browsers};
use crate::audit;
use crate::error::{Error, Result};
use crate::members::store as members;
use crate::members::throttle::{Failures, Guess, key};
use crate::secrets::token_hash;
use crate::text::Fields;
use crate::tx::Store;

/// Changes the password of who is signed in, for who knows the one before. Their other browsers are known no more; the login goes on.
pub async fn change_password(
    store: &Store,
    gate: &Gate,
    who: &SignedIn,
    browser: Option<SecretString>,
    current: &SecretString,
    new: SecretString,
) -> Result<()> {
    let mut fields = Fields::default();
    let known = [&*who.member.name, &*who.member.login_name];
    fields.password_of("password", new.expose_secret(), &known);
    fields.done()?;
    let old_hash = check_own_password(store, gate, who, "current", current).await?;
    let hash = gate.passwords.hash(&new).await?;
    let (member, kept) = (who.member.clone(), browser.map(|token| token_hash(token.expose_secret())));
    store
        .write("change password", move |tx| {
            members::lock(tx, member.id)?;
            if members::password_hash(tx, member.id)? != old_hash {
                return Err(Error::field("current", "wrong"));
            }
            members::set_password(tx, member.id, &hash)?;
            browsers::forget(tx, &member, kept.as_deref())?;
            let subject = ("member", member.id.to_string());
            audit::record(
                tx,
                member.workspace,
                Some(member.id),
                "member.password_changed",
                subject,
                &json!({}),
            )
        })
        .await
}

/// Refuses who doesn't know the password of their own account: somebody else may sit before the browser. Gives the stored hash.
pub(crate) async fn check_own_password(
    store: &Store,
    gate: &Gate,
    who: &SignedIn,
    field: &str,
    password: &SecretString,
) -> Result<String> {
    let member = who.member.id;
    let hash = store.read("own password", move |tx| members::password_hash(tx, member)).await?;
    let guess = Guess::own(key("own password", &[&member.to_string()]));
    let admission = gate
        .throttle
        .admit(guess, Failures::NONE, store.now())
        .map_err(|wait| too_many_attempts(store, wait.until))?;
    let right = gate.passwords.verify(password, Some(&hash)).await;
    if !matches!(right, Ok(false)) {
        admission.take_back();
    }
    if right? { Ok(hash) } else { Err(Error::field(field, "wrong")) }
}
