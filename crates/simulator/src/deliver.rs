//! Updates on their way to webhooks. A webhook has up to `max_connections` slots; each is one task that posts one update
//! after the other, over a connection that is kept. Slots begin when they are needed and end with the webhook.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::api::{Call, Params, methods};
use crate::simulator::Simulator;
use crate::state::bot::{BotCell, BotState};
use crate::state::fault::{FaultKind, Occasion};
use crate::state::lock;
use crate::state::webhook::{Next, Parcel, Target};

/// Largest answer that is read, in bytes: room for a method call.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Tells the waiting poll or the webhook that there is an update.
pub(crate) fn wake(simulator: &Simulator, cell: &Arc<BotCell>) {
    let slot = {
        let mut state = lock(&cell.state);
        match &state.webhook {
            Some(webhook) if webhook.idle > 0 => {
                drop(state);
                cell.deliver.notify_one();
                return;
            }
            Some(_) => another_slot(&mut state),
            None => {
                drop(state);
                cell.wake.notify_waiters();
                return;
            }
        }
    };
    if let Some(slot) = slot {
        begin(simulator, cell, slot);
    }
}

/// What a slot keeps from its webhook.
struct Slot {
    target: Arc<Target>,
    ended: CancellationToken,
}

fn another_slot(state: &mut BotState) -> Option<Slot> {
    let BotState { webhook, queue, .. } = state;
    let webhook = webhook.as_mut()?;
    let wanted = webhook.wants_slot(queue);
    wanted.then(|| Slot { target: Arc::clone(&webhook.target), ended: webhook.ended.clone() })
}

fn begin(simulator: &Simulator, cell: &Arc<BotCell>, slot: Slot) {
    let (simulator, cell) = (simulator.clone(), Arc::clone(cell));
    simulator.world.runtime.clone().spawn(async move {
        let ended = slot.ended.clone();
        tokio::select! {
            () = ended.cancelled() => {}
            () = run(simulator, cell, slot) => {}
        }
    });
}

async fn run(simulator: Simulator, cell: Arc<BotCell>, slot: Slot) {
    let Some(client) = client(&simulator) else { return };
    while let Some((next, helper)) = look(&simulator, &cell, &slot) {
        if let Some(helper) = helper {
            begin(&simulator, &cell, helper);
        }
        match next {
            Next::Deliver(parcel) => deliver(&simulator, &cell, &slot, client, parcel).await,
            Next::At(at) => {
                tokio::select! {
                    () = cell.deliver.notified() => {}
                    () = tokio::time::sleep_until(at) => {}
                }
                rise(&cell, &slot);
            }
            Next::Idle => {
                cell.deliver.notified().await;
                rise(&cell, &slot);
            }
        }
    }
}

/// What to do next, and whether another slot should begin; `None` when the webhook is over.
fn look(simulator: &Simulator, cell: &BotCell, slot: &Slot) -> Option<(Next, Option<Slot>)> {
    let now_ms = simulator.world.now_ms();
    let mut state = lock(&cell.state);
    // Asked under the lock: a webhook is replaced under it, and its slots must not touch the next one's updates.
    if slot.ended.is_cancelled() {
        return None;
    }
    let BotState { webhook, queue, departures, .. } = &mut *state;
    let webhook = webhook.as_mut()?;
    let next = webhook.next(queue, now_ms, Instant::now());
    if let Next::Deliver(parcel) = &next {
        departures.note(std::iter::once(parcel.update.id));
    }
    let helper = if !matches!(next, Next::Deliver(_)) {
        webhook.idle += 1;
        None
    } else if webhook.idle > 0 && webhook.has_more(queue) {
        // Two updates may have come for one waking: whoever wakes passes it on.
        cell.deliver.notify_one();
        None
    } else {
        another_slot(&mut state)
    };
    Some((next, helper))
}

fn rise(cell: &BotCell, slot: &Slot) {
    let mut state = lock(&cell.state);
    if let Some(webhook) = state.webhook.as_mut().filter(|_| !slot.ended.is_cancelled()) {
        webhook.idle -= 1;
    }
}

async fn deliver(
    simulator: &Simulator,
    cell: &Arc<BotCell>,
    slot: &Slot,
    client: &reqwest::Client,
    parcel: Parcel,
) {
    let number = parcel.number;
    let met = simulator.world.meet_faults(cell, Occasion::Delivery, "webhook");
    if met.kind == Some(FaultKind::Reorder) {
        let now_ms = simulator.world.now_ms();
        let mut state = lock(&cell.state);
        let BotState { webhook, queue, .. } = &mut *state;
        if let Some(webhook) = webhook.as_mut().filter(|_| !slot.ended.is_cancelled()) {
            webhook.overtaken(number, queue, now_ms);
        }
        return;
    }
    let body = Bytes::from_owner(Text(parcel.update.text));
    let mut outcome = post(client, &slot.target, body.clone()).await;
    if met.kind == Some(FaultKind::Duplicate) {
        outcome = post(client, &slot.target, body).await;
    }
    let now_s = simulator.world.now_s();
    let reply = {
        let mut state = lock(&cell.state);
        let Some(webhook) = state.webhook.as_mut().filter(|_| !slot.ended.is_cancelled()) else { return };
        match outcome {
            Ok(answer) => {
                webhook.delivered(number);
                answer
            }
            Err(words) => {
                webhook.last_error = Some((now_s, words));
                webhook.failed(number, &simulator.world.options.webhook, Instant::now());
                // A slot with nothing to do is to look when its next try is due.
                cell.deliver.notify_one();
                Bytes::new()
            }
        }
    };
    if !reply.is_empty() {
        carry_out(simulator, cell, &reply).await;
    }
}

/// The answer's body, or Telegram's words for what went wrong.
async fn post(client: &reqwest::Client, target: &Target, body: Bytes) -> Result<Bytes, String> {
    let mut request = client
        .post(target.url.clone())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(body);
    if let Some(secret) = &target.secret {
        request = request.header("x-telegram-bot-api-secret-token", secret.clone());
    }
    let mut response = request.send().await.map_err(|error| words(&error))?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("Wrong response from the webhook: {status}"));
    }
    // Read to its end, so that the connection can be used again.
    let Some(first) = response.chunk().await.map_err(|error| words(&error))? else { return Ok(Bytes::new()) };
    let mut rest = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| words(&error))? {
        if rest.is_empty() {
            rest.extend_from_slice(&first);
        }
        if rest.len() + chunk.len() > LARGEST_ANSWER {
            return Ok(Bytes::new());
        }
        rest.extend_from_slice(&chunk);
    }
    Ok(if rest.is_empty() { first } else { rest.into() })
}

fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        let words = if error.is_connect() { "Connection timed out" } else { "Read timeout expired" };
        return words.to_owned();
    }
    if error.is_connect() {
        return "Connection refused".to_owned();
    }
    "Connection was unexpectedly closed".to_owned()
}

/// A webhook may answer with a method call, `{"method": …}` and its parameters. Nobody is told what became of it.
async fn carry_out(simulator: &Simulator, cell: &Arc<BotCell>, answer: &[u8]) {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(answer) else { return };
    let Some(Value::String(method)) = fields.remove("method") else { return };
    // A webhook that polls would wait for itself.
    let Some(name) = methods::canonical(&method).filter(|name| *name != "getUpdates") else { return };
    cell.count_call(name);
    let token = lock(&cell.info).token.clone();
    let params = Params::of_json(fields);
    let asked = Call { simulator: simulator.clone(), cell: Arc::clone(cell), token, params };
    if let Err(error) = Box::pin(methods::run(name, asked)).await {
        tracing::debug!(?error, name, "a webhook's call was refused");
    }
}

/// An update's text as a body, without a copy.
struct Text(Arc<str>);

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The client of all webhooks. Certificates are not checked: the simulator has nothing to keep secret.
pub(crate) fn client(simulator: &Simulator) -> Option<&reqwest::Client> {
    let cell = &simulator.world.client;
    if cell.get().is_none() {
        // An error means that the process has a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let timeout = simulator.world.options.webhook.timeout;
        let built = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_danger_accept_invalid_certs(true)
            .connect_timeout(timeout)
            .timeout(timeout)
            .build();
        match built {
            // Somebody else may have been faster.
            Ok(client) => drop(cell.set(client)),
            Err(error) => tracing::error!(%error, "no client for webhooks"),
        }
    }
    cell.get()
}
