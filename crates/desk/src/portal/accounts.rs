//! Accounts as admins see them: one, and pages of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{self, Rights};
use crate::clock::{MINUTE, Timestamp};
use crate::error::{Error, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::invitations::{self, Invitation};
use crate::members::{self, AccountState, MemberRow, Role, Status};
use crate::sessions;
use crate::text::fold;
use crate::tx::{Store, Tx};

/// How long after a sign of life a member counts as connected.
const CONNECTED: i64 = 2 * MINUTE;
/// The most accounts on a page.
const PAGE: usize = 200;

/// An account as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountView {
    /// The member's id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// What they sign in with.
    pub login_name: String,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their role.
    pub role: Role,
    /// How the account stands.
    pub state: AccountState,
    /// What they chose.
    pub status: Status,
    /// How many open sessions diversion gives them at once.
    pub limit: i64,
    /// How many they have.
    pub open_sessions: i64,
    /// Whether they see no project at all: they can't serve anyone.
    pub sees_no_project: bool,
    /// Whether their projects are all projects.
    pub all_projects: bool,
    /// Their projects, where these are not all.
    pub projects: Vec<ProjectId>,
    /// Grows with each change of the account.
    pub version: i64,
    /// Where their avatar is.
    pub avatar: Option<String>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were last seen, to the minute.
    pub last_seen_at: Option<Timestamp>,
    /// Whether a browser of theirs gave a sign of life within two minutes.
    pub connected: bool,
    /// When the account ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Whether they sign in with a second factor.
    pub second_factor: bool,
    /// Until when strangers' browsers may not try, after too many failures.
    pub locked_until: Option<Timestamp>,
    /// Their link, if one is open.
    pub invitation: Option<Invitation>,
}

/// In which order accounts are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountSort {
    /// By name.
    #[default]
    Name,
    /// The most powerful first.
    Role,
    /// Who was seen last first.
    LastSeen,
    /// Who joined first first.
    Joined,
}

/// Which accounts are asked for.
#[derive(Debug, Clone, Default)]
pub struct AccountQuery {
    /// What name, login name or e-mail address hold.
    pub text: Option<String>,
    /// Of this role.
    pub role: Option<Role>,
    /// Standing like this; none: all but the deleted.
    pub state: Option<AccountState>,
    /// Seeing this project.
    pub project: Option<ProjectId>,
    /// In which order.
    pub sort: AccountSort,
    /// The order turned round.
    pub reverse: bool,
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many.
    pub limit: Option<usize>,
}

/// A page of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountPage {
    /// The accounts.
    pub items: Vec<AccountView>,
    /// The cursor of the next page; none: this is the last.
    pub next: Option<String>,
    /// How many there are on all pages.
    pub total: usize,
}

/// Where an account stands in a list: what a cursor holds, so that a page goes on there whatever came or went before it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place(i64, String, MemberId);

impl Place {
    fn of(member: &MemberRow, sort: AccountSort) -> Self {
        let number = match sort {
            AccountSort::Name => 0,
            AccountSort::Role => -(member.role as i64),
            AccountSort::LastSeen => member.last_seen_at.map_or(i64::MAX, |time| -time.0),
            AccountSort::Joined => member.created_at.0,
        };
        let text = match sort {
            AccountSort::Name | AccountSort::Role => fold(&member.name),
            AccountSort::LastSeen | AccountSort::Joined => String::new(),
        };
        Self(number, text, member.id)
    }

    fn cursor(&self) -> Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(crate::tx::to_json(self)?))
    }

    fn parse(cursor: &str) -> Result<Self> {
        let bad = || Error::field("cursor", "bad_format");
        let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad())?;
        serde_json::from_slice(&json).map_err(|_| bad())
    }
}

/// One account, also of who was deleted.
pub async fn account(store: &Store, workspace: WorkspaceId, id: MemberId) -> Result<AccountView> {
    store
        .read("show account", move |tx| {
            let row = members::find(tx, workspace, id)?;
            let rights = access::rights(tx, workspace)?;
            view(tx, &rights, row)
        })
        .await
}

/// A page of the workspace's accounts. All rows are read: a workspace has hundreds at most, and who sees a project is no column.
pub async fn accounts(store: &Store, workspace: WorkspaceId, query: AccountQuery) -> Result<AccountPage> {
    store
        .read("list accounts", move |tx| {
            let rights = access::rights(tx, workspace)?;
            let after = query.cursor.as_deref().map(Place::parse).transpose()?;
            let limit = query.limit.unwrap_or(50).clamp(1, PAGE);
            let mut found = if query.state == Some(AccountState::Deleted) {
                members::deleted(tx, workspace)?
            } else {
                members::all(tx, workspace)?
            };
            let now = tx.now;
            found.retain(|member| matches(member, &query, &rights, now));
            let total = found.len();
            let mut placed: Vec<_> =
                found.into_iter().map(|member| (Place::of(&member, query.sort), member)).collect();
            let order = |a: &Place, b: &Place| if query.reverse { b.cmp(a) } else { a.cmp(b) };
            placed.retain(|(place, _)| after.as_ref().is_none_or(|after| order(place, after).is_gt()));
            placed.sort_by(|(a, _), (b, _)| order(a, b));
            let more = placed.len() > limit;
            placed.truncate(limit);
            let next = placed.last().filter(|_| more).map(|(place, _)| place.cursor()).transpose()?;
            let items = placed
                .into_iter()
                .map(|(_, member)| view(tx, &rights, member))
                .collect::<Result<Vec<_>>>()?;
            Ok(AccountPage { items, next, total })
        })
        .await
}

fn matches(member: &MemberRow, query: &AccountQuery, rights: &Rights, now: Timestamp) -> bool {
    let holds = |text: &str| {
        let wanted = fold(text.trim());
        let fields = [Some(&member.name), Some(&member.login_name), member.email.as_ref()];
        fields.into_iter().flatten().any(|field| fold(field).contains(&wanted))
    };
    query.text.as_deref().is_none_or(holds)
        && query.role.is_none_or(|role| member.role == role)
        && query.state.is_none_or(|state| member.account_state(now) == state)
        && query.project.is_none_or(|project| rights.sees(member, project))
}

fn view(tx: &mut Tx, rights: &Rights, row: MemberRow) -> Result<AccountView> {
    let is_there = row.deleted_at.is_none();
    let locked_until = if is_there { members::locked_until(tx, row.workspace, row.id)? } else { None };
    let since = tx.now.plus(-CONNECTED);
    Ok(AccountView {
        connected: members::is_in_use(tx, row.id, Some(since))?,
        open_sessions: sessions::open_count_of(tx, row.workspace, row.id)?,
        invitation: invitations::open_of(tx, row.id)?,
        locked_until,
        state: row.account_state(tx.now),
        sees_no_project: !rights.sees_any(&row),
        projects: if row.all_projects { Vec::new() } else { rights.ticked_of(row.id) },
        avatar: row.avatar_path(),
        id: row.id,
        name: row.name,
        login_name: row.login_name,
        email: row.email,
        role: row.role,
        status: row.status,
        limit: row.limit,
        all_projects: row.all_projects,
        version: row.version,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
        second_factor: row.second_factor,
    })
}
