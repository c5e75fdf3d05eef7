//! Fields: what a workspace wants to know of its customers beside what Telegram tells. The values stand with the customers.

mod definition;
mod model;
mod store;
mod values;

pub(crate) use definition::finish_all;
pub use definition::{FieldChange, NewField, add, change, delete, list};
pub use model::{Field, Kind};
pub use values::set_values;
