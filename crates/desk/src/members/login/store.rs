//! The tables `login_attempts` and `known_browsers`, and the history that is in `logins`.

use db::{Row, params};

use super::Standing;
use super::attempt::{Refusal, Tried};
use super::history::{LoginAttempt, LoginView};
use crate::clock::{HOUR, MINUTE, Timestamp};
use crate::error::Result;
use crate::ids::{LoginId, MemberId, WorkspaceId, uuid};
use crate::members::model::{EndReason, MemberRow};
use crate::members::throttle::{self, Failures};
use crate::tx::{Tx, word, word_opt};

/// How long refused attempts are kept: 30 days.
const ATTEMPTS_KEPT: i64 = 30 * 24 * HOUR;
/// How many rows go in one step.
const STEP: i64 = 500;

pub(super) fn insert_attempt(
    tx: &mut Tx,
    key: &str,
    workspace: Option<WorkspaceId>,
    member: Option<MemberId>,
    tried: &Tried,
    reason: Refusal,
    counts: bool,
) -> Result<()> {
    let (id, now) = (uuid(tx.now).to_string(), tx.now);
    let (workspace, member) = (workspace.map(|id| id.to_string()), member.map(|id| id.to_string()));
    tx.execute(
        "INSERT INTO login_attempts (id, account_key, workspace_id, member_id, at, address, device, reason, counts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![id, key, workspace, member, now, &tried.address, &tried.device, reason.as_ref(), counts],
    )?;
    Ok(())
}

/// The failures of an account since `since` that still count.
pub(super) fn failures(tx: &mut Tx, key: &str, since: Timestamp) -> Result<Failures> {
    let sql = "SELECT COUNT(*) AS n, MAX(at) AS last FROM login_attempts
         WHERE account_key = $1 AND at > $2 AND counts";
    let (count, last) = tx.query_one(sql, params![key, since], |row| {
        Ok((row.get::<i64>("n")?, row.get::<Option<i64>>("last")?))
    })?;
    Ok(Failures { count: u32::try_from(count).unwrap_or(u32::MAX), last: Timestamp(last.unwrap_or(0)) })
}

/// What failed before doesn't count any more.
pub(super) fn forgive(tx: &mut Tx, key: &str) -> Result<()> {
    let sql = "UPDATE login_attempts SET counts = FALSE WHERE account_key = $1 AND counts";
    tx.execute(sql, params![key])?;
    Ok(())
}

pub(super) fn attempts_of(tx: &mut Tx, member: MemberId, limit: i64) -> Result<Vec<LoginAttempt>> {
    let sql = "SELECT at, address, device, reason FROM login_attempts WHERE member_id = $1
         ORDER BY at DESC, id DESC LIMIT $2";
    Ok(tx.query(sql, params![member, limit], |row| {
        Ok(LoginAttempt {
            at: Timestamp(row.get("at")?),
            address: row.get("address")?,
            device: row.get("device")?,
            reason: word(row, "reason")?,
        })
    })?)
}

/// Forgets some of what was kept long enough; says how much.
pub(crate) fn forget_old_attempts(tx: &mut Tx) -> Result<u64> {
    let (now, before) = (tx.now, tx.now.plus(-ATTEMPTS_KEPT));
    let attempts = tx.execute(
        "DELETE FROM login_attempts WHERE id IN (SELECT id FROM login_attempts WHERE at < $1 LIMIT $2)",
        params![before, STEP],
    )?;
    // Nobody is shown what was tried with names that nobody has: it serves the throttle, and is not to fill the disk.
    let counted = tx.now.plus(-throttle::KEPT);
    let nobodys = tx.execute(
        "DELETE FROM login_attempts WHERE id IN
             (SELECT id FROM login_attempts WHERE member_id IS NULL AND at < $1 LIMIT $2)",
        params![counted, STEP],
    )?;
    let browsers = tx.execute("DELETE FROM known_browsers WHERE expires_at <= $1", params![now])?;
    Ok(attempts + nobodys + browsers)
}

/// Whether `member` is known in the browser with this token.
pub(super) fn is_known(tx: &mut Tx, token: &str, member: MemberId) -> Result<bool> {
    let now = tx.now;
    let sql =
        "SELECT 1 AS one FROM known_browsers WHERE token_hash = $1 AND member_id = $2 AND expires_at > $3";
    Ok(tx.query_opt(sql, params![token, member, now], |_| Ok(()))?.is_some())
}

pub(super) fn insert_browser(
    tx: &mut Tx,
    token: &str,
    member: &MemberRow,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO known_browsers (token_hash, member_id, workspace_id, expires_at) VALUES ($1, $2, $3, $4)",
        params![token, member.id, member.workspace, expires_at],
    )?;
    Ok(())
}

/// The browser's token is another from now on.
pub(super) fn rename_browser(tx: &mut Tx, old: &str, new: &str) -> Result<()> {
    tx.execute("UPDATE known_browsers SET token_hash = $2 WHERE token_hash = $1", params![old, new])?;
    Ok(())
}

pub(super) fn forget_browser(tx: &mut Tx, token: &str, member: MemberId) -> Result<()> {
    let sql = "DELETE FROM known_browsers WHERE token_hash = $1 AND member_id = $2";
    tx.execute(sql, params![token, member])?;
    Ok(())
}

pub(super) fn forget_browsers(tx: &mut Tx, member: MemberId, kept: &str) -> Result<()> {
    let sql = "DELETE FROM known_browsers WHERE member_id = $1 AND token_hash <> $2";
    tx.execute(sql, params![member, kept])?;
    Ok(())
}

pub(super) fn forget_oldest_browsers(tx: &mut Tx, member: MemberId, kept: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM known_browsers WHERE member_id = $1 AND token_hash NOT IN
             (SELECT token_hash FROM known_browsers WHERE member_id = $1 ORDER BY expires_at DESC, token_hash LIMIT $2)",
        params![member, kept],
    )?;
    Ok(())
}

/// Notes that a login and its member were seen, to the minute. No version grows: it is no edit.
pub(super) fn set_seen(tx: &mut Tx, login: LoginId, member: MemberId) -> Result<()> {
    let (now, before) = (tx.now, tx.now.plus(-MINUTE));
    let seen = tx.execute(
        "UPDATE logins SET last_seen_at = $2 WHERE id = $1 AND ended_at IS NULL AND COALESCE(last_seen_at, 0) <= $3",
        params![login, now, before],
    )?;
    if seen > 0 {
        tx.execute("UPDATE members SET last_seen_at = $2 WHERE id = $1", params![member, now])?;
    }
    Ok(())
}

pub(super) fn standing(tx: &mut Tx, login: LoginId) -> Result<Standing> {
    let sql =
        "SELECT l.end_reason, w.second_factor = 'required' AND NOT m.second_factor AS must FROM logins l
         JOIN members m ON m.id = l.member_id JOIN workspaces w ON w.id = m.workspace_id WHERE l.id = $1";
    let found = tx.query_opt(sql, params![login], |row| {
        Ok((word_opt::<EndReason>(row, "end_reason")?, row.get::<bool>("must")?))
    })?;
    Ok(match found {
        Some((Some(reason), _)) => Standing::Ended(reason),
        Some((None, true)) => Standing::MustSetUpSecondFactor,
        _ => Standing::Live,
    })
}

pub(super) fn logins_of(
    tx: &mut Tx,
    member: MemberId,
    after: Option<(Timestamp, LoginId)>,
    limit: usize,
) -> Result<Vec<LoginView>> {
    // Nothing is newer than the first page's bound.
    let (time, id) = after.map_or((i64::MAX, String::new()), |(time, id)| (time.0, id.to_string()));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = "SELECT id, device, address, created_at, last_seen_at, ended_at, end_reason FROM logins
         WHERE member_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4";
    Ok(tx.query(sql, params![member, time, id, limit], login)?)
}

fn login(row: &Row) -> Result<LoginView, db::Error> {
    let time = |name| Ok::<_, db::Error>(row.get::<Option<i64>>(name)?.map(Timestamp));
    let ended_at = time("ended_at")?;
    Ok(LoginView {
        id: LoginId::column(row, "id")?,
        device: row.get("device")?,
        address: row.get("address")?,
        created_at: Timestamp(row.get("created_at")?),
        last_seen_at: time("last_seen_at")?,
        ended_at,
        end_reason: word_opt(row, "end_reason")?,
        live: ended_at.is_none(),
        current: false,
    })
}
