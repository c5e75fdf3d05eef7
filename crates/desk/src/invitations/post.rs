//! The post: letters that wait as durable jobs until the mail server takes them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::issue::{Payload, owner};
use super::letter;
use super::model::Row;
use super::store;
use crate::clock::{HOUR, MINUTE};
use crate::error::{Error, Result};
use crate::events::{Audience, Change, Topic};
use crate::ids::{InvitationId, WorkspaceId};
use crate::jobs::{self, Due, Job, NewJob, Urgency};
use crate::mail::{Letter, Mailer, Undelivered};
use crate::members::{self, MemberRow};
use crate::secrets::Cipher;
use crate::text::shorten;
use crate::tx::{Store, Tx};

const KIND: &str = "invitation";
/// All letters are for whichever node's postman comes first.
const SUBJECT: &str = "mail";
/// How long a postman has for a letter before another one may try: longer than the mail server's time-outs together.
const IN_HAND: i64 = 3 * MINUTE;
/// The waits before further tries; after the last there is none.
const WAITS: [i64; 6] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR];

pub(super) fn enqueue(tx: &mut Tx, workspace: WorkspaceId, id: InvitationId, payload: &str) -> Result<()> {
    let (lane, run_at) = (id.to_string(), tx.now);
    let job = NewJob {
        workspace,
        kind: KIND,
        subject: SUBJECT,
        lane: &lane,
        place: 0,
        payload,
        urgency: Urgency::Automatic,
        run_at,
    };
    jobs::enqueue(tx, &job)?;
    tx.signal(Topic::Mail);
    Ok(())
}

/// A letter in somebody's hand.
struct InHand {
    job: Job,
    row: Row,
    to: MemberRow,
    from: MemberRow,
    workspace: String,
    link: SecretString,
}

/// Delivers the next letter that is due; says whether there was one.
pub(crate) async fn deliver_due(store: &Store, mailer: &Mailer, cipher: &Cipher) -> Result<bool> {
    let opener = cipher.clone();
    let worker = uuid::Uuid::new_v4().to_string();
    let picked = store.write("pick up letter", move |tx| pick_up(tx, &opener, &worker)).await?;
    let Some(letter) = picked else { return Ok(false) };
    if let Some(letter) = letter {
        deliver(store, mailer, *letter).await?;
    }
    Ok(true)
}

/// Takes the next letter. It is due again a little later: if this process dies, another one tries it then, so that a letter may come
/// twice but is never lost. An inner none: one that is good no more, and was thrown away.
fn pick_up(tx: &mut Tx, cipher: &Cipher, worker: &str) -> Result<Option<Option<Box<InHand>>>> {
    let due = Due { kind: KIND, subject: SUBJECT, held: &[] };
    let Some(job) = jobs::claim(tx, &due, worker, 1)?.pop() else { return Ok(None) };
    let again = tx.now.plus(IN_HAND);
    jobs::put_back(tx, job.id, again)?;
    let fault = |error| Error::Internal(format!("a letter that can't be read: {error}"));
    let payload: Payload = serde_json::from_str(&job.payload).map_err(fault)?;
    let row = store::by_id(tx, payload.invitation)?.filter(|row| row.gone(tx.now).is_none());
    let Some(row) = row else {
        jobs::finish(tx, job.id)?;
        return Ok(Some(None));
    };
    let to = members::find(tx, row.workspace, row.member)?;
    let from = members::find(tx, row.workspace, row.created_by)?;
    let workspace = members::workspace(tx, row.workspace)?.name;
    let sealed = URL_SAFE_NO_PAD.decode(payload.sealed);
    let sealed = sealed.map_err(|error| Error::Internal(format!("a letter that can't be read: {error}")))?;
    let link = cipher.open(&owner(row.id), &sealed)?;
    Ok(Some(Some(Box::new(InHand { job, row, to, from, workspace, link }))))
}

async fn deliver(store: &Store, mailer: &Mailer, letter: InHand) -> Result<()> {
    let InHand { job, row, to, from, workspace, link } = letter;
    let language = to.language.as_ref().or(from.language.as_ref()).map_or("en", String::as_str);
    let written = letter::written(language, row.kind, &workspace, &from.name, link.expose_secret());
    let sent = match to.email {
        None => Err(Undelivered { is_final: true, words: "no e-mail address".to_owned() }),
        Some(email) => {
            let (subject, text) = written;
            mailer.send(Letter { to: email, name: to.name, subject, text }).await
        }
    };
    store.write("letter delivered", move |tx| settle(tx, &job, &row, &sent)).await
}

fn settle(tx: &mut Tx, job: &Job, row: &Row, sent: &Result<(), Undelivered>) -> Result<()> {
    let tried = usize::try_from(job.attempts).unwrap_or(usize::MAX).saturating_sub(1);
    match sent {
        Ok(()) => {
            store::note_mail(tx, row.id, None)?;
            jobs::finish(tx, job.id)?;
        }
        Err(trouble) => {
            store::note_mail(tx, row.id, Some(&shorten(&trouble.words, 200)))?;
            match WAITS.get(tried).filter(|_| !trouble.is_final) {
                Some(wait) => {
                    let again = tx.now.plus(*wait);
                    jobs::postpone(tx, job.id, again)?;
                }
                None => jobs::finish(tx, job.id)?,
            }
        }
    }
    tx.event(row.workspace, Change::Member(row.member), Audience::Workspace);
    Ok(())
}
