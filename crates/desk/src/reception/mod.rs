//! Reception: every verb that changes who has room for what. Each drains the queue in its own transaction, under the
//! workspace's lock, so that at every commit no session waits that somebody available could take.

mod accounts;
mod acting;
mod assign;
mod bulk;
mod drain;
mod dry_run;
mod ending;
mod handing_over;
mod joining;
mod moving;
mod presence;
mod projects;
mod receivers;
mod reopening;
mod returning;
mod staff;
mod status;
mod take_up;
mod transfer;
mod verbs;

pub use accounts::{
    Departure, change_account, delete, departure, disable, enable, end_expired, hand_over, revoke_invitation,
    set_password, sign_out,
};
pub use assign::{assign, put_back_into_queue, take_over};
pub use bulk::{Bulk, Outcome, Refused, bulk};
pub(crate) use drain::drain;
pub use dry_run::{DryRun, DryRunCandidate, dry_run};
pub use ending::{end, end_quiet};
pub use handing_over::{HandOver, hand_over_sessions};
pub use joining::{accept_invitation, add_member};
pub use presence::{Signs, arrive, beat, sweep_presence};
pub use projects::{Losses, ScopeChange, change_project, change_scope, delete_project, losses};
pub use receivers::{Receiver, receivers};
pub(crate) use reopening::come_back;
pub use reopening::reopen;
pub use status::{Leaving, go_offline, log_out, set_status};
pub use take_up::pass_on;
pub use transfer::{Transfer, transfer};
pub use verbs::take;

pub use crate::diversion::Verdict;
