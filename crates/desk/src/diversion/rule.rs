//! The rules: who is available, and who of them is next.

use std::cmp::Ordering;

use super::{Answer, Candidate, Case, Verdict};
use crate::members::Status;
use crate::projects::Diversion;

/// Whether *online first* takes who isn't online and connected: while nobody who serves the project is online-or-busy and connected,
/// whether they have room or not.
pub(crate) fn falls_back<'a>(
    rule: Diversion,
    mut candidates: impl Iterator<Item = &'a Candidate<'a>>,
) -> bool {
    rule == Diversion::OnlineFirst && !candidates.any(|it| it.connected && it.status != Status::Offline)
}

/// How somebody stands by a rule: `Could`, or why they could not get one more.
pub(crate) fn standing(rule: Diversion, fallback: bool, candidate: &Candidate) -> Verdict {
    let needs_connection = match rule {
        Diversion::InTurn => false,
        Diversion::OnlineFirst => !fallback,
        Diversion::LeastBusy => true,
    };
    match candidate.status {
        Status::Busy => Verdict::Busy,
        Status::Offline if !fallback => Verdict::Offline,
        _ if needs_connection && !candidate.connected => Verdict::NotConnected,
        _ if candidate.open >= candidate.limit => Verdict::AtLimit,
        _ => Verdict::Could,
    }
}

/// Who gets a session. Turns go in the fixed order of the members' ids (that is, of their joining), after the one who had the last;
/// nobody catches up for turns they missed.
pub(crate) fn choose<'c>(case: &'c Case<'c>) -> Answer<'c> {
    let fallback = falls_back(case.rule, case.candidates.iter());
    let last = case.last.as_ref().map(|last| last.id);
    let mut order: Vec<&Candidate> = case.candidates.iter().collect();
    order.sort_by_key(|it| (last.is_some_and(|last| it.member <= last), it.member));
    let could: Vec<&Candidate> =
        order.iter().copied().filter(|it| standing(case.rule, fallback, it) == Verdict::Could).collect();
    let new_round = !could.is_empty() && could.iter().all(|it| it.passed);
    let pool = could.iter().copied().filter(|it| new_round || !it.passed);
    let preferred = pool.clone().find(|it| Some(it.member) == case.served_last);
    let chosen = preferred.or_else(|| match case.rule {
        Diversion::InTurn | Diversion::OnlineFirst => pool.clone().next(),
        // Of several with the same load the first is taken: whose turn it is.
        Diversion::LeastBusy => pool.clone().min_by(|a, b| by_load(a, b)),
    });
    let verdict = |it: &Candidate| match standing(case.rule, fallback, it) {
        Verdict::Could if chosen.is_some_and(|chosen| chosen.member == it.member) => Verdict::Chosen,
        Verdict::Could if it.passed && !new_round => Verdict::NotTakenUp,
        verdict => verdict,
    };
    Answer {
        chosen,
        fallback,
        served_last: preferred.is_some(),
        new_round,
        verdicts: order.into_iter().map(|it| (it, verdict(it))).collect(),
        rule: case.rule,
        after: if preferred.is_some() { None } else { case.last.clone() },
    }
}

/// Fewest open sessions relative to the limit first: a/b < c/d, without dividing. Whoever has room has a limit above zero.
fn by_load(a: &Candidate, b: &Candidate) -> Ordering {
    a.open.saturating_mul(b.limit).cmp(&b.open.saturating_mul(a.limit))
}
