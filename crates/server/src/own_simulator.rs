//! The simulated Telegram that runs beside a server, in its process: `--simulator`.

use std::net::SocketAddr;

use desk::Store;
use desk::bots::{Bots, TelegramApi};
use desk::projects;
use http_api::SimulatedBot;
use secrecy::ExposeSecret as _;
use simulator::{NewBot, NewCustomer, Options, Simulator};

use crate::failure::Failure;
use crate::simulator_command;

/// Who the first customer is.
const FIRST_CUSTOMER: &str = "Alex";

/// A server's own simulated Telegram.
pub(crate) struct Own(Simulator);

impl Own {
    pub(crate) async fn start(listen: SocketAddr) -> Result<Self, Failure> {
        if !listen.ip().is_loopback() {
            tracing::warn!("whoever reaches {listen} can act as every customer of the simulated Telegram");
        }
        // Bots of one run must not have the ids of those of another: a bot belongs to one project only.
        let options = Options { listen, seed: rand::random(), ..Options::default() };
        let simulator = simulator_command::start(options).await.map_err(|failure| {
            Failure::new(format!(
                "the simulated Telegram {failure}; name another address: --simulator HOST:PORT"
            ))
        })?;
        Ok(Self(simulator))
    }

    pub(crate) fn of(simulator: &Simulator) -> Self {
        Self(simulator.clone())
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Marks it among the operator's addresses, or adds it as the last.
    pub(crate) fn join(&self, apis: &mut Vec<TelegramApi>) {
        let url = self.url();
        if let Some(named) = apis.iter_mut().find(|api| api.url == url) {
            named.simulator = true;
        } else {
            apis.push(TelegramApi { name: "Simulator".to_owned(), url, simulator: true });
        }
    }

    /// Makes the bots of its projects again: it remembers nothing from one run to the next. Its numbers go on beyond any that
    /// were used.
    pub(crate) async fn recall(&self, store: &Store, bots: &Bots) -> Result<(), Failure> {
        let next = store.now().0 / 1000;
        for bot in projects::at_simulator(store, bots, &self.url()).await? {
            let token = Some(bot.token.expose_secret().to_owned());
            let again = NewBot { name: bot.name, username: bot.username, token };
            let done = self.0.create_bot(again).and_then(|bot| {
                self.0.jump_message_ids(bot.id, next)?;
                self.0.jump_update_ids(bot.id, next)
            });
            done.map_err(|error| Failure::new(error.to_string()))?;
        }
        Ok(())
    }

    /// What makes bots in it.
    pub(crate) fn maker(&self) -> http_api::Simulator {
        let simulator = self.0.clone();
        http_api::Simulator::new(move |name| make(&simulator, name).map_err(|error| error.to_string()))
    }

    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}

/// A bot, and somebody to write to it.
fn make(simulator: &Simulator, name: String) -> Result<SimulatedBot, simulator::Refused> {
    let bot = simulator.create_bot(NewBot { name, ..NewBot::default() })?;
    let customer = if let Some(customer) = simulator.customers().into_iter().next() {
        customer
    } else {
        let first_name = FIRST_CUSTOMER.to_owned();
        simulator.create_customer(NewCustomer { first_name, ..NewCustomer::default() })?
    };
    let page = format!("{}/#bot={}&customer={}", simulator.url(), bot.id, customer.id);
    Ok(SimulatedBot { token: bot.token.into(), page })
}
