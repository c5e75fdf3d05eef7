//! "A customer writes now: who gets it, and why?" Nothing is changed by asking.

use serde::Serialize;
use utoipa::ToSchema;

use super::staff::Staff;
use crate::customers;
use crate::diversion::{Candidate, Verdict, choose};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, ProjectId, WorkspaceId};
use crate::members::{MemberRef, Role, Status};
use crate::messages::Why;
use crate::projects;
use crate::sessions;
use crate::tx::Store;

/// Who would get a session that began now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DryRun {
    /// Who would get it; none: it would wait.
    pub assignee: Option<MemberRef>,
    /// Why they would.
    pub why: Option<Why>,
    /// How many sessions of the project wait already; they would be given first.
    pub waiting_before: i64,
    /// Everybody who serves the project, in the order of their turns.
    pub candidates: Vec<DryRunCandidate>,
}

/// Somebody who serves a project, as diversion sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DryRunCandidate {
    /// Who.
    pub member: MemberRef,
    /// Their role.
    pub role: Role,
    /// What they chose.
    pub status: Status,
    /// Whether a portal of theirs is connected.
    pub connected: bool,
    /// How many open sessions they have.
    pub open: i64,
    /// How many diversion of this project gives them at once.
    pub limit: i64,
    /// How they stand.
    pub verdict: Verdict,
}

/// Who would get a session of `project` that began now; of `customer`, if that is given: who served them last may go first.
pub async fn dry_run(
    store: &Store,
    workspace: WorkspaceId,
    project: ProjectId,
    customer: Option<CustomerId>,
) -> Result<DryRun> {
    store
        .read("dry run", move |tx| {
            projects::must_exist(tx, workspace, project)?;
            if let Some(id) = customer {
                let known = customers::many(tx, workspace, &[id])?;
                if !known.iter().any(|it| it.project_id == project) {
                    return Err(Error::field("customer_id", "unknown"));
                }
            }
            let staff = Staff::load(tx, workspace)?;
            let waiting_before = sessions::waiting_in(tx, project)?;
            let case = staff.case(tx, project, customer, &[])?;
            let answer = case.as_ref().map(choose);
            let chosen = answer.as_ref().and_then(|answer| answer.chosen);
            let verdicts = answer.iter().flat_map(|answer| &answer.verdicts);
            Ok(DryRun {
                assignee: chosen.map(reference),
                why: answer.as_ref().and_then(crate::diversion::Answer::why),
                waiting_before,
                candidates: verdicts
                    .filter_map(|(candidate, verdict)| view(&staff, candidate, *verdict))
                    .collect(),
            })
        })
        .await
}

fn reference(candidate: &Candidate) -> MemberRef {
    MemberRef { id: candidate.member, name: candidate.name.to_owned() }
}

fn view(staff: &Staff, candidate: &Candidate, verdict: Verdict) -> Option<DryRunCandidate> {
    Some(DryRunCandidate {
        member: reference(candidate),
        role: staff.member(candidate.member)?.role,
        status: candidate.status,
        connected: candidate.connected,
        open: candidate.open,
        limit: candidate.limit,
        verdict,
    })
}
