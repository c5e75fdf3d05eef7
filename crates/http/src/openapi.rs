//! The description of the API, made from the code.

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(info(title = "Teledesk", description = "See docs/api.md for what a field list can't say."))]
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
    let mut text = description.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The description as an answer.
pub(crate) fn json(description: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], description)
}
