//! Trouble of one project is no trouble of another's, and people are told of it.

use serde_json::{Value, json};
use simulator::{BotInfo, CustomerInfo, Fault, FaultKind, Scope};
use testkit::app::{ServerOptions, Socket, Team, simulator};
use testkit::databases::TestDatabase;

use crate::case::{Case, set_state};

testkit::both_databases!(
    trouble_of_some_projects_is_none_of_others,
    trouble_that_is_over_is_forgotten,
    silence_is_called_unreachable,
);

const HOUR: i64 = 3_600_000;

/// A project with a customer whose session the owner has.
struct Project {
    id: String,
    bot: BotInfo,
    customer: CustomerInfo,
    case: Case,
}

impl Project {
    async fn add(team: &Team, name: &str) -> Self {
        let (bot, id) = team.add_project(name).await;
        let customer = team.customer(name);
        team.simulator.write(customer.id, bot.id, "hello").unwrap();
        let case = Case::taken(&team.owner, customer.id).await;
        Self { id, bot, customer, case }
    }

    /// From now on every call meets this. The poller, which waits for updates, finds out when there is one.
    fn breaks(&self, team: &Team, kind: FaultKind) {
        team.simulator.set_fault(Scope::Bot(self.bot.id), Fault::always(kind)).unwrap();
        team.simulator.write(self.customer.id, self.bot.id, "are you there?").unwrap();
    }

    fn recovers(&self, team: &Team) {
        team.simulator.clear_faults(Scope::Bot(self.bot.id)).unwrap();
    }

    async fn health(&self, team: &Team) -> Value {
        team.owner.get(&format!("/api/projects/{}", self.id)).await.ok()["health"].clone()
    }

    /// Waits until the project's health is in this state, and gives it.
    async fn until_health(&self, team: &Team, socket: &mut Socket, state: &str) -> Value {
        let health = self.health(team).await;
        if health["state"] == state {
            return health;
        }
        let is_it = |project: &Value| project["id"] == self.id && project["health"]["state"] == state;
        let event = socket.until(&format!("health {state}"), |event| is_it(&event["project"])).await;
        event["project"]["health"].clone()
    }
}

async fn trouble_of_some_projects_is_none_of_others(database: TestDatabase) {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    // What hangs does so to the end of the test, however slow the machine is.
    let server = options.with(&["--telegram-timeout", "300"]).start().unwrap();
    let team = Team::on(simulator, server, database, 0).await;
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let mut healthy = Project::add(&team, "Healthy").await;
    let mut revoked = Project::add(&team, "Revoked").await;
    let mut limited = Project::add(&team, "Limited").await;
    let mut broken = Project::add(&team, "Broken").await;
    let mut hanging = Project::add(&team, "Hanging").await;
    team.simulator.revoke_token(revoked.bot.id).unwrap();
    limited.breaks(&team, FaultKind::TooManyRequests { retry_after: 3600 });
    broken.breaks(&team, FaultKind::Gateway { status: 502 });
    hanging.breaks(&team, FaultKind::Hang);

    let hung = hanging.case.reply("into the void").await;
    hanging.case.until(&hung, "sending").await;
    let failed = revoked.case.reply("refused").await;
    assert_eq!(revoked.case.until(&failed, "failed").await["reason"], "token_rejected");
    for (project, reason, wait) in
        [(&mut limited, "rate_limited", HOUR), (&mut broken, "telegram_trouble", 1_000)]
    {
        let queued = project.case.reply("later").await;
        let delivery = project.case.until_queued_again(&queued).await;
        assert_eq!(delivery["reason"], reason);
        let lines = project.case.lines().await;
        let line = lines.iter().find(|line| line["id"] == queued).unwrap();
        let waits = delivery["retry_at"].as_i64().unwrap() - line["at"].as_i64().unwrap();
        assert!(waits >= wait, "{reason}: tried again after {waits} ms");
    }

    // It receives and sends as if nothing were, while the other's call still hangs.
    for n in 0..10 {
        let text = format!("message {n}");
        team.simulator.write(healthy.customer.id, healthy.bot.id, &text).unwrap();
        healthy.case.until_written(&text).await;
        if n < 5 {
            let reply = healthy.case.reply(&text).await;
            healthy.case.until(&reply, "sent").await;
        }
    }
    assert_eq!(healthy.health(&team).await["state"], "ok");
    let refused = revoked.until_health(&team, &mut socket, "token_rejected").await;
    assert!(refused["detail"].as_str().unwrap().contains("token"), "{refused}");
    let paused = limited.until_health(&team, &mut socket, "rate_limited").await;
    let pause = paused["until"].as_i64().unwrap() - paused["since"].as_i64().unwrap();
    assert!((HOUR - 60_000..=HOUR + 60_000).contains(&pause), "{paused}");
    let unreachable = broken.until_health(&team, &mut socket, "unreachable").await;
    assert!(unreachable["detail"].as_str().unwrap().contains("502"), "{unreachable}");
    assert_eq!(hanging.case.state(&hung).await, "sending", "it hung all the time");
}

async fn trouble_that_is_over_is_forgotten(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let mut revoked = Project::add(&team, "Revoked").await;
    let mut limited = Project::add(&team, "Limited").await;
    let mut broken = Project::add(&team, "Broken").await;

    broken.breaks(&team, FaultKind::Gateway { status: 502 });
    let late = broken.case.reply("late").await;
    broken.case.until_queued_again(&late).await;
    broken.until_health(&team, &mut socket, "unreachable").await;
    broken.recovers(&team);

    let bot = team.simulator.revoke_token(revoked.bot.id).unwrap();
    revoked.until_health(&team, &mut socket, "token_rejected").await;
    team.simulator.write(revoked.customer.id, revoked.bot.id, "meanwhile").unwrap();
    team.owner.put(&format!("/api/projects/{}/token", revoked.id), json!({ "token": bot.token })).await.ok();
    revoked.until_health(&team, &mut socket, "ok").await;
    revoked.case.until_written("meanwhile").await;

    // Who resumes a project by hand has found out that the pause is over.
    limited.breaks(&team, FaultKind::TooManyRequests { retry_after: 3600 });
    limited.until_health(&team, &mut socket, "rate_limited").await;
    limited.recovers(&team);
    set_state(&team, &limited.id, "paused").await;
    assert_eq!(limited.health(&team).await["state"], "paused");
    set_state(&team, &limited.id, "active").await;
    limited.until_health(&team, &mut socket, "ok").await;
    limited.case.until_written("are you there?").await;

    broken.until_health(&team, &mut socket, "ok").await;
    broken.case.until_written("are you there?").await;
    broken.case.until(&late, "sent").await;
}

async fn silence_is_called_unreachable(database: TestDatabase) {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let server = options.with(&["--telegram-timeout", "1"]).start().unwrap();
    let team = Team::on(simulator, server, database, 0).await;
    let mut socket = team.owner.events(None).await;
    socket.hello().await;
    let mut silent = Project::add(&team, "Silent").await;
    silent.breaks(&team, FaultKind::Hang);
    let health = silent.until_health(&team, &mut socket, "unreachable").await;
    assert!(health["detail"].as_str().unwrap().contains("no answer"), "{health}");
    silent.recovers(&team);
    silent.until_health(&team, &mut socket, "ok").await;
    silent.case.until_written("are you there?").await;
}
