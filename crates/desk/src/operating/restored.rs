//! A database that was restored from a backup.
//!
//! It holds the world of an earlier moment. Replies that waited then have probably been sent since, so none is sent by itself:
//! they become unknown, and a human decides. Logins that ended since would be live again, so all end. Events of the lost time
//! had numbers that will be given again, so a leap is made: browsers that held one of them ask for everything anew.

use crate::error::Result;
use crate::messages::{self, Outcome, SEND};
use crate::tx::{Store, Tx};
use crate::{events, jobs, members};

/// Replies settled in one transaction.
const STEP: i64 = 500;
/// More than a workspace makes events between a backup and its restoration.
const LEAP: i64 = 1_000_000_000;

/// What was found in a restored database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Replies that waited or were under way when the backup was made; they may have arrived.
    pub replies: u64,
}

/// Takes note that the database is a restored copy, if it is one, before anything is sent from it. To be called at start; several
/// servers may do so at once. What was begun and not finished is done at the next start.
pub async fn take_note(store: &Store) -> Result<Option<Restored>> {
    let is_copy = store
        .write("look for a restored copy", |tx| {
            let is_copy = tx.is_copy()?;
            if !is_copy {
                tx.declare_original()?;
            }
            Ok(is_copy)
        })
        .await?;
    if !is_copy {
        return Ok(None);
    }
    let mut replies = 0;
    loop {
        let settled = store.write("settle restored replies", settle_some).await?;
        replies += settled;
        if settled == 0 {
            break;
        }
    }
    store.write("finish the restoration", finish).await?;
    Ok(Some(Restored { replies }))
}

fn settle_some(tx: &mut Tx) -> Result<u64> {
    if !tx.is_copy()? {
        return Ok(0);
    }
    let mut settled = 0;
    for job in jobs::of_kind(tx, SEND, STEP)? {
        let message = job.payload.parse().ok().map(|id| messages::to_send(tx, id)).transpose()?.flatten();
        if let Some(message) = message {
            messages::settle(tx, &message, &Outcome::Unknown)?;
        }
        jobs::finish(tx, job.id)?;
        settled += 1;
    }
    Ok(settled)
}

fn finish(tx: &mut Tx) -> Result<()> {
    if tx.is_copy()? {
        members::sign_everyone_out(tx)?;
        events::leap(tx, LEAP)?;
        tx.declare_original()?;
    }
    Ok(())
}
