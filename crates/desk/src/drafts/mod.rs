//! Drafts: what a member has begun to write to a customer. Theirs alone: nobody else ever sees it, whatever their role.
//!
//! An edit names the version it is based on and is refused as stale when the draft has changed since. So the order of the
//! server's commits decides, and an editor that knows nothing of a draft can't overwrite it.

mod store;

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::viewer;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, ProjectId, WorkspaceId};
use crate::text::{Fields, MESSAGE_MAX, without_nul};
use crate::tx::{Store, Tx};
use crate::{customers, members};

/// How many drafts a list holds; the newest ones.
const LIST_MAX: i64 = 500;

/// What a member has begun to write to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Draft {
    /// To whom.
    pub customer_id: CustomerId,
    /// As it was typed, 0 to 4096 UTF-16 code units, or more where unsent replies were given back; empty: there is none.
    pub text: String,
    /// Grows with each edit; 0: there is none.
    pub version: i64,
}

impl Draft {
    fn none(customer_id: CustomerId) -> Self {
        Self { customer_id, text: String::new(), version: 0 }
    }
}

/// Whose draft to whom.
#[derive(Debug, Clone, Copy)]
struct Place {
    workspace: WorkspaceId,
    project: ProjectId,
    member: MemberId,
    customer: CustomerId,
}

/// The member's draft to this customer.
pub async fn show(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
) -> Result<Draft> {
    store
        .read("show draft", move |tx| {
            let place = place(tx, workspace, member, customer)?;
            Ok(store::find(tx, place)?.unwrap_or_else(|| Draft::none(customer)))
        })
        .await
}

/// The member's drafts to customers whom they see, newest first, at most 500.
pub async fn list(store: &Store, workspace: WorkspaceId, member: MemberId) -> Result<Vec<Draft>> {
    store
        .read("list drafts", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            store::list(tx, &viewer, LIST_MAX)
        })
        .await
}

/// Replaces the draft if it still has version `based_on` (0: if there is none). An empty text removes it. What was given back may be
/// longer than a message; then it may not grow.
pub async fn save(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
    based_on: i64,
    text: &str,
) -> Result<Draft> {
    let text = without_nul(text);
    store
        .write("save draft", move |tx| {
            let place = place(tx, workspace, member, customer)?;
            // Two edits at once wait for each other here, and for what is being given back.
            members::lock(tx, member)?;
            customers::lock(tx, customer)?;
            let (current, length) = store::find(tx, place)?
                .map_or((0, 0), |draft| (draft.version, draft.text.encode_utf16().count()));
            must_fit(&text, length.max(MESSAGE_MAX))?;
            if current != based_on {
                return Err(Error::refused(Code::StaleVersion));
            }
            store::remove(tx, place)?;
            if text.is_empty() {
                return Ok(Draft::none(customer));
            }
            let draft =
                Draft { customer_id: customer, text: text.clone(), version: tx.now.0.max(current + 1) };
            store::insert(tx, place, &draft)?;
            Ok(draft)
        })
        .await
}

fn must_fit(text: &str, max: usize) -> Result<()> {
    let mut fields = Fields::default();
    if text.encode_utf16().count() > max {
        fields.fault("text", "too_long", Some(("max", max)));
    }
    fields.done()
}

/// Gives a member back what they had written to a customer and was not sent: it stands at the end of their draft, each text a
/// paragraph. The caller has locked the customer.
pub(crate) fn give_back(
    tx: &mut Tx,
    (workspace, project, customer): (WorkspaceId, ProjectId, CustomerId),
    member: MemberId,
    texts: Vec<String>,
) -> Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    let place = Place { workspace, project, member, customer };
    let (before, version) = store::find(tx, place)?.map_or((None, 0), |it| (Some(it.text), it.version));
    let begun = before.filter(|text| !text.trim().is_empty());
    let text = begun.into_iter().chain(texts).collect::<Vec<_>>().join("\n\n");
    let draft = Draft { customer_id: customer, text, version: tx.now.0.max(version + 1) };
    store::remove(tx, place)?;
    store::insert(tx, place, &draft)
}

/// Removes the draft, whatever it says now: it was sent.
pub async fn remove(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
) -> Result<()> {
    store
        .write("remove draft", move |tx| {
            let place = place(tx, workspace, member, customer)?;
            store::remove(tx, place)
        })
        .await
}

/// Refuses what the member may not see as if it did not exist.
fn place(tx: &mut Tx, workspace: WorkspaceId, member: MemberId, customer: CustomerId) -> Result<Place> {
    let viewer = viewer(tx, workspace, member)?;
    let project = customers::project_of(tx, workspace, customer)?;
    viewer.must_see(project)?;
    Ok(Place { workspace, project, member, customer })
}
