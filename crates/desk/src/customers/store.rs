//! The customers table; what is put on customers by people, and the words by which they are found, in files of their own.

mod labels;
mod words;

use std::collections::BTreeMap;

use db::{Row, Value, params};

use super::{Customer, Profile};
use crate::clock::{HOUR, MINUTE, Timestamp};
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, FieldId, ProjectId, TagId, WorkspaceId};
use crate::sql::{any_of, chunks_to_write, rows};
use crate::tx::{Tx, json};

pub(crate) use labels::{forget_field, forget_tag, set_fields, set_source, set_tags, tag_usage};
pub(crate) use words::{add_missing_words, found, range};

const COLUMNS: &str =
    "id, project_id, telegram_id, first_name, last_name, username, language, avatar, blocked,
    tag_ids, fields, source, first_seen_at, last_seen_at, version";

/// How long a look at an avatar is good, in milliseconds.
const LOOK_EVERY: i64 = 24 * HOUR;

/// The columns of a customer in a query that has others too; its table is `c` there. `joined` reads them.
pub(crate) const JOINED: &str =
    "c.id AS customer_id, c.project_id AS customer_project_id, c.telegram_id, c.first_name,
    c.last_name, c.username, c.language, c.avatar, c.blocked, c.tag_ids AS customer_tag_ids,
    c.fields, c.source, c.first_seen_at, c.last_seen_at, c.version AS customer_version";

/// Locks a customer: their live session and the places in their timeline.
pub(crate) fn lock(tx: &mut Tx, id: CustomerId) -> Result<()> {
    tx.lock("customers", &id.to_string())?;
    Ok(())
}

/// The customer `id` of `workspace`.
pub(crate) fn get(tx: &mut Tx, workspace: WorkspaceId, id: CustomerId) -> Result<Customer> {
    many(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

/// Those of `ids` that are customers of `workspace`.
pub(crate) fn many(tx: &mut Tx, workspace: WorkspaceId, ids: &[CustomerId]) -> Result<Vec<Customer>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vec![workspace.into()];
    let list = any_of(&mut values, ids);
    let sql = format!("SELECT {COLUMNS} FROM customers WHERE workspace_id = $1 AND id IN ({list})");
    Ok(tx.query(&sql, &values, customer)?)
}

/// How many customers a project has.
pub(crate) fn count_of_project(tx: &mut Tx, project: ProjectId) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM customers WHERE project_id = $1";
    Ok(tx.query_one(sql, params![project], |row| row.get("n"))?)
}

/// The project whose customer `id` is.
pub(crate) fn project_of(tx: &mut Tx, workspace: WorkspaceId, id: CustomerId) -> Result<ProjectId> {
    let sql = "SELECT project_id FROM customers WHERE workspace_id = $1 AND id = $2";
    let found = tx.query_opt(sql, params![workspace, id], |row| ProjectId::column(row, "project_id"))?;
    found.ok_or_else(|| Error::refused(Code::NotFound))
}

/// A customer who is known already, with what goes with their next message.
pub(crate) struct Known {
    pub(crate) customer: Customer,
    /// The last place taken in their timeline.
    pub(crate) last_position: i64,
    /// When a look at their avatar was last asked for.
    asked_at: Timestamp,
}

/// The columns of a known customer, beside `JOINED`. `known` reads them.
pub(crate) const KNOWN: &str = "c.last_position, c.avatar_asked_at";

/// The known customer in the columns `JOINED` and `KNOWN`.
pub(crate) fn known(row: &Row) -> Result<Known, db::Error> {
    let (last_position, asked_at) = (row.get("last_position")?, Timestamp(row.get("avatar_asked_at")?));
    Ok(Known { customer: joined(row)?, last_position, asked_at })
}

/// Brings a customer up to date: this is their profile, and they were seen just now (noted to the minute: a write for each message
/// would be one too many). And says whether it is time to look at their avatar: if so, the caller asks for a look, and it won't be
/// for a day.
pub(crate) fn bring_up_to_date(
    tx: &mut Tx,
    workspace: WorkspaceId,
    known: Known,
    profile: &Profile,
) -> Result<(Customer, bool)> {
    let Known { customer, asked_at, .. } = known;
    let look = asked_at.plus(LOOK_EVERY) <= tx.now;
    if !look && customer.last_seen_at.plus(MINUTE) > tx.now && is_same(&customer, profile) {
        return Ok((customer, false));
    }
    let asked_at = if look { tx.now } else { asked_at };
    Ok((update(tx, workspace, &customer, profile, asked_at)?, look))
}

/// Makes the customer with this profile, whose first message this is. The caller asks for a look at their avatar.
pub(crate) fn insert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    profile: &Profile,
) -> Result<Customer> {
    let (id, now) = (CustomerId::new(tx.now), tx.now);
    let Profile { telegram_id, first_name, last_name, username, language } = profile;
    let sql = format!(
        "INSERT INTO customers (id, workspace_id, project_id, telegram_id, first_name, last_name, username, language,
             blocked, last_position, first_seen_at, last_seen_at, avatar_asked_at, has_words, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE, 0, $9, $9, $9, TRUE, 1) RETURNING {COLUMNS}"
    );
    let (username, language) = (username.as_deref(), language.as_deref());
    let values =
        params![id, workspace, project, *telegram_id, first_name, last_name, username, language, now];
    let customer = tx.query_one(&sql, values, customer)?;
    words::add(tx, workspace, &customer)?;
    Ok(customer)
}

/// Telegram doesn't tell the language each time.
fn language<'a>(known: &'a Customer, profile: &'a Profile) -> Option<&'a String> {
    profile.language.as_ref().or(known.language.as_ref())
}

/// Whether the profile says nothing new.
fn is_same(known: &Customer, profile: &Profile) -> bool {
    (&known.first_name, &known.last_name, &known.username, known.language.as_ref())
        == (&profile.first_name, &profile.last_name, &profile.username, language(known, profile))
}

fn update(
    tx: &mut Tx,
    workspace: WorkspaceId,
    known: &Customer,
    profile: &Profile,
    asked_at: Timestamp,
) -> Result<Customer> {
    let now = tx.now;
    let Profile { first_name, last_name, username, .. } = profile;
    let (is_same, language) = (is_same(known, profile), language(known, profile));
    let sql = format!(
        "UPDATE customers SET first_name = $2, last_name = $3, username = $4, language = $5, last_seen_at = $6,
             version = version + $7, avatar_asked_at = $8 WHERE id = $1 RETURNING {COLUMNS}"
    );
    let (username, language) = (username.as_deref(), language.map(String::as_str));
    let values =
        params![known.id, first_name, last_name, username, language, now, i64::from(!is_same), asked_at];
    let customer = tx.query_one(&sql, values, customer)?;
    if !is_same {
        words::replace(tx, workspace, &customer)?;
        tx.event(workspace, Change::Customer(known.id), Audience::Project(known.project_id));
    }
    Ok(customer)
}

/// The name of a customer's avatar.
pub(crate) fn avatar(tx: &mut Tx, id: CustomerId) -> Result<Option<String>> {
    let sql = "SELECT avatar FROM customers WHERE id = $1";
    Ok(tx.query_opt(sql, params![id], |row| row.get("avatar"))?.flatten())
}

/// Stores the name of the customer's avatar, if it is another; gives the customer. The caller has locked them.
pub(crate) fn set_avatar(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CustomerId,
    name: Option<&str>,
) -> Result<Customer> {
    if avatar(tx, id)?.as_deref() != name {
        let sql =
            "UPDATE customers SET avatar = $2, version = version + 1 WHERE id = $1 RETURNING project_id";
        let project = tx.query_one(sql, params![id, name], |row| ProjectId::column(row, "project_id"))?;
        tx.event(workspace, Change::Customer(id), Audience::Project(project));
    }
    get(tx, workspace, id)
}

/// Stores whether the customer blocked the bot; if that is news, gives their project.
pub(crate) fn set_blocked(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CustomerId,
    blocked: bool,
) -> Result<Option<ProjectId>> {
    let changed = tx.query_opt(
        "UPDATE customers SET blocked = $2, version = version + 1 WHERE id = $1 AND blocked <> $2 RETURNING project_id",
        params![id, blocked],
        |row| ProjectId::column(row, "project_id"),
    )?;
    if let Some(project) = changed {
        tx.event(workspace, Change::Customer(id), Audience::Project(project));
    }
    Ok(changed)
}

/// Takes the next place in the customer's timeline, and gives it with the chat's id at Telegram. Until the commit nobody
/// else gets a place: that is the timeline's order.
pub(crate) fn next_place(tx: &mut Tx, id: CustomerId) -> Result<(i64, i64)> {
    Ok(tx.query_one(
        "UPDATE customers SET last_position = last_position + 1 WHERE id = $1 RETURNING last_position, telegram_id",
        params![id],
        |row| Ok((row.get("last_position")?, row.get("telegram_id")?)),
    )?)
}

/// The last place taken in the timeline of a customer whom the caller has locked.
pub(crate) fn last_place(tx: &mut Tx, id: CustomerId) -> Result<i64> {
    let sql = "SELECT last_position FROM customers WHERE id = $1";
    Ok(tx.query_one(sql, params![id], |row| row.get("last_position"))?)
}

/// Takes all places up to these in the timelines of customers whom the caller has locked.
pub(crate) fn take_places(tx: &mut Tx, last: &[(CustomerId, i64)]) -> Result<()> {
    for last in chunks_to_write(tx.dialect(), last) {
        let sql = match last {
            [_] => "UPDATE customers SET last_position = $2 WHERE id = $1".to_owned(),
            _ => format!(
                "WITH taken (id, place) AS (VALUES {})
                 UPDATE customers SET last_position = taken.place FROM taken WHERE customers.id = taken.id",
                rows("", 0, last.len(), 2)
            ),
        };
        let values: Vec<Value> = last.iter().flat_map(|&(id, place)| [id.into(), place.into()]).collect();
        tx.execute(&sql, &values)?;
    }
    Ok(())
}

fn customer(row: &Row) -> Result<Customer, db::Error> {
    named(row, ["id", "project_id", "tag_ids", "version"])
}

/// The customer in the columns `JOINED`.
pub(crate) fn joined(row: &Row) -> Result<Customer, db::Error> {
    named(row, ["customer_id", "customer_project_id", "customer_tag_ids", "customer_version"])
}

fn named(row: &Row, [id, project, tags, version]: [&str; 4]) -> Result<Customer, db::Error> {
    let id = CustomerId::column(row, id)?;
    let avatar: Option<String> = row.get("avatar")?;
    Ok(Customer {
        id,
        project_id: ProjectId::column(row, project)?,
        telegram_id: row.get("telegram_id")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        username: row.get("username")?,
        language: row.get("language")?,
        avatar: avatar.map(|name| format!("/api/customers/{id}/avatar?v={name}")),
        blocked: row.get("blocked")?,
        tags: json::<Vec<TagId>>(row, tags)?,
        fields: json::<BTreeMap<FieldId, String>>(row, "fields")?,
        source: row.get("source")?,
        first_seen_at: Timestamp(row.get("first_seen_at")?),
        last_seen_at: Timestamp(row.get("last_seen_at")?),
        version: row.get(version)?,
    })
}
