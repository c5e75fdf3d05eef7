//! A team at work: a server, a simulator, an owner, agents, one project.

use serde_json::{Value, json};
use simulator::{BotInfo, CustomerInfo, NewBot, NewCustomer, Options, Simulator};

use super::{Browser, Server, ServerOptions, Socket};
use crate::databases::TestDatabase;

/// Everyone's password.
pub const PASSWORD: &str = "correct horse battery";

/// A simulator without Telegram's limits, which would only slow a test down.
pub async fn simulator() -> Simulator {
    let options = Options { enforce_limits: false, ..Options::default() };
    Simulator::start(options).await.expect("the simulator starts")
}

/// A running installation with one project and its people.
pub struct Team {
    /// The simulated Telegram.
    pub simulator: Simulator,
    /// The server.
    pub server: Server,
    /// Keeps the database.
    pub database: TestDatabase,
    /// The owner's browser, signed in. Their status is offline.
    pub owner: Browser,
    /// The agents' browsers, signed in, online, in the order of joining.
    pub agents: Vec<Browser>,
    /// The project's bot.
    pub bot: BotInfo,
    /// The project's id.
    pub project: String,
}

impl Team {
    /// Sets up an installation with so many agents (`agent0`, `agent1` …).
    pub async fn new(binary: &str, database: TestDatabase, agents: usize) -> Self {
        let simulator = simulator().await;
        let options = ServerOptions::new(binary, &database, simulator.url());
        let server = options.start().expect("the server starts");
        Self::on(simulator, server, database, agents).await
    }

    /// Sets up a running, empty server.
    pub async fn on(simulator: Simulator, server: Server, database: TestDatabase, agents: usize) -> Self {
        let owner = Browser::new(&server.url);
        let setup = json!({
            "token": server.setup_token(),
            "workspace": { "name": "Team", "slug": "team", "time_zone": "UTC" },
            "owner": { "name": "Owner", "login_name": "owner", "password": PASSWORD },
        });
        owner.post("/api/setup", setup).await.ok();
        let bot = new_bot(&simulator, "Shop");
        let project = connect(&owner, &bot).await;
        let mut team = Self { simulator, server, database, owner, agents: Vec::new(), bot, project };
        for n in 0..agents {
            let agent = team.add_agent(&format!("agent{n}")).await;
            team.agents.push(agent);
        }
        team
    }

    /// Adds an agent of all projects, signs them in and sets them online.
    pub async fn add_agent(&self, login_name: &str) -> Browser {
        self.add_agent_of(login_name, json!("all")).await
    }

    /// Adds an agent of these projects (`"all"`, or a list of ids), signs them in and sets them online.
    pub async fn add_agent_of(&self, login_name: &str, projects: Value) -> Browser {
        self.add_member(login_name, "agent", projects).await
    }

    /// Adds a member of `role`, whose projects are these; their browser, signed in.
    pub async fn add_member(&self, login_name: &str, role: &str, projects: Value) -> Browser {
        let member = json!({ "name": login_name, "login_name": login_name, "role": role, "password": PASSWORD,
            "projects": projects });
        self.owner.post("/api/members", member).await.ok();
        let agent = Browser::new(&self.server.url);
        agent.log_in_to("team", login_name, PASSWORD).await.ok();
        agent.put("/api/me/status", json!({ "status": "online" })).await.ok();
        agent
    }

    /// Adds a second bot and its project; the bot and the project's id.
    pub async fn add_project(&self, name: &str) -> (BotInfo, String) {
        let bot = new_bot(&self.simulator, name);
        let project = connect(&self.owner, &bot).await;
        (bot, project)
    }

    /// Has the project's updates delivered to its webhook from now on.
    pub async fn deliver_by_webhook(&self) {
        self.receive(&self.project, "webhook").await;
    }

    /// Sets how a project's updates come.
    pub async fn receive(&self, project: &str, transport: &str) {
        let path = format!("/api/projects/{project}");
        // Health, too, makes a version: whoever edits at that moment does it again.
        loop {
            let version = self.owner.get(&path).await.ok()["version"].as_i64().expect("a version");
            let answer = self.owner.patch(&path, version, json!({ "transport": transport })).await;
            if answer.status != reqwest::StatusCode::PRECONDITION_FAILED {
                answer.ok();
                return;
            }
        }
    }

    /// Makes a second workspace, as the operator does while the server runs; its owner's browser, signed in.
    pub async fn neighbour(&self) -> Browser {
        let arguments = [
            "owner",
            "create",
            "--workspace",
            "Neighbours",
            "--slug",
            "next-door",
            "--name",
            "Neighbour",
            "--login-name",
            "neighbour",
            "--password-stdin",
        ];
        let (status, _, words) = self.server.options.run_with_input(&arguments, &format!("{PASSWORD}\n"));
        assert!(status.success(), "{words}");
        let neighbour = Browser::new(&self.server.url);
        neighbour.log_in_to("next-door", "neighbour", PASSWORD).await.ok();
        neighbour
    }

    /// A new Telegram user.
    pub fn customer(&self, first_name: &str) -> CustomerInfo {
        let new = NewCustomer {
            first_name: first_name.to_owned(),
            language_code: Some("en".to_owned()),
            ..NewCustomer::default()
        };
        self.simulator.create_customer(new).expect("a customer")
    }

    /// The customer writes to the project's bot.
    pub fn write(&self, customer: &CustomerInfo, text: &str) {
        self.simulator.write(customer.id, self.bot.id, text).expect("it is written");
    }

    /// What stands in the customer's chat, oldest first: who wrote, and what.
    pub fn chat(&self, customer: &CustomerInfo) -> Vec<(simulator::Author, String)> {
        let chat = self.simulator.chat(customer.id, self.bot.id).expect("the chat");
        chat.into_iter().map(|message| (message.from, message.text)).collect()
    }

    /// Waits until the customer's session is as `wanted`, and gives it. `browser` must see it.
    pub async fn session(&self, browser: &Browser, customer: &CustomerInfo, wanted: &str) -> Value {
        let mut socket = browser.events(None).await;
        socket.hello().await;
        self.session_on(&mut socket, browser, customer, wanted).await
    }

    /// As `session`, with a socket that is open already.
    pub async fn session_on(
        &self,
        socket: &mut Socket,
        browser: &Browser,
        customer: &CustomerInfo,
        wanted: &str,
    ) -> Value {
        let is_it =
            |session: &Value| session["customer"]["telegram_id"] == customer.id && session["state"] == wanted;
        for tab in ["all", "ended"] {
            let page = browser.get(&format!("/api/sessions?tab={tab}&limit=200")).await.ok();
            if let Some(session) =
                page["items"].as_array().and_then(|items| items.iter().find(|item| is_it(item)))
            {
                return session.clone();
            }
        }
        let event = socket.until(&format!("a session {wanted}"), |event| is_it(&event["session"])).await;
        event["session"].clone()
    }

    /// Kills the server and starts it again; browsers keep their cookies.
    pub fn restart(self) -> Self {
        let server = self.server.restart();
        for browser in self.agents.iter().chain([&self.owner]) {
            browser.moved_to(&server.url);
        }
        Self { server, ..self }
    }
}

fn new_bot(simulator: &Simulator, name: &str) -> BotInfo {
    simulator.create_bot(NewBot { name: name.to_owned(), ..NewBot::default() }).expect("a bot")
}

async fn connect(owner: &Browser, bot: &BotInfo) -> String {
    let project = owner.post("/api/projects", json!({ "token": bot.token })).await.ok();
    project["id"].as_str().expect("an id").to_owned()
}
