//! The tables of notes.

use std::collections::HashMap;

use db::{Row, Value, params};

use super::model::{Note, NotePicture, NoteVersion};
use crate::avatars::Shown;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, NoteId, PictureId, ProjectId, WorkspaceId};
use crate::members::MemberRef;
use crate::sql::any_of;
use crate::tx::Tx;

/// A note as the table holds it.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) id: NoteId,
    pub(super) project: ProjectId,
    pub(super) customer: CustomerId,
    pub(super) author: MemberId,
    pub(super) text: String,
    pub(super) pinned: bool,
    pub(super) version: i64,
}

/// A note that is there.
pub(super) fn get(tx: &mut Tx, workspace: WorkspaceId, id: NoteId) -> Result<Stored> {
    let sql = "SELECT project_id, customer_id, author_id, text, pinned, version FROM notes
         WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL";
    let found = tx.query_opt(sql, params![workspace, id], |row| {
        Ok(Stored {
            id,
            project: ProjectId::column(row, "project_id")?,
            customer: CustomerId::column(row, "customer_id")?,
            author: MemberId::column(row, "author_id")?,
            text: row.get("text")?,
            pinned: row.get("pinned")?,
            version: row.get("version")?,
        })
    })?;
    found.ok_or_else(|| Error::refused(Code::NotFound))
}

pub(super) struct NewRow<'a> {
    pub(super) id: NoteId,
    pub(super) workspace: WorkspaceId,
    pub(super) project: ProjectId,
    pub(super) customer: CustomerId,
    pub(super) author: MemberId,
    pub(super) client_id: &'a str,
    pub(super) text: &'a str,
}

pub(super) fn insert(tx: &mut Tx, row: &NewRow) -> Result<()> {
    let NewRow { id, workspace, project, customer, author, client_id, text } = *row;
    let now = tx.now;
    tx.execute(
        "INSERT INTO notes (id, workspace_id, project_id, customer_id, author_id, client_id, text, pinned, at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, $8, 1)",
        params![id, workspace, project, customer, author, client_id, text, now],
    )?;
    Ok(())
}

/// The note that an author's key stands for, and whether it says the same about the same customer.
pub(super) fn posted(
    tx: &mut Tx,
    author: MemberId,
    client_id: &str,
    customer: CustomerId,
    text: &str,
) -> Result<Option<(NoteId, bool)>> {
    let sql = "SELECT id, customer_id = $3 AND (text = $4 OR version > 1) AS same FROM notes
         WHERE author_id = $1 AND client_id = $2";
    Ok(tx.query_opt(sql, params![author, client_id, customer, text], |row| {
        Ok((NoteId::column(row, "id")?, row.get("same")?))
    })?)
}

/// Ids of the notes on a customer, pinned ones first, then the newest first.
pub(super) fn page(
    tx: &mut Tx,
    customer: CustomerId,
    after: Option<(bool, NoteId)>,
    limit: usize,
) -> Result<Vec<NoteId>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut values: Vec<Value> = vec![customer.into(), limit.into()];
    let mut later = "";
    if let Some((pinned, id)) = after {
        values.extend([pinned.into(), id.into()]);
        later = " AND (pinned, id) < ($3, $4)";
    }
    let sql = format!(
        "SELECT id FROM notes WHERE customer_id = $1 AND deleted_at IS NULL{later}
         ORDER BY pinned DESC, id DESC LIMIT $2"
    );
    Ok(tx.query(&sql, &values, |row| NoteId::column(row, "id"))?)
}

/// What it said goes into the history.
pub(super) fn keep_version(tx: &mut Tx, workspace: WorkspaceId, note: &Stored) -> Result<()> {
    tx.execute(
        "INSERT INTO note_history (workspace_id, note_id, version, text, at, by_id)
         SELECT $1, id, version, text, COALESCE(edited_at, at), COALESCE(edited_by, author_id) FROM notes WHERE id = $2",
        params![workspace, note.id],
    )?;
    Ok(())
}

pub(super) fn rewrite(tx: &mut Tx, id: NoteId, text: &str, by: MemberId) -> Result<()> {
    let now = tx.now;
    let sql = "UPDATE notes SET text = $2, edited_at = $3, edited_by = $4 WHERE id = $1";
    tx.execute(sql, params![id, text, now, by])?;
    Ok(())
}

pub(super) fn touch(tx: &mut Tx, id: NoteId, pinned: bool) -> Result<()> {
    tx.execute("UPDATE notes SET pinned = $2, version = version + 1 WHERE id = $1", params![id, pinned])?;
    Ok(())
}

/// Removes what a note said and showed; gives the files of its pictures.
pub(super) fn erase(tx: &mut Tx, id: NoteId) -> Result<Vec<(PictureId, String)>> {
    let sql = "DELETE FROM note_pictures WHERE note_id = $1 RETURNING id, name";
    let files = tx.query(sql, params![id], file)?;
    tx.execute("DELETE FROM note_history WHERE note_id = $1", params![id])?;
    tx.execute("DELETE FROM note_mentions WHERE note_id = $1", params![id])?;
    let now = tx.now;
    let sql =
        "UPDATE notes SET text = '', pinned = FALSE, deleted_at = $2, version = version + 1 WHERE id = $1";
    tx.execute(sql, params![id, now])?;
    Ok(files)
}

/// What a note said, the newest first.
pub(super) fn history(tx: &mut Tx, id: NoteId) -> Result<Vec<NoteVersion>> {
    let sql = "SELECT h.text, h.at, h.by_id, m.name FROM (
             SELECT version, text, COALESCE(edited_at, at) AS at, COALESCE(edited_by, author_id) AS by_id
             FROM notes WHERE id = $1
             UNION ALL SELECT version, text, at, by_id FROM note_history WHERE note_id = $1) h
         JOIN members m ON m.id = h.by_id ORDER BY h.version DESC";
    Ok(tx.query(sql, params![id], |row| {
        let by = MemberRef { id: MemberId::column(row, "by_id")?, name: row.get("name")? };
        Ok(NoteVersion { text: row.get("text")?, at: Timestamp(row.get("at")?), by })
    })?)
}

/// Whom a note names.
pub(super) fn mentioned(tx: &mut Tx, id: NoteId) -> Result<Vec<MemberId>> {
    let sql = "SELECT member_id FROM note_mentions WHERE note_id = $1 ORDER BY place";
    Ok(tx.query(sql, params![id], |row| MemberId::column(row, "member_id"))?)
}

pub(super) fn set_mentions(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: NoteId,
    members: &[MemberId],
) -> Result<()> {
    tx.execute("DELETE FROM note_mentions WHERE note_id = $1", params![id])?;
    for (place, member) in (0i64..).zip(members) {
        tx.execute(
            "INSERT INTO note_mentions (workspace_id, note_id, member_id, place) VALUES ($1, $2, $3, $4)",
            params![workspace, id, *member, place],
        )?;
    }
    Ok(())
}

/// The note as people see it.
pub(super) fn one(tx: &mut Tx, workspace: WorkspaceId, id: NoteId) -> Result<Note> {
    views(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

/// Those of `ids` that are notes of `workspace`, also deleted ones, as people see them.
pub(crate) fn views(tx: &mut Tx, workspace: WorkspaceId, ids: &[NoteId]) -> Result<Vec<Note>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = vec![workspace.into()];
    let list = any_of(&mut values, ids);
    let sql = format!(
        "SELECT n.note_id, n.member_id, m.name FROM note_mentions n JOIN members m ON m.id = n.member_id
         WHERE n.workspace_id = $1 AND n.note_id IN ({list}) ORDER BY n.place"
    );
    let mut mentions: HashMap<NoteId, Vec<MemberRef>> = HashMap::new();
    for (id, member) in tx.query(&sql, &values, |row| {
        let member = MemberRef { id: MemberId::column(row, "member_id")?, name: row.get("name")? };
        Ok((NoteId::column(row, "note_id")?, member))
    })? {
        mentions.entry(id).or_default().push(member);
    }
    let sql = format!(
        "SELECT note_id, id, width, height FROM note_pictures WHERE workspace_id = $1 AND note_id IN ({list})
         ORDER BY place"
    );
    let mut pictures: HashMap<NoteId, Vec<NotePicture>> = HashMap::new();
    let rows = tx.query(&sql, &values, |row| Ok((NoteId::column(row, "note_id")?, shown(row)?)))?;
    for (id, picture) in rows {
        pictures.entry(id).or_default().push(picture);
    }
    let sql = format!(
        "SELECT n.id, n.customer_id, n.project_id, n.author_id, m.name, n.text, n.pinned, n.at, n.edited_at,
             n.deleted_at IS NOT NULL AS deleted, n.version
         FROM notes n JOIN members m ON m.id = n.author_id WHERE n.workspace_id = $1 AND n.id IN ({list})"
    );
    Ok(tx.query(&sql, &values, |row| {
        let id = NoteId::column(row, "id")?;
        Ok(Note {
            id,
            customer_id: CustomerId::column(row, "customer_id")?,
            project_id: ProjectId::column(row, "project_id")?,
            author: MemberRef { id: MemberId::column(row, "author_id")?, name: row.get("name")? },
            text: row.get("text")?,
            mentions: mentions.remove(&id).unwrap_or_default(),
            pictures: pictures.remove(&id).unwrap_or_default(),
            pinned: row.get("pinned")?,
            at: Timestamp(row.get("at")?),
            edited_at: row.get::<Option<i64>>("edited_at")?.map(Timestamp),
            deleted: row.get("deleted")?,
            version: row.get("version")?,
        })
    })?)
}

/// A picture as the table holds it.
pub(super) struct StoredPicture {
    pub(super) customer: CustomerId,
    pub(super) member: MemberId,
    pub(super) note: Option<NoteId>,
    pub(super) name: String,
}

pub(super) fn picture(tx: &mut Tx, workspace: WorkspaceId, id: PictureId) -> Result<Option<StoredPicture>> {
    let sql =
        "SELECT customer_id, member_id, note_id, name FROM note_pictures WHERE workspace_id = $1 AND id = $2";
    Ok(tx.query_opt(sql, params![workspace, id], |row| {
        Ok(StoredPicture {
            customer: CustomerId::column(row, "customer_id")?,
            member: MemberId::column(row, "member_id")?,
            note: NoteId::column_opt(row, "note_id")?,
            name: row.get("name")?,
        })
    })?)
}

pub(super) fn insert_picture(
    tx: &mut Tx,
    (workspace, project, customer): (WorkspaceId, ProjectId, CustomerId),
    member: MemberId,
    id: PictureId,
    kept: &Shown,
) -> Result<NotePicture> {
    let now = tx.now;
    let sql = "INSERT INTO note_pictures (id, workspace_id, project_id, customer_id, member_id, place, name, width, height,
             created_at)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9) RETURNING id, width, height";
    let values = params![id, workspace, project, customer, member, &kept.name, kept.width, kept.height, now];
    Ok(tx.query_one(sql, values, shown)?)
}

/// How many pictures of a member are in no note and not older than that.
pub(super) fn waiting(tx: &mut Tx, member: MemberId, since: Timestamp) -> Result<usize> {
    let sql = "SELECT id FROM note_pictures WHERE member_id = $1 AND note_id IS NULL AND created_at >= $2";
    Ok(tx.query(sql, params![member, since], |_| Ok(()))?.len())
}

/// Removes the pictures of a member that are older and in no note; gives their files.
pub(super) fn forget_waiting(
    tx: &mut Tx,
    member: MemberId,
    since: Timestamp,
) -> Result<Vec<(PictureId, String)>> {
    let sql = "DELETE FROM note_pictures WHERE member_id = $1 AND note_id IS NULL AND created_at < $2 RETURNING id, name";
    Ok(tx.query(sql, params![member, since], file)?)
}

/// Puts pictures into a note; false when one of them is not its author's, not of its customer, or in a note already.
pub(super) fn attach(tx: &mut Tx, note: &NewRow, pictures: &[PictureId]) -> Result<bool> {
    for (place, id) in (0i64..).zip(pictures) {
        let attached = tx.execute(
            "UPDATE note_pictures SET note_id = $2, place = $3
             WHERE id = $1 AND member_id = $4 AND customer_id = $5 AND note_id IS NULL",
            params![*id, note.id, place, note.author, note.customer],
        )?;
        if attached == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn has_pictures(tx: &mut Tx, id: NoteId) -> Result<bool> {
    let sql = "SELECT id FROM note_pictures WHERE note_id = $1 LIMIT 1";
    Ok(tx.query_opt(sql, params![id], |_| Ok(()))?.is_some())
}

fn shown(row: &Row) -> Result<NotePicture, db::Error> {
    let id = PictureId::column(row, "id")?;
    let url = format!("/api/note-pictures/{id}");
    Ok(NotePicture { id, url, width: row.get("width")?, height: row.get("height")? })
}

fn file(row: &Row) -> Result<(PictureId, String), db::Error> {
    Ok((PictureId::column(row, "id")?, row.get("name")?))
}
