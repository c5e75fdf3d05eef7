//! Imports: many accounts from a CSV file, first looked at, then made, all or none.

mod parse;
mod plan;

pub use plan::{Imported, Line, NewImport, Planned, Projects, preview, run};
