//! What people put on customers: tags and the values of fields. And where customers came from.

use std::collections::{BTreeMap, HashMap};

use db::{Row, Value, params};

use crate::customers::Customer;
use crate::error::Result;
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, FieldId, ProjectId, TagId, WorkspaceId};
use crate::sql::any_of;
use crate::tx::{Tx, to_json};

/// Makes these the tags of a customer, whom the caller has locked.
pub(crate) fn set_tags(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: &Customer,
    tags: &[TagId],
) -> Result<()> {
    for tag in customer.tags.iter().filter(|tag| !tags.contains(tag)) {
        let sql = "DELETE FROM customer_tags WHERE tag_id = $1 AND customer_id = $2";
        tx.execute(sql, params![*tag, customer.id])?;
    }
    for tag in tags.iter().filter(|tag| !customer.tags.contains(tag)) {
        tx.execute(
            "INSERT INTO customer_tags (workspace_id, tag_id, customer_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            params![workspace, *tag, customer.id],
        )?;
    }
    let sql = "UPDATE customers SET tag_ids = $2, version = version + 1 WHERE id = $1";
    tx.execute(sql, params![customer.id, to_json(&tags)?])?;
    tx.event(workspace, Change::Customer(customer.id), Audience::Project(customer.project_id));
    Ok(())
}

/// On how many customers each tag of a workspace is.
pub(crate) fn tag_usage(tx: &mut Tx, workspace: WorkspaceId) -> Result<HashMap<TagId, i64>> {
    let sql =
        "SELECT t.tag_id, COUNT(*) AS n FROM customer_tags t WHERE t.workspace_id = $1 GROUP BY t.tag_id";
    let counts =
        tx.query(sql, params![workspace], |row| Ok((TagId::column(row, "tag_id")?, row.get("n")?)))?;
    Ok(counts.into_iter().collect())
}

/// Takes a tag off some of the customers that have it, and puts the other one on them instead, if there is one; says off how many.
/// The caller has locked the workspace.
pub(crate) fn forget_tag(
    tx: &mut Tx,
    workspace: WorkspaceId,
    tag: TagId,
    into: Option<TagId>,
    most: i64,
) -> Result<usize> {
    let sql = "SELECT customer_id FROM customer_tags WHERE tag_id = $1 ORDER BY customer_id LIMIT $2";
    let having = tx.query(sql, params![tag, most], |row| CustomerId::column(row, "customer_id"))?;
    if having.is_empty() {
        return Ok(0);
    }
    let mut values = Vec::new();
    let list = any_of(&mut values, &having);
    let sql = format!("SELECT id FROM customers WHERE id IN ({list}) ORDER BY id {}", tx.locking());
    tx.query(&sql, &values, |_| Ok(()))?;
    let mut both: Vec<CustomerId> = Vec::new();
    if let Some(into) = into {
        let mut values: Vec<Value> = vec![into.into()];
        let list = any_of(&mut values, &having);
        let sql =
            format!("SELECT customer_id FROM customer_tags WHERE tag_id = $1 AND customer_id IN ({list})");
        both = tx.query(&sql, &values, |row| CustomerId::column(row, "customer_id"))?;
    }
    let loses_it = |id: &CustomerId| into.is_none() || both.contains(id);
    let (without, moved): (Vec<_>, Vec<_>) = having.iter().copied().partition(loses_it);
    if !without.is_empty() {
        let mut values: Vec<Value> = vec![tag.into()];
        let list = any_of(&mut values, &without);
        let sql = format!("DELETE FROM customer_tags WHERE tag_id = $1 AND customer_id IN ({list})");
        tx.execute(&sql, &values)?;
        let quoted = format!("\"{tag}\"");
        let mut values: Vec<Value> =
            [format!("{quoted},"), format!(",{quoted}"), quoted].map(Value::from).into();
        let list = any_of(&mut values, &without);
        rewrite(tx, workspace, "REPLACE(REPLACE(REPLACE(tag_ids, $1, ''), $2, ''), $3, '')", &values, &list)?;
    }
    if let (Some(into), false) = (into, moved.is_empty()) {
        let mut values: Vec<Value> = vec![tag.into(), into.into()];
        let list = any_of(&mut values, &moved);
        let sql =
            format!("UPDATE customer_tags SET tag_id = $2 WHERE tag_id = $1 AND customer_id IN ({list})");
        tx.execute(&sql, &values)?;
        rewrite(tx, workspace, "REPLACE(tag_ids, $1, $2)", &values, &list)?;
    }
    Ok(having.len())
}

/// Writes the tags of the customers in `list` anew.
fn rewrite(tx: &mut Tx, workspace: WorkspaceId, tags: &str, values: &[Value], list: &str) -> Result<()> {
    let sql = format!(
        "UPDATE customers SET tag_ids = {tags}, version = version + 1 WHERE id IN ({list}) RETURNING id, project_id"
    );
    let changed = tx.query(&sql, values, place)?;
    tell(tx, workspace, &changed);
    Ok(())
}

/// Makes these the values of a customer's fields, whom the caller has locked.
pub(crate) fn set_fields(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: &Customer,
    fields: &BTreeMap<FieldId, String>,
) -> Result<()> {
    let sql = "UPDATE customers SET fields = $2, version = version + 1 WHERE id = $1";
    tx.execute(sql, params![customer.id, to_json(fields)?])?;
    tx.event(workspace, Change::Customer(customer.id), Audience::Project(customer.project_id));
    Ok(())
}

/// Removes the values of a field from some of the customers after `after`; says how far it came, none: there are no more.
pub(crate) fn forget_field(
    tx: &mut Tx,
    workspace: WorkspaceId,
    field: FieldId,
    after: Option<CustomerId>,
    most: i64,
) -> Result<Option<CustomerId>> {
    let (pattern, after) = (format!("%\"{field}\"%"), after.map_or_else(String::new, |id| id.to_string()));
    let sql = "SELECT id, project_id, fields FROM customers
         WHERE workspace_id = $1 AND fields LIKE $2 AND id > $3 ORDER BY id LIMIT $4";
    let found = tx.query(sql, params![workspace, pattern, after, most], |row| {
        Ok((place(row)?, crate::tx::json::<BTreeMap<FieldId, String>>(row, "fields")?))
    })?;
    let last = found.last().map(|((id, _), _)| *id);
    for ((id, project), mut fields) in found {
        fields.remove(&field);
        let sql = "UPDATE customers SET fields = $2, version = version + 1 WHERE id = $1";
        tx.execute(sql, params![id, to_json(&fields)?])?;
        tell(tx, workspace, &[(id, project)]);
    }
    Ok(last)
}

/// Notes where a customer came from, once; the caller has locked them.
pub(crate) fn set_source(
    tx: &mut Tx,
    workspace: WorkspaceId,
    customer: &Customer,
    source: &str,
) -> Result<()> {
    let sql = "UPDATE customers SET source = $2, version = version + 1 WHERE id = $1 AND source IS NULL";
    if tx.execute(sql, params![customer.id, source])? > 0 {
        tell(tx, workspace, &[(customer.id, customer.project_id)]);
    }
    Ok(())
}

fn place(row: &Row) -> Result<(CustomerId, ProjectId), db::Error> {
    Ok((CustomerId::column(row, "id")?, ProjectId::column(row, "project_id")?))
}

fn tell(tx: &mut Tx, workspace: WorkspaceId, customers: &[(CustomerId, ProjectId)]) {
    for &(id, project) in customers {
        tx.event(workspace, Change::Customer(id), Audience::Project(project));
    }
}
