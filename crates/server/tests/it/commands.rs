//! The other commands, and settings by environment.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::app::{Browser, PASSWORD, Server, ServerOptions, simulator};
use testkit::databases::TestDatabase;

use crate::look::Look;

/// A command that runs until it is dropped.
struct Running(Child);

impl Running {
    /// Starts it with these arguments and settings; its lines as they come.
    fn new(arguments: &[&str], settings: &[(&str, &str)]) -> (Self, impl Iterator<Item = String> + use<>) {
        let mut command = Command::new(crate::TELEDESK);
        let own = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TELEDESK_"));
        own.for_each(|(name, _)| {
            command.env_remove(name);
        });
        command.args(arguments).envs(settings.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        (Self(process), lines)
    }

    /// Asks it to stop, and waits.
    fn stop(mut self) {
        let kill = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(kill.unwrap().success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address on the first line that holds one behind `words`.
fn address(lines: &mut impl Iterator<Item = String>, words: &str) -> String {
    let line = lines.find(|line| line.contains(words)).expect("it says where it is");
    line[line.find("http://").expect("an address")..].trim().to_owned()
}

/// Asks the simulator's control routes, as its page does.
async fn control(simulator: &str, method: Method, path: &str, body: Value) -> Value {
    let page = Browser::new(simulator);
    page.fetch(page.request(method, &format!("/control/{path}")).json(&body)).await.ok()
}

async fn owners_are_made_and_reset(database: TestDatabase) {
    let simulator = simulator().await;
    let options = ServerOptions::new(crate::TELEDESK, &database, simulator.url());
    let create = |slug: &str, more: &[&str], input: &str| {
        let mut arguments = vec![
            "owner",
            "create",
            "--workspace",
            "W",
            "--slug",
            slug,
            "--name",
            "O",
            "--login-name",
            "owner",
        ];
        arguments.extend(more);
        let (status, said, words) = options.run_with_input(&arguments, input);
        (status.code(), said, words)
    };
    // The first one is made before any server ran, and its password is made up.
    let (code, said, words) = create("one", &[], "");
    assert_eq!(code, Some(0), "{words}");
    let made_up = said.lines().find_map(|line| line.strip_prefix("Password:")).unwrap().trim().to_owned();
    assert_eq!(made_up.len(), 20);
    assert!(said.contains("/w/one") && said.contains("Login name: owner"), "{said}");
    let (code, said, _) =
        create("two", &["--password-stdin", "--time-zone", "Asia/Tokyo"], &format!("{PASSWORD}\r\n"));
    assert!(code == Some(0) && !said.contains(PASSWORD), "{said}");
    for (slug, more, input, expected) in [
        ("one", &[][..], "", "slug in use"),
        ("Bad Slug", &[], "", "workspace.slug: bad format"),
        ("three", &["--password-stdin"], "", "owner.password: too short (min 10)"),
        ("three", &["--password-stdin"], "short\n", "owner.password: too short (min 10)"),
        ("three", &["--time-zone", "Mars/Base"], "", "workspace.time_zone: unknown"),
    ] {
        let (code, said, words) = create(slug, more, input);
        assert_eq!((code, said.as_str(), words), (Some(1), "", format!("teledesk: {expected}\n")));
    }
    let server = options.start().unwrap();
    let browser = Browser::new(&server.url);
    browser.log_in_to("one", "owner", &made_up).await.ok();
    browser.log_in_to("two", "owner", PASSWORD).await.ok();
    browser.log_in_to("two", "owner", &made_up).await.refused(401, "wrong_credentials");
    assert_eq!(browser.get("/api/site").await.ok()["setup_needed"], false);
    reset(&server, &made_up).await;
}

async fn reset(server: &Server, old: &str) {
    let browser = Browser::new(&server.url);
    let run = |arguments: &[&str], input: &str| {
        server.options.run_with_input(&[&["owner", "reset"], arguments].concat(), input)
    };
    for (arguments, expected) in [
        (&[][..], "--slug"),
        (&["--slug", "three"], "three"),
        (&["--slug", "one", "--password-stdin"], "too short"),
    ] {
        let (status, said, words) = run(arguments, "short\n");
        assert!(status.code() == Some(1) && said.is_empty() && words.contains(expected), "{words}");
    }
    browser.log_in_to("one", "owner", old).await.ok();
    let (status, said, _) = run(&["--slug", "one"], "");
    assert!(status.success());
    let new = said.lines().find_map(|line| line.strip_prefix("Password:")).unwrap().trim();
    browser.log_in_to("one", "owner", old).await.refused(401, "wrong_credentials");
    browser.log_in_to("one", "owner", new).await.ok();
    browser.log_in_to("two", "owner", PASSWORD).await.ok();
}

async fn a_reset_needs_an_installation(_: TestDatabase) {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("typo");
    let output =
        Command::new(crate::TELEDESK).args(["owner", "reset", "--data"]).arg(&missing).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no database"));
    assert!(!missing.exists(), "a typing error makes no new installation");
}

async fn the_simulator_serves_bots_and_customers(database: TestDatabase) {
    let (_running, mut lines) = Running::new(&["simulator", "--listen", "127.0.0.1:0"], &[]);
    let simulator = address(&mut lines, "simulated Telegram is at");
    let page = Browser::new(&simulator);
    assert_eq!(page.get("/").await.status, 200);
    let bot = control(&simulator, Method::POST, "bots", json!({ "name": "Shop" })).await;
    let customer = control(&simulator, Method::POST, "customers", json!({ "first_name": "Ana" })).await;
    let server = ServerOptions::new(crate::TELEDESK, &database, simulator.clone()).start().unwrap();
    let owner = Browser::new(&server.url);
    let setup = json!({ "token": server.setup_token(), "workspace": { "name": "W", "slug": "w", "time_zone": "UTC" },
        "owner": { "name": "O", "login_name": "owner", "password": PASSWORD } });
    owner.post("/api/setup", setup).await.ok();
    owner.post("/api/projects", json!({ "token": bot["token"] })).await.ok();
    let mut socket = owner.events(None).await;
    socket.hello().await;
    let chat = format!("chats/{}/{}/messages", bot["id"], customer["id"]);
    control(&simulator, Method::POST, &chat, json!({ "text": "hello" })).await;
    socket.until("it came", |event| event["message"]["text"] == "hello").await;
}

async fn every_setting_by_environment(_: TestDatabase) {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let settings = [
        ("TELEDESK_LISTEN", "127.0.0.1:0"),
        ("TELEDESK_DATA", &at("data")),
        ("TELEDESK_SECRET_KEY_FILE", &at("keys/key")),
        ("TELEDESK_PUBLIC_URL", "https://desk.test"),
        ("TELEDESK_TELEGRAM_API", "http://one.test,http://two.test/"),
        ("TELEDESK_TRUSTED_PROXY", "127.0.0.1,::1"),
        ("TELEDESK_BEAT_SECONDS", "7"),
        ("TELEDESK_LOG", "warn"),
    ];
    let (running, mut lines) = Running::new(&["serve"], &settings);
    let server = address(&mut lines, "Teledesk is listening on");
    let setup = lines.find(|line| line.contains("#token=")).unwrap();
    assert!(setup.starts_with("Set it up at https://desk.test/setup#token="), "{setup}");
    let owner = Browser::new(&server).on_page_of("https://desk.test");
    let token = setup.rsplit_once("#token=").unwrap().1;
    let body = json!({ "token": token, "workspace": { "name": "W", "slug": "w", "time_zone": "UTC" },
        "owner": { "name": "O", "login_name": "owner", "password": PASSWORD } });
    let request =
        owner.request(Method::POST, "/api/setup").header("x-forwarded-for", "203.0.113.9, 127.0.0.1");
    owner.fetch(request.json(&body)).await.ok();
    let apis = owner.get("/api/telegram-apis").await.ok();
    assert_eq!(
        apis["items"],
        json!([{ "name": "one.test", "url": "http://one.test", "simulator": false },
            { "name": "two.test", "url": "http://two.test", "simulator": false }])
    );
    let mut socket =
        testkit::app::Socket::open_from(&server, "https://desk.test", owner.cookie().as_deref(), None)
            .await
            .unwrap();
    assert_eq!(socket.frame().await.unwrap()["beat_seconds"], 7);
    assert!(Path::new(&at("keys/key")).exists() && !Path::new(&at("data/secret.key")).exists());
    let look = Look::at(&format!("sqlite:{}", at("data/teledesk.db")));
    let addresses = look.rows("SELECT address FROM logins", &[], |row| row.get::<String>("address")).await;
    assert_eq!(addresses, ["203.0.113.9"], "whom the trusted proxy names");
    running.stop();
}

/// The demo's portal and simulator, and how to be in both.
struct Demo {
    running: Running,
    portal: String,
    simulator: String,
}

impl Demo {
    fn start(folder: &Path) -> Self {
        let folder = folder.display().to_string();
        let arguments =
            ["demo", "--listen", "127.0.0.1:0", "--simulator", "127.0.0.1:0", "--quiet", "--data", &folder];
        let (running, mut lines) = Running::new(&arguments, &[]);
        let (portal, simulator) =
            (address(&mut lines, "for the team"), address(&mut lines, "to be the customers"));
        Self { running, portal, simulator }
    }

    /// A customer writes; whoever has the session answers, and the customer has it.
    async fn converse(&self, text: &str) {
        let owner = Browser::new(&self.portal);
        owner.log_in("olivia", "teledesk-demo").await.ok();
        let mut socket = owner.events(None).await;
        socket.hello().await;
        let sessions = owner.get("/api/sessions?tab=all&limit=200").await.ok();
        let with_agent = |session: &&Value| !session["assignee"].is_null();
        let session =
            sessions["items"].as_array().unwrap().iter().find(with_agent).expect("an open session").clone();
        let customer = session["customer"]["telegram_id"].to_string();
        let project =
            owner.get(&format!("/api/projects/{}", session["project_id"].as_str().unwrap())).await.ok();
        let chat = format!("chats/{}/{customer}", project["bot"]["id"]);
        control(&self.simulator, Method::POST, &format!("{chat}/messages"), json!({ "text": text })).await;
        socket.until("it came", |event| event["message"]["text"] == text).await;
        let agent = Browser::new(&self.portal);
        let first_name =
            session["assignee"]["name"].as_str().unwrap().split(' ').next().unwrap().to_lowercase();
        agent.log_in(&first_name, "teledesk-demo").await.ok();
        let (_, sent) = agent.reply(session["id"].as_str().unwrap(), &format!("Re: {text}")).await;
        let sent = sent.ok();
        let arrived = |event: &Value| {
            event["message"]["id"] == sent["id"] && event["message"]["delivery"]["state"] == "sent"
        };
        socket.until("it is sent", arrived).await;
        let page = Browser::new(&self.simulator);
        let messages = page.get(&format!("/control/{chat}")).await.ok()["messages"].clone();
        assert_eq!(messages.as_array().unwrap().last().unwrap()["text"], format!("Re: {text}"));
    }
}

async fn the_demo_goes_on_in_its_folder(_: TestDatabase) {
    let folder = TempDir::new().unwrap();
    let demo = Demo::start(&folder.path().join("demo"));
    demo.converse("The first day").await;
    demo.running.stop();
    let demo = Demo::start(&folder.path().join("demo"));
    demo.converse("The second day").await;
    let owner = Browser::new(&demo.portal);
    owner.log_in("olivia", "teledesk-demo").await.ok();
    let (all, ended) = (
        owner.get("/api/sessions?tab=all&limit=200").await.ok(),
        owner.get("/api/sessions?tab=ended&limit=200").await.ok(),
    );
    let both = format!("{all}{ended}");
    assert!(
        both.contains("The second day") && all["items"].as_array().unwrap().len() > 4,
        "what was there is there"
    );
    demo.running.stop();
}

testkit::both_databases!(owners_are_made_and_reset);
testkit::on_sqlite!(
    a_reset_needs_an_installation,
    the_simulator_serves_bots_and_customers,
    every_setting_by_environment,
    the_demo_goes_on_in_its_folder,
);
