//! Diversion: who gets a session. A pure function over candidates; loading them and the claim are in `reception`.

#[cfg(test)]
mod tests;

use crate::ids::MemberId;

/// Someone who could get a session: sees its project, may serve it, and is available as the project's rule wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) member: MemberId,
    pub(crate) open: i64,
    pub(crate) limit: i64,
}

impl Candidate {
    /// Whether diversion may give them one more.
    pub(crate) fn has_room(&self) -> bool {
        self.open < self.limit
    }
}

/// *In turn*: the next one with room after the project's last assignee, in the fixed order of the members' ids (that is, of
/// their joining). Nobody catches up for turns they missed. `candidates` come in any order.
pub(crate) fn in_turn(candidates: &[Candidate], last: Option<MemberId>) -> Option<MemberId> {
    let with_room =
        candidates.iter().filter(|candidate| candidate.has_room()).map(|candidate| candidate.member);
    let after = with_room.clone().filter(|member| last.is_some_and(|last| *member > last)).min();
    after.or_else(|| with_room.min())
}
