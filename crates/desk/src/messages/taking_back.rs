//! What a member wrote and nobody has begun to send, when the session goes to somebody else: it is not sent any more.

use std::collections::HashSet;

use super::model::{Delivery, DeliveryState};
use super::{SEND, store};
use crate::error::Result;
use crate::ids::{CustomerId, MemberId, MessageId};
use crate::jobs;
use crate::tx::Tx;

/// Why it was not sent.
pub(crate) const TRANSFERRED: &str = "transferred";

/// Takes what `author` wrote to a customer, and nobody has begun to send, out of the queue: it has failed. Gives the texts in the
/// order in which they were written. The caller has locked the customer, so nothing more comes.
pub(crate) fn take_back(tx: &mut Tx, customer: CustomerId, author: MemberId) -> Result<Vec<String>> {
    let lane = customer.to_string();
    let queued = jobs::queued_in_lane(tx, SEND, &lane)?;
    let queued: Vec<MessageId> = queued.iter().filter_map(|payload| payload.parse().ok()).collect();
    let theirs = store::written_by(tx, author, &queued)?;
    let payloads: Vec<_> = theirs.iter().map(|it| it.id.to_string()).collect();
    // In pieces: a statement takes only so many values.
    let mut taken = HashSet::new();
    for payloads in payloads.chunks(500) {
        taken.extend(jobs::take_from_lane(tx, SEND, &lane, payloads)?);
    }
    let failed =
        Delivery { state: DeliveryState::Failed, reason: Some(TRANSFERRED.to_owned()), retry_at: None };
    let mut texts = Vec::new();
    for it in theirs.into_iter().filter(|it| taken.contains(&it.id.to_string())) {
        store::set_delivery(tx, (it.workspace, it.project), it.id, &failed)?;
        texts.push(it.text);
    }
    Ok(texts)
}
