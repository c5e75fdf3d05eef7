//! The arrows of `docs/architecture.md`: which crate uses which, which concept of desk uses which, and whose SQL touches which
//! tables. What they allow is written here and in `lib.rs`, nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::source::{Source, words};

/// What each crate may use of the others, for what it ships.
const CRATES: [(&str, &[&str]); 9] = [
    ("telegram", &[]),
    ("db", &[]),
    ("simulator", &[]),
    ("desk", &["db", "telegram"]),
    ("teledesk-http", &["desk", "db"]),
    ("teledesk", &["teledesk-http", "desk", "db", "telegram", "simulator"]),
    ("testkit", &["simulator"]),
    ("bench", &["db", "simulator", "testkit"]),
    ("xtask", &[]),
];

/// And in addition for its tests.
const IN_TESTS: [(&str, &[&str]); 4] =
    [("db", &["testkit"]), ("desk", &["testkit"]), ("teledesk", &["testkit"]), ("simulator", &["telegram"])];

/// Who may depend on what of the outside world.
const OUTSIDE: [(&str, &[&str]); 6] = [
    ("axum", &["teledesk-http", "simulator", "teledesk"]),
    ("hyper", &["teledesk-http"]),
    ("reqwest", &["telegram", "simulator", "testkit"]),
    ("rusqlite", &["db"]),
    ("postgres", &["db", "testkit"]),
    ("tokio-postgres", &["db"]),
];

/// Tables that a concept reads although they are another's: joins that spare a second query, and who sees what, which is
/// asked before there is anything to ask the project for.
const READS: [(&str, &str, &str); 12] = [
    ("access", "members", "who is deleted serves nothing and is no exception any more"),
    ("access", "projects", "rights are those of the project's scope"),
    ("tallies", "sessions", "what is counted is told by the sessions' own rows"),
    ("sessions", "customer_words", "a list is narrowed down to customers that are asked for"),
    ("sessions", "customer_tags", "a list is narrowed down to tags on customers, too"),
    ("sessions", "customers", "a list shows the customer, by the columns that customers names"),
    ("sessions", "members", "a list shows the assignee's name, and counts by member"),
    ("messages", "members", "a timeline shows the author's name"),
    ("notifications", "customers", "a notification names the customer"),
    ("notes", "members", "a note names its author and others"),
    ("viewers", "members", "who looks is named"),
    ("notifications", "members", "a notification names who did it"),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn crates_use_only_what_lies_below_them() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(folder())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let ours: BTreeSet<_> = packages.iter().map(name).collect();
    assert_eq!(
        ours,
        CRATES.iter().map(|(name, _)| (*name).to_owned()).collect(),
        "every crate has its arrows here"
    );
    for package in packages {
        let from = name(package);
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let (to, dev) = (name(dependency), dependency["kind"] == "dev");
            if let Some((_, allowed)) = OUTSIDE.iter().find(|(outside, _)| *outside == to) {
                assert!(dev || allowed.contains(&&*from), "{from} may not depend on {to}");
            }
            if ours.contains(&to) {
                let allowed = arrows(&CRATES, &from).chain(arrows(&IN_TESTS, &from).filter(|_| dev));
                assert!(allowed.into_iter().any(|it| it == to), "{from} may not depend on {to}");
            }
        }
    }
}

fn arrows<'a>(table: &'a [(&str, &[&'a str])], from: &str) -> impl Iterator<Item = &'a str> {
    let found = table.iter().find(|(name, _)| *name == from);
    found.map(|(_, to)| to.iter().copied()).into_iter().flatten()
}

/// The modules of desk in the order in which `lib.rs` has them.
fn order() -> Vec<String> {
    let lib = fs::read_to_string(folder().join("src/lib.rs")).expect("lib.rs");
    let declared = lib.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    declared.filter_map(|rest| rest.strip_suffix(';')).map(str::to_owned).collect()
}

/// Every file of desk's sources, with the concept that it belongs to and its depth as a module.
fn files() -> Vec<(String, usize, Source)> {
    let mut files = Vec::new();
    let root = folder().join("src");
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let path = entry.strip_prefix(&root).expect("it lies below");
            let steps: Vec<_> =
                path.with_extension("").iter().map(|step| step.to_string_lossy().into_owned()).collect();
            let depth = steps.len() - usize::from(steps.last().is_some_and(|last| last == "mod"));
            if steps[0] != "lib" {
                files.push((steps[0].clone(), depth, Source::read(path, &entry)));
            }
        }
    }
    files
}

#[test]
fn concepts_use_only_those_above_them() {
    let order = order();
    let place = |concept: &str| order.iter().position(|it| it == concept);
    let mut faults = Vec::new();
    for (concept, depth, source) in files() {
        let own = place(&concept).unwrap_or_else(|| panic!("{concept} isn't in lib.rs"));
        let is_test = source.is_test();
        for (line, used) in source.uses(depth) {
            // What lib.rs has at its top is the concepts' own; and tests may use what lies around them.
            let Some(there) = place(&used) else { continue };
            if there > own && !is_test {
                faults.push(format!("{}:{line}: {concept} uses {used}, which lies below it", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn each_concept_touches_its_own_tables_only() {
    let owners = owners();
    let tables = tables();
    let mut faults = Vec::new();
    for (concept, _, source) in files() {
        if source.is_test() || concept == "testing" {
            continue;
        }
        for (line, text) in source.strings() {
            let words = words(&text);
            let is_sql = words.iter().any(|word| ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(word));
            if is_sql && !source.is_store() {
                faults.push(format!("{}:{line}: SQL outside of a store", source.path));
            }
            for (n, word) in words.iter().enumerate() {
                let Some(table) = tables.iter().find(|table| table == word) else { continue };
                let before = words[..n].last().copied().unwrap_or_default();
                let writes =
                    ["INTO", "UPDATE"].contains(&before) || words[..n].ends_with(&["DELETE", "FROM"]);
                let names =
                    writes || ["FROM", "JOIN"].contains(&before) || (source.is_store() && text == *table);
                let own = owners[table.as_str()] == concept;
                let may_read =
                    !writes && READS.iter().any(|(reader, read, _)| *reader == concept && read == table);
                if names && !own && !may_read {
                    faults.push(format!(
                        "{}:{line}: {concept} touches {table}, which is {}'s",
                        source.path,
                        owners[table.as_str()]
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The tables that the migrations make.
fn tables() -> Vec<String> {
    let sql: String = desk::MIGRATIONS.iter().map(|migration| migration.sql).collect();
    let created = sql.lines().filter_map(|line| line.trim().strip_prefix("CREATE TABLE "));
    created.filter_map(|rest| rest.split_whitespace().next()).map(str::to_owned).collect()
}

/// Whose each table is.
fn owners() -> BTreeMap<&'static str, &'static str> {
    let owners = BTreeMap::from([
        ("workspaces", "members"),
        ("members", "members"),
        ("logins", "members"),
        ("login_attempts", "members"),
        ("known_browsers", "members"),
        ("second_factors", "members"),
        ("recovery_codes", "members"),
        ("projects", "projects"),
        ("member_projects", "access"),
        ("member_operations", "access"),
        ("project_operations", "access"),
        ("project_scope", "access"),
        ("invitations", "invitations"),
        ("customers", "customers"),
        ("sessions", "sessions"),
        ("messages", "messages"),
        ("attachments", "messages"),
        ("drafts", "drafts"),
        ("notices", "notifications"),
        ("tags", "tags"),
        ("session_tags", "sessions"),
        ("customer_tags", "customers"),
        ("customer_fields", "fields"),
        ("customer_words", "customers"),
        ("notes", "notes"),
        ("note_history", "notes"),
        ("note_mentions", "notes"),
        ("note_pictures", "notes"),
        ("saved_views", "views"),
        ("session_tallies", "tallies"),
        ("viewers", "viewers"),
        ("updates", "inbound"),
        ("jobs", "jobs"),
        ("installation", "leases"),
        ("nodes", "leases"),
        ("leases", "leases"),
        ("event_counters", "events"),
        ("events", "events"),
        ("audit", "audit"),
    ]);
    assert_eq!(
        owners.keys().map(|table| (*table).to_owned()).collect::<BTreeSet<_>>(),
        tables().into_iter().collect()
    );
    owners
}

#[test]
fn the_exceptions_are_all_in_use() {
    for (concept, table, _) in READS {
        let stores = files().into_iter().filter(|(it, _, source)| it == concept && source.is_store());
        let reads =
            stores.flat_map(|(_, _, source)| source.strings()).any(|(_, text)| words(&text).contains(&table));
        assert!(reads, "{concept} doesn't read {table} any more");
    }
}

#[test]
fn a_violation_would_be_seen() {
    let source = Source::of(
        Path::new("sessions/verbs.rs"),
        r##"
        // use crate::portal; is only a comment
        /* crate::workers /* nested */ too */
        use crate::{audit, messages::{self, Kind}, projects as p};
        use super::super::inbound::ingest;
        fn f<'a>(c: char) { let s = "crate::outbound"; let r = r#"crate::"reception" ."#; crate :: jobs::x('"', '\''); }
        mod tests { use super::*; }
        "##,
    );
    let used: Vec<_> = source.uses(2).into_iter().map(|(_, used)| used).collect();
    assert_eq!(used, ["audit", "messages", "projects", "inbound", "jobs"]);
    let strings: Vec<_> = source.strings().into_iter().map(|(_, text)| text).collect();
    assert_eq!(strings, ["crate::outbound", "crate::\"reception\" ."]);
    assert_eq!(
        words("UPDATE jobs\n SET x = (SELECT id FROM members m)"),
        ["UPDATE", "jobs", "SET", "x", "SELECT", "id", "FROM", "members", "m"]
    );
}
