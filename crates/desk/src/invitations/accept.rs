//! Opening a link, and setting the password.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::model::{Gone, Kind, Row, refusal};
use super::store;
use crate::audit;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::WorkspaceId;
use crate::members::{self, MemberRow, Passwords, Workspace};
use crate::secrets::token_hash;
use crate::text::Fields;
use crate::tx::{Store, Tx};

/// What a link's page shows before it is used.
#[derive(Debug, Clone)]
pub struct Look {
    /// Where it leads.
    pub workspace: Workspace,
    /// Whose it is.
    pub name: String,
    /// What they will sign in with.
    pub login_name: String,
    /// What it is for.
    pub kind: Kind,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// With what its member signs in now.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The workspace's name in addresses.
    pub slug: String,
    /// The login name.
    pub login_name: String,
}

/// What a link is for. Refused as not found when there never was such a one, and as gone with the reason.
pub async fn look(store: &Store, token: &SecretString) -> Result<Look> {
    let hash = token_hash(token.expose_secret());
    store
        .read("look at invitation", move |tx| {
            let (row, member) = good(tx, &hash)?;
            let workspace = members::workspace(tx, row.workspace)?;
            let MemberRow { name, login_name, .. } = member;
            Ok(Look { workspace, name, login_name, kind: row.kind, expires_at: row.expires_at })
        })
        .await
}

/// Sets the password of the link's member and uses the link up, and runs `and_then` in the same transaction, under the workspace's
/// lock. Of several at once one counts.
pub(crate) async fn accept<F>(
    store: &Store,
    passwords: &Passwords,
    token: &SecretString,
    password: SecretString,
    and_then: F,
) -> Result<Accepted>
where
    F: Fn(&mut Tx, WorkspaceId) -> Result<()> + Send + 'static,
{
    let hash = token_hash(token.expose_secret());
    let asked = hash.clone();
    let (_, member) = store.read("find invitation", move |tx| good(tx, &asked)).await?;
    let mut fields = Fields::default();
    fields.password_of("password", password.expose_secret(), &[&member.name, &member.login_name]);
    fields.done()?;
    let password_hash = passwords.hash(&password).await?;
    store
        .write("accept invitation", move |tx| {
            members::lock_workspace(tx, member.workspace)?;
            members::lock(tx, member.id)?;
            let (row, member) = good(tx, &hash)?;
            if !store::use_up(tx, row.id)? {
                return Err(refusal(Gone::Used));
            }
            members::reset_password(tx, &member, &password_hash)?;
            let (subject, detail) = (("member", member.id.to_string()), json!({ "kind": row.kind }));
            audit::record(tx, row.workspace, Some(member.id), "invitation.accepted", subject, &detail)?;
            tx.event(row.workspace, Change::Member(member.id), Audience::Workspace);
            and_then(tx, row.workspace)?;
            let slug = members::workspace(tx, row.workspace)?.slug;
            Ok(Accepted { slug, login_name: member.login_name })
        })
        .await
}

/// The link with this token, and its member, if it is good.
fn good(tx: &mut Tx, hash: &str) -> Result<(Row, MemberRow)> {
    let row = store::by_token(tx, hash)?.ok_or_else(|| Error::refused(Code::NotFound))?;
    row.must_be_good(tx.now)?;
    let member = members::find(tx, row.workspace, row.member)?;
    if !member.is_usable(tx.now) {
        return Err(refusal(Gone::Revoked));
    }
    Ok((row, member))
}
