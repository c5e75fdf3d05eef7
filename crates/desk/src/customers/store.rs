//! The customers table.

use db::{Row, params};

use super::{Customer, Profile};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, ProjectId, WorkspaceId};
use crate::tx::{Tx, placeholders};

const COLUMNS: &str =
    "id, project_id, telegram_id, first_name, last_name, username, language, blocked, first_seen_at,
    last_seen_at, version";

/// The customer `id` of `workspace`.
pub(crate) fn get(tx: &mut Tx, workspace: WorkspaceId, id: CustomerId) -> Result<Customer> {
    many(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

/// Those of `ids` that are customers of `workspace`.
pub(crate) fn many(tx: &mut Tx, workspace: WorkspaceId, ids: &[CustomerId]) -> Result<Vec<Customer>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM customers WHERE workspace_id = $1 AND id IN ({})",
        placeholders(1, ids.len())
    );
    let mut values = vec![workspace.into()];
    values.extend(ids.iter().map(|&id| db::Value::from(id)));
    Ok(tx.query(&sql, &values, customer)?)
}

/// The project whose customer `id` is.
pub(crate) fn project_of(tx: &mut Tx, workspace: WorkspaceId, id: CustomerId) -> Result<ProjectId> {
    let sql = "SELECT project_id FROM customers WHERE workspace_id = $1 AND id = $2";
    let found = tx.query_opt(sql, params![workspace, id], |row| ProjectId::column(row, "project_id"))?;
    found.ok_or_else(|| Error::refused(Code::NotFound))
}

/// The customer with this profile: found, brought up to date, or made. They were seen just now.
pub(crate) fn upsert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    profile: &Profile,
) -> Result<Customer> {
    let sql = format!("SELECT {COLUMNS} FROM customers WHERE project_id = $1 AND telegram_id = $2");
    match tx.query_opt(&sql, params![project, profile.telegram_id], customer)? {
        None => insert(tx, workspace, project, profile),
        Some(known) if is_current(&known, profile) => {
            let now = tx.now;
            tx.execute("UPDATE customers SET last_seen_at = $2 WHERE id = $1", params![known.id, now])?;
            Ok(Customer { last_seen_at: now, ..known })
        }
        Some(known) => update(tx, workspace, known, profile),
    }
}

fn is_current(known: &Customer, profile: &Profile) -> bool {
    known.first_name == profile.first_name
        && known.last_name == profile.last_name
        && known.username == profile.username
        && (known.language == profile.language || profile.language.is_none())
}

fn insert(tx: &mut Tx, workspace: WorkspaceId, project: ProjectId, profile: &Profile) -> Result<Customer> {
    let (id, now) = (CustomerId::new(tx.now), tx.now);
    let Profile { telegram_id, first_name, last_name, username, language } = profile.clone();
    tx.execute(
        "INSERT INTO customers (id, workspace_id, project_id, telegram_id, first_name, last_name, username, language,
             blocked, last_position, first_seen_at, last_seen_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE, 0, $9, $9, 1)",
        params![id, workspace, project, telegram_id, &first_name, &last_name, username.clone(), language.clone(), now],
    )?;
    Ok(Customer {
        id,
        project_id: project,
        telegram_id,
        first_name,
        last_name,
        username,
        language,
        blocked: false,
        first_seen_at: now,
        last_seen_at: now,
        version: 1,
    })
}

fn update(tx: &mut Tx, workspace: WorkspaceId, known: Customer, profile: &Profile) -> Result<Customer> {
    let now = tx.now;
    let Profile { first_name, last_name, username, language, .. } = profile.clone();
    let language = language.or_else(|| known.language.clone());
    tx.execute(
        "UPDATE customers SET first_name = $2, last_name = $3, username = $4, language = $5, last_seen_at = $6,
             version = version + 1 WHERE id = $1",
        params![known.id, &first_name, &last_name, username.clone(), language.clone(), now],
    )?;
    tx.event(workspace, Change::Customer(known.id), Audience::Project(known.project_id));
    let version = known.version + 1;
    Ok(Customer { first_name, last_name, username, language, last_seen_at: now, version, ..known })
}

/// Stores whether the customer blocked the bot; says whether that is news.
pub(crate) fn set_blocked(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CustomerId,
    blocked: bool,
) -> Result<bool> {
    let changed = tx.query_opt(
        "UPDATE customers SET blocked = $2, version = version + 1 WHERE id = $1 AND blocked <> $2 RETURNING project_id",
        params![id, blocked],
        |row| ProjectId::column(row, "project_id"),
    )?;
    if let Some(project) = changed {
        tx.event(workspace, Change::Customer(id), Audience::Project(project));
    }
    Ok(changed.is_some())
}

/// Takes the next place in the customer's timeline. Until the commit nobody else gets one: that is the timeline's order.
pub(crate) fn next_position(tx: &mut Tx, id: CustomerId) -> Result<i64> {
    Ok(tx.query_one(
        "UPDATE customers SET last_position = last_position + 1 WHERE id = $1 RETURNING last_position",
        params![id],
        |row| row.get("last_position"),
    )?)
}

pub(super) fn customer(row: &Row) -> Result<Customer, db::Error> {
    Ok(Customer {
        id: CustomerId::column(row, "id")?,
        project_id: ProjectId::column(row, "project_id")?,
        telegram_id: row.get("telegram_id")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        username: row.get("username")?,
        language: row.get("language")?,
        blocked: row.get("blocked")?,
        first_seen_at: Timestamp(row.get("first_seen_at")?),
        last_seen_at: Timestamp(row.get("last_seen_at")?),
        version: row.get("version")?,
    })
}
