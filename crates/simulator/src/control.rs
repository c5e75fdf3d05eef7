//! The control API: everything a [`Simulator`] can do, over HTTP. JSON in, JSON out; errors are `{"error": words}` with
//! 400 (malformed), 404 (no such bot, customer, message), 409 (taken, blocked), 413 (too large), 422 (not acceptable).
//!
//! | route | what |
//! | --- | --- |
//! | `GET, POST /control/bots` | list; make (`{name, username?, token?}`) |
//! | `PUT /control/bots/{bot}/token` | void the token, get a new one |
//! | `POST /control/bots/{bot}/updates` | a raw update: `{update}`, `{exactly}` or `{text}` |
//! | `PUT /control/bots/{bot}/next-update-id`, `…/next-message-id` | `{next}` |
//! | `GET, POST, DELETE /control/bots/{bot}/faults` | list; add a fault; clear |
//! | `GET, POST, DELETE /control/faults` | the same for every bot |
//! | `GET, POST /control/customers` | list; make (`{first_name, last_name?, username?, language_code?, id?}`) |
//! | `PUT, DELETE /control/customers/{customer}/avatar` | give an avatar, another than before; take it away |
//! | `GET /control/chats/{bot}/{customer}` | state and messages |
//! | `POST /control/chats/{bot}/{customer}/messages` | write (`{text, reply_to?, entities?}`) |
//! | `PATCH /control/chats/{bot}/{customer}/messages/{message}` | edit (`{text}`) |
//! | `POST /control/chats/{bot}/{customer}/messages/{message}/press` | press a button (`{data}`) |
//! | `POST /control/chats/{bot}/{customer}/history` | seed (`{from, text, date}`) |
//! | `PUT, DELETE /control/chats/{bot}/{customer}/block` | block; unblock |
//! | `GET, POST /control/bulk`, `GET /control/bulk/departures` | how far; write in bulk; when each message left |
//! | `GET /control/stats` | pending updates and calls, by bot |
//! | `GET /control/live` | changes as server-sent events |
//!
//! No CORS headers are ever sent, and everything that changes something needs a JSON body or a method other than POST,
//! so that a foreign page cannot do it.

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bulk::{Bulk, BulkState};
use crate::live::live;
use crate::model::{
    Author, BotInfo, ChatMessage, ChatState, CustomerInfo, NewBot, NewCustomer, NewMessage, Refused, Stats,
    Written,
};
use crate::operate::{Raw, Scope};
use crate::simulator::Simulator;
use crate::state::fault::Fault;

/// Largest body, in bytes: room for a hostile update with a huge field.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// The routes below `/control`.
pub(crate) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/bots", get(bots).post(create_bot))
        .route("/bots/{bot}/token", put(renew_token))
        .route("/bots/{bot}/updates", post(raw_update))
        .route("/bots/{bot}/next-update-id", put(next_update_id))
        .route("/bots/{bot}/next-message-id", put(next_message_id))
        .route("/bots/{bot}/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/faults", get(faults_for_all).post(add_fault_for_all).delete(clear_all_faults))
        .route("/customers", get(customers).post(create_customer))
        .route("/customers/{customer}/avatar", put(set_avatar).delete(remove_avatar))
        .route("/chats/{bot}/{customer}", get(chat))
        .route("/chats/{bot}/{customer}/messages", post(write))
        .route("/chats/{bot}/{customer}/messages/{message}", patch(edit))
        .route("/chats/{bot}/{customer}/messages/{message}/press", post(press))
        .route("/chats/{bot}/{customer}/history", post(seed))
        .route("/chats/{bot}/{customer}/block", put(block).delete(unblock))
        .route("/bulk", get(bulk).post(begin_bulk))
        .route("/bulk/departures", get(departures))
        .route("/stats", get(stats))
        .route("/live", get(live))
        .fallback(|| async { Failure(StatusCode::NOT_FOUND, "no such route".to_owned()) })
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

/// A refusal on its way out.
struct Failure(StatusCode, String);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let status = match refused {
            Refused::NoSuchBot(_) | Refused::NoSuchCustomer(_) | Refused::NoSuchMessage(_) => {
                StatusCode::NOT_FOUND
            }
            Refused::Blocked | Refused::Taken(_) => StatusCode::CONFLICT,
            Refused::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self(status, refused.to_string())
    }
}

impl From<JsonRejection> for Failure {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

/// A JSON body whose errors are ours.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Failure))]
struct Body<T>(T);

type Answer<T> = Result<Json<T>, Failure>;

async fn bots(State(simulator): State<Simulator>) -> Json<Vec<BotInfo>> {
    Json(simulator.bots())
}

async fn create_bot(
    State(simulator): State<Simulator>,
    Body(new): Body<NewBot>,
) -> Result<(StatusCode, Json<BotInfo>), Failure> {
    Ok((StatusCode::CREATED, Json(simulator.create_bot(new)?)))
}

async fn renew_token(State(simulator): State<Simulator>, Path(bot): Path<i64>) -> Answer<BotInfo> {
    Ok(Json(simulator.revoke_token(bot)?))
}

async fn customers(State(simulator): State<Simulator>) -> Json<Vec<CustomerInfo>> {
    Json(simulator.customers())
}

async fn create_customer(
    State(simulator): State<Simulator>,
    Body(new): Body<NewCustomer>,
) -> Result<(StatusCode, Json<CustomerInfo>), Failure> {
    Ok((StatusCode::CREATED, Json(simulator.create_customer(new)?)))
}

async fn set_avatar(
    State(simulator): State<Simulator>,
    Path(customer): Path<i64>,
) -> Result<StatusCode, Failure> {
    simulator.set_avatar(customer)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn remove_avatar(
    State(simulator): State<Simulator>,
    Path(customer): Path<i64>,
) -> Result<StatusCode, Failure> {
    simulator.remove_avatar(customer)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A raw update in one of its three forms.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawBody {
    Update(Value),
    Exactly(Value),
    Text(String),
}

async fn raw_update(
    State(simulator): State<Simulator>,
    Path(bot): Path<i64>,
    Body(raw): Body<RawBody>,
) -> Answer<Value> {
    let raw = match raw {
        RawBody::Update(value) => Raw::Update(value),
        RawBody::Exactly(value) => Raw::Exactly(value),
        RawBody::Text(text) => Raw::Text(text),
    };
    Ok(Json(json!({ "update_id": simulator.push_raw_update(bot, raw)? })))
}

#[derive(Deserialize)]
struct Next {
    next: i64,
}

async fn next_update_id(
    State(simulator): State<Simulator>,
    Path(bot): Path<i64>,
    Body(Next { next }): Body<Next>,
) -> Result<StatusCode, Failure> {
    simulator.jump_update_ids(bot, next)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn next_message_id(
    State(simulator): State<Simulator>,
    Path(bot): Path<i64>,
    Body(Next { next }): Body<Next>,
) -> Result<StatusCode, Failure> {
    simulator.jump_message_ids(bot, next)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn faults(State(simulator): State<Simulator>, Path(bot): Path<i64>) -> Answer<Vec<Fault>> {
    Ok(Json(simulator.faults(Scope::Bot(bot))?))
}

async fn faults_for_all(State(simulator): State<Simulator>) -> Answer<Vec<Fault>> {
    Ok(Json(simulator.faults(Scope::All)?))
}

async fn add_fault(
    State(simulator): State<Simulator>,
    Path(bot): Path<i64>,
    Body(fault): Body<Fault>,
) -> Result<StatusCode, Failure> {
    simulator.set_fault(Scope::Bot(bot), fault)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(
    State(simulator): State<Simulator>,
    Path(bot): Path<i64>,
) -> Result<StatusCode, Failure> {
    simulator.clear_faults(Scope::Bot(bot))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add_fault_for_all(
    State(simulator): State<Simulator>,
    Body(fault): Body<Fault>,
) -> Result<StatusCode, Failure> {
    simulator.set_fault(Scope::All, fault)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_all_faults(State(simulator): State<Simulator>) -> Result<StatusCode, Failure> {
    simulator.clear_faults(Scope::All)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A chat as the page shows it.
#[derive(serde::Serialize)]
struct ChatView {
    #[serde(flatten)]
    state: ChatState,
    messages: Vec<ChatMessage>,
}

async fn chat(
    State(simulator): State<Simulator>,
    Path((bot, customer)): Path<(i64, i64)>,
) -> Answer<ChatView> {
    let state = simulator.chat_state(customer, bot)?;
    Ok(Json(ChatView { state, messages: simulator.chat(customer, bot)? }))
}

async fn write(
    State(simulator): State<Simulator>,
    Path((bot, customer)): Path<(i64, i64)>,
    Body(message): Body<NewMessage>,
) -> Answer<Written> {
    Ok(Json(simulator.write_message(customer, bot, message)?))
}

#[derive(Deserialize)]
struct NewText {
    text: String,
}

async fn edit(
    State(simulator): State<Simulator>,
    Path((bot, customer, message)): Path<(i64, i64, i64)>,
    Body(new): Body<NewText>,
) -> Answer<Written> {
    Ok(Json(simulator.edit(customer, bot, message, &new.text)?))
}

#[derive(Deserialize)]
struct Press {
    data: String,
}

async fn press(
    State(simulator): State<Simulator>,
    Path((bot, customer, message)): Path<(i64, i64, i64)>,
    Body(press): Body<Press>,
) -> Answer<Written> {
    Ok(Json(simulator.press(customer, bot, message, &press.data)?))
}

#[derive(Deserialize)]
struct Seed {
    from: Author,
    text: String,
    date: i64,
}

async fn seed(
    State(simulator): State<Simulator>,
    Path((bot, customer)): Path<(i64, i64)>,
    Body(seed): Body<Seed>,
) -> Answer<Value> {
    let message_id = simulator.seed_message(customer, bot, seed.from, &seed.text, seed.date)?;
    Ok(Json(json!({ "message_id": message_id })))
}

async fn block(
    State(simulator): State<Simulator>,
    Path((bot, customer)): Path<(i64, i64)>,
) -> Answer<Written> {
    Ok(Json(simulator.block(customer, bot)?))
}

async fn unblock(
    State(simulator): State<Simulator>,
    Path((bot, customer)): Path<(i64, i64)>,
) -> Answer<Written> {
    Ok(Json(simulator.unblock(customer, bot)?))
}

async fn begin_bulk(
    State(simulator): State<Simulator>,
    Body(plan): Body<Bulk>,
) -> Result<StatusCode, Failure> {
    simulator.begin_bulk(plan)?;
    Ok(StatusCode::ACCEPTED)
}

async fn bulk(State(simulator): State<Simulator>) -> Json<Option<BulkState>> {
    Json(simulator.bulk())
}

async fn departures(State(simulator): State<Simulator>) -> String {
    simulator.departures()
}

async fn stats(State(simulator): State<Simulator>) -> Json<Stats> {
    Json(simulator.stats())
}
