//! A disk of a few megabytes, in a mount namespace of its own: only the server sees it, and it goes with the server.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use testkit::app::Server;

/// Programs to run a server under whose data folder is a disk of `size`, after `prepare` (shell) did something in there.
/// Root may mount; anyone else needs user namespaces, which Debian allows.
pub(crate) fn under(folder: &Path, size: &str, prepare: &str) -> Vec<String> {
    let works = |flags: &str| {
        let mut unshare = Command::new("unshare");
        let mount = unshare.args([flags, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
        mount.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let flags = ["-m", "-Urm"].into_iter().find(|flags| works(flags));
    let flags =
        flags.expect("this test needs a small disk: run it as root, or allow unprivileged user namespaces");
    let script = format!("cd / && mount -t tmpfs -o size={size} tmpfs \"$0\" && {prepare} && exec \"$@\"");
    ["unshare", flags, "sh", "-c", &script, &folder.display().to_string()].map(str::to_owned).to_vec()
}

/// The disk of a running server, as its own process sees it.
pub(crate) struct Disk(PathBuf);

impl Disk {
    pub(crate) fn of(server: &Server) -> Self {
        let folder = server.options.data.strip_prefix("/").unwrap();
        Self(Path::new("/proc").join(server.id().to_string()).join("root").join(folder))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Takes all the room there is.
    pub(crate) fn fill(&self) {
        let mut filler = File::options().create(true).append(true).open(self.filler()).unwrap();
        for size in [4096, 1] {
            let piece = vec![b'x'; size];
            let full = loop {
                if let Err(error) = filler.write_all(&piece) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull);
        }
    }

    /// Gives it back.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}
