//! Who is dead, and who serves what: pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio::time::Instant;

use super::{BEAT, DEAD_AFTER};
use crate::ids::ProjectId;

/// A node as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) run: String,
    pub(super) name: String,
    pub(super) beat: i64,
    pub(super) leaving: bool,
}

/// Everything about nodes and leases, of one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    /// In the order of their runs.
    pub(super) nodes: Vec<Node>,
    pub(super) holders: BTreeMap<ProjectId, String>,
}

/// What a node has seen of the beats, by its own stopwatch.
#[derive(Debug, Default)]
pub(super) struct Roster {
    seen: HashMap<String, (i64, Instant)>,
    looked: Option<Instant>,
}

impl Roster {
    /// Takes in a look that began and ended at these times; gives the runs to be struck off, each with its beat.
    ///
    /// A beat counts as seen only since the end of the first look that found it, and up to the beginning of this one. After a
    /// gap between looks everything counts as new: the database was away, for the others too.
    pub(super) fn dead(&mut self, nodes: &[Node], began: Instant, ended: Instant) -> Vec<(String, i64)> {
        if self.looked.is_none_or(|looked| began.duration_since(looked) > BEAT * 3) {
            self.seen.clear();
        }
        self.looked = Some(ended);
        let mut seen = HashMap::new();
        let mut dead = Vec::new();
        for node in nodes {
            let since = match self.seen.get(&node.run) {
                Some(&(beat, since)) if beat == node.beat => since,
                _ => ended,
            };
            if began.saturating_duration_since(since) >= DEAD_AFTER {
                dead.push((node.run.clone(), node.beat));
            }
            seen.insert(node.run.clone(), (node.beat, since));
        }
        self.seen = seen;
        dead
    }
}

/// What a node is to do next.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Held, and to be served.
    pub(super) keep: BTreeSet<ProjectId>,
    /// Held, and to be given back when their calls are finished.
    pub(super) give: BTreeSet<ProjectId>,
    /// Free, and to be taken.
    pub(super) take: Vec<ProjectId>,
}

/// What the node `me` is to do about the active projects.
pub(super) fn plan(me: &str, active: &BTreeSet<ProjectId>, look: &Look) -> Plan {
    let staying: Vec<_> = look.nodes.iter().filter(|node| !node.leaving).map(|node| &*node.run).collect();
    let holder = |id: &ProjectId| look.holders.get(id).map(String::as_str);
    let is_mine = |id: &ProjectId| holder(id) == Some(me);
    // Whatever I hold and nobody wants served any more goes, too.
    let mut give: BTreeSet<_> =
        look.holders.keys().filter(|id| is_mine(id) && !active.contains(id)).copied().collect();
    let mut keep: BTreeSet<_> = active.iter().filter(|id| is_mine(id)).copied().collect();
    let Some(place) = staying.iter().position(|run| *run == me) else {
        give.append(&mut keep);
        return Plan { keep, give, take: Vec::new() };
    };
    let share = active.len().div_ceil(staying.len());
    while keep.len() > share {
        give.extend(keep.pop_last());
    }
    let is_free =
        |id: &&ProjectId| holder(id).is_none_or(|holder| !look.nodes.iter().any(|node| node.run == holder));
    let mut free: Vec<_> = active.iter().filter(is_free).copied().collect();
    // Each begins elsewhere, so that two who look at once don't reach for the same.
    let first = (place * share).min(free.len());
    free.rotate_left(first);
    free.truncate(share - keep.len());
    // In one order, so that two who do reach for the same don't wait for each other.
    free.sort_unstable();
    Plan { keep, give, take: free }
}
