//! The command line. Every flag can also be given as `TELEDESK_…`.

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
    #[command(subcommand)]
    pub(crate) command: Command,
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
    /// Print the description of the API.
    #[command(hide = true)]
    Openapi,
}

/// Where the data is.
#[derive(Args, Clone)]
pub(crate) struct Data {
    /// Folder of the embedded database and the secret key; made when it isn't there.
    #[arg(long, env = "TELEDESK_DATA", default_value = "data")]
    pub(crate) data: PathBuf,
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
    /// The address people use, as in https://desk.example.com. With https, cookies are bound to it.
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
    /// Proxies whose X-Forwarded-For header counts. May be given several times.
    #[arg(long, env = "TELEDESK_TRUSTED_PROXY", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<IpAddr>,
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
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Args)]
pub(crate) struct Simulator {
    /// Address to listen on. Whoever reaches it can act as every customer.
    #[arg(long, env = "TELEDESK_LISTEN", default_value = "127.0.0.1:8081")]
    pub(crate) listen: SocketAddr,
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
    #[arg(long)]
    pub(crate) workspace: String,
    /// The workspace's name in addresses: a–z, 0–9 and hyphens.
    #[arg(long)]
    pub(crate) slug: String,
    /// The workspace's IANA time zone.
    #[arg(long, default_value = "UTC")]
    pub(crate) time_zone: String,
    /// The owner's name.
    #[arg(long)]
    pub(crate) name: String,
    /// What the owner signs in with.
    #[arg(long)]
    pub(crate) login_name: String,
    /// Read the password from standard input (one line) instead of making one up.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Args)]
pub(crate) struct OwnerReset {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The workspace; may be left out while there is one.
    #[arg(long)]
    pub(crate) slug: Option<String>,
    /// Read the password from standard input (one line) instead of making one up.
    #[arg(long)]
    pub(crate) password_stdin: bool,
}
