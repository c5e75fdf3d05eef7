//! `teledesk`: the one binary. Its command line, and the wiring of what it starts.

mod backup;
mod check;
mod cli;
mod demo;
mod failure;
mod installation;
mod logging;
mod metrics;
mod node;
mod open_files;
mod own_simulator;
mod owner;
mod process;
mod reprocess;
mod secret_key;
mod serve;
mod simulator_command;
mod stop;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, OwnerCommand};
use failure::Failure;

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
    logging::start(&cli.log, cli.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("the runtime can't start: {error}")))?;
    runtime.block_on(run(cli.command))
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(options) => serve::serve(options).await,
        Command::Demo(options) => demo::demo(options).await,
        Command::Simulator(options) => simulator_command::run(options).await,
        Command::Owner(OwnerCommand::Create(options)) => owner::create(options).await,
        Command::Owner(OwnerCommand::Reset(options)) => owner::reset(options).await,
        Command::Check(options) => check::check(options).await,
        Command::Backup(options) => backup::backup(options).await,
        Command::Restore(options) => tokio::task::block_in_place(|| backup::restore(&options)),
        Command::Reprocess(options) => reprocess::reprocess(options).await,
        Command::Openapi => serve::print_openapi().await,
    }
}

/// Prints a line for the person at the terminal.
fn say(line: impl std::fmt::Display) {
    // Nobody listening is no reason to stop serving.
    let _ = std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{line}\n"));
}
