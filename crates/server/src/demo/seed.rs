//! Writing the sample workspace: through the product's own verbs, with the clock turned back.

use std::sync::Arc;

use desk::access::add_member;
use desk::bots::Bots;
use desk::ids::{MemberId, ProjectId, WorkspaceId};
use desk::inbound::ingest;
use desk::members::{self, NewMember, NewOwner, NewWorkspace, Passwords, Role, Status};
use desk::messages::{self, NewReply};
use desk::outbound::record_sent;
use desk::projects::{self, NewProject};
use desk::sessions::{self, Query, Tab};
use desk::{ManualClock, Store, Timestamp, portal, reception};
use serde_json::json;
use simulator::{Author, BotInfo, CustomerInfo, NewBot, NewCustomer, Simulator};
use telegram::RawUpdate;

use super::sample::{self, ACCOUNTS, BOTS, Line, PASSWORD, PEOPLE, Person};
use crate::failure::Failure;

/// The simulator's bots and customers.
#[derive(Clone)]
pub(super) struct People {
    pub(super) bots: Vec<BotInfo>,
    pub(super) customers: Vec<CustomerInfo>,
}

/// Makes the bots and the customers in the simulator.
pub(super) fn people(simulator: &Simulator) -> Result<People, Failure> {
    let fault = |error: simulator::Refused| Failure::new(error.to_string());
    let bot = |bot: &sample::Bot| {
        let (name, username, token) =
            (bot.name.to_owned(), bot.username.to_owned(), Some(bot.token.to_owned()));
        simulator.create_bot(NewBot { name, username, token }).map_err(fault)
    };
    let customer = |person: &Person| {
        let new = NewCustomer {
            first_name: person.first_name.to_owned(),
            last_name: person.last_name.map(str::to_owned),
            username: person.username.map(str::to_owned),
            language_code: Some(person.language.to_owned()),
            id: Some(person.id),
        };
        simulator.create_customer(new).map_err(fault)
    };
    let bots = BOTS.iter().map(bot).collect::<Result<_, _>>()?;
    let customers = PEOPLE.iter().map(customer).collect::<Result<_, _>>()?;
    Ok(People { bots, customers })
}

/// A folder that holds a demo already: the simulator forgot the chats, so its numbers go on beyond any that were used, and
/// its address may have changed.
pub(super) async fn adopt(store: &Store, simulator: &Simulator, people: &People) -> Result<(), Failure> {
    let next = store.now().0 / 1000;
    for bot in &people.bots {
        simulator.jump_message_ids(bot.id, next).map_err(|error| Failure::new(error.to_string()))?;
        simulator.jump_update_ids(bot.id, next).map_err(|error| Failure::new(error.to_string()))?;
    }
    let bots = people.bots.iter().map(|bot| bot.id).collect();
    Ok(projects::move_to_api(store, bots, simulator.url()).await?)
}

/// Makes the sample workspace.
pub(super) async fn workspace(
    store: &Store,
    bots: &Bots,
    simulator: &Simulator,
    people: &People,
) -> Result<(), Failure> {
    let now = store.now();
    let clock = ManualClock::at(now.plus(-7 * 24 * 60 * 60_000));
    let store = store.with_clock(Arc::new(clock.clone()));
    let (workspace, owner, agents) = team(&store, &clock).await?;
    let mut projects = Vec::new();
    for bot in &people.bots {
        let new = NewProject { name: None, token: bot.token.clone().into(), api: None };
        projects.push(projects::add(&store, bots, workspace, owner, new).await?.id);
    }
    for &agent in &agents {
        reception::set_status(&store, workspace, agent, Status::Online).await?;
    }
    let past = Past { store, clock, now, workspace, owner, projects, simulator, people };
    past.tell().await
}

async fn team(store: &Store, clock: &ManualClock) -> Result<(WorkspaceId, MemberId, Vec<MemberId>), Failure> {
    let passwords = Passwords::new(1)?;
    let mut ids = None;
    let mut agents = Vec::new();
    for account in ACCOUNTS {
        // Turns go by the order of joining, so nobody joins at the same moment.
        clock.advance(60_000);
        let (name, login_name) = (account.name.to_owned(), account.login_name.to_owned());
        let password = PASSWORD.into();
        match (ids, account.role) {
            (None, _) | (_, Role::Owner) => {
                let workspace = NewWorkspace {
                    name: "Sample Team".into(),
                    slug: "sample".into(),
                    time_zone: "UTC".into(),
                };
                let owner = NewOwner { name, login_name, password };
                let owner = members::set_up(store, &passwords, workspace, owner, true).await?;
                let workspace = members::only_workspace(store).await?;
                ids = workspace.map(|workspace| (workspace.id, owner));
            }
            (Some((workspace, owner)), role) => {
                let new = NewMember { name, login_name, role, password, all_projects: true };
                agents.push(add_member(store, &passwords, workspace, Some(owner), new, Vec::new()).await?);
            }
        }
    }
    let (workspace, owner) = ids.ok_or_else(|| Failure::new("the sample workspace was not made"))?;
    Ok((workspace, owner, agents))
}

/// The stories, told in the order of time.
struct Past<'a> {
    store: Store,
    clock: ManualClock,
    now: Timestamp,
    workspace: WorkspaceId,
    owner: MemberId,
    projects: Vec<ProjectId>,
    simulator: &'a Simulator,
    people: &'a People,
}

impl Past<'_> {
    async fn tell(&self) -> Result<(), Failure> {
        let mut steps: Vec<_> = PEOPLE
            .iter()
            .enumerate()
            .flat_map(|(n, person)| person.story.iter().map(move |line| (minutes_ago(line), n, line)))
            .collect();
        steps.sort_by_key(|(minutes, ..)| std::cmp::Reverse(*minutes));
        for (minutes, n, line) in steps {
            self.clock.set(self.now.plus(-minutes * 60_000));
            match line {
                Line::They(_, text) => self.they_wrote(n, text).await?,
                Line::We(_, text) => self.we_answered(n, text).await?,
                Line::End(_) => {
                    let (session, assignee) = self.session_of(n).await?;
                    reception::end(&self.store, self.workspace, assignee, session).await?;
                }
            }
        }
        Ok(())
    }

    fn seed(&self, n: usize, from: Author, text: &str) -> Result<i64, Failure> {
        let (customer, bot) = self.pair(n)?;
        let seconds = self.store.now().0 / 1000;
        let seeded = self.simulator.seed_message(customer.id, bot.id, from, text, seconds);
        seeded.map_err(|error| Failure::new(error.to_string()))
    }

    fn pair(&self, n: usize) -> Result<(&CustomerInfo, &BotInfo), Failure> {
        let customer = self.people.customers.get(n);
        let bot = PEOPLE.get(n).and_then(|person| self.people.bots.get(person.bot));
        customer.zip(bot).ok_or_else(|| Failure::new("the sample names a bot that is not there"))
    }

    async fn they_wrote(&self, n: usize, text: &str) -> Result<(), Failure> {
        let message = self.seed(n, Author::Customer, text)?;
        let (customer, _) = self.pair(n)?;
        let from = json!({ "id": customer.id, "is_bot": false, "first_name": customer.first_name,
            "last_name": customer.last_name, "username": customer.username, "language_code": customer.language_code });
        let chat = json!({ "id": customer.id, "type": "private" });
        let update = json!({ "update_id": message, "message": { "message_id": message, "date": self.store.now().0 / 1000,
            "chat": chat, "from": from, "text": text } });
        let project = self.project_of(n)?;
        ingest(&self.store, self.workspace, project, vec![RawUpdate::read(&update.to_string())]).await?;
        Ok(())
    }

    fn project_of(&self, n: usize) -> Result<ProjectId, Failure> {
        let project = PEOPLE.get(n).and_then(|person| self.projects.get(person.bot));
        project.copied().ok_or_else(|| Failure::new("the sample names a project that is not there"))
    }

    async fn we_answered(&self, n: usize, text: &str) -> Result<(), Failure> {
        let (session, assignee) = self.session_of(n).await?;
        sessions::mark_read(&self.store, self.workspace, assignee, session).await?;
        let client_id = uuid::Uuid::new_v4().to_string();
        let reply = NewReply { client_id, text: text.to_owned(), reply_to: None };
        let posted = messages::post(&self.store, self.workspace, assignee, session, reply).await?;
        let telegram_message = self.seed(n, Author::Bot, text)?;
        record_sent(&self.store, posted.message.id, Some(telegram_message)).await?;
        Ok(())
    }

    /// The open session of the n-th person, and who has it; one that still waits is taken by the agent with fewer sessions.
    async fn session_of(&self, n: usize) -> Result<(desk::ids::SessionId, MemberId), Failure> {
        let telegram_id = self.pair(n)?.0.id;
        let query = Query { limit: 200, ..Query::of(Tab::All) };
        let page = sessions::list(&self.store, self.workspace, self.owner, query).await?;
        let session = page.items.into_iter().find(|session| session.customer.telegram_id == telegram_id);
        let session =
            session.ok_or_else(|| Failure::new("the sample answers somebody who has no session"))?;
        if let Some(assignee) = session.assignee {
            return Ok((session.id, assignee.id));
        }
        let members = portal::members(&self.store, self.workspace).await?;
        let agents = members.into_iter().filter(|member| member.role == Role::Agent);
        let agent = agents.min_by_key(|agent| agent.open_sessions).map(|agent| agent.id);
        let agent = agent.ok_or_else(|| Failure::new("the sample has no agents"))?;
        reception::take(&self.store, self.workspace, agent, session.id).await?;
        Ok((session.id, agent))
    }
}

fn minutes_ago(line: &Line) -> i64 {
    match line {
        Line::They(minutes, _) | Line::We(minutes, _) | Line::End(minutes) => *minutes,
    }
}
