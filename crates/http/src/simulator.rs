//! The simulated Telegram that this server runs, when its operator wanted one: to try Teledesk without a bot.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::Error;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::Json;
use crate::problem::{Problem, Result};

/// The longest name a bot may have.
const LONGEST_NAME: usize = 64;
/// A bot's name when none is given.
const USUAL_NAME: &str = "Test bot";

/// A bot of the simulated Telegram.
pub struct SimulatedBot {
    /// What it is called with.
    pub token: SecretString,
    /// Where to be its customer.
    pub page: String,
}

type Make = dyn Fn(String) -> Result<SimulatedBot, String> + Send + Sync;

/// What makes bots in the simulated Telegram.
#[derive(Clone)]
pub struct Simulator(Arc<Make>);

impl Simulator {
    /// With what makes a bot of a name that is 1 to 64 characters long; words when it can't.
    pub fn new(make: impl Fn(String) -> Result<SimulatedBot, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }
}

/// A bot to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MakeSimulatedBot {
    /// 1 to 64 characters; left out: a plain one.
    name: Option<String>,
}

/// A bot of the simulated Telegram.
#[derive(Serialize, ToSchema)]
pub(crate) struct SimulatedBotView {
    /// As BotFather would give it.
    token: String,
    /// The page on which one is the bot's customer.
    page: String,
}

/// Makes a bot in the simulated Telegram that this server runs; 404 where there is none. The project is added with its token.
#[utoipa::path(post, path = "/api/simulator/bots", tag = "simulator", request_body = MakeSimulatedBot,
    responses((status = 201, body = SimulatedBotView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn make_bot(
    State(app): State<App>,
    Json(new): Json<MakeSimulatedBot>,
) -> Result<(StatusCode, Answer<SimulatedBotView>)> {
    let simulator = app.simulator.as_ref().ok_or_else(Problem::not_found)?;
    let name = new.name.as_deref().unwrap_or(USUAL_NAME).trim();
    match name.chars().count() {
        0 => return Err(Error::field("name", "required").into()),
        1..=LONGEST_NAME => {}
        _ => return Err(too_long().into()),
    }
    let bot = (simulator.0)(name.to_owned()).map_err(Error::Internal)?;
    let view = SimulatedBotView { token: bot.token.expose_secret().to_owned(), page: bot.page };
    Ok((StatusCode::CREATED, Answer(view)))
}

fn too_long() -> Error {
    let params = [("max", json!(LONGEST_NAME))].into();
    Error::Invalid(vec![desk::FieldError { field: "name".to_owned(), code: "too_long", params }])
}
