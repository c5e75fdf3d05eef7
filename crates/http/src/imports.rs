//! Many members from a CSV file.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::imports::{self, NewImport, Planned, Projects};
use desk::members::Role;
use desk::portal::{self, AccountView};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Base, Json};
use crate::guard::Member;
use crate::members::TheirProjects;
use crate::problem::{Problem, Result};

/// The largest request of an import, in bytes.
pub(crate) const IMPORT_MAX: usize = 512 * 1024;

/// A file to look at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewImport {
    /// The file: a header row with `name`, `login_name` and, if wanted, `email`, `role`, `projects` in any order; at most 500 lines.
    csv: String,
    /// The projects of those of whom it doesn't say.
    projects: TheirProjects,
    /// The role of those of whom it doesn't say; left out: agent.
    role: Option<Role>,
}

/// A file that was looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunImport {
    csv: String,
    projects: TheirProjects,
    role: Option<Role>,
    /// Of the preview.
    digest: String,
}

fn import(csv: String, projects: TheirProjects, role: Option<Role>) -> NewImport {
    let projects = match projects.split() {
        (true, _) => Projects::All,
        (false, ids) => Projects::Some(ids),
    };
    NewImport { csv, projects, role }
}

/// Says what a file would do, line by line.
#[utoipa::path(post, path = "/api/members/import/preview", tag = "members", request_body = PreviewImport,
    responses((status = 200, body = Planned), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn preview(
    State(app): State<App>,
    Member(who): Member,
    Json(asked): Json<PreviewImport>,
) -> Result<Answer<Planned>> {
    let import = import(asked.csv, asked.projects, asked.role);
    Ok(Answer(imports::preview(&app.store, who.member.workspace, import).await?))
}

/// The members of a file.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportedMembers {
    added: Vec<ImportedMember>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ImportedMember {
    account: AccountView,
    /// The link that sets their password: it is shown this once.
    link: String,
}

/// Adds all members of a file, or none; each is invited.
#[utoipa::path(post, path = "/api/members/import", tag = "members", request_body = RunImport,
    responses((status = 201, body = ImportedMembers), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn run(
    State(app): State<App>,
    Member(who): Member,
    Base(base): Base,
    Json(asked): Json<RunImport>,
) -> Result<(StatusCode, Answer<ImportedMembers>)> {
    let (workspace, by) = (who.member.workspace, who.member.id);
    let import = import(asked.csv, asked.projects, asked.role);
    let made = imports::run(&app.store, &app.delivery(base), workspace, by, import, asked.digest).await?;
    let mut added = Vec::new();
    for it in made {
        let account = portal::account(&app.store, workspace, it.member).await?;
        added.push(ImportedMember { account, link: it.link.expose_secret().to_owned() });
    }
    Ok((StatusCode::CREATED, Answer(ImportedMembers { added })))
}
