//! A database's address as the programs of `PostgreSQL` take it: in the environment, where a password is not shown to every user
//! of the machine, as it is among a command's arguments.

use postgres::Config;
use postgres::config::Host;

use super::errors;
use crate::open_error::OpenError;

/// The variables (`PGHOST`, `PGPASSWORD` …) that say what the address `url` says.
pub fn environment(url: &str) -> Result<Vec<(&'static str, String)>, OpenError> {
    let config: Config = url.parse().map_err(|error| OpenError::Url(errors::words(&error)))?;
    let mut variables = Vec::new();
    let hosts: Vec<String> = config.get_hosts().iter().map(host).collect();
    let ports: Vec<String> = config.get_ports().iter().map(u16::to_string).collect();
    let user = config.get_user().map(str::to_owned);
    let database = config.get_dbname().map(str::to_owned).or_else(|| user.clone());
    let password = config.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
    let options = config.get_options().map(str::to_owned);
    let known = [
        ("PGHOST", (!hosts.is_empty()).then(|| hosts.join(","))),
        ("PGPORT", (!ports.is_empty()).then(|| ports.join(","))),
        ("PGUSER", user),
        ("PGDATABASE", database),
        ("PGPASSWORD", password),
        ("PGOPTIONS", options),
    ];
    for (name, value) in known {
        variables.extend(value.map(|value| (name, value)));
    }
    Ok(variables)
}

fn host(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_address_has_its_variable() {
        let variables = environment("postgres://desk:se%20cret@one:5433,two/work").unwrap();
        let expected = [
            ("PGHOST", "one,two"),
            ("PGPORT", "5433,5432"),
            ("PGUSER", "desk"),
            ("PGDATABASE", "work"),
            ("PGPASSWORD", "se cret"),
        ];
        assert_eq!(variables, expected.map(|(name, value)| (name, value.to_owned())));
        let by_socket = environment("postgres://postgres@%2Ftmp%2Fx").unwrap();
        assert!(by_socket.contains(&("PGHOST", "/tmp/x".to_owned())));
        assert!(by_socket.contains(&("PGDATABASE", "postgres".to_owned())));
    }
}
