//! What the poller tells Telegram of what it has: pure.

/// Where the poller stands in Telegram's queue.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Position {
    /// What is to be confirmed by the next call: everything below this id.
    confirm: Option<i64>,
    /// Below this id everything was confirmed, since the ids last jumped back.
    confirmed: Option<i64>,
    /// How often in a row the server sent only what was confirmed already.
    repeats: u32,
    /// The server sends what was confirmed again unless it is told the offset each time.
    forgetful: bool,
    /// Ask for one update at a time: the last answer was too large.
    pub(super) one_by_one: bool,
}

impl Position {
    /// The offset to ask with.
    pub(super) fn offset(&self) -> Option<i64> {
        self.confirm.or(if self.forgetful { self.confirmed } else { None })
    }

    /// A call that only confirms must not wait: after it, updates of any id are welcome.
    pub(super) fn may_wait(&self) -> bool {
        self.confirm.is_none()
    }

    /// The server took the call.
    pub(super) fn answered(&mut self) {
        self.confirmed = self.confirm.take().max(self.confirmed);
    }

    /// A batch was committed, `new` of whose updates had not come before. False when asking again at once would only spin.
    pub(super) fn committed(&mut self, asked_with: Option<i64>, ids: &[i64], new: usize) -> bool {
        // An offset below 1 confirms nothing: it means "from the end", and forgets updates that nobody has seen.
        let next = ids.iter().max().map(|max| max.saturating_add(1)).filter(|&next| next > 0);
        let Some(next) = next else { return false };
        self.confirm = Some(next);
        let is_ahead = self.confirmed.is_none_or(|confirmed| next > confirmed);
        if new > 0 || is_ahead {
            self.confirmed = self.confirmed.filter(|_| is_ahead);
            self.repeats = 0;
            return true;
        }
        match asked_with {
            None => {
                self.repeats += 1;
                self.forgetful |= self.repeats > 1;
                true
            }
            // Unless there is more behind it, the server pays no heed to the offset.
            Some(asked_with) => next > asked_with,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A poller's position after it took (and confirmed) updates up to this id.
    fn after(last: i64) -> Position {
        let mut position = Position::default();
        assert!(position.committed(None, &[last], 1));
        assert_eq!((position.offset(), position.may_wait()), (Some(last + 1), false), "confirms at once");
        position.answered();
        assert_eq!((position.offset(), position.may_wait()), (None, true), "and then asks for anything");
        position
    }

    #[test]
    fn nothing_is_confirmed_but_what_was_committed() {
        let mut position = Position::default();
        assert_eq!((position.offset(), position.may_wait()), (None, true));
        assert!(position.committed(None, &[7, 9, 8], 3));
        assert_eq!(position.offset(), Some(10));
        // An answer that never came leaves it to be confirmed by the next call.
        assert_eq!(position.offset(), Some(10));
    }

    #[test]
    fn ids_that_jump_back_are_confirmed_where_they_are() {
        let mut position = after(1_000);
        assert!(position.committed(None, &[5, 6], 2));
        assert_eq!(position.offset(), Some(7));
        position.answered();
        assert_eq!(position.offset(), None);
        assert!(position.committed(None, &[8], 1) && !position.forgetful);
    }

    #[test]
    fn a_server_that_forgets_what_was_confirmed_is_told_each_time() {
        let mut position = after(3);
        // Once may be chance: what was confirmed late came again.
        assert!(position.committed(None, &[1, 2, 3], 0) && !position.forgetful);
        position.answered();
        assert_eq!(position.offset(), None);
        assert!(position.committed(None, &[1, 2, 3], 0));
        position.answered();
        assert_eq!((position.offset(), position.may_wait()), (Some(4), true));
        assert!(position.committed(Some(4), &[4], 1));
        position.answered();
        assert_eq!(position.offset(), Some(5));
    }

    #[test]
    fn asking_again_at_once_must_gain_something() {
        assert!(!Position::default().committed(None, &[], 0));
        // An offset below 1 would mean something else, so such ids can't be confirmed.
        let mut position = Position::default();
        assert!(!position.committed(None, &[-5, -1], 2));
        assert_eq!(position.offset(), None);
        // A server that pays no heed to the offset.
        let mut position = after(3);
        assert!(position.committed(None, &[1], 0) && position.committed(None, &[1], 0));
        assert!(!position.committed(Some(4), &[1, 2, 3], 0));
        assert!(position.committed(Some(2), &[2, 3], 0), "unless there is more behind it");
    }

    #[test]
    fn the_largest_id_there_is_breaks_nothing() {
        let mut position = Position::default();
        assert!(position.committed(None, &[i64::MAX, i64::MIN], 2));
        assert_eq!(position.offset(), Some(i64::MAX));
    }
}
