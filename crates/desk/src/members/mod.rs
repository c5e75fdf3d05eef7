//! Members: the people of a workspace, their accounts, their logins and what status they chose.

mod account;
mod login;
mod model;
mod password;
mod profile;
mod store;
mod workspace;

pub use account::{NewMember, ResetOwner, add, reset_owner};
pub use login::{Attempt, LoggedIn, SignedIn, end_reason, identify, log_in, log_out};
pub use model::{EndReason, MemberRef, MemberRow, MemberState, Role, Status, Theme, Workspace};
pub use password::Passwords;
pub use profile::{ProfileChange, change_profile};
pub(crate) use store::{all, get, get_many, lock, lock_workspace, name_of, set_status, sign_everyone_out};
pub use workspace::{NewOwner, NewWorkspace, only_workspace, set_up, setup_needed, workspace};

/// How many sessions diversion gives a member at once unless said otherwise.
pub(crate) const DEFAULT_LIMIT: i64 = 3;
