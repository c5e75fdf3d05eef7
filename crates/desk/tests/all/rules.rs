//! What must hold of the queue at every commit, told from the tables and independently of the code that sees to it.

use std::collections::{BTreeMap, BTreeSet};

use db::{Error, Row, Tx, params};
use serde_json::Value;

use crate::common::World;

/// Asserts that the rules hold now. One snapshot, so it may be called while others work, if nobody changes limits.
pub(crate) async fn check(world: &World) {
    let state = State::of(world).await;
    let faults = [state.faults(), state.over_limit()].concat();
    assert!(faults.is_empty(), "{faults:#?}");
}

pub(crate) struct Member {
    pub(crate) id: String,
    usable: bool,
    status: String,
    connected: bool,
    own_limit: i64,
    manager: bool,
    all_projects: bool,
}

pub(crate) struct Project {
    pub(crate) id: String,
    designated: bool,
    pub(crate) rule: String,
    default_limit: i64,
}

pub(crate) struct Session {
    pub(crate) id: String,
    customer: String,
    pub(crate) project: String,
    pub(crate) state: String,
    assignee: Option<String>,
    /// The place in the queue.
    pub(crate) place: (i64, String),
    /// Given to who wasn't online and connected, and not taken up.
    fallback: bool,
    /// What its timeline says of who got it and gave it up.
    given: Vec<Given>,
}

/// A line of a timeline that says whose a session is now.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) what: String,
    /// Whose it is after this.
    pub(crate) holder: Option<String>,
}

pub(crate) struct State {
    pub(crate) members: Vec<Member>,
    pub(crate) projects: BTreeMap<String, Project>,
    pub(crate) sessions: Vec<Session>,
    ticked: BTreeSet<(String, String)>,
    named: BTreeSet<(String, String)>,
}

/// Lines of sessions that ended longer ago are not looked at again.
const RECENT: i64 = 120_000;

impl State {
    pub(crate) async fn of(world: &World) -> Self {
        let (workspace, now) = (world.workspace.to_string(), world.store.now().0);
        world.store.read("check", move |tx| Ok(Self::read(tx, &workspace, now)?)).await.unwrap()
    }

    fn read(tx: &mut Tx, workspace: &str, now: i64) -> Result<Self, Error> {
        let sql = "SELECT * FROM members WHERE workspace_id = $1 AND deleted_at IS NULL ORDER BY id";
        let members = tx.query(sql, params![workspace], |row| member(row, now))?;
        let sql = "SELECT * FROM projects WHERE workspace_id = $1 AND deleted_at IS NULL";
        let projects = tx.query(sql, params![workspace], |row| {
            Ok(Project {
                id: row.get("id")?,
                designated: row.get::<String>("scope")? == "designated",
                rule: row.get("diversion")?,
                default_limit: row.get("default_limit")?,
            })
        })?;
        let mut given: BTreeMap<String, Vec<Given>> = BTreeMap::new();
        let lines = "SELECT m.session_id, m.detail FROM messages m JOIN sessions s ON s.id = m.session_id
             WHERE m.kind = 'service' AND (s.state <> 'ended' OR s.ended_at >= $1) ORDER BY m.position";
        for (session, detail) in tx.query(lines, params![now - RECENT], |row| {
            Ok((row.get::<String>("session_id")?, row.get::<String>("detail")?))
        })? {
            given.entry(session).or_default().extend(holder(&detail));
        }
        let sql = "SELECT * FROM sessions WHERE workspace_id = $1 AND (state <> 'ended' OR ended_at >= $2)";
        let sessions = tx.query(sql, params![workspace, now - RECENT], |row| session(row, &given))?;
        let pair = |row: &Row| Ok((row.get("member_id")?, row.get("project_id")?));
        Ok(Self {
            members,
            projects: projects.into_iter().map(|project| (project.id.clone(), project)).collect(),
            sessions,
            ticked: tx.query("SELECT * FROM member_projects", &[], pair)?.into_iter().collect(),
            named: tx.query("SELECT * FROM project_scope", &[], pair)?.into_iter().collect(),
        })
    }

    pub(crate) fn serves(&self, member: &Member, project: &str) -> bool {
        let Some(project) = self.projects.get(project) else { return false };
        let pair = (member.id.clone(), project.id.clone());
        let theirs = member.all_projects || self.ticked.contains(&pair);
        let served = !project.designated || self.named.contains(&pair);
        member.usable && (member.manager || (theirs && served))
    }

    pub(crate) fn limit(&self, member: &Member, project: &str) -> i64 {
        if member.own_limit >= 0 { member.own_limit } else { self.projects[project].default_limit }
    }

    pub(crate) fn open(&self, member: &Member) -> i64 {
        let theirs = |it: &&Session| it.state == "open" && it.assignee.as_ref() == Some(&member.id);
        i64::try_from(self.sessions.iter().filter(theirs).count()).unwrap()
    }

    /// Whether nobody who serves the project is there.
    fn nobody_there(&self, project: &str) -> bool {
        let there = |it: &&Member| {
            self.serves(it, project) && it.connected && ["online", "busy"].contains(&&*it.status)
        };
        !self.members.iter().any(|it| there(&it))
    }

    /// Whether the project's rule accepts a member now, room aside.
    pub(crate) fn accepts(&self, project: &str, member: &Member) -> bool {
        let online = member.status == "online";
        self.serves(member, project)
            && match &*self.projects[project].rule {
                "in_turn" => online,
                "online_first" if self.nobody_there(project) => member.status != "busy",
                _ => online && member.connected,
            }
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut live = BTreeSet::new();
        for session in &self.sessions {
            let Session { id, state, assignee, given, customer, .. } = session;
            if state != "ended" && !live.insert(customer) {
                faults.push(format!("customer {customer} has two live sessions"));
            }
            let told = given.last().and_then(|it| it.holder.as_ref());
            let fits = match state.as_str() {
                "waiting" => assignee.is_none() && told.is_none(),
                "open" => assignee.is_some() && told == assignee.as_ref(),
                _ => told == assignee.as_ref(),
            };
            if !fits {
                faults.push(format!("session {id} is {state}, has {assignee:?} and was given to {given:?}"));
            }
            let may =
                |id: &String| self.members.iter().any(|it| it.id == *id && self.serves(it, &session.project));
            if state == "open" && !assignee.as_ref().is_some_and(may) {
                faults.push(format!("session {id} has {assignee:?}, who may not serve it"));
            }
        }
        for member in &self.members {
            let open = self.open(member);
            for session in self.sessions.iter().filter(|it| self.could_have(member, open, it)) {
                let Session { id, state, .. } = session;
                faults.push(format!("session {id} is {state}, and {} has {open}", member.id));
            }
        }
        faults
    }

    /// Whether a session waits that `member` could take, or is with somebody who isn't there and nobody took it up, while they are.
    fn could_have(&self, member: &Member, open: i64, session: &Session) -> bool {
        let project = &session.project;
        let is_there =
            |id: &String| self.members.iter().any(|it| it.id == *id && it.status == "online" && it.connected);
        let moves = session.state == "open"
            && session.fallback
            && self.projects.get(project).is_some_and(|it| it.rule == "online_first")
            && !self.nobody_there(project)
            && !session.assignee.as_ref().is_some_and(is_there);
        (session.state == "waiting" || moves)
            && self.projects.contains_key(project)
            && self.accepts(project, member)
            && open < self.limit(member, project)
    }

    /// Who was given more by diversion than their limit, if no limit was changed meanwhile.
    fn over_limit(&self) -> Vec<String> {
        let over = |member: &Member| {
            let by_diversion = |it: &&Session| {
                it.state == "open"
                    && it.assignee.as_ref() == Some(&member.id)
                    && it.given.last().is_some_and(|line| line.what == "assigned")
            };
            let given = i64::try_from(self.sessions.iter().filter(by_diversion).count()).unwrap();
            let limits = self.projects.keys().map(|project| self.limit(member, project));
            let limit = limits.max().unwrap_or(0);
            (given > limit).then(|| format!("{} was given {given} of {limit}", member.id))
        };
        self.members.iter().filter_map(over).collect()
    }
}

fn member(row: &Row, now: i64) -> Result<Member, Error> {
    let role = row.get::<String>("role")?;
    let expired = row.get::<Option<i64>>("expires_at")?.is_some_and(|end| end <= now);
    let active = row.get::<String>("state")? == "active" && !row.get::<String>("password_hash")?.is_empty();
    Ok(Member {
        id: row.get("id")?,
        usable: active && !expired,
        status: row.get("status")?,
        connected: row.get("connected")?,
        own_limit: row.get("reception_limit")?,
        manager: role == "owner" || role == "admin",
        all_projects: row.get("all_projects")?,
    })
}

fn session(row: &Row, given: &BTreeMap<String, Vec<Given>>) -> Result<Session, Error> {
    let id: String = row.get("id")?;
    Ok(Session {
        given: given.get(&id).cloned().unwrap_or_default(),
        place: (row.get("waiting_since")?, id.clone()),
        id,
        customer: row.get("customer_id")?,
        project: row.get("project_id")?,
        state: row.get("state")?,
        assignee: row.get("assignee_id")?,
        fallback: row.get("fallback")?,
    })
}

/// What a line says of whose a session is, if it says anything of it.
fn holder(detail: &str) -> Option<Given> {
    let detail: Value = serde_json::from_str(detail).unwrap();
    let what = detail["what"].as_str().unwrap().to_owned();
    let id = |name: &str| detail[name]["id"].as_str().map(str::to_owned);
    let holder = match &*what {
        "assigned" | "taken" | "taken_over" => id("member"),
        "reopened" => id("to").or_else(|| id("member")),
        "assigned_by" | "transferred" => id("to"),
        "returned" => None,
        _ => return None,
    };
    Some(Given { what, holder })
}
