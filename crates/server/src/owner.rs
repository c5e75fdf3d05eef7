//! `teledesk owner`: the operator's way to make a workspace, and back in for its owner.

use desk::Code;
use desk::members::{self, NewOwner, NewWorkspace, Passwords, ResetOwner};
use desk::secrets::new_token;
use secrecy::{ExposeSecret, SecretString};

use crate::cli::{OwnerCreate, OwnerReset};
use crate::failure::Failure;
use crate::installation::{self, Use};
use crate::say;

/// `teledesk owner create`.
pub(crate) async fn create(options: OwnerCreate) -> Result<(), Failure> {
    let (password, made_up) = password(options.password_stdin)?;
    let store = tokio::task::block_in_place(|| installation::open(&options.data, Use::Command))?;
    let workspace =
        NewWorkspace { name: options.workspace, slug: options.slug.clone(), time_zone: options.time_zone };
    let owner =
        NewOwner { name: options.name, login_name: options.login_name.clone(), password: password.clone() };
    members::set_up(&store, &Passwords::new(1)?, workspace, owner, false).await?;
    say(format_args!("Made the workspace; its login page is /w/{}", options.slug));
    tell(&options.login_name, &password, made_up);
    store.close().await;
    Ok(())
}

/// `teledesk owner reset`.
pub(crate) async fn reset(options: OwnerReset) -> Result<(), Failure> {
    installation::must_exist(&options.data)?;
    let (password, made_up) = password(options.password_stdin)?;
    let store = tokio::task::block_in_place(|| installation::open(&options.data, Use::Command))?;
    let reset = ResetOwner { slug: options.slug.clone(), password: password.clone() };
    let login_name = members::reset_owner(&store, &Passwords::new(1)?, reset).await;
    let login_name = login_name.map_err(|error| match (error.code(), &options.slug) {
        (Some(Code::NotFound), Some(slug)) => Failure::new(format!("there is no workspace {slug}")),
        (Some(Code::NotFound), None) => {
            Failure::new("there is more or less than one workspace: name it with --slug")
        }
        _ => error.into(),
    })?;
    tell(&login_name, &password, made_up);
    store.close().await;
    Ok(())
}

fn tell(login_name: &str, password: &SecretString, made_up: bool) {
    say(format_args!("Login name: {login_name}"));
    if made_up {
        say(format_args!("Password:   {}", password.expose_secret()));
    }
}

/// From standard input, so that it stands in no process list and no shell history; or a new one.
fn password(from_stdin: bool) -> Result<(SecretString, bool), Failure> {
    if !from_stdin {
        let token = new_token();
        let short: String = token.expose_secret().chars().take(20).collect();
        return Ok((short.into(), true));
    }
    let mut line = String::new();
    std::io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::new(format!("no password came: {error}")))?;
    Ok((line.trim_end_matches(['\r', '\n']).to_owned().into(), false))
}
