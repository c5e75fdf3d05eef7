//! The table `customer_words`.

use std::fmt::Write as _;

use db::{Value, params};

use crate::access::{Sight, Viewer};
use crate::customers::{Customer, words};
use crate::error::Result;
use crate::ids::{CustomerId, ProjectId, WorkspaceId};
use crate::tx::Tx;

/// Stores the words of a customer who has none yet.
pub(super) fn add(tx: &mut Tx, workspace: WorkspaceId, customer: &Customer) -> Result<()> {
    let mut values: Vec<Value> = vec![workspace.into(), customer.project_id.into(), customer.id.into()];
    let mut rows = Vec::new();
    for word in words::of(customer) {
        values.push(word.into_bytes().into());
        rows.push(format!("($1, ${}, $2, $3)", values.len()));
    }
    let sql = format!(
        "INSERT INTO customer_words (workspace_id, word, project_id, customer_id) VALUES {} ON CONFLICT DO NOTHING",
        rows.join(", ")
    );
    tx.execute(&sql, &values)?;
    Ok(())
}

/// Stores the words of a customer whose profile has changed.
pub(super) fn replace(tx: &mut Tx, workspace: WorkspaceId, customer: &Customer) -> Result<()> {
    tx.execute("DELETE FROM customer_words WHERE customer_id = $1", params![customer.id])?;
    add(tx, workspace, customer)
}

/// Adds the words of some who were here before there were words; says of how many. Nobody is waited for: who writes just now gets
/// theirs by that, or the next time.
pub(crate) fn add_missing_words(tx: &mut Tx) -> Result<u64> {
    let sql = format!(
        "SELECT {}, workspace_id FROM customers WHERE NOT has_words ORDER BY id LIMIT 200 {}",
        super::COLUMNS,
        tx.skip_locked()
    );
    let found =
        tx.query(&sql, &[], |row| Ok((WorkspaceId::column(row, "workspace_id")?, super::customer(row)?)))?;
    for (workspace, customer) in &found {
        replace(tx, *workspace, customer)?;
        tx.execute("UPDATE customers SET has_words = TRUE WHERE id = $1", params![customer.id])?;
    }
    Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
}

/// The customers whom `viewer` sees (or those of one project) that have words beginning with all of `asked`; none when there are
/// more than `most`.
pub(crate) fn found(
    tx: &mut Tx,
    viewer: &Viewer,
    project: Option<ProjectId>,
    asked: &[String],
    most: i64,
) -> Result<Option<Vec<CustomerId>>> {
    let Some((first, others)) = asked.split_first() else { return Ok(Some(Vec::new())) };
    let mut values: Vec<Value> = vec![viewer.workspace.into(), (most + 1).into()];
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let mut condition = String::new();
    match (project, &viewer.sight) {
        (Some(project), _) => condition = format!(" AND w.project_id = {}", bind(project.into())),
        (None, Sight::All) => {}
        (None, Sight::Only(projects)) if projects.is_empty() => return Ok(Some(Vec::new())),
        (None, Sight::Only(projects)) => {
            let list: Vec<_> = projects.iter().map(|&id| bind(id.into())).collect();
            condition = format!(" AND w.project_id IN ({})", list.join(", "));
        }
    }
    let (low, high) = range(first);
    let begins = format!("w.word >= {} AND w.word < {}", bind(low.into()), bind(high.into()));
    for other in others {
        let (low, high) = range(other);
        let (low, high) = (bind(low.into()), bind(high.into()));
        // Writing to a string can't fail.
        let _ = write!(
            condition,
            " AND EXISTS (SELECT 1 FROM customer_words o WHERE o.customer_id = w.customer_id
                 AND o.word >= {low} AND o.word < {high})"
        );
    }
    let sql = format!(
        "SELECT DISTINCT w.customer_id FROM customer_words w
         WHERE w.workspace_id = $1 AND {begins}{condition} LIMIT $2"
    );
    let found = tx.query(&sql, &values, |row| CustomerId::column(row, "customer_id"))?;
    Ok((i64::try_from(found.len()).unwrap_or(i64::MAX) <= most).then_some(found))
}

/// The bytes from which and up to which (that one not) words begin with `prefix`.
pub(crate) fn range(prefix: &str) -> (Vec<u8>, Vec<u8>) {
    let low = prefix.as_bytes().to_vec();
    let mut high = low.clone();
    // No byte of UTF-8 is the last one, 255.
    if let Some(last) = high.last_mut() {
        *last = last.saturating_add(1);
    }
    (low, high)
}
