//! What the timeline says of each assignment, held against the tables: limits, turns, and who waited longer.

use std::collections::{BTreeMap, BTreeSet};

use db::params;
use serde_json::Value;

use crate::common::World;
use crate::rules::State;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Witness {
    /// The last line that was looked at.
    last: String,
    /// Of each project the turns since something disturbed them, and who served it then.
    windows: BTreeMap<String, (BTreeSet<String>, Vec<String>)>,
    /// How many assignments there were, and how many of them in an undisturbed rotation of several people.
    pub(super) assigned: usize,
    pub(super) in_turn: usize,
}

/// A line that says whom diversion gave a session.
struct Assigned {
    line: String,
    session: String,
    project: String,
    place: (i64, String),
    member: String,
    reason: String,
    why: Value,
}

impl Witness {
    /// Looks at the assignments of the last step; `one`: who is there and who serves what was the same from its first to its last.
    /// Gives the faults.
    pub(super) async fn look(&mut self, world: &World, state: &State, one: bool) -> Vec<String> {
        let mut faults = Vec::new();
        if !one {
            self.windows.clear();
        }
        for assigned in self.new_ones(world).await {
            faults.extend(within_limit(&assigned));
            if one {
                faults.extend(overtaken(state, &assigned));
                faults.extend(self.unfair(state, &assigned));
            }
            self.last.clone_from(&assigned.line);
            self.assigned += 1;
        }
        faults
    }

    /// Looks at all assignments by themselves, however many worked at once.
    pub(super) async fn of_each(&mut self, world: &World, _state: &State) -> Vec<String> {
        self.new_ones(world).await.iter().filter_map(within_limit).collect()
    }

    async fn new_ones(&self, world: &World) -> Vec<Assigned> {
        let sql = "SELECT m.id, m.session_id, m.detail, s.project_id, s.waiting_since FROM messages m
             JOIN sessions s ON s.id = m.session_id WHERE m.kind = 'service' AND m.id > $1 ORDER BY m.id";
        let values = params![&self.last];
        let lines = world.rows(sql, values, |row| {
            let detail: Value = serde_json::from_str(&row.get::<String>("detail")?).unwrap();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let session: String = row.get("session_id")?;
            Ok((detail["what"] == "assigned").then(|| Assigned {
                line: row.get("id").unwrap(),
                place: (row.get("waiting_since").unwrap(), session.clone()),
                session,
                project: row.get("project_id").unwrap(),
                member: text(&detail["member"]["id"]),
                reason: text(&detail["reason"]),
                why: detail["why"].clone(),
            }))
        });
        lines.await.into_iter().flatten().collect()
    }

    /// In any window in which everybody who serves the project could be chosen, nobody has two turns more than another.
    fn unfair(&mut self, state: &State, assigned: &Assigned) -> Option<String> {
        let serving = state.members.iter().filter(|it| state.serves(it, &assigned.project));
        let serving: BTreeSet<_> = serving.map(|it| it.id.clone()).collect();
        let (of, turns) = self.windows.entry(assigned.project.clone()).or_default();
        let undisturbed = assigned.why["passed"].as_array().is_some_and(Vec::is_empty)
            && ["in_turn", "online_first"].contains(&&*assigned.reason);
        if *of != serving || !undisturbed {
            *of = serving;
            turns.clear();
        }
        if !undisturbed {
            return None;
        }
        turns.push(assigned.member.clone());
        self.in_turn += usize::from(of.len() > 1 && turns.len() > 1);
        let fair = (0..turns.len()).all(|from| {
            let count = |id: &String| turns[from..].iter().filter(|it| *it == id).count();
            let counts = || of.iter().map(count);
            counts().max().unwrap_or(0) - counts().min().unwrap_or(0) <= 1
        });
        (!fair).then(|| format!("the turns of {} were {turns:?}", assigned.project))
    }
}

fn within_limit(assigned: &Assigned) -> Option<String> {
    let number = |name: &str| assigned.why[name].as_i64().unwrap();
    let (open, limit) = (number("open"), number("limit"));
    (open >= limit).then(|| format!("{} got {} with {open} of {limit}", assigned.member, assigned.session))
}

/// An older session that still waits, and that the one who got this one could have had.
fn overtaken(state: &State, assigned: &Assigned) -> Vec<String> {
    let Some(member) = state.members.iter().find(|it| it.id == assigned.member) else { return Vec::new() };
    let open = assigned.why["open"].as_i64().unwrap();
    let older = |it: &&crate::rules::Session| {
        it.state == "waiting"
            && it.place < assigned.place
            && state.projects.contains_key(&it.project)
            && state.accepts(&it.project, member)
            && open < state.limit(member, &it.project)
    };
    let told = |it: &crate::rules::Session| {
        format!("{} got {} while {} waited longer", member.id, assigned.session, it.id)
    };
    state.sessions.iter().filter(older).map(told).collect()
}
