//! This server among those that share its database: who it is, and which media folder it has.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use desk::Store;
use desk::leases::{self, Joined, NewNode, Seat};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::cli::Data;
use crate::failure::Failure;
use crate::installation::private_folder;

/// The file in the media folder that tells it from every other.
const MARK: &str = "teledesk-media-id";
/// The file in the data folder that holds this node's id, and is locked while it runs.
const NODE: &str = "node.lock";

/// The media folder: the one that was named, or the one in the data folder.
pub(crate) fn media(data: &Data, named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| data.folder.join("media"))
}

/// Joins the servers on the database; refuses when they have another media folder.
pub(crate) async fn join(
    data: &Data,
    folder: &Path,
    store: &Store,
    listener: &TcpListener,
) -> Result<Seat, Failure> {
    let media = mark(folder)?;
    let id = if data.database.is_some() { node_id(&data.folder)? } else { String::new() };
    let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
    match leases::join(store.clone(), NewNode { id, name: name(address), media }).await? {
        Joined::Seat(seat) => Ok(*seat),
        Joined::OtherMedia(other) => Err(Failure::new(format!(
            "{} is not the media folder of the server that runs as {other} on the same database. Servers of one installation share \
             one folder: name it with --media",
            folder.display()
        ))),
    }
}

/// The machine and the address, for people.
fn name(address: std::net::SocketAddr) -> String {
    let machine = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{} {address}", machine.trim()).trim_start().to_owned()
}

/// The mark of a media folder, made with it. Two folders never have the same one unless one is a copy.
fn mark(folder: &Path) -> Result<String, Failure> {
    let path = folder.join(MARK);
    let failed = |error: std::io::Error| Failure::path("the media folder can't be used:", &path, &error);
    private_folder(folder).map_err(failed)?;
    if !path.exists() {
        // Whole or not at all, and never over another's: whoever comes second reads what the first one wrote.
        let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        writeln!(new, "{}", Uuid::new_v4()).map_err(failed)?;
        new.as_file().sync_all().map_err(failed)?;
        match new.persist_noclobber(&path) {
            Ok(_) => File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?,
            Err(error) if path.exists() => drop(error),
            Err(error) => return Err(failed(error.error)),
        }
    }
    let mark = fs::read_to_string(&path).map_err(failed)?;
    let id: Uuid = mark.trim().parse().map_err(|_| {
        Failure::new(format!(
            "{} holds no mark of a media folder: put the right file back, or remove it",
            path.display()
        ))
    })?;
    Ok(id.to_string())
}

/// The id of the node that runs on this data folder. The file stays locked until the process ends, however it ends: so who has the
/// lock knows that the one before is gone, and goes on with its projects at once. On a folder in use a server is a node of its own, whose
/// projects are taken over when it has been silent for a while.
fn node_id(folder: &Path) -> Result<String, Failure> {
    let path = folder.join(NODE);
    let failed = |error: std::io::Error| Failure::path("the data folder can't be used:", &path, &error);
    private_folder(folder).map_err(failed)?;
    let new = Uuid::new_v4().to_string();
    let mut file =
        File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(failed)?;
    if file.try_lock().is_err() {
        return Ok(new);
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let id = if let Ok(id) = text.trim().parse::<Uuid>() {
        id.to_string()
    } else {
        file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
        file.write_all(new.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        new
    };
    // Until the end of the process, and longer than anything in it could need it.
    std::mem::forget(file);
    Ok(id)
}
