//! A little life: some customers write now and then, and thank for answers.

use std::time::Duration;

use rand::seq::IndexedRandom;
use simulator::{Author, Change, Simulator};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

use super::sample::PEOPLE;
use super::seed::People;

/// Runs until the future is dropped.
pub(super) async fn live(simulator: Simulator, people: People) {
    let mut changes = simulator.subscribe();
    // Who will answer a reply, and when: one at a time per customer.
    let mut answers: Vec<(Instant, i64, i64)> = Vec::new();
    let mut next_line = soon(20, 40);
    loop {
        let next_answer = answers.iter().map(|(at, ..)| *at).min();
        tokio::select! {
            change = changes.recv() => match change {
                Ok(Change::Message { bot_id, customer_id, message }) if message.from == Author::Bot => {
                    let waiting = answers.iter().any(|(_, customer, _)| *customer == customer_id);
                    if !waiting && rand::random_bool(0.5) {
                        answers.push((soon(4, 12), customer_id, bot_id));
                    }
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            () = sleep_until(next_line) => {
                next_line = soon(25, 70);
                if let Some(person) = PEOPLE.choose(&mut rand::rng())
                    && let Some(bot) = people.bots.get(person.bot)
                {
                    write(&simulator, person.id, bot.id);
                }
            }
            () = sleep_until(next_answer.unwrap_or(next_line)), if next_answer.is_some() => {
                let due = Instant::now();
                answers.retain(|&(at, customer, bot)| {
                    if at <= due {
                        write(&simulator, customer, bot);
                    }
                    at > due
                });
            }
        }
    }
}

fn soon(from: u64, to: u64) -> Instant {
    Instant::now() + Duration::from_millis(rand::random_range(from * 1000..to * 1000))
}

fn write(simulator: &Simulator, customer: i64, bot: i64) {
    let person = PEOPLE.iter().find(|person| person.id == customer);
    let Some(line) = person.and_then(|person| person.next.choose(&mut rand::rng())) else { return };
    // Somebody may have blocked the bot on the simulator's page: then they are silent.
    let _ = simulator.write(customer, bot, line);
}
