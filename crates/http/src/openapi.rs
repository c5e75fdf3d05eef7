//! The description of the API, made from the code.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa::OpenApi;
use utoipa::openapi::{OpenApi as Description, PathItem, Paths};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "Teledesk", description = "See docs/api.md for what a field list can't say."),
    // Only named by query parameters, which register no schema.
    components(schemas(
        desk::sessions::Tab,
        desk::sessions::SessionState,
        desk::sessions::Sort,
        desk::portal::AccountSort
    ))
)]
struct Base;

pub(crate) fn base() -> Description {
    Base::openapi()
}

/// The description as JSON, as committed in `ui/openapi.json`.
pub fn openapi_json(app: &App) -> String {
    let router: OpenApiRouter<App> = crate::routes::api(&app.clone().described());
    render(router.get_openapi())
}

/// Routes without their description. A server that starts needs none, and what it takes to make it for all routes (4 MB) would stay with
/// the process.
pub(crate) fn undescribed((_, paths, router): UtoipaMethodRouter<App>) -> UtoipaMethodRouter<App> {
    let paths = paths.paths.into_keys().fold(Paths::new(), |mut bare, path| {
        bare.paths.insert(path, PathItem::default());
        bare
    });
    (Vec::new(), paths, router)
}

fn render(description: &Description) -> String {
    let mut description = description.clone();
    for item in description.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        // Handlers are named by their verb, which several concepts have; ids must be unique.
        for operation in operations.into_iter().flatten() {
            let tag = operation.tags.iter().flatten().next().cloned().unwrap_or_default();
            operation.operation_id = operation.operation_id.take().map(|id| format!("{tag}_{id}"));
        }
    }
    let mut text = description.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The description as an answer, made when it is asked for the first time.
pub(crate) async fn show(State(app): State<App>) -> impl IntoResponse {
    static DESCRIPTION: OnceLock<String> = OnceLock::new();
    let description = DESCRIPTION.get_or_init(|| openapi_json(&app));
    ([(header::CONTENT_TYPE, "application/json")], description.as_str())
}
