//! `teledesk check` says what is in order and what is not, before the first start and beside a server.

use std::fs;

use tempfile::TempDir;
use testkit::app::ServerOptions;
use testkit::app::{PASSWORD, Team, simulator};
use testkit::databases::TestDatabase;

testkit::both_databases!(all_is_well_or_it_is_named);
testkit::on_sqlite!(before_the_first_start);

fn check(options: &ServerOptions, more: &[&str]) -> (Option<i32>, String) {
    let arguments = [&["check", "--telegram-api", &options.telegram_api], more].concat();
    let (status, said, words) = tokio::task::block_in_place(|| options.run(&arguments));
    (status.code(), said + &words)
}

async fn all_is_well_or_it_is_named(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let options = team.server.options.clone();
    let (code, words) = check(&options, &["--public-url", "https://desk.test"]);
    assert_eq!(code, Some(0), "{words}");
    for part in [
        "public URL: https://desk.test",
        "it can be written to, and a commit waits",
        "schema: version",
        "secret key: it fits",
        "can be reached",
        &format!("@{}", team.bot.username),
        "MB free",
        "its owner's only",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    assert!(!words.contains("failed"), "{words}");

    team.simulator.revoke_token(team.bot.id).unwrap();
    let (code, revoked) = check(&options, &["--public-url", "https://desk.test/portal"]);
    assert_eq!(code, Some(1));
    let line = revoked.lines().find(|line| line.starts_with("failed   bots")).expect(&revoked);
    assert!(line.contains(&team.project), "{line}");
    assert!(revoked.contains("failed   public URL"), "{revoked}");
    let (code, unreachable) =
        check(&ServerOptions { telegram_api: "http://127.0.0.1:9".to_owned(), ..options.clone() }, &[]);
    assert!(
        code == Some(1) && unreachable.contains("failed   Telegram: 127.0.0.1:9 can't be reached"),
        "{unreachable}"
    );

    let key = options.data.join("secret.key");
    let right = fs::read_to_string(&key).unwrap();
    fs::write(&key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    let (code, wrong) = check(&options, &[]);
    assert!(code == Some(1) && wrong.contains("opens none of the bot tokens"), "{wrong}");
    fs::remove_file(&key).unwrap();
    let (code, missing) = check(&options, &[]);
    assert!(code == Some(1) && missing.contains("secret.key is missing"), "{missing}");
    assert!(!key.exists(), "it makes none");
    for said in [words, revoked, unreachable, wrong, missing] {
        for secret in
            [right.trim(), team.bot.token.as_str(), team.bot.token.split(':').nth(1).unwrap(), PASSWORD]
        {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

async fn before_the_first_start(_: TestDatabase) {
    let (folder, simulator) = (TempDir::new().unwrap(), simulator().await);
    let options = ServerOptions {
        binary: crate::TELEDESK.into(),
        data: folder.path().join("new"),
        database: None,
        telegram_api: simulator.url(),
        listen: "127.0.0.1:0".to_owned(),
        more: Vec::new(),
        under: Vec::new(),
        environment: Vec::new(),
    };
    let (code, words) = check(&options, &[]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("the first start makes it") && words.contains("warning  public URL"), "{words}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "it makes nothing");
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let (code, words) = check(
        &ServerOptions { database: Some("postgres://u:hunter2@127.0.0.1:9/x".to_owned()), ..options },
        &[],
    );
    assert!(code == Some(1) && words.contains("failed   database") && !words.contains("hunter2"), "{words}");
}
