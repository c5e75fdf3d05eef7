//! Notes: what the team keeps on a customer. The customer never sees them; who sees the customer's project sees all of them.

mod edit;
mod list;
mod model;
mod pictures;
mod post;
mod store;

pub use edit::{NoteChange, change, delete};
pub use list::{NotePage, history, list};
pub use model::{Note, NotePicture, NoteVersion};
pub use pictures::{show_picture, upload_picture};
pub use post::{NewNote, PostedNote, post};
pub(crate) use store::views;
