//! Members: the people of a workspace, their accounts, their logins and what status they chose.

mod account;
mod change;
mod login;
mod model;
mod password;
mod profile;
mod second_factor;
mod settings;
mod store;
mod throttle;
mod workspace;

pub use account::{NewAccount, NewMember, ResetOwner, add, reset_owner};
pub(crate) use account::{checked, store_new};
pub use change::AccountChange;
pub(crate) use change::{change_account, end_login, manager, may_manage, may_shut_out, reset_password};
pub use login::{
    Attempt, Gate, LoggedIn, LoginAttempt, LoginView, Logins, Refusal, SignedIn, Standing, attempts,
    change_password, end_reason, history, identify, log_in, log_out, note_seen, standing_of,
};
pub(crate) use login::{check_own_password, forget_old_attempts, locked_until};
pub use model::{
    AccountState, DoNotDisturb, EndReason, Loudness, MemberRef, MemberRow, MemberState, Notifications,
    QuietHours, Role, SendKey, Status, Theme, Workspace,
};
pub use password::{Passwords, Scheme};
pub use profile::{ProfileChange, change_profile};
pub use second_factor::{NewSecondFactor, confirm, new_recovery_codes, reset_of, set_up_anew, turn_off};
pub(crate) use settings::requires_second_factor;
pub use settings::{SecondFactorRule, WorkspaceChange, WorkspaceSettings, change_settings, settings};
pub(crate) use store::{
    all, delete, deleted, expired, find, get, get_many, is_in_use, lock, lock_workspace, name_of, set_avatar,
    set_role, set_state, set_status, sign_everyone_out,
};
pub use throttle::Throttle;
pub use workspace::{NewOwner, NewWorkspace, only_workspace, set_up, setup_needed, workspace};

/// How many sessions diversion gives a member at once unless said otherwise.
pub(crate) const DEFAULT_LIMIT: i64 = 3;
