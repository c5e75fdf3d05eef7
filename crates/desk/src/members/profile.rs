//! What members set for themselves.

use super::model::{MemberRow, Notifications, QuietHours, SendKey, Theme};
use super::store;
use super::workspace::is_time_zone;
use crate::error::{Code, Error, Result};
use crate::events::{Audience, Change};
use crate::ids::{MemberId, WorkspaceId};
use crate::text::Fields;
use crate::tx::Store;

/// What to change of one's profile; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// The name colleagues see, 1 to 80 characters.
    pub name: Option<String>,
    /// The portal's language: `en`, `zh` or `ru`.
    pub language: Option<String>,
    /// The theme.
    pub theme: Option<Theme>,
    /// The IANA time zone.
    pub time_zone: Option<String>,
    /// Which key sends.
    pub send_key: Option<SendKey>,
    /// How to be told of things.
    pub notifications: Option<Notifications>,
}

/// The most kinds of notifications with settings of their own.
const KINDS_MAX: usize = 32;
/// The most quiet hours of a week.
const SCHEDULE_MAX: usize = 14;
/// The languages the portal speaks.
const LANGUAGES: [&str; 3] = ["en", "zh", "ru"];

/// Changes the profile of `id` if it still has `version`.
pub async fn change_profile(
    store: &Store,
    workspace: WorkspaceId,
    id: MemberId,
    version: i64,
    change: ProfileChange,
) -> Result<MemberRow> {
    store
        .write("change profile", move |tx| {
            let mut member = store::get(tx, workspace, id)?;
            let mut fields = Fields::default();
            if let Some(name) = &change.name {
                member.name = fields.name("name", name, 80);
            }
            if let Some(language) = &change.language {
                if !LANGUAGES.contains(&language.as_str()) {
                    fields.fault("language", "unknown", None);
                }
                member.language = Some(language.clone());
            }
            if let Some(time_zone) = &change.time_zone {
                if !is_time_zone(time_zone) {
                    fields.fault("time_zone", "unknown", None);
                }
                member.time_zone = Some(time_zone.clone());
            }
            member.theme = change.theme.unwrap_or(member.theme);
            member.send_key = change.send_key.unwrap_or(member.send_key);
            if let Some(notifications) = &change.notifications {
                check(notifications, &mut fields);
                member.notifications = notifications.clone();
            }
            fields.done()?;
            if !store::set_profile(tx, &member, version)? {
                return Err(Error::refused(Code::StaleVersion));
            }
            tx.event(workspace, Change::Member(id), Audience::Workspace);
            store::get(tx, workspace, id)
        })
        .await
}

/// Notes what is wrong with how somebody wants to be told of things.
fn check(notifications: &Notifications, fields: &mut Fields) {
    let is_kind = |kind: &String| {
        (1..=40).contains(&kind.len()) && kind.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    if !notifications.kinds.keys().all(is_kind) {
        fields.fault("notifications.kinds", "unknown", None);
    } else if notifications.kinds.len() > KINDS_MAX {
        fields.fault("notifications.kinds", "too_many", Some(("max", KINDS_MAX)));
    }
    let schedule = &notifications.do_not_disturb.schedule;
    if schedule.len() > SCHEDULE_MAX {
        fields.fault("notifications.do_not_disturb.schedule", "too_many", Some(("max", SCHEDULE_MAX)));
    }
    let is_good = |hours: &QuietHours| {
        let days = &hours.days;
        let days_are = (1..=7).contains(&days.len()) && days.iter().all(|day| *day <= 6);
        days_are && is_time(&hours.from) && is_time(&hours.to)
    };
    if !schedule.iter().all(is_good) {
        fields.fault("notifications.do_not_disturb.schedule", "bad_format", None);
    }
}

/// Whether it is a time of day, as in 07:00.
fn is_time(text: &str) -> bool {
    let number = |text: &str, below: u8| {
        text.len() == 2
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse::<u8>().is_ok_and(|n| n < below)
    };
    text.split_once(':').is_some_and(|(hour, minute)| number(hour, 24) && number(minute, 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::DoNotDisturb;

    #[test]
    fn times_of_day_are_told_from_others() {
        for good in ["00:00", "07:05", "23:59"] {
            assert!(is_time(good), "{good}");
        }
        for bad in ["", "7:00", "24:00", "12:60", "12:0", "12:000", "+1:00", "12", "12:00:00", "1２:00"] {
            assert!(!is_time(bad), "{bad}");
        }
    }

    #[test]
    fn settings_of_before_are_read_and_bad_ones_refused() {
        let old = r#"{"sound":false,"browser":true,"new_session":true,"new_message":false}"#;
        let read: Notifications = serde_json::from_str(old).unwrap();
        assert!(read.kinds.is_empty() && read.do_not_disturb == DoNotDisturb::default() && !read.sound);
        let hours = |days: &[u8], from: &str, to: &str| QuietHours {
            days: days.to_vec(),
            from: from.to_owned(),
            to: to.to_owned(),
        };
        for (hours, good) in [
            (hours(&[0, 6], "22:00", "07:00"), true),
            (hours(&[], "22:00", "07:00"), false),
            (hours(&[7], "22:00", "07:00"), false),
            // Around the clock.
            (hours(&[1], "22:00", "22:00"), true),
            (hours(&[1], "22", "07:00"), false),
        ] {
            let do_not_disturb = DoNotDisturb { until: None, schedule: vec![hours.clone()] };
            let mut fields = Fields::default();
            check(&Notifications { do_not_disturb, ..Notifications::default() }, &mut fields);
            assert_eq!(fields.done().is_ok(), good, "{hours:?}");
        }
    }
}
