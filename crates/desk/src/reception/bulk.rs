//! The same for several sessions at once: each by its own rules, and what is refused stands in nobody's way.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::acting::seen;
use super::assign::{assign_to, return_to_queue};
use super::drain::drain;
use super::ending::end_own;
use super::receivers::To;
use crate::access::{Viewer, viewer};
use crate::error::{Error, Result};
use crate::ids::{MemberId, SessionId, TagId, WorkspaceId};
use crate::members;
use crate::sessions::Session;
use crate::tags::{TagEdit, must_be_known, put_on};
use crate::text::Fields;
use crate::tx::{Store, Tx};

/// How many sessions are acted on at once at most.
const MOST: usize = 200;

/// What to do with each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bulk {
    /// End it.
    End,
    /// Give it to this member.
    Assign(MemberId),
    /// Put it back into the queue.
    Return,
    /// Put these tags on it.
    Tag(Vec<TagId>),
    /// Take these tags off it.
    Untag(Vec<TagId>),
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BulkOutcome)]
pub struct Outcome {
    /// The sessions with which it was done.
    pub done: Vec<SessionId>,
    /// The others.
    pub refused: Vec<Refused>,
}

/// A session with which it was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BulkRefused)]
pub struct Refused {
    /// Which.
    pub id: SessionId,
    /// Why: the code of the error it would have been by itself.
    pub code: String,
    /// What the words need.
    #[schema(value_type = Object)]
    pub params: BTreeMap<&'static str, Value>,
}

impl Outcome {
    /// Does it with one session, in a savepoint of its own. Trouble, and what is wrong with the request, is everybody's.
    pub(super) fn attempt(
        &mut self,
        tx: &mut Tx,
        id: SessionId,
        act: impl FnOnce(&mut Tx) -> Result<()>,
    ) -> Result<()> {
        match tx.savepoint(act) {
            Ok(()) => self.done.push(id),
            Err(Error::Refused { code, params }) => {
                self.refused.push(Refused { id, code: code.as_ref().to_owned(), params });
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Does the same with each of these sessions, 1 to 200.
pub async fn bulk(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    ids: Vec<SessionId>,
    act: Bulk,
) -> Result<Outcome> {
    let mut fields = Fields::default();
    match ids.len() {
        0 => fields.fault("ids", "required", None),
        count if count > MOST => fields.fault("ids", "too_long", Some(("max", MOST))),
        _ => {}
    }
    fields.done()?;
    store
        .write("bulk", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let viewer = viewer(tx, workspace, member)?;
            let act = Act::begin(tx, workspace, &act)?;
            let mut outcome = Outcome::default();
            for &id in &ids {
                outcome.attempt(tx, id, |tx| {
                    let session = seen(tx, &viewer, id)?;
                    act.on(tx, &viewer, &session)
                })?;
            }
            drain(tx, workspace)?;
            Ok(outcome)
        })
        .await
}

/// What is done, with what is the same for all of them.
enum Act {
    End,
    Assign(Box<To>),
    Return,
    Tag(TagEdit),
}

impl Act {
    fn begin(tx: &mut Tx, workspace: WorkspaceId, bulk: &Bulk) -> Result<Self> {
        Ok(match bulk {
            Bulk::End => Self::End,
            Bulk::Assign(to) => Self::Assign(Box::new(To::find(tx, workspace, *to)?)),
            Bulk::Return => Self::Return,
            Bulk::Tag(tags) => {
                must_be_known(tx, workspace, "tags", tags)?;
                Self::Tag(TagEdit { add: tags.clone(), remove: Vec::new() })
            }
            Bulk::Untag(tags) => Self::Tag(TagEdit { add: Vec::new(), remove: tags.clone() }),
        })
    }

    fn on(&self, tx: &mut Tx, viewer: &Viewer, session: &Session) -> Result<()> {
        match self {
            Self::End => end_own(tx, session, viewer),
            Self::Assign(to) => assign_to(tx, session, viewer, to, None),
            Self::Return => return_to_queue(tx, session, viewer, None),
            Self::Tag(edit) => put_on(tx, viewer, session, edit),
        }
    }
}
