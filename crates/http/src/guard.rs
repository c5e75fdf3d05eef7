//! The guard of a route: who asks, and whether their role has the route's permission.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use desk::access::{Permission, permits};
use desk::members::{SignedIn, identify, note_seen};
use desk::{Code, Error};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::app::App;
use crate::cookies::Cookie;
use crate::openapi::undescribed;
use crate::problem::{Problem, Result};

/// Registers routes that need a permission. There is no other way to register one that is not public.
pub(crate) fn guarded(
    app: &App,
    permission: Permission,
    routes: UtoipaMethodRouter<App>,
) -> OpenApiRouter<App> {
    let routes = if app.described { routes } else { undescribed(routes) };
    OpenApiRouter::new().routes(routes).route_layer(from_fn_with_state((app.clone(), permission), check))
}

async fn check(
    State((app, permission)): State<(App, Permission)>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let token = Cookie::Login.token(&app.settings, request.headers());
    let token = token.ok_or_else(|| Problem::from(Error::refused(Code::SignedOut)))?;
    let signed_in = identify(&app.store, &token).await?;
    if signed_in.must_set_up_second_factor && !is_about_oneself(request.uri().path()) {
        return Err(Error::refused(Code::SecondFactorSetupNeeded).into());
    }
    if !permits(signed_in.member.role, permission) {
        return Err(Error::refused_with(Code::Forbidden, "permission", permission.as_ref()).into());
    }
    tracing::Span::current().record("member.id", tracing::field::display(signed_in.member.id));
    see(&app, &signed_in);
    request.extensions_mut().insert(signed_in);
    Ok(next.run(request).await)
}

/// What stays open to who must set up a second factor first.
fn is_about_oneself(path: &str) -> bool {
    path == "/api/me" || path.starts_with("/api/me/") || path == "/api/logins/current"
}

/// Notes that the login is in use. Nobody waits for that.
fn see(app: &App, who: &SignedIn) {
    if who.seen_lately(app.store.now()) {
        return;
    }
    let (store, who) = (app.store.clone(), who.clone());
    tokio::spawn(async move {
        if let Err(error) = note_seen(&store, &who).await {
            tracing::debug!("noting who was seen: {error}");
        }
    });
}

/// Who asks: only behind a guard.
pub(crate) struct Member(pub(crate) SignedIn);

impl FromRequestParts<App> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &App) -> Result<Self> {
        let signed_in = parts.extensions.get::<SignedIn>().cloned();
        signed_in.map(Self).ok_or_else(|| Error::refused(Code::SignedOut).into())
    }
}
