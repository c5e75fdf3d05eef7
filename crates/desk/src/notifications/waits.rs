//! Customers who have waited for too long, told to those who supervise their project: once for each time they wait.

use super::model::{Notice, What};
use super::{in_charge, notify};
use crate::clock::MINUTE;
use crate::error::Result;
use crate::members::Role;
use crate::projects::{self, Alerting};
use crate::sessions;
use crate::tx::{Store, Tx};

/// Of how many sessions supervisors are told in one transaction.
const STEP: i64 = 100;

/// Tells supervisors of every customer who has waited for longer than their project's rules say; says of how many.
pub async fn tell_of_long_waits(store: &Store) -> Result<usize> {
    store.write("who waits no more", sessions::forget_told_waits).await?;
    let mut told = 0;
    for project in store.read("projects that alert", projects::alerting).await? {
        loop {
            let (now, project) = (store.now(), project);
            let before = now.plus(-project.minutes.saturating_mul(MINUTE));
            // Looked at first: nearly always there is nothing to write.
            let due =
                store.read("long waits", move |tx| sessions::has_long_waits(tx, project.id, before)).await?;
            if !due {
                break;
            }
            told += store.write("tell of long waits", move |tx| tell(tx, project)).await?;
        }
    }
    Ok(told)
}

fn tell(tx: &mut Tx, project: Alerting) -> Result<usize> {
    let before = tx.now.plus(-project.minutes.saturating_mul(MINUTE));
    let waiting = sessions::take_long_waits(tx, project.id, before, STEP)?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let supervisors = in_charge(tx, project.workspace, project.id, Role::Supervisor)?;
    for (session, customer) in &waiting {
        let notice = Notice {
            what: What::WaitingTooLong,
            project: Some(project.id),
            session: Some(*session),
            customer: Some(*customer),
            by: None,
            detail: Some(project.minutes.to_string()),
        };
        notify(tx, project.workspace, &supervisors, &notice)?;
    }
    Ok(waiting.len())
}
