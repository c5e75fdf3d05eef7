//! The description of the API, made from the code.

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_axum::router::OpenApiRouter;

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
    let router: OpenApiRouter<App> = crate::app::api(app);
    render(router.get_openapi())
}

pub(crate) fn render(description: &Description) -> String {
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

/// The description as an answer.
pub(crate) fn json(description: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], description)
}
