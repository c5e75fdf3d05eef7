//! What the other nodes are to be told: the topics signalled here since they were last told, each once. It only says "look".

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Topic;

/// Where nodes tell each other.
pub(crate) const CHANNEL: &str = "teledesk";
/// More topics than this are told as "everything".
const MOST: usize = 2_000;
/// "Everything": something may have been missed.
const ALL: &str = "*";

/// The topics that wait to be told.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// Who speaks: what a node hears from itself it knows already.
    speaker: String,
    waiting: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    topics: BTreeSet<Topic>,
    all: bool,
}

impl Default for Outbox {
    fn default() -> Self {
        let speaker = format!("{:08x}", rand::random::<u32>());
        Self { speaker, waiting: Mutex::default(), filled: Notify::new() }
    }
}

impl Outbox {
    /// Adds what was signalled.
    pub(crate) fn add(&self, topics: BTreeSet<Topic>) {
        if topics.is_empty() {
            return;
        }
        let mut waiting = self.lock();
        waiting.topics.extend(topics);
        if waiting.topics.len() > MOST {
            *waiting = Waiting { topics: BTreeSet::new(), all: true };
        }
        drop(waiting);
        self.filled.notify_one();
    }

    /// Everybody is to look at everything.
    pub(crate) fn add_all(&self) {
        self.lock().all = true;
        self.filled.notify_one();
    }

    /// Waits until there may be something to tell.
    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Takes everything out, as texts short enough for the line.
    pub(crate) fn take(&self) -> Vec<String> {
        let Waiting { topics, all } = std::mem::take(&mut *self.lock());
        if all {
            return vec![format!("{} {ALL}", self.speaker)];
        }
        let mut texts: Vec<String> = Vec::new();
        for topic in topics {
            let word = format!(" {topic}");
            match texts.last_mut() {
                Some(text) if text.len() + word.len() <= db::LONGEST => text.push_str(&word),
                _ => texts.push(format!("{}{word}", self.speaker)),
            }
        }
        texts
    }

    /// What somebody said; none when it was this node.
    pub(crate) fn understand(&self, text: &str) -> Option<Words> {
        let (speaker, words) = text.split_once(' ')?;
        if speaker == self.speaker {
            return None;
        }
        if words == ALL {
            return Some(Words::All);
        }
        Some(Words::Topics(words.split(' ').filter_map(parse).collect()))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What another node said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// Look at these; what a newer version may name besides is nothing to this one.
    Topics(Vec<Topic>),
    /// Look at everything.
    All,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events(id) => write!(f, "events:{id}"),
            Self::Outbound(id) => write!(f, "outbound:{id}"),
            Self::Avatars(id) => write!(f, "avatars:{id}"),
            Self::Viewers(id) => write!(f, "viewers:{id}"),
            Self::Projects => f.write_str("projects:"),
            Self::Login(id) => write!(f, "login:{id}"),
            Self::Mail => f.write_str("mail:"),
            Self::Nodes => f.write_str("nodes:"),
        }
    }
}

fn parse(word: &str) -> Option<Topic> {
    match word {
        "projects:" => return Some(Topic::Projects),
        "nodes:" => return Some(Topic::Nodes),
        "mail:" => return Some(Topic::Mail),
        _ => {}
    }
    match word.split_once(':')? {
        ("events", id) => id.parse().ok().map(Topic::Events),
        ("outbound", id) => id.parse().ok().map(Topic::Outbound),
        ("avatars", id) => id.parse().ok().map(Topic::Avatars),
        ("viewers", id) => id.parse().ok().map(Topic::Viewers),
        ("login", id) => id.parse().ok().map(Topic::Login),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{LoginId, ProjectId, WorkspaceId};

    fn heard(from: &Outbox, to: &Outbox) -> BTreeSet<Topic> {
        let texts = from.take();
        assert!(texts.iter().all(|text| text.len() <= db::LONGEST && from.understand(text).is_none()));
        let topics = texts.iter().map(|text| match to.understand(text) {
            Some(Words::Topics(topics)) => topics,
            other => panic!("{text}: {other:?}"),
        });
        topics.flatten().collect()
    }

    #[test]
    fn every_topic_is_understood_by_the_others() {
        let (one, other) = (Outbox::default(), Outbox::default());
        let now = Timestamp(1);
        let topics = BTreeSet::from([
            Topic::Events(WorkspaceId::new(now)),
            Topic::Outbound(ProjectId::new(now)),
            Topic::Avatars(ProjectId::new(now)),
            Topic::Viewers(WorkspaceId::new(now)),
            Topic::Projects,
            Topic::Mail,
            Topic::Login(LoginId::new(now)),
            Topic::Nodes,
        ]);
        one.add(topics.clone());
        one.add(topics.clone());
        assert_eq!(heard(&one, &other), topics);
        assert!(one.take().is_empty(), "it was told");
    }

    #[test]
    fn many_topics_are_told_in_short_texts_and_too_many_as_everything() {
        let (one, other) = (Outbox::default(), Outbox::default());
        let logins =
            |count| (0..count).map(|_| Topic::Login(LoginId::new(Timestamp(1)))).collect::<BTreeSet<_>>();
        let topics = logins(1_000);
        one.add(topics.clone());
        assert_eq!(heard(&one, &other), topics);
        one.add(logins(MOST));
        one.add(logins(1));
        let all = one.take();
        assert_eq!(other.understand(&all[0]), Some(Words::All));
        assert_eq!((all.len(), one.understand(&all[0])), (1, None));
    }

    #[test]
    fn what_nobody_knows_is_passed_over() {
        let outbox = Outbox::default();
        let words = "other weather:fine events:nonsense nodes: gibberish";
        assert_eq!(outbox.understand(words), Some(Words::Topics(vec![Topic::Nodes])));
        assert_eq!(outbox.understand("other"), None);
    }
}
