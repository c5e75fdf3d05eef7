//! Customers' avatars: pictures drawn from the customer's id, so that nothing needs to be stored.

use crate::model::Refused;
use crate::simulator::Simulator;

/// The sizes there are of each, in pixels, as at Telegram.
pub(crate) const SIZES: [u32; 3] = [160, 320, 640];
/// Cells per row and column.
const CELLS: u32 = 8;

/// One of a customer's avatars in one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Avatar {
    pub(crate) customer_id: i64,
    /// Counts up from 1 whenever the customer takes another.
    pub(crate) version: u32,
    /// Pixels, one of [`SIZES`].
    pub(crate) size: u32,
}

impl Avatar {
    /// What `getFile` is asked for.
    pub(crate) fn file_id(self) -> String {
        format!("AgACAvatar-{}-{}-{}", self.customer_id, self.version, self.size)
    }

    /// The same for every bot.
    pub(crate) fn unique_id(self) -> String {
        format!("AQAD{}-{}-{}", self.customer_id, self.version, self.size)
    }

    /// Where it can be fetched.
    pub(crate) fn path(self) -> String {
        format!("photos/avatar-{}-{}-{}.png", self.customer_id, self.version, self.size)
    }

    /// What [`file_id`](Self::file_id) gave.
    pub(crate) fn of_file_id(file_id: &str) -> Option<Self> {
        Self::of_numbers(file_id.strip_prefix("AgACAvatar-")?)
    }

    /// What [`path`](Self::path) gave.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        Self::of_numbers(path.strip_prefix("photos/avatar-")?.strip_suffix(".png")?)
    }

    fn of_numbers(text: &str) -> Option<Self> {
        let mut numbers = text.splitn(3, '-');
        let customer_id = numbers.next()?.parse().ok()?;
        let version = numbers.next()?.parse().ok()?;
        let size = numbers.next()?.parse().ok().filter(|size| SIZES.contains(size))?;
        Some(Self { customer_id, version, size })
    }

    /// A PNG of two colours: a mirrored pattern.
    pub(crate) fn png(self) -> Vec<u8> {
        let mix = (self.customer_id.unsigned_abs() ^ (u64::from(self.version) << 53))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mix = mix ^ (mix >> 29);
        let [red, green, blue, ..] = mix.to_be_bytes();
        let mut rows = Vec::new();
        for y in 0..self.size {
            // Every row begins with its filter: none.
            rows.push(0);
            for byte in 0..self.size / 8 {
                let bits = (0..8).map(|bit| u8::from(is_set(mix, self.size, byte * 8 + bit, y)) << (7 - bit));
                rows.push(bits.sum());
            }
        }
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        let side = self.size.to_be_bytes();
        // One bit per pixel, from a palette.
        chunk(&mut png, *b"IHDR", &[&side[..], &side[..], &[1, 3, 0, 0, 0]].concat());
        chunk(&mut png, *b"PLTE", &[240, 240, 240, red / 2, green / 2, blue / 2]);
        chunk(&mut png, *b"IDAT", &stored(&rows));
        chunk(&mut png, *b"IEND", &[]);
        png
    }
}

fn is_set(mix: u64, size: u32, x: u32, y: u32) -> bool {
    let (column, row) = (x * CELLS / size, y * CELLS / size);
    let column = column.min(CELLS - 1 - column);
    (mix >> (row * CELLS / 2 + column)) & 1 == 1
}

/// A chunk of a PNG (PNG specification, "Chunk layout").
fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = png[start..].iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 * (sum & 1)))
    });
    png.extend((!sum).to_be_bytes());
}

/// A zlib stream that is not compressed (RFC 1950; RFC 1951, 3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (low, high) = data.iter().fold((1, 0), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    stream.extend(((high << 16) | low).to_be_bytes());
    stream
}

impl Simulator {
    /// Gives the customer an avatar, another than before.
    pub fn set_avatar(&self, customer_id: i64) -> Result<(), Refused> {
        self.world.customer(customer_id)?;
        let mut avatars = self.world.avatars();
        let (version, shown) = avatars.entry(customer_id).or_default();
        *version += 1;
        *shown = true;
        Ok(())
    }

    /// Takes the customer's avatar away. Who knows its file can still fetch it.
    pub fn remove_avatar(&self, customer_id: i64) -> Result<(), Refused> {
        self.world.customer(customer_id)?;
        if let Some((_, shown)) = self.world.avatars().get_mut(&customer_id) {
            *shown = false;
        }
        Ok(())
    }

    /// The customer's avatar in every size, smallest first.
    pub(crate) fn avatar(&self, customer_id: i64) -> Option<[Avatar; 3]> {
        let (version, shown) = self.world.avatars().get(&customer_id).copied()?;
        shown.then(|| SIZES.map(|size| Avatar { customer_id, version, size }))
    }

    /// Whether there ever was this one.
    pub(crate) fn knows(&self, avatar: Avatar) -> bool {
        let latest = self.world.avatars().get(&avatar.customer_id).map_or(0, |(version, _)| *version);
        (1..=latest).contains(&avatar.version)
    }
}
