//! Operating: what the operator's commands and monitoring ask of an installation, across its workspaces.

mod figures;
mod probe;
mod restored;

pub use figures::{Figures, Line, figures};
pub use probe::{Probe, probe};
pub use restored::{Restored, take_note};
