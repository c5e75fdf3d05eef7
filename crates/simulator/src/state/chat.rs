//! One customer's chat with one bot.

use std::collections::VecDeque;

use super::limits::Bucket;
use crate::model::ChatMessage;

/// Messages kept per chat; the oldest go.
const KEPT: usize = 10_000;

/// A private chat.
pub(crate) struct Chat {
    /// By growing id.
    messages: VecDeque<ChatMessage>,
    pub(crate) started: bool,
    pub(crate) blocked: bool,
    pub(crate) bucket: Bucket,
}

impl Chat {
    pub(crate) fn new(customer_id: i64) -> Self {
        Self { messages: VecDeque::new(), started: false, blocked: false, bucket: Bucket::chat(customer_id) }
    }

    pub(crate) fn add(&mut self, message: ChatMessage) {
        if self.messages.len() >= KEPT {
            self.messages.pop_front();
        }
        // Ids grow, unless somebody made the bot's numbers jump back: then the right place is looked up.
        let place = self.messages.partition_point(|known| known.message_id < message.message_id);
        self.messages.insert(place, message);
    }

    pub(crate) fn find(&self, message_id: i64) -> Option<&ChatMessage> {
        self.place(message_id).and_then(|place| self.messages.get(place))
    }

    pub(crate) fn find_mut(&mut self, message_id: i64) -> Option<&mut ChatMessage> {
        self.place(message_id).and_then(|place| self.messages.get_mut(place))
    }

    pub(crate) fn messages(&self) -> Vec<ChatMessage> {
        self.messages.iter().cloned().collect()
    }

    fn place(&self, message_id: i64) -> Option<usize> {
        self.messages.binary_search_by_key(&message_id, |message| message.message_id).ok()
    }
}
