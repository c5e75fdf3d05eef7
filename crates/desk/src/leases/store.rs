//! The tables of nodes, of leases, and of the installation they belong to.

use db::{Row, Value, params};

use super::Lease;
use super::model::{Look, Node};
use super::seat::NewNode;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::sql::placeholders;
use crate::tx::Tx;

/// Leases per statement.
const CHUNK: usize = 250;

/// Locks the installation: what may happen once in it happens once, on whichever nodes it is begun.
pub(crate) fn lock_installation(tx: &mut Tx) -> Result<()> {
    tx.lock("installation", "this")?;
    Ok(())
}

/// Remembers the media folder's mark, or says who else is there with another one. Locks the installation: nodes join one by one.
pub(super) fn agree_on_media(tx: &mut Tx, node: &NewNode) -> Result<Option<String>> {
    lock_installation(tx)?;
    let stored: Option<String> =
        tx.query_one("SELECT media FROM installation WHERE id = 'this'", &[], |row| row.get("media"))?;
    if stored.as_deref() == Some(&*node.media) {
        return Ok(None);
    }
    let others = "SELECT name FROM nodes WHERE id <> $1 ORDER BY name LIMIT 1";
    if let Some(name) = tx.query_opt(others, params![&node.id], |row| row.get("name"))? {
        return Ok(Some(name));
    }
    if stored.is_some() {
        tracing::warn!(
            "this is another media folder than the installation had before: files stored earlier are not in it"
        );
    }
    tx.execute("UPDATE installation SET media = $1 WHERE id = 'this'", params![&node.media])?;
    Ok(None)
}

/// Enters a node under a new run. Whoever had its place was a process on the same data folder, and is gone: its leases stay here.
pub(super) fn enter(tx: &mut Tx, node: &NewNode, run: &str) -> Result<()> {
    let before = format!("SELECT run FROM nodes WHERE id = $1 {}", tx.locking());
    let before: Option<String> = tx.query_opt(&before, params![&node.id], |row| row.get("run"))?;
    tx.execute(
        "INSERT INTO nodes (id, run, name, beat, leaving) VALUES ($1, $2, $3, 0, FALSE)
         ON CONFLICT (id) DO UPDATE SET run = excluded.run, name = excluded.name, beat = 0, leaving = FALSE",
        params![&node.id, run, &node.name],
    )?;
    if let Some(before) = before {
        tx.execute("UPDATE leases SET holder = $2 WHERE holder = $1", params![before, run])?;
    }
    Ok(())
}

/// Says that a run lives; false when it was struck off.
pub(super) fn beat(tx: &mut Tx, run: &str) -> Result<bool> {
    Ok(tx.execute("UPDATE nodes SET beat = beat + 1 WHERE run = $1", params![run])? > 0)
}

/// All nodes and leases.
pub(super) fn look(tx: &mut Tx) -> Result<Look> {
    let nodes = tx.query("SELECT run, name, beat, leaving FROM nodes ORDER BY run", &[], node)?;
    let leases = tx.query("SELECT id, holder FROM leases", &[], |row| {
        Ok((ProjectId::column(row, "id")?, row.get("holder")?))
    })?;
    Ok(Look { nodes, holders: leases.into_iter().collect() })
}

/// Strikes a run off, unless it has beaten since.
pub(super) fn strike_off(tx: &mut Tx, run: &str, beat: i64) -> Result<bool> {
    Ok(tx.execute("DELETE FROM nodes WHERE run = $1 AND beat = $2", params![run, beat])? > 0)
}

/// Takes those of `projects` that are free; none when `run` was struck off itself. They must be in ascending order.
pub(super) fn take(tx: &mut Tx, run: &str, projects: &[ProjectId]) -> Result<Vec<ProjectId>> {
    // Until this commits nobody strikes it off.
    let alive = format!("SELECT run FROM nodes WHERE run = $1 {}", tx.locking());
    let mut taken = Vec::new();
    if tx.query_opt(&alive, params![run], |_| Ok(()))?.is_none() {
        return Ok(taken);
    }
    for projects in projects.chunks(CHUNK) {
        let rows: Vec<_> = (0..projects.len()).map(|n| format!("(${}, $1)", n + 2)).collect();
        let sql = format!(
            "INSERT INTO leases (id, holder) VALUES {}
             ON CONFLICT (id) DO UPDATE SET holder = excluded.holder
             WHERE leases.holder NOT IN (SELECT run FROM nodes) RETURNING id",
            rows.join(", ")
        );
        taken.extend(tx.query(&sql, &values(run, projects), |row| ProjectId::column(row, "id"))?);
    }
    Ok(taken)
}

/// Gives leases of `run` back.
pub(super) fn release(tx: &mut Tx, run: &str, projects: &[ProjectId]) -> Result<()> {
    for projects in projects.chunks(CHUNK) {
        let list = placeholders(1, projects.len());
        let sql = format!("DELETE FROM leases WHERE holder = $1 AND id IN ({list})");
        tx.execute(&sql, &values(run, projects))?;
    }
    Ok(())
}

/// Says that a node is stopping: the others needn't leave it a share.
pub(super) fn mark_leaving(tx: &mut Tx, run: &str) -> Result<()> {
    tx.execute("UPDATE nodes SET leaving = TRUE WHERE run = $1", params![run])?;
    Ok(())
}

/// Takes a node off the list, which frees whatever it may still have had.
pub(super) fn leave(tx: &mut Tx, run: &str) -> Result<()> {
    tx.execute("DELETE FROM nodes WHERE run = $1", params![run])?;
    Ok(())
}

/// Whether a lease is still held; if so, it is until the end of the transaction.
pub(crate) fn holds(tx: &mut Tx, lease: &Lease) -> Result<bool> {
    let Some(holder) = &lease.holder else { return Ok(true) };
    let sql = format!("SELECT id FROM leases WHERE id = $1 AND holder = $2 {}", tx.locking());
    Ok(tx.query_opt(&sql, params![lease.project, &**holder], |_| Ok(()))?.is_some())
}

fn values(run: &str, projects: &[ProjectId]) -> Vec<Value> {
    std::iter::once(Value::from(run)).chain(projects.iter().map(|&id| id.into())).collect()
}

fn node(row: &Row) -> Result<Node, db::Error> {
    Ok(Node {
        run: row.get("run")?,
        name: row.get("name")?,
        beat: row.get("beat")?,
        leaving: row.get("leaving")?,
    })
}
