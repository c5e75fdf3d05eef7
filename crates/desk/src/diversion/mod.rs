//! Diversion: who gets a session. A pure function over candidates; loading them and the claim are in `reception`.
//!
//! **Passing on.** A session that nobody took up in time goes on to the next who hasn't had it this round. When only such are left
//! who have had it, a new round begins: nobody is kept from a session that waits because they once let it pass.

mod rule;
#[cfg(test)]
mod tests;

use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use rule::{choose, falls_back, standing};

use crate::ids::MemberId;
use crate::members::{MemberRef, Status};
use crate::messages::{PassedOver, Why};
use crate::projects::Diversion;

/// The most names in the record of a choice.
const NAMED: usize = 10;

/// Someone who serves a session's project: they see it, and their account is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate<'a> {
    pub(crate) member: MemberId,
    pub(crate) name: &'a str,
    pub(crate) status: Status,
    pub(crate) connected: bool,
    pub(crate) open: i64,
    pub(crate) limit: i64,
    /// They had the session this round, and did not take it up.
    pub(crate) passed: bool,
}

/// A session that is to find its assignee.
#[derive(Debug, Clone)]
pub(crate) struct Case<'a> {
    /// The project's rule.
    pub(crate) rule: Diversion,
    /// The one who had the last turn in the project.
    pub(crate) last: Option<MemberRef>,
    /// The one who served the customer last, where they are to go first.
    pub(crate) served_last: Option<MemberId>,
    /// Everybody who serves the project, in any order.
    pub(crate) candidates: Vec<Candidate<'a>>,
}

/// How somebody who serves a project stands when a session comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::AsRefStr, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = DiversionVerdict)]
pub enum Verdict {
    /// They get it.
    Chosen,
    /// They could have got it.
    Could,
    /// They are busy.
    Busy,
    /// They are offline.
    Offline,
    /// No portal of theirs is connected.
    NotConnected,
    /// They have as many sessions as they take.
    AtLimit,
    /// They had it this round, and did not take it up.
    NotTakenUp,
}

/// Who gets a session, and why.
#[derive(Debug, Clone)]
pub(crate) struct Answer<'c> {
    /// Who gets it; none: it waits.
    pub(crate) chosen: Option<&'c Candidate<'c>>,
    /// *Online first* falls back on those who aren't online and connected.
    pub(crate) fallback: bool,
    /// They served the customer last; the turn stays where it was.
    pub(crate) served_last: bool,
    /// Everybody who could take it has had it: a new round begins.
    pub(crate) new_round: bool,
    /// Everybody, in the order of their turns.
    pub(crate) verdicts: Vec<(&'c Candidate<'c>, Verdict)>,
    rule: Diversion,
    after: Option<MemberRef>,
}

impl Answer<'_> {
    /// What decided, as a word.
    pub(crate) fn reason(&self) -> &'static str {
        match self.rule {
            _ if self.served_last => "served_last",
            _ if self.fallback => "fallback",
            Diversion::InTurn => "in_turn",
            Diversion::OnlineFirst => "online_first",
            Diversion::LeastBusy => "least_busy",
        }
    }

    /// The record of the choice, if somebody was chosen.
    pub(crate) fn why(&self) -> Option<Why> {
        let chosen = self.chosen?;
        let passed = self.verdicts.iter().filter(|(_, it)| !matches!(it, Verdict::Chosen | Verdict::Could));
        let passed = passed.take(NAMED).map(|(candidate, verdict)| PassedOver {
            member: MemberRef { id: candidate.member, name: candidate.name.to_owned() },
            reason: verdict.as_ref().to_owned(),
        });
        Some(Why {
            rule: self.rule,
            after: self.after.clone(),
            open: chosen.open,
            limit: chosen.limit,
            fallback: self.fallback,
            served_last: self.served_last,
            passed: passed.collect(),
        })
    }
}
