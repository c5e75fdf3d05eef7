//! What a file means at this moment, and doing it.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::parse::{Written, lines};
use crate::error::{Code, Error, FieldError, Result};
use crate::ids::{MemberId, ProjectId, WorkspaceId};
use crate::invitations::{self, Delivery};
use crate::members::{self, NewAccount, Role};
use crate::text::fold;
use crate::tx::{Store, Tx, to_json};
use crate::{access, audit, projects};

/// A file, and what its empty cells mean.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The file's text.
    pub csv: String,
    /// The projects of those of whom it doesn't say.
    pub projects: Projects,
    /// The role of those of whom it doesn't say; none: agent.
    pub role: Option<Role>,
}

/// All projects, or these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Projects {
    /// All, also those to come.
    All,
    /// These.
    #[serde(untagged)]
    Some(Vec<ProjectId>),
}

/// What a line would make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportLine)]
pub struct Line {
    /// Its number in the file, the header being the first.
    pub line: u64,
    /// The name.
    pub name: String,
    /// The login name.
    pub login_name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The role; none when there is no such role.
    pub role: Option<Role>,
    /// The projects: `all`, or their ids.
    #[schema(value_type = Object)]
    pub projects: Projects,
    /// What is wrong with it.
    pub errors: Vec<FieldError>,
}

/// What a file would do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportPreview)]
pub struct Planned {
    /// What was looked at: to be given when it is to be done.
    pub digest: String,
    /// Each line.
    pub lines: Vec<Line>,
    /// How many could be made.
    pub good: usize,
    /// How many could not.
    pub bad: usize,
}

/// An account that was made, with its link.
pub struct Imported {
    /// Whose.
    pub member: MemberId,
    /// The link that sets their password: it is shown this once.
    pub link: SecretString,
}

/// What a file would do now.
pub async fn preview(store: &Store, workspace: WorkspaceId, import: NewImport) -> Result<Planned> {
    let written = lines(&import.csv)?;
    store.read("preview import", move |tx| plan(tx, workspace, &import, &written)).await
}

/// Does what was looked at: all lines, or none. Refused when it would do something else by now.
pub async fn run(
    store: &Store,
    delivery: &Delivery,
    workspace: WorkspaceId,
    by: MemberId,
    import: NewImport,
    digest: String,
) -> Result<Vec<Imported>> {
    let written = lines(&import.csv)?;
    // Made outside of the transaction, which may be run again.
    let links: Vec<_> = written.iter().map(|_| delivery.link()).collect();
    let delivery = delivery.clone();
    store
        .write("import", move |tx| {
            members::lock_workspace(tx, workspace)?;
            members::manager(tx, workspace, by)?;
            let planned = plan(tx, workspace, &import, &written)?;
            if planned.digest != digest || planned.bad > 0 {
                return Err(Error::refused(Code::ImportChanged));
            }
            let mut added = Vec::new();
            for (line, link) in planned.lines.iter().zip(&links) {
                let id = add(tx, workspace, by, line)?;
                let member = members::get(tx, workspace, id)?;
                invitations::issue(tx, &delivery, by, &member, link)?;
                added.push(Imported { member: id, link: link.address.clone() });
            }
            let (subject, detail) = (("workspace", workspace.to_string()), json!({ "count": added.len() }));
            audit::record(tx, workspace, Some(by), "members.imported", subject, &detail)?;
            Ok(added)
        })
        .await
}

fn add(tx: &mut Tx, workspace: WorkspaceId, by: MemberId, line: &Line) -> Result<MemberId> {
    let prepared = members::checked(&account(line, line.role.unwrap_or(Role::Agent)), tx.now)?;
    let id = members::store_new(tx, workspace, Some(by), &prepared)?;
    if let Projects::Some(projects) = &line.projects {
        access::give(tx, workspace, id, projects)?;
    }
    Ok(id)
}

fn account(line: &Line, role: Role) -> NewAccount {
    NewAccount {
        name: line.name.clone(),
        login_name: line.login_name.clone(),
        email: line.email.clone(),
        role,
        password: None,
        all_projects: line.projects == Projects::All,
        expires_at: None,
        limit: None,
    }
}

/// The lines as they would be done in this transaction.
fn plan(tx: &mut Tx, workspace: WorkspaceId, import: &NewImport, written: &[Written]) -> Result<Planned> {
    if let Projects::Some(ids) = &import.projects {
        access::must_exist(tx, workspace, ids)?;
    }
    let mut by_name: HashMap<String, Vec<ProjectId>> = HashMap::new();
    for (id, name) in projects::names(tx, workspace)? {
        by_name.entry(fold(&name)).or_default().push(id);
    }
    let mut taken: HashMap<String, Option<u64>> =
        members::all(tx, workspace)?.iter().map(|member| (fold(&member.login_name), None)).collect();
    let mut planned = Vec::new();
    for line in written {
        planned.push(plan_line(tx, import, line, &by_name, &mut taken));
    }
    let bad = planned.iter().filter(|line| !line.errors.is_empty()).count();
    let good = planned.len() - bad;
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(to_json(&planned)?.as_bytes()));
    Ok(Planned { digest, lines: planned, good, bad })
}

fn plan_line(
    tx: &Tx,
    import: &NewImport,
    written: &Written,
    by_name: &HashMap<String, Vec<ProjectId>>,
    taken: &mut HashMap<String, Option<u64>>,
) -> Line {
    let mut errors = Vec::new();
    let role = match written.cell("role").to_lowercase().as_str() {
        "" => Some(import.role.unwrap_or(Role::Agent)),
        word => word.parse().ok(),
    };
    if role.is_none() {
        errors.push(fault("role", "unknown", None));
    }
    let projects = their_projects(written.cell("projects"), import, by_name, &mut errors);
    let email = Some(written.cell("email").to_owned()).filter(|email| !email.is_empty());
    let (name, login_name) = (written.cell("name").to_owned(), written.cell("login_name").to_owned());
    let mut line = Line { line: written.line, name, login_name, email, role, projects, errors };
    match members::checked(&account(&line, role.unwrap_or(Role::Agent)), tx.now) {
        Ok(checked) => {
            (line.name, line.login_name) = (checked.name, checked.login_name);
            line.email = checked.email;
        }
        Err(Error::Invalid(faults)) => line.errors.extend(faults),
        Err(_) => line.errors.push(fault("login_name", "bad_format", None)),
    }
    match taken.insert(fold(&line.login_name), Some(written.line)) {
        _ if line.login_name.is_empty() => {}
        Some(Some(first)) => line.errors.push(fault("login_name", "twice", Some(first))),
        Some(None) => line.errors.push(fault("login_name", "in_use", None)),
        None => {}
    }
    line
}

fn their_projects(
    cell: &str,
    import: &NewImport,
    by_name: &HashMap<String, Vec<ProjectId>>,
    errors: &mut Vec<FieldError>,
) -> Projects {
    if cell.is_empty() {
        return import.projects.clone();
    }
    if fold(cell) == "all" && !by_name.contains_key("all") {
        return Projects::All;
    }
    let mut ids = Vec::new();
    for name in cell.split(';').map(str::trim).filter(|name| !name.is_empty()) {
        match by_name.get(&fold(name)).map(Vec::as_slice) {
            Some([id]) => ids.push(*id),
            // Of two with one name nobody knows which is meant.
            _ => errors.push(FieldError {
                field: "projects".to_owned(),
                code: "unknown",
                params: BTreeMap::from([("name", name.into())]),
            }),
        }
    }
    Projects::Some(ids)
}

fn fault(field: &str, code: &'static str, line: Option<u64>) -> FieldError {
    let params = line.map(|line| ("line", line.into())).into_iter().collect();
    FieldError { field: field.to_owned(), code, params }
}
