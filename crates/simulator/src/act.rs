//! What customers do, and how they and the bots come to be.

use serde_json::{Value, json};

use crate::api::text::{LONGEST_TEXT, command_entity};
use crate::deliver::wake;
use crate::model::{
    Author, BotInfo, Change, ChatMessage, ChatState, CustomerInfo, NewBot, NewCustomer, NewMessage, Refused,
    Written,
};
use crate::simulator::Simulator;
use crate::state::bot::BotState;
use crate::state::chat::Chat;
use crate::state::fault::{FaultKind, Occasion};
use crate::state::{json, lock};

/// Longest name, in characters.
const LONGEST_NAME: usize = 64;
/// Pressed buttons that wait for an answer; one makes room for the next.
const MOST_PRESSES: usize = 10_000;
/// Telegram ids have at most 52 significant bits.
const LARGEST_ID: i64 = 1 << 52;

impl Simulator {
    /// Makes a bot. Without a token one is made up; without a username one is made from the id.
    pub fn create_bot(&self, new: NewBot) -> Result<BotInfo, Refused> {
        let name = proper_name("name", &new.name)?;
        let token = match new.token {
            Some(token) => token,
            None => format!("{}:{}", self.world.roll(1_000_000_000..8_000_000_000), self.world.secret()),
        };
        let id = crate::api::token_bot_id(&token)
            .ok_or_else(|| Refused::Invalid("the token is not of the form digits:secret".to_owned()))?;
        let username = match proper_username(&new.username)? {
            Some(username) => username,
            None => format!("simulated_{id}_bot"),
        };
        let info = BotInfo { id, token, username, name };
        self.world.add_bot(info.clone())?;
        self.world.tell(|| Change::Bot { bot: info.clone() });
        Ok(info)
    }

    /// Makes a customer. Nobody has met them until they write.
    pub fn create_customer(&self, new: NewCustomer) -> Result<CustomerInfo, Refused> {
        let first_name = proper_name("first_name", &new.first_name)?;
        if new.last_name.as_ref().is_some_and(|name| name.chars().count() > LONGEST_NAME) {
            return Err(Refused::Invalid("last_name is longer than 64 characters".to_owned()));
        }
        if new.id.is_some_and(|id| !(1..=LARGEST_ID).contains(&id)) {
            return Err(Refused::Invalid("id is not between 1 and 2^52".to_owned()));
        }
        let info = CustomerInfo {
            id: new.id.unwrap_or_else(|| self.world.roll(100_000_000..8_000_000_000)),
            first_name,
            last_name: new.last_name.filter(|name| !name.trim().is_empty()),
            username: proper_username(new.username.as_deref().unwrap_or_default())?,
            language_code: new.language_code.filter(|code| !code.is_empty() && code.len() <= 35),
        };
        self.world.add_customer(info.clone())?;
        self.world.tell(|| Change::Customer { customer: info.clone() });
        Ok(info)
    }

    /// All bots, by id.
    pub fn bots(&self) -> Vec<BotInfo> {
        self.world.bots().iter().map(|cell| lock(&cell.info).clone()).collect()
    }

    /// All customers, by id.
    pub fn customers(&self) -> Vec<CustomerInfo> {
        self.world.customers().iter().map(|info| CustomerInfo::clone(info)).collect()
    }

    /// The customer writes a text.
    pub fn write(&self, customer_id: i64, bot_id: i64, text: &str) -> Result<Written, Refused> {
        self.write_message(customer_id, bot_id, NewMessage { text: text.to_owned(), ..NewMessage::default() })
    }

    /// The customer answers a message of the chat.
    pub fn reply(
        &self,
        customer_id: i64,
        bot_id: i64,
        reply_to: i64,
        text: &str,
    ) -> Result<Written, Refused> {
        let message = NewMessage { text: text.to_owned(), reply_to: Some(reply_to), ..NewMessage::default() };
        self.write_message(customer_id, bot_id, message)
    }

    /// The customer writes; the first message starts the chat.
    pub fn write_message(&self, customer_id: i64, bot_id: i64, new: NewMessage) -> Result<Written, Refused> {
        proper_text(&new.text)?;
        let mut entities = new.entities;
        if entities.is_empty() {
            entities.extend(command_entity(&new.text));
        }
        let date = self.world.now_s();
        self.in_chat(customer_id, bot_id, |scene| {
            if scene.chat.blocked {
                return Err(Refused::Blocked);
            }
            if let Some(id) = new.reply_to {
                scene.chat.find(id).ok_or(Refused::NoSuchMessage(id))?;
            }
            let message_id = *scene.next_message_id;
            *scene.next_message_id += 1;
            let from = Author::Customer;
            let reply_to = new.reply_to;
            let message = ChatMessage {
                message_id,
                from,
                text: new.text,
                entities,
                date,
                edit_date: None,
                reply_to,
                reply_markup: None,
            };
            scene.start();
            scene.put(message.clone());
            Ok((message_id, "message", scene.message(&message)))
        })
    }

    /// The customer changes one of their own messages.
    pub fn edit(
        &self,
        customer_id: i64,
        bot_id: i64,
        message_id: i64,
        text: &str,
    ) -> Result<Written, Refused> {
        proper_text(text)?;
        let date = self.world.now_s();
        self.in_chat(customer_id, bot_id, |scene| {
            if scene.chat.blocked {
                return Err(Refused::Blocked);
            }
            let found = scene.chat.find_mut(message_id).filter(|message| message.from == Author::Customer);
            let message = found.ok_or(Refused::NoSuchMessage(message_id))?;
            text.clone_into(&mut message.text);
            message.entities = command_entity(text).into_iter().collect();
            message.edit_date = Some(date);
            let message = message.clone();
            scene.tell_message(&message);
            Ok((message_id, "edited_message", scene.message(&message)))
        })
    }

    /// The customer presses the button that carries `data` below one of the bot's messages.
    pub fn press(
        &self,
        customer_id: i64,
        bot_id: i64,
        message_id: i64,
        data: &str,
    ) -> Result<Written, Refused> {
        let query_id = self.world.roll(1..i64::MAX).to_string();
        let id = query_id.clone();
        {
            // Known before the bot hears of it: it may answer at once.
            let cell = self.world.bot(bot_id)?;
            let mut state = lock(&cell.state);
            if state.presses.len() >= MOST_PRESSES {
                state.presses.pop_first();
            }
            state.presses.insert(query_id);
        }
        self.in_chat(customer_id, bot_id, |scene| {
            if scene.chat.blocked {
                return Err(Refused::Blocked);
            }
            let message = scene.chat.find(message_id).filter(|message| has_button(message, data));
            let message = message.ok_or(Refused::NoSuchMessage(message_id))?;
            let query = json!({
                "id": id,
                "from": json::customer(scene.customer),
                "message": scene.message(message),
                "chat_instance": customer_id.to_string(),
                "data": data,
            });
            Ok((message_id, "callback_query", query))
        })
    }

    /// The customer blocks the bot. `Written::update_id` is `None` when they had already.
    pub fn block(&self, customer_id: i64, bot_id: i64) -> Result<Written, Refused> {
        self.set_blocked(customer_id, bot_id, true)
    }

    /// The customer unblocks the bot.
    pub fn unblock(&self, customer_id: i64, bot_id: i64) -> Result<Written, Refused> {
        self.set_blocked(customer_id, bot_id, false)
    }

    fn set_blocked(&self, customer_id: i64, bot_id: i64, blocked: bool) -> Result<Written, Refused> {
        let date = self.world.now_s();
        self.in_chat(customer_id, bot_id, |scene| {
            if scene.chat.blocked == blocked {
                return Ok((0, "", Value::Null));
            }
            scene.chat.blocked = blocked;
            scene.tell_state();
            Ok((0, "my_chat_member", scene.membership(date, blocked)))
        })
    }

    /// Puts a message into the chat's history without telling the bot: no update. A message of the customer counts as
    /// having started the chat. `date_s` is Unix seconds.
    pub fn seed_message(
        &self,
        customer_id: i64,
        bot_id: i64,
        from: Author,
        text: &str,
        date_s: i64,
    ) -> Result<i64, Refused> {
        proper_text(text)?;
        let written = self.in_chat(customer_id, bot_id, |scene| {
            let message_id = *scene.next_message_id;
            *scene.next_message_id += 1;
            let (text, entities) = (text.to_owned(), Vec::new());
            scene.start();
            scene.put(ChatMessage {
                message_id,
                from,
                text,
                entities,
                date: date_s,
                edit_date: None,
                reply_to: None,
                reply_markup: None,
            });
            Ok((message_id, "", Value::Null))
        })?;
        Ok(written.message_id)
    }

    /// The chat's messages, oldest first; at most the last 10,000.
    pub fn chat(&self, customer_id: i64, bot_id: i64) -> Result<Vec<ChatMessage>, Refused> {
        self.world.customer(customer_id)?;
        let cell = self.world.bot(bot_id)?;
        let state = lock(&cell.state);
        Ok(state.chats.get(&customer_id).map(Chat::messages).unwrap_or_default())
    }

    /// How the customer and the bot stand.
    pub fn chat_state(&self, customer_id: i64, bot_id: i64) -> Result<ChatState, Refused> {
        self.world.customer(customer_id)?;
        let cell = self.world.bot(bot_id)?;
        let state = lock(&cell.state);
        let chat = state.chats.get(&customer_id);
        let (started, blocked) = chat.map_or((false, false), |chat| (chat.started, chat.blocked));
        Ok(ChatState { bot_id, customer_id, started, blocked })
    }

    /// Does something in a chat under the bot's lock, then queues the update (kind and body) that it gives; an empty
    /// kind queues none.
    fn in_chat(
        &self,
        customer_id: i64,
        bot_id: i64,
        act: impl FnOnce(&mut Scene<'_>) -> Result<(i64, &'static str, Value), Refused>,
    ) -> Result<Written, Refused> {
        let customer = self.world.customer(customer_id)?;
        let cell = self.world.bot(bot_id)?;
        let bot = lock(&cell.info).clone();
        let now_ms = self.world.now_ms();
        let met = self.world.meet_faults(&cell, Occasion::Update, "");
        let mut state = lock(&cell.state);
        if let Some(FaultKind::Jump { by }) = met.kind {
            state.queue.jump_by(by);
        }
        let BotState { chats, last_message_id, .. } = &mut *state;
        let mut next_message_id = *last_message_id + 1;
        let chat = chats.entry(customer_id).or_insert_with(|| Chat::new(customer_id));
        let mut scene = Scene {
            simulator: self,
            bot: &bot,
            customer: &customer,
            chat,
            next_message_id: &mut next_message_id,
        };
        let (message_id, kind, body) = act(&mut scene)?;
        *last_message_id = next_message_id - 1;
        let update_id =
            if kind.is_empty() { None } else { state.push_update(customer_id, now_ms, kind, &body) };
        drop(state);
        if update_id.is_some() {
            wake(self, &cell);
        }
        Ok(Written { message_id, update_id })
    }
}

/// One chat, and who is in it, under the bot's lock.
struct Scene<'a> {
    simulator: &'a Simulator,
    bot: &'a BotInfo,
    customer: &'a CustomerInfo,
    chat: &'a mut Chat,
    next_message_id: &'a mut i64,
}

impl Scene<'_> {
    fn start(&mut self) {
        if !self.chat.started {
            self.chat.started = true;
            self.tell_state();
        }
    }

    fn put(&mut self, message: ChatMessage) {
        self.tell_message(&message);
        self.chat.add(message);
    }

    fn message(&self, message: &ChatMessage) -> Value {
        json::message(message, self.bot, self.customer, self.chat)
    }

    fn membership(&self, date: i64, blocked: bool) -> Value {
        let member = json!({ "user": json::bot(self.bot), "status": "member" });
        let kicked = json!({ "user": json::bot(self.bot), "status": "kicked", "until_date": 0 });
        let (old, new) = if blocked { (member, kicked) } else { (kicked, member) };
        json!({
            "chat": json::chat(self.customer),
            "from": json::customer(self.customer),
            "date": date,
            "old_chat_member": old,
            "new_chat_member": new,
        })
    }

    fn tell_message(&self, message: &ChatMessage) {
        let (bot_id, customer_id) = (self.bot.id, self.customer.id);
        self.simulator.world.tell(|| Change::Message { bot_id, customer_id, message: message.clone() });
    }

    fn tell_state(&self) {
        let (started, blocked) = (self.chat.started, self.chat.blocked);
        let state = ChatState { bot_id: self.bot.id, customer_id: self.customer.id, started, blocked };
        self.simulator.world.tell(|| Change::Chat { state });
    }
}

fn has_button(message: &ChatMessage, data: &str) -> bool {
    let rows = message.reply_markup.as_ref().and_then(|markup| markup["inline_keyboard"].as_array());
    let mut buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    buttons.any(|button| button["callback_data"] == data)
}

fn proper_name(field: &str, name: &str) -> Result<String, Refused> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Refused::Invalid(format!("{field} must have 1 to {LONGEST_NAME} characters")));
    }
    Ok(name.to_owned())
}

fn proper_username(name: &str) -> Result<Option<String>, Refused> {
    let name = name.trim().trim_start_matches('@');
    if name.len() > LONGEST_NAME || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(Refused::Invalid("a username has up to 64 letters, digits and underscores".to_owned()));
    }
    Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
}

fn proper_text(text: &str) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(Refused::Invalid("the text is empty".to_owned()));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(Refused::Invalid(format!("the text is longer than {LONGEST_TEXT} characters")));
    }
    Ok(())
}
