//! `teledesk simulator`.

use simulator::{Options, Simulator};

use crate::cli;
use crate::failure::Failure;
use crate::{say, stop};

/// Runs a simulated Telegram until it is told to stop.
pub(crate) async fn run(options: cli::Simulator) -> Result<(), Failure> {
    let stop = stop::on_signal()?;
    if !options.listen.ip().is_loopback() {
        tracing::warn!("whoever reaches {} can act as every customer", options.listen);
    }
    let simulator = start(Options { listen: options.listen, ..Options::default() }).await?;
    say(format_args!("The simulated Telegram is at {}", simulator.url()));
    say(format_args!("Run the server with --telegram-api {}", simulator.url()));
    stop.cancelled().await;
    simulator.stop().await;
    Ok(())
}

pub(crate) async fn start(options: Options) -> Result<Simulator, Failure> {
    let listen = options.listen;
    Simulator::start(options)
        .await
        .map_err(|error| Failure::new(format!("can't listen on {listen}: {error}")))
}
