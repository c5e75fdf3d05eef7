//! A busy room: two hundred agents, fifty thousand live sessions, and customers who write all the time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::databases::Kind;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Bench;
use crate::figures::{Report, Times, ms};
use crate::listeners::Listeners;
use crate::past;
use crate::process::{cpu, resident_kb};
use crate::world::{Size, World, beside, marked};

/// Customers' messages a second.
const WRITTEN: f64 = 300.0;
/// Lists a second, by all agents together: each looks every four seconds.
const ASKED: f64 = 50.0;
/// What agents ask for: a name, and the query. `{project}`, `{tag}` and `{member}` stand for ids. A new filter is a line here.
const LISTS: [(&str, &str); 13] = [
    ("mine", "?tab=mine"),
    ("waiting", "?tab=waiting"),
    ("all", "?tab=all"),
    ("all of a project", "?tab=all&project={project}"),
    ("ended", "?tab=ended"),
    ("with a tag", "?tab=all&tags={tag}"),
    ("of a state", "?tab=all&state=waiting"),
    ("of a colleague", "?tab=all&assignee={member}"),
    ("unread", "?tab=all&unread=true"),
    ("by the longest wait", "?tab=all&sort=longest_waiting"),
    ("found by a name", "?tab=all&q=customer%207"),
    ("found by everybody's name", "?tab=all&q=past"),
    ("counts", "/counts"),
];

/// How many sessions there are of each kind.
struct Amounts {
    agents: usize,
    /// Of each agent, beside those of the customers who write.
    open: usize,
    waiting: usize,
    customers: usize,
}

pub(crate) async fn measure(bench: &Bench, report: &mut Report) {
    let agents = bench.amount(200, 10);
    let amounts = Amounts {
        agents,
        open: bench.amount(240, 5),
        waiting: bench.amount(1_000, 10),
        customers: agents * bench.amount(5, 2),
    };
    let live = agents * amounts.open + amounts.waiting + amounts.customers;
    // All have as many as they may, so that what waits goes on waiting.
    let limit = i64::try_from(amounts.open + amounts.customers / agents).unwrap_or(0);
    let customers = amounts.customers;
    let size = Size { kind: Kind::Sqlite, bots: 10, customers, agents, limit, webhooks: true };
    let world = World::new(bench, size).await;
    world.everyone_writes().await;
    let tag = json!({ "name": "urgent", "color": "red" });
    let tag = world.team.owner.post("/api/tags", tag).await.ok()["id"].as_str().expect("an id").to_owned();
    let member = world.agents[0].get("/api/me").await.ok()["id"].as_str().expect("an id").to_owned();
    fill(&world, &amounts, &tag).await;
    let seconds = bench.amount(30, 2);
    let begun = (Instant::now(), cpu(world.server()));
    let (mut lists, mut frames) = work(&world, seconds, &tag, &member).await;
    let share = (cpu(world.server()) - begun.1) / begun.0.elapsed().as_secs_f64() * 100.0;
    let name = format!("{agents} agents, {live} live sessions, 300 messages/s");
    report.add(&name, format!("{share:.0} % of a core"), "under 100 %");
    let resident = resident_kb(world.server()) as f64 / 1024.0;
    report.add("  memory", format!("{resident:.0} MB resident"), "400 MB");
    report.add("  from the customer to the agents' sockets", frames.words(), "");
    for (list, times) in &mut lists {
        let figure = format!("p50 {} p95 {}", ms(times.percentile(50.0)), ms(times.percentile(95.0)));
        report.add(format!("  {list}"), figure, "p95 100 ms");
    }
    report.add("  counts", counted(&world).await, "right");
}

/// Customers write and agents look, for so long: how long each list took, and each message to the sockets.
async fn work(
    world: &World,
    seconds: usize,
    tag: &str,
    member: &str,
) -> (BTreeMap<&'static str, Times>, Times) {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let _listeners = Listeners::open(&world.agents, Some(sender)).await;
    let writing = async {
        let mut clock = interval(WRITTEN);
        let mut written = Vec::new();
        for n in 0..seconds * WRITTEN as usize {
            clock.tick().await;
            written.push(Instant::now());
            world.write(n % world.customers.len(), &marked(n));
        }
        world.taken(0).await;
        written
    };
    let asking = async {
        let (mut clock, mut asked) = (interval(ASKED), JoinSet::new());
        for n in 0..seconds * ASKED as usize {
            clock.tick().await;
            let agent = world.agents[n % world.agents.len()].clone();
            let (name, query) = LISTS[n % LISTS.len()];
            let query = query.replace("{project}", &world.bots[n % world.bots.len()].1);
            let query = query.replace("{tag}", tag).replace("{member}", member);
            asked.spawn(async move {
                let began = Instant::now();
                agent.get(&format!("/api/sessions{query}")).await.ok();
                (name, began.elapsed())
            });
        }
        asked.join_all().await
    };
    let (written, asked) = tokio::join!(writing, asking);
    let mut lists = BTreeMap::<_, Times>::new();
    for (name, time) in asked {
        lists.entry(name).or_default().add(time);
    }
    // What is still under way has come by now, or comes too late to count as fast.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut frames = Times::default();
    while let Ok(it) = seen.try_recv() {
        frames.add(it.at.saturating_duration_since(written[it.number]));
    }
    (lists, frames)
}

/// Whether everybody counts what is there, by the rows themselves. (Who had more than their share gets none of what waits, so how many
/// wait hangs on how the turns fell.)
async fn counted(world: &World) -> String {
    let db = beside(&world.team.server.options);
    let sql = "SELECT state, COALESCE(assignee_id, '') AS assignee, COUNT(*) AS n FROM sessions WHERE state <> 'ended' GROUP BY 1, 2";
    let read = |row: &db::Row| {
        Ok(((row.get::<String>("state")?, row.get::<String>("assignee")?), row.get::<i64>("n")?))
    };
    let rows = db.read("count", move |tx| tx.query(sql, &[], read)).await.expect("counts");
    db.close().await;
    let rows: BTreeMap<_, _> = rows.into_iter().collect();
    let of = |state: &str, assignee: &str| {
        rows.get(&(state.to_owned(), assignee.to_owned())).copied().unwrap_or(0)
    };
    let all: i64 = rows.values().sum();
    for agent in &world.agents {
        let me = agent.get("/api/me").await.ok();
        let counts = agent.get("/api/sessions/counts").await.ok();
        let counts = json!([counts["mine"], counts["waiting"], counts["all"]]);
        let wanted = json!([of("open", me["id"].as_str().unwrap_or_default()), of("waiting", ""), all]);
        if counts != wanted {
            return format!("wrong: {counts} instead of {wanted}");
        }
    }
    "right".to_owned()
}

/// Writes the sessions of customers who are silent now; a tenth have the tag.
async fn fill(world: &World, amounts: &Amounts, tag: &str) {
    let db = beside(&world.team.server.options);
    let (silent, step) = (amounts.agents * amounts.open + amounts.waiting, 500);
    for first in (0..silent).step_by(step) {
        let rows = step.min(silent - first);
        let numbers = [first, rows, amounts.agents, amounts.waiting];
        let numbers = numbers.map(|n| db::Value::from(i64::try_from(n).unwrap_or(i64::MAX)));
        let tagged = [numbers[0].clone(), numbers[1].clone(), tag.into()];
        db.write_bulk("fill", move |tx| {
            tx.execute(&past::customers(), &numbers[..2])?;
            tx.execute(&past::words(), &numbers[..2])?;
            tx.execute(&sessions(), &numbers)?;
            tx.execute(&tags(), &tagged)?;
            tx.execute(TAGGED, &[tagged[2].clone()])
        })
        .await
        .expect("sessions");
    }
    db.write("tallies", |tx| {
        tx.execute("DELETE FROM session_tallies", &[])?;
        tx.execute(TALLIES, &[])
    })
    .await
    .expect("tallies");
    db.close().await;
}

/// Counts the sessions, as the server does with each change of one.
const TALLIES: &str = "
    INSERT INTO session_tallies (workspace_id, project_id, state, assignee_id, n, unread_n)
    SELECT workspace_id, project_id, state, CASE WHEN state = 'open' THEN assignee_id ELSE '' END, COUNT(*),
        COUNT(*) FILTER (WHERE unread > 0)
    FROM sessions GROUP BY 1, 2, 3, 4";
const TAGGED: &str = "
    UPDATE sessions SET tag_ids = '[\"' || $1 || '\"]'
    WHERE tag_ids = '[]' AND id IN (SELECT session_id FROM session_tags WHERE tag_id = $1)";

/// The tag $3 on a tenth of the sessions.
fn tags() -> String {
    format!(
        "{} INSERT INTO session_tags (workspace_id, tag_id, session_id)
         SELECT p.workspace_id, $3, {} FROM n, {} AND i % 10 = 0",
        past::NUMBERS,
        past::id("session", "i"),
        past::project("i")
    )
}

/// A live session of each customer: of the first $4 they wait, the others are shared by $3 agents.
fn sessions() -> String {
    format!(
        "{} INSERT INTO sessions (id, workspace_id, project_id, customer_id, state, assignee_id, unread, waiting_since,
             opened_at, created_at, last_message_at, last_message, version)
         SELECT {}, p.workspace_id, p.id, {}, CASE WHEN i < $4 THEN 'waiting' ELSE 'open' END,
             CASE WHEN i >= $4 THEN m.id END, i % 2, i + 1, CASE WHEN i >= $4 THEN i + 1 END, i + 1, i + 1, {}, 1
         FROM n JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place FROM members WHERE role = 'agent') m
             ON m.place = i % $3, {}",
        past::NUMBERS,
        past::id("session", "i"),
        past::id("customer", "i"),
        past::LAST_MESSAGE,
        past::project("i")
    )
}

fn interval(rate: f64) -> tokio::time::Interval {
    tokio::time::interval(Duration::from_secs_f64(1.0 / rate))
}
