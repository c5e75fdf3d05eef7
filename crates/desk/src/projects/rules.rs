//! Changing how a project's sessions find their assignee, and what happens to them by itself.

use super::model::{Diversion, Rules};
use crate::text::{Fields, MESSAGE_MAX, without_nul};

/// What to change of a project's rules; what is none stays, and an inner none takes the rule away.
#[derive(Debug, Clone, Default)]
pub struct RulesChange {
    /// Who gets a session.
    pub diversion: Option<Diversion>,
    /// Whether the member who served the customer last goes first.
    pub prefer_last: Option<bool>,
    /// 10 to 3,600 seconds.
    pub take_up_seconds: Option<Option<i64>>,
    /// 1 to 43,200 minutes, which is 30 days.
    pub quiet_minutes: Option<Option<i64>>,
    /// 0 to 1,440 minutes; 0: what is over stays over.
    pub reopen_minutes: Option<i64>,
    /// 1 to 1,440 minutes.
    pub alert_minutes: Option<Option<i64>>,
    /// 0 to 1,000 sessions; 0: none.
    pub default_limit: Option<i64>,
    /// 1 to 4096 characters; an empty one takes it away.
    pub transfer_text: Option<String>,
}

impl RulesChange {
    /// Checks the input and cleans it.
    pub(super) fn check(&mut self, fields: &mut Fields) {
        let mut within = |field: &str, value: Option<i64>, least: i64, most: i64| {
            if value.is_some_and(|value| !(least..=most).contains(&value)) {
                fields.fault(field, "out_of_range", Some(("max", usize::try_from(most).unwrap_or(0))));
            }
        };
        within("take_up_seconds", self.take_up_seconds.flatten(), 10, 3_600);
        within("quiet_minutes", self.quiet_minutes.flatten(), 1, 43_200);
        within("reopen_minutes", self.reopen_minutes, 0, 1_440);
        within("alert_minutes", self.alert_minutes.flatten(), 1, 1_440);
        within("default_limit", self.default_limit, 0, 1_000);
        self.transfer_text = self.transfer_text.take().map(|text| without_nul(&text).trim().to_owned());
        let length = self.transfer_text.as_ref().map_or(0, |text| text.encode_utf16().count());
        if length > MESSAGE_MAX {
            fields.fault("transfer_text", "too_long", Some(("max", MESSAGE_MAX)));
        }
    }

    /// The rules after the change.
    pub(super) fn of(&self, before: &Rules) -> Rules {
        let text = self.transfer_text.clone().map(|text| Some(text).filter(|text| !text.is_empty()));
        Rules {
            diversion: self.diversion.unwrap_or(before.diversion),
            prefer_last: self.prefer_last.unwrap_or(before.prefer_last),
            take_up_seconds: self.take_up_seconds.unwrap_or(before.take_up_seconds),
            quiet_minutes: self.quiet_minutes.unwrap_or(before.quiet_minutes),
            reopen_minutes: self.reopen_minutes.unwrap_or(before.reopen_minutes),
            alert_minutes: self.alert_minutes.unwrap_or(before.alert_minutes),
            default_limit: self.default_limit.unwrap_or(before.default_limit),
            transfer_text: text.unwrap_or_else(|| before.transfer_text.clone()),
        }
    }
}
