//! Making links, and putting them into the post.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::model::{GOOD_FOR, Kind, Row};
use super::{post, store};
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{InvitationId, MemberId, ProjectId, WorkspaceId};
use crate::members::{self, MemberRow, NewAccount};
use crate::secrets::{Cipher, new_token, token_hash};
use crate::tx::{Store, Tx, to_json};
use crate::{access, audit};

/// How links reach people.
#[derive(Clone)]
pub struct Delivery {
    /// Seals the links that wait in the post.
    pub cipher: Cipher,
    /// The address people use, as in `https://desk.example.com`.
    pub base: String,
    /// Whether there is a mail server.
    pub by_mail: bool,
}

impl Delivery {
    /// A new link under this address.
    pub(crate) fn link(&self) -> Link {
        let token = new_token();
        // In the fragment: browsers don't send it, so that no log has it.
        let address = format!("{}/invitation#{}", self.base, token.expose_secret());
        Link { hash: token_hash(token.expose_secret()), address: address.into() }
    }
}

/// A link before it is stored. It is made outside of the transaction, which may be run again.
#[derive(Clone)]
pub(crate) struct Link {
    hash: String,
    pub(crate) address: SecretString,
}

/// Whether a link was mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mailed {
    /// It is on its way.
    Queued,
    /// The member has no e-mail address.
    NoAddress,
    /// There is no mail server.
    NotSetUp,
}

/// A link that was made: it is shown this once.
pub struct Issued {
    /// The address to open.
    pub link: SecretString,
    /// Whether it was mailed too.
    pub mailed: Mailed,
}

/// What waits in the post.
#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) invitation: InvitationId,
    /// The link, sealed for the invitation.
    pub(super) sealed: String,
}

/// Makes a link for a member, which voids the one before: an invitation for who has no password, else one to reset it.
pub async fn issue_link(
    store: &Store,
    delivery: &Delivery,
    workspace: WorkspaceId,
    by: MemberId,
    id: MemberId,
) -> Result<Issued> {
    let (link, delivery) = (delivery.link(), delivery.clone());
    let made = link.clone();
    let mailed = store
        .write("issue invitation", move |tx| {
            members::lock(tx, id)?;
            let (by, member) = (members::manager(tx, workspace, by)?, members::get(tx, workspace, id)?);
            members::may_manage(&by, &member)?;
            if by.id == member.id {
                return Err(Error::refused(Code::OwnAccount));
            }
            issue(tx, &delivery, by.id, &member, &made)
        })
        .await?;
    Ok(Issued { link: link.address, mailed })
}

/// Adds a member without a password together with their projects (unless theirs are all), and makes the link that sets it.
pub async fn invite(
    store: &Store,
    delivery: &Delivery,
    workspace: WorkspaceId,
    by: MemberId,
    new: NewAccount,
    projects: Vec<ProjectId>,
) -> Result<(MemberId, Issued)> {
    let (link, delivery) = (delivery.link(), delivery.clone());
    let made = link.clone();
    let (id, mailed) = store
        .write("invite member", move |tx| {
            members::manager(tx, workspace, by)?;
            let prepared = members::checked(&new, tx.now)?;
            let id = members::store_new(tx, workspace, Some(by), &prepared)?;
            access::give(tx, workspace, id, &projects)?;
            let member = members::get(tx, workspace, id)?;
            Ok((id, issue(tx, &delivery, by, &member, &made)?))
        })
        .await?;
    Ok((id, Issued { link: link.address, mailed }))
}

/// Stores a link for a member, and puts it into the post.
pub(crate) fn issue(
    tx: &mut Tx,
    delivery: &Delivery,
    by: MemberId,
    member: &MemberRow,
    link: &Link,
) -> Result<Mailed> {
    store::revoke(tx, member.id)?;
    let id = InvitationId::new(tx.now);
    let kind = if member.has_password { Kind::Reset } else { Kind::Invitation };
    let row = Row {
        id,
        workspace: member.workspace,
        member: member.id,
        kind,
        created_by: by,
        expires_at: tx.now.plus(GOOD_FOR),
        used_at: None,
        revoked_at: None,
    };
    store::insert(tx, &row, &link.hash)?;
    let (subject, detail) = (("member", member.id.to_string()), json!({ "kind": kind }));
    audit::record(tx, member.workspace, Some(by), "invitation.issued", subject, &detail)?;
    tx.event(member.workspace, Change::Member(member.id), Audience::Workspace);
    if member.email.is_none() {
        return Ok(Mailed::NoAddress);
    }
    if !delivery.by_mail {
        return Ok(Mailed::NotSetUp);
    }
    let sealed = delivery.cipher.seal(&owner(id), &link.address)?;
    let payload = to_json(&Payload { invitation: id, sealed: URL_SAFE_NO_PAD.encode(sealed) })?;
    post::enqueue(tx, member.workspace, id, &payload)?;
    Ok(Mailed::Queued)
}

/// What a link is sealed for.
pub(super) fn owner(id: InvitationId) -> String {
    format!("link of invitation {id}")
}
