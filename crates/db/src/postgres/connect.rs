//! Connections and their settings.

use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config, NoTls};

use super::errors;
use crate::db::Options;
use crate::error::Error;
use crate::open_error::OpenError;

/// A server that went away without a word is noticed after this long.
const SILENCE: Duration = Duration::from_secs(30);

/// Durability may be stricter on the server (several of them), never laxer. A row that is locked for this long means that
/// something is wrong elsewhere, and waiting on would only use up the connections.
const SETTINGS: &str = "
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
    SET lock_timeout = '10s';
    SET client_min_messages = warning;
    SET TIME ZONE 'UTC'";

/// What the address says, and what we add.
pub(super) fn config(url: &str, options: &Options) -> Result<Config, OpenError> {
    line_config(url, options).map(Config::from)
}

/// As `config`, for the other client.
pub(super) fn line_config(url: &str, options: &Options) -> Result<tokio_postgres::Config, OpenError> {
    let mut config: tokio_postgres::Config =
        url.parse().map_err(|error| OpenError::Url(errors::words(&error)))?;
    if config.get_ssl_mode() == SslMode::Require {
        return Err(OpenError::Url("sslmode=require isn't supported yet".to_owned()));
    }
    if config.get_application_name().is_none() {
        config.application_name(&options.application_name);
    }
    config.connect_timeout(options.connect_timeout);
    config.keepalives_idle(SILENCE).tcp_user_timeout(SILENCE);
    Ok(config)
}

/// A new connection.
pub(super) fn connect(config: &Config) -> Result<Client, Error> {
    let mut client = config.connect(NoTls).map_err(|error| {
        let hosts: Vec<String> = config.get_hosts().iter().map(host).collect();
        Error::Connection(format!("{}: {}", hosts.join(", "), errors::words(&error)))
    })?;
    client.batch_execute(SETTINGS).map_err(|error| errors::error(&error))?;
    Ok(client)
}

/// Why there is no connection, for the operator.
pub(super) fn open_error(error: Error) -> OpenError {
    match error {
        Error::Connection(reason) => OpenError::Connection(reason),
        Error::StorageFull => OpenError::StorageFull,
        other => OpenError::Connection(other.to_string()),
    }
}

fn host(host: &postgres::config::Host) -> String {
    match host {
        postgres::config::Host::Tcp(name) => name.clone(),
        postgres::config::Host::Unix(path) => path.display().to_string(),
    }
}
