//! What unit tests of private verbs stand on: a store with a workspace and a project in it. (Public verbs are tested in `tests`.)

use std::sync::Arc;

use db::{Db, Options, params};
use secrecy::SecretString;
use testkit::TestDatabase;

use crate::ids::{ProjectId, WorkspaceId};
use crate::members::{NewOwner, NewWorkspace, Passwords, only_workspace, set_up};
use crate::{MIGRATIONS, ManualClock, Store, Timestamp, Tx};

/// A store and what is in it.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
    pub(crate) workspace: WorkspaceId,
    pub(crate) project: ProjectId,
    _database: TestDatabase,
}

impl Fixture {
    pub(crate) async fn new(database: TestDatabase) -> Self {
        let db = Db::open(&database.url, Options { postgres_connections: 8, ..Options::default() }).unwrap();
        db.migrate(MIGRATIONS).unwrap();
        let clock = ManualClock::at(Timestamp(1_700_000_000_000));
        let store = Store::new(db, Arc::new(clock.clone()));
        let workspace = NewWorkspace { name: "Team".into(), slug: "team".into(), time_zone: "UTC".into() };
        let password = SecretString::from("correct horse battery");
        let owner = NewOwner { name: "Olga".into(), login_name: "olga".into(), password };
        set_up(&store, &Passwords::new(1).unwrap(), workspace, owner, true).await.unwrap();
        let workspace = only_workspace(&store).await.unwrap().unwrap().id;
        let project = ProjectId::new(store.now());
        let fixture = Self { store, clock, workspace, project, _database: database };
        fixture.write(move |tx| insert_project(tx, workspace, project)).await;
        fixture
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut Tx) -> crate::Result<T> + Send + 'static,
    ) -> T {
        self.store.write("test", f).await.unwrap()
    }
}

fn insert_project(tx: &mut Tx, workspace: WorkspaceId, id: ProjectId) -> crate::Result<()> {
    let health = r#"{"state":"starting","since":0,"until":null,"last_update_at":null,"detail":null}"#;
    tx.execute(
        "INSERT INTO projects (id, workspace_id, name, api, bot_id, bot_username, bot_name, bot_token, state, scope,
             health, created_at, version)
         VALUES ($1, $2, 'Shop', 'http://localhost', 1, 'shop_bot', 'Shop', $3, 'active', 'all', $4, 0, 1)",
        params![id, workspace, vec![0u8], health],
    )?;
    Ok(())
}
