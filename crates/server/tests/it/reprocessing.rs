//! What could not be applied is applied when its fault is mended.

use serde_json::json;
use simulator::Raw;
use testkit::app::Team;
use testkit::databases::TestDatabase;

use crate::case::Case;
use crate::look::Look;

testkit::both_databases!(failed_updates_are_applied_once);

async fn failed_updates_are_applied_once(database: TestDatabase) {
    let team = Team::new(crate::TELEDESK, database, 0).await;
    let ana = team.customer("Ana");
    for n in 0..4 {
        team.simulator
            .push_raw_update(team.bot.id, Raw::Update(json!({ "message": n.to_string() })))
            .unwrap();
    }
    team.write(&ana, "after");
    let mut case = Case::taken(&team.owner, ana.id).await;
    let run = |arguments: &[&str]| {
        let arguments = [&["reprocess"], arguments].concat();
        let (status, said, words) = tokio::task::block_in_place(|| team.server.options.run(&arguments));
        (status.code(), said, words)
    };
    let (code, said, words) = run(&[]);
    assert_eq!(code, Some(0), "{words}");
    assert!(said.contains("Applied: 0.") && said.contains("Failed again: 4."), "{said}");

    // As if the fault had been ours: what was kept can be understood now.
    let look = Look::beside(&team.server);
    let failed = look.updates(&team.project).await.into_iter().filter(|update| update.state == "failed");
    let ids: Vec<_> = failed.map(|update| update.update_id).collect();
    for (n, id) in ids.iter().enumerate().take(3) {
        let raw = json!({ "update_id": id, "message": { "message_id": 9_000 + n, "date": 1_700_000_000,
            "chat": { "id": ana.id, "type": "private" }, "from": { "id": ana.id, "first_name": "Ana" },
            "text": format!("late {n}") } });
        look.change(&format!("UPDATE updates SET raw = '{raw}' WHERE update_id = {id}")).await;
    }
    let (code, said, _) = run(&["--update", &ids[0].to_string()]);
    assert!(code == Some(0) && said.contains("Applied: 1."), "{said}");
    // The running server tells its browsers, though nobody signalled it.
    case.until_written("late 0").await;
    let (code, _, words) = run(&["--project", "nonsense"]);
    assert!(code == Some(1) && words.contains("no project's id"), "{words}");
    let (_, said, _) = run(&["--project", &team.project]);
    assert!(said.contains("Applied: 2.") && said.contains("Failed again: 1."), "{said}");
    let (_, said, _) = run(&[]);
    assert!(said.contains("Applied: 0.") && said.contains("Failed again: 1."), "{said}");
    case.until_written("late 2").await;
    assert_eq!(case.written().await, ["after", "late 0", "late 1", "late 2"]);
}
