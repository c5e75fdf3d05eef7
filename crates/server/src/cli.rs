//! The command line. Every flag can also be given as `TELEDESK_…`.

#![allow(clippy::doc_markdown, reason = "people read these comments in a terminal, as help")]

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Teledesk: a web workbench for teams that serve customers through Telegram bots.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Cli {
    /// What to log, to standard error: error, warn, info, debug, or per module as in `info,desk=debug`.
    #[arg(long, env = "TELEDESK_LOG", default_value = "info", global = true)]
    pub(crate) log: String,
    /// How the log is written: lines for people, or one JSON object a line.
    #[arg(long, env = "TELEDESK_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the log is written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    Serve(Serve),
    /// Run the server with a simulated Telegram and a sample workspace: nothing to set up.
    Demo(Demo),
    /// Run a simulated Telegram: its Bot API, and a page to be the customer.
    Simulator(Simulator),
    /// Make or rescue a workspace's owner.
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// Look whether everything a server needs is in order: takes the arguments of `serve`, and may run beside one.
    Check(Serve),
    /// Write a consistent copy of the database to a new file, while the server runs.
    Backup(Backup),
    /// Put a backup into the place of the embedded database. The server must not run.
    Restore(Restore),
    /// Apply what came from Telegram and could not be applied once more. May run beside the server.
    Reprocess(Reprocess),
    /// Print the description of the API.
    #[command(hide = true)]
    Openapi,
}

/// Where the data is.
#[derive(Args, Clone)]
pub(crate) struct Data {
    /// Folder of the embedded database and the secret key; made when it isn't there.
    #[arg(long = "data", env = "TELEDESK_DATA", value_name = "FOLDER", default_value = "data")]
    pub(crate) folder: PathBuf,
    /// A PostgreSQL database instead of the embedded one: postgres://user:password@host/name.
    #[arg(long, env = "TELEDESK_DATABASE")]
    pub(crate) database: Option<String>,
    /// File of the key that encrypts bot tokens; made at the first start. Default: secret.key in the data folder.
    #[arg(long, env = "TELEDESK_SECRET_KEY_FILE")]
    pub(crate) secret_key_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Address to listen on.
    #[arg(long, env = "TELEDESK_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Folder of what customers and members send and upload; made when it isn't there. Default: media in the data folder. Servers
    /// that share a database must share it.
    #[arg(long, env = "TELEDESK_MEDIA", value_name = "FOLDER")]
    pub(crate) media: Option<PathBuf>,
    /// The address people use, as in https://desk.example.com, and at which Telegram delivers to webhooks. With https, cookies
    /// are bound to it.
    #[arg(long, env = "TELEDESK_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// Bot API addresses that projects may use; the first is the default. May be given several times.
    #[arg(
        long,
        env = "TELEDESK_TELEGRAM_API",
        default_value = "https://api.telegram.org",
        value_delimiter = ','
    )]
    pub(crate) telegram_api: Vec<String>,
    /// Run a simulated Telegram too, to try Teledesk without a bot: its Bot API and a page to be the customer. It is one more
    /// address that projects may use. Whoever reaches it can act as every customer.
    #[arg(
        long,
        env = "TELEDESK_SIMULATOR",
        value_name = "ADDRESS",
        num_args = 0..=1,
        default_missing_value = "127.0.0.1:8081"
    )]
    pub(crate) simulator: Option<SocketAddr>,
    /// Proxies whose X-Forwarded-For header counts. May be given several times.
    #[arg(long, env = "TELEDESK_TRUSTED_PROXY", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<IpAddr>,
    /// How often the server tells an open portal that the line lives. Lower it when a proxy cuts quiet lines sooner.
    #[arg(
        long,
        env = "TELEDESK_BEAT_SECONDS",
        default_value_t = 20,
        value_parser = clap::value_parser!(u16).range(1..=300)
    )]
    pub(crate) beat_seconds: u16,
    /// How long Telegram may take to answer, in seconds. A reply that gets no answer in that time may have arrived, and is
    /// shown so.
    #[arg(
        long,
        env = "TELEDESK_TELEGRAM_TIMEOUT",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..=300)
    )]
    pub(crate) telegram_timeout: u16,
    /// How often, in seconds, Telegram is asked how its deliveries to a webhook fare.
    #[arg(
        long,
        env = "TELEDESK_WEBHOOK_CHECK_SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..=3600)
    )]
    pub(crate) webhook_check_seconds: u16,
    /// The mail server that takes invitations: smtps://user:password@host:465, or smtp://host:587?tls=required. Without one, links
    /// are there to copy.
    #[arg(long, env = "TELEDESK_SMTP_URL", hide_env_values = true, requires = "smtp_from")]
    pub(crate) smtp_url: Option<String>,
    /// The address that mail comes from, as in `Teledesk <desk@example.com>`.
    #[arg(long, env = "TELEDESK_SMTP_FROM", requires = "smtp_url")]
    pub(crate) smtp_from: Option<String>,
    /// Take the machine's clock for wrong by so many seconds: for tests.
    #[arg(
        long,
        env = "TELEDESK_CLOCK_AHEAD",
        hide = true,
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    pub(crate) clock_ahead: i64,
    /// Serve /metrics, /healthz and /readyz at an address of their own, to the end of a stop. Whoever reaches it may read them.
    #[arg(long, env = "TELEDESK_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Serve /metrics at the main address, to those who send the token that stands in this file (Authorization: Bearer …).
    #[arg(long, env = "TELEDESK_METRICS_TOKEN_FILE")]
    pub(crate) metrics_token_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Address of the portal.
    #[arg(long, env = "TELEDESK_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Address of the simulated Telegram.
    #[arg(long, env = "TELEDESK_SIMULATOR", default_value = "127.0.0.1:8081")]
    pub(crate) simulator: SocketAddr,
    /// Folder for the demo's data; left out: a temporary one that goes when the demo ends.
    #[arg(long, env = "TELEDESK_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Customers write only when you make them.
    #[arg(long, env = "TELEDESK_QUIET")]
    pub(crate) quiet: bool,
}

#[derive(Args)]
pub(crate) struct Simulator {
    /// Address to listen on. Whoever reaches it can act as every customer.
    #[arg(long, env = "TELEDESK_LISTEN", default_value = "127.0.0.1:8081")]
    pub(crate) listen: SocketAddr,
}

#[derive(Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The file to write; it must not be there yet.
    pub(crate) file: PathBuf,
}

#[derive(Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The backup.
    pub(crate) file: PathBuf,
}

#[derive(Args)]
pub(crate) struct Reprocess {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Only of this project, by its id.
    #[arg(long, env = "TELEDESK_PROJECT")]
    pub(crate) project: Option<String>,
    /// Only with this update id of Telegram's.
    #[arg(long, env = "TELEDESK_UPDATE", allow_negative_numbers = true)]
    pub(crate) update: Option<i64>,
}

#[derive(Subcommand)]
pub(crate) enum OwnerCommand {
    /// Make a workspace with its owner. The password is read from standard input, or made up when there is none.
    Create(OwnerCreate),
    /// Give a workspace's owner a new password, and sign them out everywhere.
    Reset(OwnerReset),
}

#[derive(Args)]
pub(crate) struct OwnerCreate {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The workspace's name.
    #[arg(long, env = "TELEDESK_WORKSPACE")]
    pub(crate) workspace: String,
    /// The workspace's name in addresses: a–z, 0–9 and hyphens.
    #[arg(long, env = "TELEDESK_SLUG")]
    pub(crate) slug: String,
    /// The workspace's IANA time zone.
    #[arg(long, env = "TELEDESK_TIME_ZONE", default_value = "UTC")]
    pub(crate) time_zone: String,
    /// The owner's name.
    #[arg(long, env = "TELEDESK_NAME")]
    pub(crate) name: String,
    /// What the owner signs in with.
    #[arg(long, env = "TELEDESK_LOGIN_NAME")]
    pub(crate) login_name: String,
    /// Read the password from standard input (one line) instead of making one up.
    #[arg(long, env = "TELEDESK_PASSWORD_STDIN")]
    pub(crate) password_stdin: bool,
}

#[derive(Args)]
pub(crate) struct OwnerReset {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The workspace; may be left out while there is one.
    #[arg(long, env = "TELEDESK_SLUG")]
    pub(crate) slug: Option<String>,
    /// Read the password from standard input (one line) instead of making one up.
    #[arg(long, env = "TELEDESK_PASSWORD_STDIN")]
    pub(crate) password_stdin: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn check(command: &clap::Command) {
        for flag in command.get_arguments().filter_map(|argument| Some((argument.get_long()?, argument))) {
            let wanted = format!("TELEDESK_{}", flag.0.to_uppercase().replace('-', "_"));
            if !["help", "version"].contains(&flag.0) {
                assert_eq!(flag.1.get_env().and_then(|name| name.to_str()), Some(wanted.as_str()));
            }
        }
        command.get_subcommands().for_each(check);
    }

    #[test]
    fn every_flag_can_be_given_in_the_environment() {
        Cli::command().debug_assert();
        check(&Cli::command());
    }
}
