//! What a note is.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{CustomerId, MemberId, NoteId, PictureId, ProjectId};
use crate::members::{MemberRef, Role};
use crate::text::{Fields, without_nul};

/// The longest text, in UTF-16 code units.
const TEXT_MAX: usize = 4_000;
/// The most members that one note names.
pub(super) const MENTIONS_MAX: usize = 50;
/// The most pictures in one note.
pub(super) const PICTURES_MAX: usize = 10;

/// A picture in a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NotePicture {
    /// Its id.
    pub id: PictureId,
    /// Where it is.
    pub url: String,
    /// In pixels.
    pub width: i64,
    /// In pixels.
    pub height: i64,
}

/// What somebody of the team wrote down about a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// About whom.
    pub customer_id: CustomerId,
    /// The customer's project.
    pub project_id: ProjectId,
    /// Who wrote it.
    pub author: MemberRef,
    /// What it says; empty when it was deleted.
    pub text: String,
    /// Whom it names.
    pub mentions: Vec<MemberRef>,
    /// Its pictures.
    pub pictures: Vec<NotePicture>,
    /// Whether it stands on top.
    pub pinned: bool,
    /// When it was written.
    pub at: Timestamp,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// Whether it is gone.
    pub deleted: bool,
    /// Grows with each change.
    pub version: i64,
}

/// What a note said from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoteVersion {
    /// What it said.
    pub text: String,
    /// From when on.
    pub at: Timestamp,
    /// Who wrote it so.
    pub by: MemberRef,
}

/// The text, cleaned, or the fault of it; `may_be_empty`: there is something else in the note.
pub(super) fn cleaned(fields: &mut Fields, text: &str, may_be_empty: bool) -> String {
    let text = without_nul(text).replace("\r\n", "\n").trim().to_owned();
    if text.is_empty() && !may_be_empty {
        fields.fault("text", "required", None);
    } else if text.encode_utf16().count() > TEXT_MAX {
        fields.fault("text", "too_long", Some(("max", TEXT_MAX)));
    }
    text
}

/// Whether `member` may change what a note says, and delete it: its author, owners and admins.
pub(super) fn may_change(member: MemberId, role: Role, author: MemberId) -> bool {
    member == author || role >= Role::Admin
}
