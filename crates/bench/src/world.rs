//! A server with bots, customers and agents at work.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Db, Options as DbOptions, Value, params};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use simulator::{BotInfo, CustomerInfo, NewCustomer, Options, Simulator};
use testkit::app::{Browser, Server, ServerOptions, Team, eventually};
use testkit::databases::{Kind, database};

use crate::Bench;

/// What a world holds.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) kind: Kind,
    pub(crate) bots: usize,
    pub(crate) customers: usize,
    pub(crate) agents: usize,
    /// The agents' reception limit.
    pub(crate) limit: i64,
    pub(crate) webhooks: bool,
}

/// A reception limit that nobody reaches.
pub(crate) const NO_LIMIT: i64 = 1_000_000;

/// A server with its surroundings.
pub(crate) struct World {
    pub(crate) team: Team,
    /// The bots and their projects.
    pub(crate) bots: Vec<(BotInfo, String)>,
    /// Customers; the nth writes to the bot that [`World::bot_of`] names.
    pub(crate) customers: Vec<CustomerInfo>,
    /// The agents' browsers, signed in, online.
    pub(crate) agents: Vec<Browser>,
}

impl World {
    pub(crate) async fn new(bench: &Bench, size: Size) -> Self {
        let options = Options { enforce_limits: false, ..Options::default() };
        let simulator = Simulator::start(options).await.expect("the simulator starts");
        let database = database(size.kind);
        let options = ServerOptions::new(&bench.binary, &database, simulator.url()).at_public_address();
        // Some measurements come from many addresses.
        let options = options.with(&["--log", "warn", "--trusted-proxy", "127.0.0.1"]);
        let server = options.start().expect("the server starts");
        let team = Team::on(simulator, server, database, 0).await;
        let mut bots = vec![(team.bot.clone(), team.project.clone())];
        for n in 1..size.bots {
            bots.push(team.add_project(&format!("Shop {n}")).await);
        }
        if size.webhooks {
            for (bot, project) in &bots {
                team.receive(project, "webhook").await;
                eventually("the webhook is set", async || {
                    team.simulator.bot_stats(bot.id).expect("a bot").webhook
                })
                .await;
            }
        }
        let customer = |n| NewCustomer { first_name: format!("Customer {n}"), ..NewCustomer::default() };
        let customers =
            (0..size.customers).map(|n| team.simulator.create_customer(customer(n)).expect("a customer"));
        let customers = customers.collect();
        let cookies = sign_in(&team, size.agents, size.limit).await;
        let agents = cookies.iter().map(|cookie| Browser::with_cookie(&team.server.url, cookie)).collect();
        Self { team, bots, customers, agents }
    }

    /// The bot to which the nth customer writes.
    pub(crate) fn bot_of(&self, customer: usize) -> i64 {
        self.bots[customer % self.bots.len()].0.id
    }

    /// The nth customer writes.
    pub(crate) fn write(&self, customer: usize, text: &str) {
        let id = self.customers[customer].id;
        self.team.simulator.write(id, self.bot_of(customer), text).expect("it is written");
    }

    /// Updates that were written and not yet taken.
    pub(crate) fn pending(&self) -> usize {
        let pending = |id| self.team.simulator.bot_stats(id).map_or(0, |stats| stats.pending_updates);
        self.bots.iter().map(|(bot, _)| pending(bot.id)).sum()
    }

    /// Everyone writes once: all customers are known afterwards, and have their sessions.
    pub(crate) async fn everyone_writes(&self) {
        for n in 0..self.customers.len() {
            self.write(n, "hello");
            if n % 200 == 0 {
                self.taken(2_000).await;
            }
        }
        self.taken(0).await;
    }

    /// Waits until at most so many updates are left.
    pub(crate) async fn taken(&self, at_most: usize) {
        while self.pending() > at_most {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.team.server
    }
}

/// The database of a server, beside it.
pub(crate) fn beside(options: &ServerOptions) -> Db {
    let file = || PathBuf::from(&options.data).join("teledesk.db");
    let url = options.database.clone().unwrap_or_else(|| format!("sqlite:{}", file().display()));
    let options = DbOptions { exclusive: false, ..DbOptions::default() };
    tokio::task::block_in_place(|| Db::open(&url, options)).expect("the database opens")
}

/// Makes so many agents, online, with this reception limit, and signs them in: their cookies. Not by way of HTTP, because hashing
/// passwords would take longer than what is to be measured.
async fn sign_in(team: &Team, agents: usize, limit: i64) -> Vec<String> {
    // Of no password that anybody knows; as dear to check as any.
    const HASH: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const MEMBER: &str =
        "INSERT INTO members (id, workspace_id, name, login_name, login_key, role, password_hash, state, all_projects,
             status, reception_limit, theme, created_at, version)
         SELECT $1, id, $2, $2, $2, 'agent', $4, 'active', TRUE, 'online', $3, 'system', 0, 1 FROM workspaces";
    const LOGIN: &str =
        "INSERT INTO logins (id, workspace_id, member_id, token_hash, address, device, created_at)
         SELECT $1, id, $2, $3, '', '', 0 FROM workspaces";
    let db = beside(&team.server.options);
    let agents: Vec<_> = (0..agents)
        .map(|n| (uuid::Uuid::new_v4().to_string(), format!("agent{n}"), uuid::Uuid::new_v4().to_string()))
        .collect();
    let rows = agents.clone();
    db.write("agents", move |tx| {
        for (id, name, token) in &rows {
            tx.execute(MEMBER, params![id, name, limit, HASH])?;
            let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
            let login: [Value; 3] =
                [uuid::Uuid::new_v4().to_string().into(), id.as_str().into(), hash.into()];
            tx.execute(LOGIN, &login)?;
        }
        Ok::<_, db::Error>(())
    })
    .await
    .expect("agents");
    db.close().await;
    agents.into_iter().map(|(_, _, token)| format!("teledesk={token}")).collect()
}

/// A marker that stands out in a text, for `n`.
pub(crate) fn marked(n: usize) -> String {
    format!("~{n}~ a message of usual length, as customers write them when something is wrong")
}

/// A reply's body, with a key of its own.
pub(crate) fn reply(text: &str) -> serde_json::Value {
    json!({ "client_id": uuid::Uuid::new_v4().to_string(), "text": text })
}
