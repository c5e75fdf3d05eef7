//! `teledesk`: the one binary. Its command line, and the wiring of what it starts.

mod cli;
mod demo;
mod failure;
mod installation;
mod node;
mod open_files;
mod owner;
mod secret_key;
mod serve;
mod simulator_command;
mod stop;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, OwnerCommand};
use failure::Failure;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // Also for `--help`, which is no failure.
            let _ = usage.print();
            return if usage.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Also for people who read the terminal, not the log.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("teledesk: {failure}\n"));
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&cli.log)
        .map_err(|error| Failure::new(format!("--log {} isn't understood: {error}", cli.log)))?;
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(FilterFn::new(may_tell)).with(log).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("the runtime can't start: {error}")))?;
    runtime.block_on(run(cli.command))
}

/// Of the libraries no more than `info`, whatever is asked for: their details hold statements with their values, headers and
/// frames, and with them what customers wrote. Our own say what may be known.
fn may_tell(metadata: &Metadata) -> bool {
    const OURS: [&str; 6] = ["teledesk", "teledesk_http", "desk", "db", "telegram", "simulator"];
    let module = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::INFO || OURS.contains(&module)
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(options) => serve::serve(options).await,
        Command::Demo(options) => demo::demo(options).await,
        Command::Simulator(options) => simulator_command::run(options).await,
        Command::Owner(OwnerCommand::Create(options)) => owner::create(options).await,
        Command::Owner(OwnerCommand::Reset(options)) => owner::reset(options).await,
        Command::Openapi => serve::print_openapi().await,
    }
}

/// Prints a line for the person at the terminal.
fn say(line: impl std::fmt::Display) {
    // Nobody listening is no reason to stop serving.
    let _ = std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{line}\n"));
}
