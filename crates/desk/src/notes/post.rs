//! Writing a note.

use std::collections::BTreeSet;

use super::model::{MENTIONS_MAX, Note, PICTURES_MAX, cleaned};
use super::store::{self, NewRow};
use crate::access::{self, Viewer, viewer};
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{CustomerId, MemberId, NoteId, PictureId, ProjectId, WorkspaceId};
use crate::notifications::{Notice, What, notify};
use crate::text::{Fields, shorten};
use crate::tx::{Store, Tx};
use crate::{customers, members, sessions};

/// How much of a note a notification shows, in characters.
const GLANCE: usize = 200;

/// A note to write.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// Idempotency key of its author: a UUID.
    pub client_id: String,
    /// 1 to 4000 characters; it may be empty when there are pictures.
    pub text: String,
    /// Whom it names: members who see the customer's project.
    pub mentions: Vec<MemberId>,
    /// Pictures that its author has uploaded for this customer and that are in no note yet, at most 10.
    pub pictures: Vec<PictureId>,
}

/// A note that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedNote {
    /// The note, as it is now.
    pub note: Note,
    /// False when the same request had been accepted before.
    pub new: bool,
}

/// Writes a note on a customer whom the member sees.
pub async fn post(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
    new: NewNote,
) -> Result<PostedNote> {
    store
        .write("write note", move |tx| {
            let (viewer, project) = seen(tx, workspace, member, customer)?;
            let (text, key) = checked(&new)?;
            // A request that comes twice at once waits for its twin here.
            customers::lock(tx, customer)?;
            if let Some((id, same)) = store::posted(tx, member, &key, customer, &text)? {
                let note = store::one(tx, workspace, id)?;
                return if same {
                    Ok(PostedNote { note, new: false })
                } else {
                    Err(Error::refused(Code::IdempotencyConflict))
                };
            }
            let id = NoteId::new(tx.now);
            let row =
                NewRow { id, workspace, project, customer, author: member, client_id: &key, text: &text };
            store::insert(tx, &row)?;
            let named = checked_mentions(tx, workspace, project, &new.mentions)?;
            store::set_mentions(tx, workspace, id, &named)?;
            if !store::attach(tx, &row, &new.pictures)? {
                return Err(Error::field("pictures", "unknown"));
            }
            tell_named(tx, &viewer, (project, customer), &named, &text)?;
            tx.event(workspace, Change::Note(id), Audience::Project(project));
            Ok(PostedNote { note: store::one(tx, workspace, id)?, new: true })
        })
        .await
}

/// The text, cleaned, and the key in its canonical spelling: a UUID has several.
fn checked(new: &NewNote) -> Result<(String, String)> {
    let mut fields = Fields::default();
    let text = cleaned(&mut fields, &new.text, !new.pictures.is_empty());
    let key = uuid::Uuid::try_parse(&new.client_id);
    if key.is_err() {
        fields.fault("client_id", "bad_format", None);
    }
    if new.pictures.len() > PICTURES_MAX {
        fields.fault("pictures", "too_many", Some(("max", PICTURES_MAX)));
    }
    fields.done()?;
    Ok((text, key.map_or_else(|_| String::new(), |key| key.to_string())))
}

/// Who asks, and the project of a customer whom they see.
pub(super) fn seen(
    tx: &mut Tx,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
) -> Result<(Viewer, ProjectId)> {
    let viewer = viewer(tx, workspace, member)?;
    let project = customers::project_of(tx, workspace, customer)?;
    viewer.must_see(project)?;
    Ok((viewer, project))
}

/// These members, each once; refused when one of them doesn't see the project.
pub(super) fn checked_mentions(
    tx: &mut Tx,
    workspace: WorkspaceId,
    project: ProjectId,
    mentions: &[MemberId],
) -> Result<Vec<MemberId>> {
    let mut met = BTreeSet::new();
    let mentions: Vec<_> = mentions.iter().copied().filter(|id| met.insert(*id)).collect();
    if mentions.is_empty() {
        return Ok(mentions);
    }
    let mut fields = Fields::default();
    if mentions.len() > MENTIONS_MAX {
        fields.fault("mentions", "too_many", Some(("max", MENTIONS_MAX)));
        fields.done()?;
    }
    let (rows, rights) = (members::get_many(tx, workspace, &mentions)?, access::rights(tx, workspace)?);
    let now = tx.now;
    let seeing = rows.iter().filter(|row| row.is_usable(now) && rights.sees(row, project)).count();
    if seeing == mentions.len() { Ok(mentions) } else { Err(Error::field("mentions", "unknown")) }
}

/// Tells those whom a note names.
pub(super) fn tell_named(
    tx: &mut Tx,
    viewer: &Viewer,
    (project, customer): (ProjectId, CustomerId),
    named: &[MemberId],
    text: &str,
) -> Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    let session = sessions::live_of(tx, customer)?.map(|session| session.id);
    let notice = Notice {
        what: What::Mention,
        project: Some(project),
        session,
        customer: Some(customer),
        by: Some(viewer.member),
        detail: Some(shorten(text, GLANCE)),
    };
    notify(tx, viewer.workspace, named, &notice)
}
