//! What a batch holds of customers in the middle of a session, nearly all of it: applied by a few statements for all of them
//! together.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{brought_up_to_date, source};
use super::decode::{Decoded, Meaning};
use crate::customers::Profile;
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId};
use crate::messages::{Arrival, Incoming, receive_all};
use crate::sessions;
use crate::tx::Tx;

/// A customer as Telegram has them.
type Chat = (ProjectId, i64);

/// A message, and its place in the batch.
struct Written<'a> {
    index: usize,
    profile: &'a Profile,
    incoming: &'a Incoming,
}

/// Applies what is written in sessions to projects of a workspace that is locked, and says of each update whether it was. All updates
/// of one customer are applied here, or none of them, so their order stays.
pub(super) fn apply_at_once(
    tx: &mut Tx,
    workspace: WorkspaceId,
    batch: &[(ProjectId, Decoded)],
) -> Result<Vec<bool>> {
    let written = written(batch);
    let chats: Vec<Chat> = written.keys().copied().collect();
    let mut talks = Vec::with_capacity(chats.len());
    for (known, live) in sessions::writers(tx, &chats)? {
        let chat = (known.customer.project_id, known.customer.telegram_id);
        let (Some(session), Some(messages)) = (live, written.get(&chat)) else { continue };
        let (Some(newest), false) = (messages.last(), known.customer.blocked) else { continue };
        let place = known.last_position;
        talks.push((brought_up_to_date(tx, workspace, known, newest.profile)?, session, place, messages));
    }
    let (mut applied, mut arrivals) = (vec![false; batch.len()], Vec::new());
    for (customer, session, last_place, messages) in &talks {
        for (place, Written { index, incoming, .. }) in (last_place + 1..).zip(*messages) {
            arrivals.push(Arrival { customer, session: Some(session), incoming, reply_to: None, place });
            applied[*index] = true;
        }
    }
    receive_all(tx, workspace, &arrivals)?;
    Ok(applied)
}

/// What customers wrote of whom the batch holds nothing else. What quotes another message, or says where they came from, is applied
/// by itself: it may change more.
fn written(batch: &[(ProjectId, Decoded)]) -> BTreeMap<Chat, Vec<Written<'_>>> {
    let (mut written, mut others) = (BTreeMap::<Chat, Vec<Written>>::new(), BTreeSet::<Chat>::new());
    for (index, (project, update)) in batch.iter().enumerate() {
        match &update.meaning {
            Ok(Meaning::Wrote { profile, incoming })
                if incoming.reply_to.is_none() && source(incoming).is_none() =>
            {
                let of = written.entry((*project, profile.telegram_id)).or_default();
                of.push(Written { index, profile, incoming });
            }
            Ok(Meaning::Wrote { profile, .. } | Meaning::Block { profile, .. }) => {
                others.insert((*project, profile.telegram_id));
            }
            Ok(Meaning::Edited(incoming)) => {
                others.insert((*project, incoming.chat));
            }
            Ok(Meaning::Unsupported) | Err(_) => {}
        }
    }
    written.retain(|chat, _| !others.contains(chat));
    written
}
