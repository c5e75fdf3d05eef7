//! The table invitations.

use db::{Row as DbRow, params};

use super::model::{Invitation, Kind, Row};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{InvitationId, MemberId, WorkspaceId};
use crate::tx::{Tx, word};

const COLUMNS: &str = "id, workspace_id, member_id, kind, created_by, expires_at, used_at, revoked_at";

pub(super) fn insert(tx: &mut Tx, row: &Row, token_hash: &str) -> Result<()> {
    let now = tx.now;
    tx.execute(
        "INSERT INTO invitations (id, workspace_id, member_id, kind, token_hash, created_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            row.id,
            row.workspace,
            row.member,
            row.kind.as_ref(),
            token_hash,
            row.created_by,
            now,
            row.expires_at
        ],
    )?;
    Ok(())
}

pub(super) fn by_token(tx: &mut Tx, token_hash: &str) -> Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM invitations WHERE token_hash = $1");
    Ok(tx.query_opt(&sql, params![token_hash], row)?)
}

pub(super) fn by_id(tx: &mut Tx, id: InvitationId) -> Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM invitations WHERE id = $1");
    Ok(tx.query_opt(&sql, params![id], row)?)
}

/// The link of a member that neither was used nor taken back; it may be too old.
pub(crate) fn open_of(tx: &mut Tx, member: MemberId) -> Result<Option<Invitation>> {
    let sql = "SELECT kind, created_at, expires_at, mailed_at, mail_error FROM invitations
         WHERE member_id = $1 AND used_at IS NULL AND revoked_at IS NULL";
    let invitation = |row: &DbRow| {
        Ok(Invitation {
            kind: word(row, "kind")?,
            created_at: Timestamp(row.get("created_at")?),
            expires_at: Timestamp(row.get("expires_at")?),
            mailed_at: row.get::<Option<i64>>("mailed_at")?.map(Timestamp),
            mail_error: row.get("mail_error")?,
        })
    };
    Ok(tx.query_opt(sql, params![member], invitation)?)
}

/// Takes back what is open; says whether anything was.
pub(crate) fn revoke(tx: &mut Tx, member: MemberId) -> Result<bool> {
    let now = tx.now;
    let sql = "UPDATE invitations SET revoked_at = $2
         WHERE member_id = $1 AND used_at IS NULL AND revoked_at IS NULL";
    Ok(tx.execute(sql, params![member, now])? > 0)
}

/// Uses a link up; says whether it was open. The condition makes it a claim.
pub(super) fn use_up(tx: &mut Tx, id: InvitationId) -> Result<bool> {
    let now = tx.now;
    let sql = "UPDATE invitations SET used_at = $2
         WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2";
    Ok(tx.execute(sql, params![id, now])? > 0)
}

/// Notes what became of the letter: the server took it, or what is wrong.
pub(super) fn note_mail(tx: &mut Tx, id: InvitationId, error: Option<&str>) -> Result<()> {
    let now = tx.now;
    let at = error.is_none().then_some(now.0);
    tx.execute(
        "UPDATE invitations SET mailed_at = COALESCE($2, mailed_at), mail_error = $3 WHERE id = $1",
        params![id, at, error],
    )?;
    Ok(())
}

fn row(row: &DbRow) -> Result<Row, db::Error> {
    let time = |name| Ok::<_, db::Error>(row.get::<Option<i64>>(name)?.map(Timestamp));
    Ok(Row {
        id: InvitationId::column(row, "id")?,
        workspace: WorkspaceId::column(row, "workspace_id")?,
        member: MemberId::column(row, "member_id")?,
        kind: word::<Kind>(row, "kind")?,
        created_by: MemberId::column(row, "created_by")?,
        expires_at: Timestamp(row.get("expires_at")?),
        used_at: time("used_at")?,
        revoked_at: time("revoked_at")?,
    })
}
