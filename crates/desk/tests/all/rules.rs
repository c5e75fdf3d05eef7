//! What must hold of the queue at every commit, told from the tables and independently of the code that sees to it.

use std::collections::{BTreeMap, BTreeSet};

use db::{Error, Tx, params};

use crate::common::World;

/// Asserts that the rules hold now. One snapshot, so it may be called while others work.
pub(crate) async fn check(world: &World) {
    let workspace = world.workspace.to_string();
    let faults =
        world.store.read("check", move |tx| Ok(State::read(tx, &workspace)?.faults())).await.unwrap();
    assert!(faults.is_empty(), "{faults:#?}");
}

struct Member {
    id: String,
    available: bool,
    limit: i64,
    manager: bool,
    all_projects: bool,
}

struct Session {
    id: String,
    project: String,
    state: String,
    assignee: Option<String>,
    /// What its timeline says of who has it, and how they got it.
    given: Option<(String, String)>,
}

struct State {
    members: Vec<Member>,
    sessions: Vec<Session>,
    designated: BTreeSet<String>,
    ticked: BTreeSet<(String, String)>,
    named: BTreeSet<(String, String)>,
}

impl State {
    fn read(tx: &mut Tx, workspace: &str) -> Result<Self, Error> {
        let members = tx.query(
            "SELECT * FROM members WHERE workspace_id = $1 AND deleted_at IS NULL",
            params![workspace],
            |row| {
                let (state, status, role) =
                    (row.get::<String>("state")?, row.get::<String>("status")?, row.get::<String>("role")?);
                Ok(Member {
                    id: row.get("id")?,
                    available: state == "active" && status == "online",
                    limit: row.get("reception_limit")?,
                    manager: role == "owner" || role == "admin",
                    all_projects: row.get("all_projects")?,
                })
            },
        )?;
        let mut given: BTreeMap<String, Option<(String, String)>> = BTreeMap::new();
        let lines = "SELECT session_id, detail FROM messages WHERE kind = 'service' AND session_id IS NOT NULL ORDER BY position";
        for (session, detail) in
            tx.query(lines, &[], |row| Ok((row.get::<String>("session_id")?, row.get::<String>("detail")?)))?
        {
            let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
            let what = detail["what"].as_str().unwrap().to_owned();
            let named = |field: &str| detail[field]["id"].as_str().map(str::to_owned);
            let holder = match what.as_str() {
                "assigned" | "taken" | "taken_over" => named("member"),
                "assigned_by" | "transferred" => named("to"),
                "reopened" => named("to").or_else(|| named("member")),
                "returned" => None,
                _ => continue,
            };
            given.insert(session, holder.map(|holder| (what, holder)));
        }
        let sessions =
            tx.query("SELECT * FROM sessions WHERE workspace_id = $1", params![workspace], |row| {
                let id: String = row.get("id")?;
                let given = given.get(&id).cloned().unwrap_or_default();
                let (project, state) = (row.get("project_id")?, row.get("state")?);
                Ok(Session { id, project, state, assignee: row.get("assignee_id")?, given })
            })?;
        let pair = |row: &db::Row| Ok((row.get("member_id")?, row.get("project_id")?));
        Ok(Self {
            members,
            sessions,
            designated: tx
                .query("SELECT id FROM projects WHERE scope = 'designated'", &[], |row| row.get("id"))?
                .into_iter()
                .collect(),
            ticked: tx.query("SELECT * FROM member_projects", &[], pair)?.into_iter().collect(),
            named: tx.query("SELECT * FROM project_scope", &[], pair)?.into_iter().collect(),
        })
    }

    fn sees(&self, member: &Member, project: &str) -> bool {
        let pair = (member.id.clone(), project.to_owned());
        let theirs = member.all_projects || self.ticked.contains(&pair);
        let served = !self.designated.contains(project) || self.named.contains(&pair);
        member.manager || (theirs && served)
    }

    fn open(&self, member: &Member) -> impl Iterator<Item = &Session> {
        let id = member.id.clone();
        self.sessions.iter().filter(move |it| it.state == "open" && it.assignee.as_ref() == Some(&id))
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for session in &self.sessions {
            let Session { id, state, assignee, given, .. } = session;
            let told = given.as_ref().map(|(_, member)| member);
            match (state.as_str(), assignee) {
                ("waiting", None) if told.is_none() => {}
                ("open", Some(assignee)) if told == Some(assignee) => {}
                ("ended", assignee) if told == assignee.as_ref() => {}
                _ => faults
                    .push(format!("session {id} is {state}, has {assignee:?} and was given to {told:?}")),
            }
        }
        for member in &self.members {
            let open = i64::try_from(self.open(member).count()).unwrap();
            let by_diversion =
                self.open(member).filter(|it| it.given.as_ref().is_some_and(|(what, _)| what == "assigned"));
            let by_diversion = i64::try_from(by_diversion.count()).unwrap();
            if by_diversion > member.limit {
                faults.push(format!("{} was given {by_diversion} of {}", member.id, member.limit));
            }
            if !member.available || open >= member.limit {
                continue;
            }
            let could = |it: &&Session| it.state == "waiting" && self.sees(member, &it.project);
            for session in self.sessions.iter().filter(could) {
                let Session { id, .. } = session;
                faults.push(format!("session {id} waits, and {} has {open} of {}", member.id, member.limit));
            }
        }
        faults
    }
}
