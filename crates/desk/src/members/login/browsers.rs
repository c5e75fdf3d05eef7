//! Browsers in which a member has signed in before. They carry a random token in a cookie; only its hash is stored, and each login
//! makes another, so that a cookie that somebody planted is of no use to them.

use super::store;
use crate::clock::HOUR;
use crate::error::Result;
use crate::members::model::MemberRow;
use crate::tx::Tx;

/// How long a browser is known: 90 days.
const KNOWN_FOR: i64 = 90 * 24 * HOUR;
/// How many of a member's browsers are known, the newest.
const MOST: i64 = 20;

/// Remembers the browser in which `member` has signed in, whose token was `old` and now is `new`. Others who signed in there stay known.
pub(super) fn remember(tx: &mut Tx, member: &MemberRow, old: Option<&str>, new: &str) -> Result<()> {
    let expires = tx.now.plus(KNOWN_FOR);
    if let Some(old) = old {
        store::forget_browser(tx, old, member.id)?;
        store::rename_browser(tx, old, new)?;
    }
    store::insert_browser(tx, new, member, expires)?;
    store::forget_oldest_browsers(tx, member.id, MOST)
}

/// Forgets the browsers of a member, but for the one with the token `kept`.
pub(in crate::members) fn forget(tx: &mut Tx, member: &MemberRow, kept: Option<&str>) -> Result<()> {
    store::forget_browsers(tx, member.id, kept.unwrap_or_default())
}
