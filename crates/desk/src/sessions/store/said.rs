//! What is said in sessions, as far as the list shows it: the newest message, what is unread, whether the customer is answered.

use std::collections::HashMap;

use db::{Dialect, Value, params};

use super::single::{changed, standing, tell};
use crate::error::Result;
use crate::ids::SessionId;
use crate::sessions::{self, LastMessage, Session};
use crate::sql::{chunks_to_write, rows};
use crate::tallies::Standing;
use crate::tx::{Tx, to_json};

/// Notes a member's reply as the newest message of a session, for the list: the customer is answered.
pub(crate) fn note_message(tx: &mut Tx, session: &Session, last: &LastMessage) -> Result<()> {
    let (now, json) = (tx.now, to_json(last)?);
    let noted = tx.execute(
        "UPDATE sessions SET last_message = $2, last_message_at = $3, answered = TRUE,
             first_reply_at = COALESCE(first_reply_at, $3), quiet_warned_at = NULL, version = version + 1
         WHERE id = $1",
        params![session.id, json, now],
    )?;
    tell(tx, session, noted);
    Ok(())
}

/// What a customer wrote in a session.
pub(crate) struct Heard<'a> {
    pub(crate) session: &'a Session,
    /// The newest of it.
    pub(crate) last: LastMessage,
    /// How many messages.
    pub(crate) count: i64,
}

/// As `note_message`, for what customers wrote in many sessions: it is unread.
pub(crate) fn note_heard(tx: &mut Tx, heard: &[Heard]) -> Result<()> {
    for heard in chunks_to_write(tx.dialect(), heard) {
        let unread = add_unread(tx, heard)?;
        for Heard { session, count, .. } in heard {
            // More of what is unread already: this happens most, and changes nothing in the tallies.
            if unread.get(&session.id) == Some(count) {
                tx.touch(session.id, Some(Standing { unread: false, ..standing(session) }));
            }
            tell(tx, session, 1);
        }
    }
    Ok(())
}

/// Writes it down, and says how much is unread now.
fn add_unread(tx: &mut Tx, heard: &[Heard]) -> Result<HashMap<SessionId, i64>> {
    let update = |last: &str, count: &str| {
        format!(
            "UPDATE sessions SET last_message = {last}, last_message_at = $1, unread = sessions.unread + {count},
                 answered = FALSE, quiet_warned_at = NULL, version = sessions.version + 1"
        )
    };
    let sql = match heard {
        [_] => update("$3", "$4") + " WHERE sessions.id = $2",
        _ => format!(
            "WITH heard (id, last_message, count) AS (VALUES {}) {} FROM heard WHERE sessions.id = heard.id",
            rows("", 1, heard.len(), 3),
            update("heard.last_message", "heard.count")
        ),
    };
    let mut values: Vec<Value> = vec![tx.now.into()];
    for Heard { session, last, count } in heard {
        values.extend([session.id.into(), to_json(last)?.into(), (*count).into()]);
    }
    if tx.dialect() == Dialect::Sqlite {
        // Nobody writes beside this transaction, and `RETURNING` would make a journal for the statement.
        tx.execute(&sql, &values)?;
        return Ok(heard.iter().map(|it| (it.session.id, it.session.unread + it.count)).collect());
    }
    // The statement alone knows: who reads waits for no lock that the caller must hold.
    let unread = tx.query(&(sql + " RETURNING sessions.id, sessions.unread"), &values, |row| {
        Ok((SessionId::column(row, "id")?, row.get("unread")?))
    })?;
    Ok(unread.into_iter().collect())
}

/// Notes how a live session stands with its customer, where that is news. What was unread stays so.
pub(crate) fn note_standing(tx: &mut Tx, session: &Session, standing: sessions::Standing) -> Result<()> {
    let noted = tx.execute(
        "UPDATE sessions SET answered = $2, unread = CASE WHEN unread < $3 THEN $3 ELSE unread END, version = version + 1
         WHERE id = $1 AND state <> 'ended' AND (answered <> $2 OR unread < $3)",
        params![session.id, standing.answered, standing.unanswered],
    )?;
    changed(tx, session, noted);
    Ok(())
}

/// Notes that something was said just now though it was written earlier: the quiet time begins anew.
pub(crate) fn note_said(tx: &mut Tx, session: &Session) -> Result<()> {
    let now = tx.now;
    let sql = "UPDATE sessions SET last_message_at = $2, quiet_warned_at = NULL, version = version + 1
         WHERE id = $1 AND state <> 'ended' AND last_message_at < $2";
    let noted = tx.execute(sql, params![session.id, now])?;
    changed(tx, session, noted);
    Ok(())
}

/// Notes that the assignee has read everything.
pub(in crate::sessions) fn read_all(tx: &mut Tx, session: &Session) -> Result<bool> {
    let read = tx.execute(
        "UPDATE sessions SET unread = 0, version = version + 1 WHERE id = $1 AND unread > 0",
        params![session.id],
    )?;
    Ok(changed(tx, session, read))
}
