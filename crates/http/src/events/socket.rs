//! One socket: replay, then what comes, filtered by the member's rights of the moment.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use desk::access::{Sight, Viewer};
use desk::events::{Audience, Topic, Watch};
use desk::members::{self, EndReason, SignedIn, Standing};
use desk::portal::{self, Frame, Replay};
use desk::reception;
use serde_json::json;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::feeds::Told;
use super::viewing::Held;
use crate::app::App;

/// A browser that takes no frame for so long is gone or asleep; it resumes when it is back.
const SLOW: Duration = Duration::from_secs(30);
/// How often a browser is asked whether it is there: a member counts as connected for two minutes.
const PING: Duration = Duration::from_secs(20);
/// Pings without any answer after which the network is dead.
const UNANSWERED: u32 = 4;
/// Events read at once for a returning browser.
const REPLAY: i64 = 200;

/// Why a socket ends, as the WebSocket's close code.
enum End {
    /// The browser is gone.
    Gone,
    /// 4401: the login ended.
    SignedOut(&'static str),
    /// 4408: it took no frames, or fell too far behind.
    Slow,
    /// 4410: its cursor is too old.
    Expired,
    /// 1001: the server stops.
    Stopping,
    /// 1011: a fault of ours.
    Fault,
}

/// Counts a socket for as long as it lives.
struct Connected;

impl Connected {
    fn new() -> Self {
        metrics::gauge!("teledesk_sockets_connected").increment(1);
        Self
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        metrics::gauge!("teledesk_sockets_connected").decrement(1);
    }
}

/// Serves a socket to its end.
pub(crate) async fn serve(app: App, who: SignedIn, after: Option<String>, mut socket: WebSocket) {
    let end = {
        let _connected = Connected::new();
        run(&app, &who, after, &mut socket).await
    };
    let (code, last) = match end {
        End::Gone => return,
        End::SignedOut(code) => (4401, Some(json!({ "type": "signed_out", "code": code }))),
        End::Expired => (4410, Some(json!({ "type": "expired" }))),
        End::Slow => (4408, None),
        End::Stopping => (1001, None),
        End::Fault => (1011, None),
    };
    let farewell = async {
        if let Some(last) = last {
            socket.send(Message::text(last.to_string())).await?;
        }
        socket.send(Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::default() }))).await
    };
    // Who doesn't take the last frame is told by the next request.
    let _ = timeout(Duration::from_secs(5), farewell).await;
}

async fn run(app: &App, who: &SignedIn, after: Option<String>, socket: &mut WebSocket) -> End {
    // In this order nothing falls between: watch, then look.
    let mut login = app.store.watch(Topic::Login(who.login));
    let live = app.feeds.subscribe(who.member.workspace).await;
    if let Err(end) = still_signed_in(app, who).await {
        return end;
    }
    let served = async {
        let live = live.map_err(|error| fault(&error))?;
        let reader = Reader::start(app, who, after, socket).await?;
        if let Err(error) = reception::arrive(&app.store, who.member.workspace, who.member.id).await {
            // The next signs of life are stored all the same.
            tracing::warn!("a portal's arrival could not be noted: {error}");
            app.signs.note(who.member.id, app.store.now());
        }
        follow(reader, live, socket).await
    };
    // Whatever it is at, also when it waits for a slow browser: what is half sent stays in the socket's buffer.
    tokio::select! {
        biased;
        end = signed_out(app, who, &mut login) => end,
        () = app.stop.cancelled() => End::Stopping,
        end = served => end.err().unwrap_or(End::Gone),
    }
}

/// Waits until the login has ended.
async fn signed_out(app: &App, who: &SignedIn, login: &mut Watch) -> End {
    let mut wait = app.settings.beat;
    loop {
        // Another process (the operator's command) ends logins without a signal in this one.
        let _ = timeout(wait, login.signalled()).await;
        wait = match still_signed_in(app, who).await {
            Ok(()) => app.settings.beat,
            // What can't be read now is no reason to throw everyone out, and events can't be read either.
            Err(End::Fault) => Duration::from_secs(1),
            Err(end) => return end,
        };
    }
}

/// Sends what comes, until it ends.
async fn follow(
    mut reader: Reader<'_>,
    mut live: broadcast::Receiver<Arc<Told>>,
    socket: &mut WebSocket,
) -> Result<(), End> {
    let (mut beats, mut pings) = (every(reader.app.settings.beat), every(PING));
    let (mut viewing, mut held) = (reader.app.feeds.viewing(reader.viewer.workspace), Held::default());
    viewing.mark_changed();
    let mut unanswered = 0;
    loop {
        tokio::select! {
            batch = live.recv() => match batch {
                Ok(told) => reader.take(&told, socket).await?,
                Err(RecvError::Lagged(_)) => return Err(End::Slow),
                Err(RecvError::Closed) => return Err(End::Fault),
            },
            Ok(()) = viewing.changed() => {
                let seen = viewing.borrow_and_update().clone();
                for frame in held.catch_up(seen, &reader.viewer) {
                    send(socket, frame).await?;
                }
            }
            _ = beats.tick() => reader.beat(socket).await?,
            _ = pings.tick() => {
                // Nothing came back for so long: there is nobody to say goodbye to.
                if unanswered >= UNANSWERED {
                    return Err(End::Gone);
                }
                unanswered += 1;
                deliver(socket, Message::Ping(Bytes::new())).await?;
            }
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
                // The protocol is one way: whatever comes, a pong or chatter, says that somebody is there.
                Some(Ok(_)) => {
                    unanswered = 0;
                    reader.app.signs.note(reader.who.member.id, reader.app.store.now());
                }
            },
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn still_signed_in(app: &App, who: &SignedIn) -> Result<(), End> {
    match members::standing_of(&app.store, who.login).await {
        Ok(Standing::Live) => Ok(()),
        Ok(Standing::MustSetUpSecondFactor) => Err(End::SignedOut("second_factor_setup_needed")),
        Ok(Standing::Ended(EndReason::Replaced)) => Err(End::SignedOut("signed_in_elsewhere")),
        Ok(Standing::Ended(_)) => Err(End::SignedOut("signed_out")),
        Err(error) => Err(fault(&error)),
    }
}

fn fault(error: &desk::Error) -> End {
    tracing::error!("an events socket: {error}");
    End::Fault
}

struct Reader<'a> {
    app: &'a App,
    who: &'a SignedIn,
    viewer: Viewer,
    cursor: i64,
    /// Before the hello: what the browser holds is older than the rights that `viewer` has.
    replaying: bool,
}

impl<'a> Reader<'a> {
    /// Replays what the browser missed and says hello.
    async fn start(
        app: &'a App,
        who: &'a SignedIn,
        after: Option<String>,
        socket: &mut WebSocket,
    ) -> Result<Self, End> {
        let workspace = who.member.workspace;
        let (newest, viewer) =
            portal::newest(&app.store, workspace, who.member.id).await.map_err(|error| fault(&error))?;
        let cursor = match after {
            None => newest,
            Some(after) => after.parse().map_err(|_| End::Expired)?,
        };
        let mut reader = Self { app, who, viewer, cursor, replaying: true };
        loop {
            let replay = portal::replay(&app.store, workspace, reader.cursor, REPLAY).await;
            match replay.map_err(|error| fault(&error))? {
                Replay::Expired => return Err(End::Expired),
                Replay::Batch(batch) if batch.last == reader.cursor => break,
                Replay::Batch(batch) => reader.take(&Told::new(batch), socket).await?,
            }
        }
        let hello = json!({
            "type": "hello",
            "cursor": reader.cursor.to_string(),
            "version": env!("CARGO_PKG_VERSION"),
            "beat_seconds": app.settings.beat.as_secs(),
        });
        send(socket, hello.to_string()).await?;
        reader.replaying = false;
        Ok(reader)
    }

    /// Sends what of a batch the member may have.
    async fn take(&mut self, told: &Told, socket: &mut WebSocket) -> Result<(), End> {
        let batch = &told.batch;
        if batch.last <= self.cursor {
            return Ok(());
        }
        if batch.after > self.cursor {
            // The reader of the workspace began anew and something lies between: resume from the cursor.
            return Err(End::Slow);
        }
        let (mut events, mut all) = (Vec::with_capacity(batch.frames.len()), true);
        for frame in &batch.frames {
            match frame {
                Frame::Rights(audience) => {
                    all = false;
                    if self.viewer.hears(*audience) {
                        // A project's own: what may be done there has changed, whoever sees it.
                        let theirs = matches!(audience, Audience::Project(_));
                        events.extend(self.look_again(theirs).await?.into_iter().map(Cow::Owned));
                    }
                }
                Frame::Tell { audience, json } if self.viewer.hears(*audience) => {
                    events.push(Cow::Borrowed(json.get()));
                }
                Frame::Tell { .. } => all = false,
            }
        }
        self.cursor = batch.last;
        metrics::counter!("teledesk_events_delivered_total").increment(events.len() as u64);
        if events.is_empty() {
            return Ok(());
        }
        let frame = || frame(batch.last, &events);
        send(socket, if all { told.whole(frame) } else { frame() }).await
    }

    /// Loads the rights anew, and says what that means for what the browser holds.
    async fn look_again(&mut self, anyway: bool) -> Result<Vec<String>, End> {
        let (_, now) = portal::newest(&self.app.store, self.who.member.workspace, self.who.member.id)
            .await
            .map_err(|error| match error.code() {
            Some(_) => End::SignedOut("signed_out"),
            None => fault(&error),
        })?;
        let mut events = Vec::new();
        if let (Sight::Only(before), Sight::Only(after)) = (&self.viewer.sight, &now.sight) {
            events.extend(
                before
                    .difference(after)
                    .map(|id| json!({ "kind": "project_forgotten", "project_id": id }).to_string()),
            );
        }
        if anyway || self.viewer.sight != now.sight || now.sight == Sight::All || self.replaying {
            events.push(json!({ "kind": "resync" }).to_string());
        }
        self.viewer = now;
        Ok(events)
    }

    /// Tells the browser that the line lives, and how far it is; and asks whether it is there, which it answers by itself.
    async fn beat(&self, socket: &mut WebSocket) -> Result<(), End> {
        send(socket, json!({ "type": "beat", "cursor": self.cursor.to_string() }).to_string()).await
    }
}

/// The frame with these events, up to `cursor`.
fn frame(cursor: i64, events: &[Cow<'_, str>]) -> Utf8Bytes {
    let length: usize = events.iter().map(|event| event.len() + 1).sum();
    let mut text = String::with_capacity(length + 64);
    text.push_str("{\"type\":\"events\",\"cursor\":\"");
    text.push_str(&cursor.to_string());
    text.push_str("\",\"events\":[");
    for (n, event) in events.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        text.push_str(event);
    }
    text.push_str("]}");
    text.into()
}

async fn send(socket: &mut WebSocket, text: impl Into<Utf8Bytes>) -> Result<(), End> {
    deliver(socket, Message::text(text)).await
}

async fn deliver(socket: &mut WebSocket, message: Message) -> Result<(), End> {
    match timeout(SLOW, socket.send(message)).await {
        Err(_) => Err(End::Slow),
        Ok(Err(_)) => Err(End::Gone),
        Ok(Ok(())) => Ok(()),
    }
}
