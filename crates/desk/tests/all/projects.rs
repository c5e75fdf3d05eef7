//! Projects: a bot each, checked with Telegram, its token sealed.

use desk::bots::{Bots, TelegramApi};
use desk::ids::ProjectId;
use desk::members::Role;
use desk::projects::{self, HealthState, NewProject, Project, ProjectChange, ProjectState};
use desk::secrets::Cipher;
use desk::{Code, Result};
use testkit::TestDatabase;
use testkit::app::{FakeTelegram, Reply};

use crate::common::{World, faults, refusal};

testkit::both_databases!(
    a_project_is_its_bot,
    a_bot_belongs_to_one_project,
    only_what_looks_like_a_token_is_tried,
    a_new_token_must_be_of_the_same_bot,
    a_project_changes_only_from_the_version_that_was_seen,
    another_bot_api_is_told_of,
    a_key_that_opens_no_token_is_noticed,
);

/// A world with a Telegram that says of every token that it is good.
struct Scene {
    world: World,
    telegram: FakeTelegram,
    bots: Bots,
}

impl Scene {
    async fn new(database: TestDatabase) -> Self {
        let world = World::new(database).await;
        let telegram = FakeTelegram::start(|_| async { Reply::Never }).await;
        let bots = bots(&telegram, 7);
        Self { world, telegram, bots }
    }

    async fn add(&self, bot: i64, name: Option<&str>) -> Result<Project> {
        let new =
            NewProject { name: name.map(str::to_owned), token: FakeTelegram::token(bot).into(), api: None };
        projects::add(&self.world.store, &self.bots, self.world.workspace, self.world.owner, new).await
    }

    async fn replace(&self, id: ProjectId, bot: i64) -> Result<Project> {
        let (store, workspace, owner) = (&self.world.store, self.world.workspace, self.world.owner);
        let token = FakeTelegram::token(bot).into();
        projects::replace_token(store, &self.bots, workspace, owner, id, &token).await
    }

    async fn change(&self, project: &Project, change: ProjectChange) -> Result<Project> {
        let (store, workspace, owner) = (&self.world.store, self.world.workspace, self.world.owner);
        desk::reception::change_project(store, workspace, owner, project.id, project.version, change).await
    }
}

/// Under a key made of this byte.
fn bots(telegram: &FakeTelegram, key: u8) -> Bots {
    let http = telegram::Http::new(telegram::HttpOptions::default()).unwrap();
    let api = |name: &str, url: &str| TelegramApi { name: name.into(), url: url.into(), simulator: false };
    let apis = vec![api("Fake", &telegram.url), api("Nowhere", "http://127.0.0.1:1")];
    Bots::new(http, Cipher::new(&[key; 32]), apis)
}

async fn a_project_is_its_bot(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let project = scene.add(5, None).await.unwrap();
    assert_eq!((project.name.as_str(), project.bot.id, project.version), ("fake_5_bot", 5, 1));
    assert_eq!((project.state, project.health.state), (ProjectState::Active, HealthState::Starting));
    assert_eq!(scene.add(6, Some("  Shop \n")).await.unwrap().name, "Shop");
    let (store, workspace, owner) = (&scene.world.store, scene.world.workspace, scene.world.owner);
    let listed = projects::list(store, workspace, owner).await.unwrap();
    assert_eq!(listed.iter().map(|it| it.bot.id).collect::<Vec<_>>(), [5, 6], "in the order of joining");
    // The token is nowhere to be read.
    let sealed =
        scene.world.rows("SELECT bot_token FROM projects", &[], |row| row.get::<Vec<u8>>("bot_token"));
    let token = FakeTelegram::token(5);
    let (_, secret) = token.split_once(':').unwrap();
    for stored in sealed.await {
        assert!(!stored.windows(secret.len()).any(|part| part == secret.as_bytes()));
    }
    let ana = scene.world.member("ana", Role::Agent).await;
    let hers = projects::list(store, workspace, ana).await.unwrap();
    let ids = |projects: &[Project]| projects.iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(&hers), ids(&listed));
    assert!(hers.iter().all(|it| it.scope_members.is_none()), "who serves it is the managers' business");
}

async fn a_bot_belongs_to_one_project(database: TestDatabase) {
    let scene = Scene::new(database).await;
    scene.add(5, None).await.unwrap();
    assert_eq!(refusal(scene.add(5, Some("Again")).await), Code::BotInUse);
    let (one, other) = tokio::join!(scene.add(6, None), scene.add(6, None));
    assert_eq!([one.is_ok(), other.is_ok()].iter().filter(|ok| **ok).count(), 1);
    assert_eq!(scene.world.count("SELECT COUNT(*) AS n FROM projects").await, 2);
}

async fn only_what_looks_like_a_token_is_tried(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (store, workspace, owner) = (&scene.world.store, scene.world.workspace, scene.world.owner);
    let add = |token: &str, api: Option<&str>, name: Option<&str>| {
        let (name, api) = (name.map(str::to_owned), api.map(str::to_owned));
        projects::add(store, &scene.bots, workspace, owner, NewProject { name, token: token.into(), api })
    };
    let endless = format!("1:{}", "x".repeat(300));
    for token in ["", ":", "5:", ":x", "x:y", "5:a b", "5:a/../b", "5:ж", &endless] {
        assert_eq!(faults(add(token, None, None).await), [("token".to_owned(), "bad_format")], "{token}");
    }
    let good = FakeTelegram::token(5);
    assert_eq!(faults(add(&good, Some("http://evil.example"), None).await), [("api".to_owned(), "unknown")]);
    assert_eq!(faults(add(&good, None, Some(" ")).await), [("name".to_owned(), "required")]);
    assert_eq!(scene.telegram.calls(5, "getMe").len(), 0, "nobody was asked");
    let unreachable = add(&good, Some("http://127.0.0.1:1/"), None).await;
    assert_eq!(refusal(unreachable), Code::TelegramUnreachable);
    assert_eq!(scene.world.count("SELECT COUNT(*) AS n FROM projects").await, 0);
    add(&format!(" {good}\n"), None, None).await.expect("pasted with blanks around it");
}

async fn a_new_token_must_be_of_the_same_bot(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let project = scene.add(5, None).await.unwrap();
    assert_eq!(refusal(scene.replace(project.id, 6).await), Code::DifferentBot);
    let unknown = ProjectId::new(scene.world.store.now());
    assert_eq!(refusal(scene.replace(unknown, 5).await), Code::NotFound);
    let replaced = scene.replace(project.id, 5).await.unwrap();
    assert!(replaced.version > project.version);
    // A paused project stays paused.
    let pause = ProjectChange { state: Some(ProjectState::Paused), ..ProjectChange::default() };
    let paused = scene.change(&replaced, pause).await.unwrap();
    assert_eq!(paused.health.state, HealthState::Paused);
    let replaced = scene.replace(project.id, 5).await.unwrap();
    assert_eq!((replaced.state, replaced.health.state), (ProjectState::Paused, HealthState::Paused));
}

async fn a_project_changes_only_from_the_version_that_was_seen(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let project = scene.add(5, None).await.unwrap();
    let named = |name: &str| ProjectChange { name: Some(name.into()), ..ProjectChange::default() };
    let renamed = scene.change(&project, named("Shop")).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.version), ("Shop", 2));
    assert_eq!(refusal(scene.change(&project, named("Late")).await), Code::StaleVersion);
    assert_eq!(faults(scene.change(&renamed, named("")).await), [("name".to_owned(), "required")]);
    let unknown = Project { id: ProjectId::new(scene.world.store.now()), ..renamed.clone() };
    assert_eq!(refusal(scene.change(&unknown, named("Nobody's")).await), Code::NotFound);
    let (store, workspace, owner) = (&scene.world.store, scene.world.workspace, scene.world.owner);
    assert_eq!(projects::show(store, workspace, owner, project.id).await.unwrap(), renamed);
}

async fn another_bot_api_is_told_of(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let project = scene.add(5, None).await.unwrap();
    let (store, workspace, owner) = (&scene.world.store, scene.world.workspace, scene.world.owner);
    let begin = desk::portal::last_event(store, workspace).await.unwrap();
    projects::move_to_api(store, vec![5, 99], "http://localhost:1".into()).await.unwrap();
    let moved = projects::show(store, workspace, owner, project.id).await.unwrap();
    assert_eq!((moved.api.as_str(), moved.version), ("http://localhost:1", 2));
    assert_eq!(desk::portal::last_event(store, workspace).await.unwrap(), begin + 1);
    projects::move_to_api(store, vec![5], "http://localhost:1".into()).await.unwrap();
    assert_eq!(desk::portal::last_event(store, workspace).await.unwrap(), begin + 1, "that is no news");
}

async fn a_key_that_opens_no_token_is_noticed(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let store = &scene.world.store;
    let other = bots(&scene.telegram, 8);
    assert!(!projects::any(store).await.unwrap() && projects::key_fits(store, &other).await.unwrap());
    scene.add(5, None).await.unwrap();
    assert!(projects::any(store).await.unwrap() && projects::key_fits(store, &scene.bots).await.unwrap());
    assert!(!projects::key_fits(store, &other).await.unwrap());
}
