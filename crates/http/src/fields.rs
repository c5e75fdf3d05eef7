//! The workspace's own fields of customers, and their values.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use desk::customers::Customer;
use desk::fields::{self, Field, FieldChange, Kind, NewField};
use desk::ids::{CustomerId, FieldId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Id, IfMatch, Json};
use crate::guard::Member;
use crate::problem::{Problem, Result};

/// Fields.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldList {
    /// In their order, at most 50.
    items: Vec<Field>,
}

/// The workspace's fields of customers.
#[utoipa::path(get, path = "/api/customer-fields", tag = "customer_fields",
    responses((status = 200, body = FieldList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<App>, Member(who): Member) -> Result<Answer<FieldList>> {
    Ok(Answer(FieldList { items: fields::list(&app.store, who.member.workspace).await? }))
}

/// A field to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddField {
    /// 1 to 80 characters; no two are called the same.
    name: String,
    kind: Kind,
    /// Of a choice: 1 to 100 different ones.
    #[serde(default)]
    choices: Vec<String>,
    /// Its place; left out: the last.
    position: Option<i64>,
}

/// Adds a field.
#[utoipa::path(post, path = "/api/customer-fields", tag = "customer_fields", request_body = AddField,
    responses((status = 201, body = Field), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn add(
    State(app): State<App>,
    Member(who): Member,
    Json(new): Json<AddField>,
) -> Result<(StatusCode, Answer<Field>)> {
    let AddField { name, kind, choices, position } = new;
    let new = NewField { name, kind, choices, position };
    let field = fields::add(&app.store, who.member.workspace, who.member.id, new).await?;
    Ok((StatusCode::CREATED, Answer(field)))
}

/// What to change of a field; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeField {
    /// 1 to 80 characters; no two are called the same.
    name: Option<String>,
    /// Of a choice: 1 to 100 different ones.
    choices: Option<Vec<String>>,
    /// Its place.
    position: Option<i64>,
}

/// Changes a field. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/customer-fields/{id}", tag = "customer_fields", request_body = ChangeField,
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that the edit is based on")),
    responses((status = 200, body = Field), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<FieldId>,
    IfMatch(version): IfMatch,
    Json(change): Json<ChangeField>,
) -> Result<Answer<Field>> {
    let ChangeField { name, choices, position } = change;
    let change = FieldChange { name, choices, position };
    Ok(Answer(fields::change(&app.store, who.member.workspace, who.member.id, id, version, change).await?))
}

/// Deletes a field with all its values. Needs `If-Match`.
#[utoipa::path(delete, path = "/api/customer-fields/{id}", tag = "customer_fields",
    params(("id" = String, Path), ("If-Match" = String, Header, description = "the version that was seen")),
    responses((status = 204), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<FieldId>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode> {
    fields::delete(&app.store, who.member.workspace, who.member.id, id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Values by field; null or an empty text takes one away, and what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(transparent)]
pub(crate) struct SetValues(
    #[schema(value_type = std::collections::HashMap<String, Option<String>>)]
    BTreeMap<FieldId, Option<String>>,
);

/// Sets values of a customer's fields.
#[utoipa::path(put, path = "/api/customers/{id}/fields", tag = "customer_fields", request_body = SetValues,
    params(("id" = String, Path)),
    responses((status = 200, body = Customer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set_values(
    State(app): State<App>,
    Member(who): Member,
    Id(id): Id<CustomerId>,
    Json(SetValues(values)): Json<SetValues>,
) -> Result<Answer<Customer>> {
    Ok(Answer(fields::set_values(&app.store, who.member.workspace, who.member.id, id, values).await?))
}
