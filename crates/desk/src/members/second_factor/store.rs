//! The tables second_factors and recovery_codes, and what members say of them.

use db::params;

use crate::error::Result;
use crate::ids::MemberId;
use crate::members::model::MemberRow;
use crate::tx::Tx;

/// A member's second factor.
pub(super) struct Factor {
    /// Sealed; none until one is confirmed.
    pub(super) secret: Option<Vec<u8>>,
    /// Sealed; one that is being set up.
    pub(super) new_secret: Option<Vec<u8>>,
    /// Of the last code that was used.
    pub(super) last_step: i64,
}

pub(super) fn get(tx: &mut Tx, member: MemberId) -> Result<Option<Factor>> {
    let sql = "SELECT secret, new_secret, last_step FROM second_factors WHERE member_id = $1";
    Ok(tx.query_opt(sql, params![member], |row| {
        Ok(Factor {
            secret: row.get("secret")?,
            new_secret: row.get("new_secret")?,
            last_step: row.get("last_step")?,
        })
    })?)
}

/// Stores a secret that is being set up, in place of one that was.
pub(super) fn begin(tx: &mut Tx, member: &MemberRow, sealed: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO second_factors (member_id, workspace_id, new_secret, last_step) VALUES ($1, $2, $3, 0)
         ON CONFLICT (member_id) DO UPDATE SET new_secret = excluded.new_secret",
        params![member.id, member.workspace, sealed],
    )?;
    Ok(())
}

pub(super) fn confirm(tx: &mut Tx, member: MemberId, step: i64) -> Result<()> {
    tx.execute(
        "UPDATE second_factors SET secret = new_secret, new_secret = NULL, last_step = $2 WHERE member_id = $1",
        params![member, step],
    )?;
    set_flag(tx, member, true)
}

pub(super) fn set_step(tx: &mut Tx, member: MemberId, step: i64) -> Result<()> {
    tx.execute("UPDATE second_factors SET last_step = $2 WHERE member_id = $1", params![member, step])?;
    Ok(())
}

/// Removes a member's second factor, if they have one, and their recovery codes.
pub(in crate::members) fn remove(tx: &mut Tx, member: MemberId) -> Result<()> {
    tx.execute("DELETE FROM second_factors WHERE member_id = $1", params![member])?;
    tx.execute("DELETE FROM recovery_codes WHERE member_id = $1", params![member])?;
    set_flag(tx, member, false)
}

fn set_flag(tx: &mut Tx, member: MemberId, on: bool) -> Result<()> {
    tx.execute(
        "UPDATE members SET second_factor = $2, version = version + 1 WHERE id = $1 AND second_factor <> $2",
        params![member, on],
    )?;
    Ok(())
}

pub(super) fn replace_recovery_codes(tx: &mut Tx, member: &MemberRow, hashes: &[String]) -> Result<()> {
    tx.execute("DELETE FROM recovery_codes WHERE member_id = $1", params![member.id])?;
    for hash in hashes {
        tx.execute(
            "INSERT INTO recovery_codes (member_id, workspace_id, code_hash) VALUES ($1, $2, $3)",
            params![member.id, member.workspace, hash],
        )?;
    }
    Ok(())
}

/// Uses a recovery code up; says whether it was one.
pub(super) fn use_recovery_code(tx: &mut Tx, member: MemberId, hash: &str) -> Result<bool> {
    let sql = "DELETE FROM recovery_codes WHERE member_id = $1 AND code_hash = $2";
    Ok(tx.execute(sql, params![member, hash])? > 0)
}
