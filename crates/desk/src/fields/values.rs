//! What is known of a customer in the workspace's fields.

use std::collections::BTreeMap;

use serde_json::json;

use super::model::{VALUE_MAX, checked};
use super::store;
use crate::access::viewer;
use crate::audit;
use crate::customers::{self, Customer};
use crate::error::Result;
use crate::ids::{CustomerId, FieldId, MemberId, WorkspaceId};
use crate::members;
use crate::text::Fields;
use crate::tx::Store;

/// Sets values of a customer whom the member sees; none or an empty text takes one away, and what is not named stays.
pub async fn set_values(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    id: CustomerId,
    values: BTreeMap<FieldId, Option<String>>,
) -> Result<Customer> {
    store
        .write("set customer fields", move |tx| {
            members::lock_workspace(tx, workspace)?;
            let viewer = viewer(tx, workspace, member)?;
            viewer.must_see(customers::project_of(tx, workspace, id)?)?;
            customers::lock(tx, id)?;
            let customer = customers::get(tx, workspace, id)?;
            let (known, mut fields) = (store::all(tx, workspace)?, Fields::default());
            let mut after = customer.fields.clone();
            for (field, value) in &values {
                let name = format!("fields.{field}");
                let Some(definition) = known.iter().find(|it| it.id == *field) else {
                    fields.fault(&name, "unknown", None);
                    continue;
                };
                match value.as_deref().map(str::trim).filter(|value| !value.is_empty()) {
                    None => _ = after.remove(field),
                    Some(value) => match checked(definition, value) {
                        Ok(value) => _ = after.insert(*field, value),
                        Err("too_long") => fields.fault(&name, "too_long", Some(("max", VALUE_MAX))),
                        Err(code) => fields.fault(&name, code, None),
                    },
                }
            }
            fields.done()?;
            if after != customer.fields {
                customers::set_fields(tx, workspace, &customer, &after)?;
                let changed: Vec<_> = values.keys().collect();
                let subject = ("customer", id.to_string());
                let detail = json!({ "fields": changed });
                audit::record(tx, workspace, Some(member), "customer.changed", subject, &detail)?;
            }
            customers::get(tx, workspace, id)
        })
        .await
}
