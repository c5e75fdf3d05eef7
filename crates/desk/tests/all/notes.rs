//! Notes on customers: written once, edited with a history, pinned, deleted; whom they name; their pictures.

use std::path::Path;

use desk::avatars::Folder;
use desk::ids::{CustomerId, MemberId, NoteId, PictureId};
use desk::members::Role;
use desk::notes::{self, NewNote, Note, NoteChange, PostedNote};
use desk::notifications::{self, What};
use desk::{Code, Result};
use testkit::TestDatabase;

use crate::common::{World, faults, refusal};

testkit::both_databases!(
    a_note_is_written_once,
    pinned_ones_come_first_and_then_the_newest,
    what_a_note_said_stays_in_its_history,
    others_pin_and_do_not_rewrite,
    a_deleted_note_says_nothing_any_more,
    whom_a_note_names_is_told,
    who_does_not_see_the_project_sees_no_note,
    pictures_belong_to_their_note,
    statistics_tell_how_it_went,
);

impl World {
    async fn note(&self, member: MemberId, customer: CustomerId, text: &str) -> Note {
        self.write_note(member, customer, new(text)).await.unwrap().note
    }

    async fn write_note(&self, member: MemberId, customer: CustomerId, new: NewNote) -> Result<PostedNote> {
        notes::post(&self.store, self.workspace, member, customer, new).await
    }

    async fn change_note(
        &self,
        member: MemberId,
        id: NoteId,
        version: i64,
        change: NoteChange,
    ) -> Result<Note> {
        notes::change(&self.store, self.workspace, member, id, version, change).await
    }

    /// What the notes on a customer say, in their order, page by page.
    async fn notes(&self, member: MemberId, customer: CustomerId) -> Vec<String> {
        let (mut texts, mut cursor) = (Vec::new(), None);
        loop {
            let page = notes::list(&self.store, self.workspace, member, customer, cursor).await.unwrap();
            texts.extend(page.items.into_iter().map(|note| note.text));
            cursor = page.next;
            if cursor.is_none() {
                return texts;
            }
        }
    }

    /// What a member was told of: what, of whom, and in which words.
    pub(crate) async fn told(&self, member: MemberId) -> Vec<(What, Option<String>)> {
        let page = notifications::list(&self.store, self.workspace, member, None).await.unwrap();
        page.items.into_iter().map(|it| (it.what, it.detail)).collect()
    }
}

fn new(text: &str) -> NewNote {
    let client_id = uuid::Uuid::new_v4().to_string();
    NewNote { client_id, text: text.to_owned(), mentions: Vec::new(), pictures: Vec::new() }
}

fn text(text: &str) -> NoteChange {
    NoteChange { text: Some(text.to_owned()), ..NoteChange::default() }
}

struct Scene {
    world: World,
    customer: CustomerId,
    ana: MemberId,
    bob: MemberId,
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let world = World::new(database).await;
        let project = world.project().await;
        let (ana, bob) = (world.member("ana", Role::Agent).await, world.member("bob", Role::Agent).await);
        world.wrote(project, 7, "hello").await;
        let customer = world.customer(project, 7).await;
        Self { world, customer, ana, bob }
    }
}

async fn a_note_is_written_once(database: TestDatabase) {
    let Scene { world, customer, ana, bob } = Scene::new(database).await;
    let note = new("  likes\r\ntea ");
    let written = world.write_note(ana, customer, note.clone()).await.unwrap();
    assert!(written.new && written.note.text == "likes\ntea" && !written.note.pinned);
    let again = NewNote { client_id: note.client_id.to_uppercase(), ..note.clone() };
    let again = world.write_note(ana, customer, again).await.unwrap();
    assert_eq!((again.new, again.note), (false, written.note));
    let other = NewNote { text: "other".to_owned(), ..note.clone() };
    assert_eq!(refusal(world.write_note(ana, customer, other).await), Code::IdempotencyConflict);
    assert!(world.write_note(bob, customer, note).await.unwrap().new, "a key is its author's own");
    assert_eq!(world.notes(bob, customer).await.len(), 2);
    for (bad, field, code) in [
        (NewNote { text: " \n".to_owned(), ..new("") }, "text", "required"),
        (new(&"x".repeat(4_001)), "text", "too_long"),
        (NewNote { client_id: "x".to_owned(), ..new("x") }, "client_id", "bad_format"),
        (NewNote { pictures: vec![PictureId::new(world.store.now())], ..new("x") }, "pictures", "unknown"),
    ] {
        let written = world.write_note(ana, customer, bad).await;
        assert_eq!(faults(written), [(field.to_owned(), code)]);
    }
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM notes").await, 2, "what is refused leaves nothing");
}

async fn pinned_ones_come_first_and_then_the_newest(database: TestDatabase) {
    let Scene { world, customer, ana, .. } = Scene::new(database).await;
    let mut written = Vec::new();
    for n in 0..120 {
        world.clock.advance(1);
        written.push(world.note(ana, customer, &n.to_string()).await);
    }
    for n in [3, 60] {
        let pin = NoteChange { pinned: Some(true), ..NoteChange::default() };
        let pinned = world.change_note(ana, written[n].id, 1, pin).await.unwrap();
        assert!(pinned.pinned && pinned.version == 2 && pinned.edited_at.is_none());
    }
    let rest = (0..120).rev().filter(|n| ![3, 60].contains(n)).map(|n| n.to_string());
    let expected: Vec<_> = ["60", "3"].map(str::to_owned).into_iter().chain(rest).collect();
    assert_eq!(world.notes(ana, customer).await, expected);
    for cursor in ["", "1", "2.x", "1.x", "x.0193e9f0-0000-7000-8000-000000000000"] {
        let listed = notes::list(&world.store, world.workspace, ana, customer, Some(cursor.to_owned())).await;
        assert_eq!(faults(listed), [("cursor".to_owned(), "bad_format")], "{cursor}");
    }
}

async fn what_a_note_said_stays_in_its_history(database: TestDatabase) {
    let Scene { world, customer, ana, .. } = Scene::new(database).await;
    let first = world.note(ana, customer, "one").await;
    world.minute_passes();
    let second = world.change_note(ana, first.id, 1, text("two")).await.unwrap();
    assert_eq!((second.text.as_str(), second.version), ("two", 2));
    assert_eq!(second.edited_at, Some(world.store.now()));
    assert_eq!(refusal(world.change_note(ana, first.id, 1, text("late")).await), Code::StaleVersion);
    world.minute_passes();
    world.change_note(world.owner, first.id, 2, text("three")).await.unwrap();
    let same = world.change_note(ana, first.id, 3, text("three")).await.unwrap();
    assert_eq!(same.version, 4);
    let history = notes::history(&world.store, world.workspace, ana, first.id).await.unwrap();
    let said: Vec<_> = history.iter().map(|it| (it.text.as_str(), it.by.id)).collect();
    assert_eq!(said, [("three", world.owner), ("two", ana), ("one", ana)]);
    assert!(history[0].at > history[1].at && history[1].at > history[2].at);
    assert_eq!(history[2].at, first.at);
}

async fn others_pin_and_do_not_rewrite(database: TestDatabase) {
    let Scene { world, customer, ana, bob } = Scene::new(database).await;
    let note = world.note(ana, customer, "one").await;
    let supervisor = world.member("sue", Role::Supervisor).await;
    for member in [bob, supervisor] {
        assert_eq!(refusal(world.change_note(member, note.id, 1, text("mine")).await), Code::NotAuthor);
        let named = NoteChange { mentions: Some(vec![ana]), ..NoteChange::default() };
        assert_eq!(refusal(world.change_note(member, note.id, 1, named).await), Code::NotAuthor);
        let deleted = notes::delete(&world.store, None, world.workspace, member, note.id).await;
        assert_eq!(refusal(deleted), Code::NotAuthor);
    }
    let pin = NoteChange { pinned: Some(true), ..NoteChange::default() };
    assert!(world.change_note(bob, note.id, 1, pin).await.unwrap().pinned);
    let admin = world.member("adam", Role::Admin).await;
    world.change_note(admin, note.id, 2, text("better")).await.unwrap();
    notes::delete(&world.store, None, world.workspace, admin, note.id).await.unwrap();
}

async fn a_deleted_note_says_nothing_any_more(database: TestDatabase) {
    let Scene { world, customer, ana, bob } = Scene::new(database).await;
    let note = world.write_note(ana, customer, NewNote { mentions: vec![bob], ..new("secret") }).await;
    let id = note.unwrap().note.id;
    world.change_note(ana, id, 1, text("secret too")).await.unwrap();
    notes::delete(&world.store, None, world.workspace, ana, id).await.unwrap();
    assert_eq!(world.notes(bob, customer).await, [] as [String; 0]);
    assert_eq!(refusal(world.change_note(ana, id, 3, text("again")).await), Code::NotFound);
    let history = notes::history(&world.store, world.workspace, ana, id).await;
    assert_eq!(refusal(history), Code::NotFound);
    let left = world.count(
        "SELECT (SELECT COUNT(*) FROM notes WHERE text LIKE '%secret%')
             + (SELECT COUNT(*) FROM note_history) + (SELECT COUNT(*) FROM note_mentions) AS n",
    );
    assert_eq!(left.await, 0);
    // Whoever shows it still is told that it is gone.
    let batch = desk::portal::next_batch(&world.store, world.workspace, 0, 1_000).await.unwrap();
    let told: Vec<_> = batch
        .frames
        .iter()
        .filter_map(|frame| match frame {
            desk::portal::Frame::Tell { json, .. } if json.get().contains("\"kind\":\"note\"") => {
                Some(json.get())
            }
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("\"deleted\":true") && !told[0].contains("secret"), "{}", told[0]);
}

async fn whom_a_note_names_is_told(database: TestDatabase) {
    let Scene { world, customer, ana, bob } = Scene::new(database).await;
    let stranger = world.add("eve", Role::Agent, Some(&[])).await.unwrap();
    let named = |mentions: &[MemberId]| NewNote { mentions: mentions.to_vec(), ..new("look here") };
    for unknown in [stranger, MemberId::new(world.store.now())] {
        let written = world.write_note(ana, customer, named(&[bob, unknown])).await;
        assert_eq!(faults(written), [("mentions".to_owned(), "unknown")]);
    }
    assert_eq!(world.told(bob).await, []);
    let note = world.write_note(ana, customer, named(&[bob, ana, bob])).await.unwrap().note;
    let shown: Vec<_> = note.mentions.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(shown, ["Name of bob", "Name of ana"]);
    let mention = (What::Mention, Some("look here".to_owned()));
    assert_eq!(world.told(bob).await, std::slice::from_ref(&mention));
    assert_eq!(world.told(ana).await, [], "not who did it");
    // Who is named anew is told, who was named already is not.
    let sue = world.member("sue", Role::Supervisor).await;
    let change = NoteChange { mentions: Some(vec![sue, bob]), ..NoteChange::default() };
    world.change_note(ana, note.id, 1, change).await.unwrap();
    assert_eq!(world.told(bob).await.len(), 1);
    assert_eq!(world.told(sue).await, [mention]);
}

async fn who_does_not_see_the_project_sees_no_note(database: TestDatabase) {
    let Scene { world, customer, ana, .. } = Scene::new(database).await;
    let eve = world.add("eve", Role::Supervisor, Some(&[])).await.unwrap();
    let note = world.note(ana, customer, "secret").await;
    let (store, workspace) = (&world.store, world.workspace);
    assert_eq!(refusal(notes::list(store, workspace, eve, customer, None).await), Code::NotFound);
    assert_eq!(refusal(world.write_note(eve, customer, new("mine")).await), Code::NotFound);
    assert_eq!(refusal(world.change_note(eve, note.id, 1, text("mine")).await), Code::NotFound);
    assert_eq!(refusal(notes::history(store, workspace, eve, note.id).await), Code::NotFound);
    assert_eq!(refusal(notes::delete(store, None, workspace, eve, note.id).await), Code::NotFound);
    let numbers = desk::messages::statistics(store, workspace, eve, customer).await;
    assert_eq!(refusal(numbers), Code::NotFound);
}

/// A PNG of so many pixels.
fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(width, height).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn files(path: &Path) -> usize {
    let Ok(folder) = std::fs::read_dir(path) else { return 0 };
    let entries = folder.map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

async fn pictures_belong_to_their_note(database: TestDatabase) {
    let Scene { world, customer, ana, bob } = Scene::new(database).await;
    let eve = world.add("eve", Role::Agent, Some(&[])).await.unwrap();
    let media = tempfile::tempdir().unwrap();
    let (folder, store, workspace) = (Folder::new(media.path()), &world.store, world.workspace);
    let upload =
        async |member, bytes| notes::upload_picture(store, &folder, workspace, member, customer, bytes).await;
    assert_eq!(refusal(upload(eve, picture(4, 4)).await), Code::NotFound);
    assert_eq!(refusal(upload(ana, b"<svg onload=x>".to_vec()).await), Code::NoPicture);
    assert_eq!(files(media.path()), 0);
    let large = upload(ana, picture(3_200, 400)).await.unwrap();
    assert_eq!((large.width, large.height), (1_600, 200));
    let show = async |member| notes::show_picture(store, &folder, workspace, member, large.id).await;
    assert!(show(ana).await.is_ok());
    assert_eq!(refusal(show(bob).await), Code::NotFound, "it is in no note yet");
    let with = |pictures: &[PictureId]| NewNote { pictures: pictures.to_vec(), ..new("") };
    let taken = world.write_note(bob, customer, with(&[large.id])).await;
    assert_eq!(faults(taken), [("pictures".to_owned(), "unknown")], "another's");
    let small = upload(ana, picture(8, 8)).await.unwrap();
    let note = world.write_note(ana, customer, with(&[small.id, large.id])).await.unwrap().note;
    let shown: Vec<_> = note.pictures.iter().map(|it| it.id).collect();
    assert_eq!(shown, [small.id, large.id]);
    assert!(show(bob).await.is_ok());
    assert_eq!(refusal(show(eve).await), Code::NotFound);
    let twice = world.write_note(ana, customer, with(&[small.id])).await;
    assert_eq!(faults(twice), [("pictures".to_owned(), "unknown")], "in a note already");
    // What was never used goes with the next upload, a day later.
    upload(ana, picture(9, 9)).await.unwrap();
    assert_eq!(files(media.path()), 3);
    world.clock.advance(desk::clock::DAY + 1);
    upload(ana, picture(10, 10)).await.unwrap();
    assert_eq!(files(media.path()), 3);
    notes::delete(store, Some(&folder), workspace, ana, note.id).await.unwrap();
    assert_eq!(files(media.path()), 1);
    assert_eq!(refusal(show(ana).await), Code::NotFound);
    for n in 0..19 {
        upload(ana, picture(20 + n, 20)).await.unwrap();
    }
    assert_eq!(faults(upload(ana, picture(5, 5)).await), [("pictures".to_owned(), "too_many")]);
}

async fn statistics_tell_how_it_went(database: TestDatabase) {
    let Scene { world, customer, ana, .. } = Scene::new(database).await;
    let numbers =
        async || desk::messages::statistics(&world.store, world.workspace, ana, customer).await.unwrap();
    let begin = numbers().await;
    assert_eq!((begin.sessions, begin.messages_in, begin.messages_out), (1, 1, 0));
    assert_eq!((begin.first_response_ms.last, begin.handling_ms.average), (None, None));
    let id = world.session(7).await.id;
    desk::reception::take(&world.store, world.workspace, ana, id).await.unwrap();
    world.reply(ana, id, "an answer").await.unwrap();
    // As the tables have it, in milliseconds.
    let times = "UPDATE sessions SET state = 'ended', created_at = 1000, opened_at = 3000, first_reply_at = 6000, ended_at = 13000";
    world.write(move |tx| tx.execute(times, &[])).await;
    let now = numbers().await;
    assert_eq!((now.sessions, now.messages_in, now.messages_out), (1, 1, 1));
    assert_eq!((now.first_response_ms.last, now.first_response_ms.average), (Some(5_000), Some(5_000)));
    assert_eq!((now.handling_ms.last, now.handling_ms.average), (Some(10_000), Some(10_000)));
}
