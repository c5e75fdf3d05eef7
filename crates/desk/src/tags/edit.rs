//! Putting tags on sessions and customers, and taking them off.

use serde_json::json;

use super::model::edited;
use super::store;
use crate::access::{Operation, Ownership, Viewer, viewer};
use crate::audit;
use crate::customers::{self, Customer};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, MemberId, SessionId, TagId, WorkspaceId};
use crate::sessions::{self, Session};
use crate::tx::{Store, Tx};

/// What to put on and what to take off. What is there already, or not at all, is no fault.
#[derive(Debug, Clone, Default)]
pub struct TagEdit {
    /// To put on.
    pub add: Vec<TagId>,
    /// To take off.
    pub remove: Vec<TagId>,
}

/// Edits the tags of a session, also of one that is over.
pub async fn edit_session(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: SessionId,
    edit: TagEdit,
) -> Result<()> {
    store
        .write("tag session", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let session = sessions::get(tx, workspace, id)?;
            viewer.must_see(session.project)?;
            let session = sessions::reload_locked(tx, &session)?;
            put_on(tx, &viewer, &session, &edit)
        })
        .await
}

/// Edits the tags of a session that `viewer` sees and that the caller has locked.
pub(crate) fn put_on(tx: &mut Tx, viewer: &Viewer, session: &Session, edit: &TagEdit) -> Result<()> {
    viewer.may(tx, session.project, Operation::EditTags, Ownership::Any)?;
    must_be_known(tx, viewer.workspace, "add", &edit.add)?;
    let before = sessions::tags_of(tx, session)?;
    let tags = edited(&before, &edit.add, &edit.remove)?;
    if tags == before {
        return Ok(());
    }
    sessions::set_tags(tx, session, &before, &tags)?;
    recorded(tx, viewer, ("session", session.id.to_string()), "session.tagged", edit)
}

/// Edits the tags of a customer.
pub async fn edit_customer(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: CustomerId,
    edit: TagEdit,
) -> Result<Customer> {
    store
        .write("tag customer", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            viewer.must_see(customers::project_of(tx, workspace, id)?)?;
            customers::lock(tx, id)?;
            let customer = customers::get(tx, workspace, id)?;
            viewer.may(tx, customer.project_id, Operation::EditTags, Ownership::Any)?;
            must_be_known(tx, workspace, "add", &edit.add)?;
            let tags = edited(&customer.tags, &edit.add, &edit.remove)?;
            if tags != customer.tags {
                customers::set_tags(tx, workspace, &customer, &tags)?;
                recorded(tx, &viewer, ("customer", id.to_string()), "customer.tagged", &edit)?;
            }
            customers::get(tx, workspace, id)
        })
        .await
}

/// Refuses tags, of a field of the input, that are not there; those that are stay until the transaction is over.
pub(crate) fn must_be_known(tx: &mut Tx, workspace: WorkspaceId, field: &str, tags: &[TagId]) -> Result<()> {
    let distinct: std::collections::BTreeSet<_> = tags.iter().collect();
    if store::hold(tx, workspace, tags)? == distinct.len() {
        Ok(())
    } else {
        Err(Error::field(field, "unknown"))
    }
}

fn recorded(
    tx: &mut Tx,
    viewer: &Viewer,
    subject: (&'static str, String),
    verb: &'static str,
    edit: &TagEdit,
) -> Result<()> {
    let detail = json!({ "add": edit.add, "remove": edit.remove });
    audit::record(tx, viewer.workspace, Some(viewer.member), verb, subject, &detail)
}
