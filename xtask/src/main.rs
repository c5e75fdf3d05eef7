//! The project's own commands: `cargo xtask run | demo | test | bench | lint | gen`. Each does the set-up it needs.

mod generate;
mod licences;
mod lint;
mod portal;
mod steps;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use steps::{Outcome, Step, say};

#[derive(Parser)]
#[command(about = "Teledesk's own commands; each does the set-up it needs")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything and run a server for a real workspace. What follows is passed to `teledesk serve`.
    Run {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Build everything and run the demo: a simulated Telegram and a sample workspace.
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure the real server with the simulated Telegram. What follows is passed on, as in `--only ingest,replies`.
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run every check: lint, unit, store, integration, portal and browser tests.
    Test,
    /// Run the linters and the licence check only.
    Lint,
    /// Make the generated files anew: ui/openapi.json and the types made from it.
    Gen {
        /// Change nothing; fail when they are stale.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run { arguments } => serve("serve", &arguments),
        Command::Demo { arguments } => serve("demo", &arguments),
        Command::Bench { arguments } => bench(&arguments),
        Command::Test => test::all(),
        Command::Lint => tools::node()
            .and_then(|()| portal::packages())
            .and_then(|()| portal::install("e2e"))
            .and_then(|()| lint::all()),
        Command::Gen { check } => {
            tools::node().and_then(|()| portal::packages()).and_then(|()| generate::all(check))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            say(&format!("xtask: {words}"));
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &[String]) -> Outcome {
    tools::node()?;
    tools::postgres()?;
    portal::packages()?;
    portal::build()?;
    Step::cargo(["build", "--release", "--package", "teledesk", "--package", "bench"]).run()?;
    let release = steps::target().join("release");
    let arguments = arguments.iter().map(String::as_str);
    Step::new(release.join("bench")).args(arguments).env("TELEDESK_BINARY", release.join("teledesk")).run()
}

fn serve(command: &str, arguments: &[String]) -> Outcome {
    tools::node()?;
    portal::packages()?;
    portal::build()?;
    Step::cargo(["build", "--release", "--package", "teledesk"]).run()?;
    let arguments = arguments.iter().map(String::as_str);
    Step::new(steps::target().join("release/teledesk")).args([command]).args(arguments).become_it()
}
