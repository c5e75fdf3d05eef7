//! Workers: what runs beside the requests. A receiver and a sender for every active project, and housekeeping.

mod housekeeping;
mod people;
mod relay;
mod supervisor;

pub use housekeeping::{finish, forget_old};
pub use supervisor::{Workers, start};
