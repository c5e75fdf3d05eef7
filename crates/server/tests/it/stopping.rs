//! A stop that was asked for: what was begun is finished, and the rest is done after the next start.

use simulator::{Author, Fault, FaultKind, Scope};
use testkit::app::Team;
use testkit::databases::TestDatabase;

use crate::case::Case;
use crate::look::Look;

testkit::both_databases!(a_stop_finishes_what_was_begun);

async fn a_stop_finishes_what_was_begun(database: TestDatabase) {
    const REPLIES: usize = 4;
    let mut team = Team::new(crate::TELEDESK, database, 0).await;
    let mut chats = Vec::new();
    for name in ["Ana", "Ben", "Cleo"] {
        chats.push(Case::begun(&team, name).await);
    }
    // Long enough that replies are still under way, and others wait behind them, when the stop comes.
    let slow = Fault::always(FaultKind::Latency { ms: 2_000 }).on("sendMessage");
    team.simulator.set_fault(Scope::Bot(team.bot.id), slow).unwrap();
    let mut replies = Vec::new();
    for (_, case) in &chats {
        for n in 0..REPLIES {
            replies.push(case.reply(&n.to_string()).await);
        }
    }
    for (n, (_, case)) in chats.iter_mut().enumerate() {
        case.until_tried(&replies[n * REPLIES]).await;
    }

    // With browsers connected, a poll waiting, and calls under way.
    let options = team.server.options.clone();
    let (status, log) = team.server.stop();
    assert!(status.success(), "{status}\n{log}");
    let look = Look::of(&options);
    let unclear = "SELECT COUNT(*) AS n FROM messages WHERE delivery IN ('sending', 'unknown', 'failed')";
    assert_eq!(look.number(unclear, &[]).await, 0, "{log}");
    let sent = look.number("SELECT COUNT(*) AS n FROM messages WHERE delivery = 'sent'", &[]).await;
    let queued = look
        .number("SELECT COUNT(*) AS n FROM jobs WHERE kind <> 'fetch_avatar' AND state = 'queued'", &[])
        .await;
    assert_eq!((queued + sent, look.jobs().await), (i64::try_from(replies.len()).unwrap(), queued));
    assert!(queued > 0 && sent >= 3, "{sent} sent, {queued} queued");
    drop(look);

    team.simulator.clear_faults(Scope::Bot(team.bot.id)).unwrap();
    team.server = options.start().unwrap();
    team.owner.moved_to(&team.server.url);
    for (n, (customer, _)) in chats.iter().enumerate() {
        let mut case = Case::of(&team.owner, customer.id).await;
        for id in &replies[n * REPLIES..(n + 1) * REPLIES] {
            case.until(id, "sent").await;
        }
        let chat = team.chat(customer).into_iter().filter(|(author, _)| *author == Author::Bot);
        let texts: Vec<_> = chat.map(|(_, text)| text).collect();
        assert_eq!(texts, ["0", "1", "2", "3"]);
    }
}
