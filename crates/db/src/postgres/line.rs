//! The line's connection: one thread with a small runtime of its own, which listens, says, and connects again by itself.

use std::future::poll_fn;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{interval, sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

use super::errors;
use crate::line::{Ends, Heard, Line, SAY};
use crate::open_error::OpenError;

/// After a connection that broke or was not made.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the connection is tried while nothing is said, and how long an answer may take.
const PULSE: Duration = Duration::from_secs(5);

/// Why a connection ended.
enum End {
    /// Nobody has the line any more.
    Dropped,
    /// In words.
    Broken(String),
}

pub(super) fn start(config: Config, channel: &'static str) -> Result<Line, OpenError> {
    let (heard, incoming) = mpsc::unbounded_channel();
    // Little room: while a text is on its way the speaker gathers what comes next.
    let (outgoing, to_say) = mpsc::channel(1);
    let failed =
        |error: std::io::Error| OpenError::Other(format!("the line between nodes can't start: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let run = move || runtime.block_on(keep(&config, channel, Ends { heard, to_say }));
    thread::Builder::new().name("db-line".to_owned()).spawn(run).map_err(failed)?;
    Ok(Line::new(incoming, outgoing))
}

async fn keep(config: &Config, channel: &str, mut ends: Ends) {
    while let End::Broken(reason) = talk(config, channel, &mut ends).await {
        tracing::warn!("the line to the other nodes is broken: {reason}");
        drop(ends.heard.send(Heard::Broken));
        let pause = sleep(PAUSE);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                // It can't be said now. Who comes back tells everybody to look.
                text = ends.to_say.recv() => if text.is_none() { return },
            }
        }
    }
}

/// Connects and talks until that ends.
async fn talk(config: &Config, channel: &str, ends: &mut Ends) -> End {
    let (client, _driving, mut gone) = match timeout(PULSE, listen(config, channel, ends)).await {
        Err(_) => return End::Broken("it could not be connected in time".to_owned()),
        Ok(Err(error)) => return End::Broken(errors::words(&error)),
        Ok(Ok(connected)) => connected,
    };
    drop(ends.heard.send(Heard::Connected));
    let mut pulse = interval(PULSE);
    loop {
        let answer = tokio::select! {
            reason = gone.recv() => return End::Broken(reason.unwrap_or_default()),
            text = ends.to_say.recv() => match text {
                None => return End::Dropped,
                Some(text) => timeout(PULSE, client.execute(SAY, &[&channel, &text])).await.map(|said| said.map(drop)),
            },
            _ = pulse.tick() => timeout(PULSE, client.batch_execute("")).await,
        };
        match answer {
            Err(_) => return End::Broken("no answer came in time".to_owned()),
            Ok(Err(error)) => return End::Broken(errors::words(&error)),
            Ok(Ok(())) => {}
        }
    }
}

/// Ends the task that drives a connection with whatever it was for.
struct Driving(JoinHandle<()>);

impl Drop for Driving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A listening connection, the task that drives it, and where its end is told.
async fn listen(
    config: &Config,
    channel: &str,
    ends: &Ends,
) -> Result<(Client, Driving, mpsc::Receiver<String>), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let (tell, gone) = mpsc::channel(1);
    let heard = ends.heard.clone();
    let driving = tokio::spawn(async move {
        let reason = loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(AsyncMessage::Notification(said))) => {
                    drop(heard.send(Heard::Said(said.payload().to_owned())));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => break errors::words(&error),
                None => break "it was closed".to_owned(),
            }
        };
        drop(tell.send(reason).await);
    });
    let driving = Driving(driving);
    client.batch_execute(&format!("LISTEN {channel}")).await?;
    Ok((client, driving, gone))
}
