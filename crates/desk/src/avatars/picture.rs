//! What is taken for a picture: by its bytes alone, whatever anybody calls it, and without decoding it.
//!
//! Sources: the PNG specification (3rd edition, 5.2 and 11.2.1), ITU-T T.81 (annex B), RFC 9649 (WebP).

/// Largest picture taken, in bytes.
pub(super) const LARGEST: usize = 1024 * 1024;
/// Longest side taken, in pixels.
pub(super) const LONGEST_SIDE: u32 = 2048;

/// The formats taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::AsRefStr)]
#[strum(serialize_all = "lowercase")]
pub enum PictureKind {
    /// JPEG.
    Jpg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl PictureKind {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

/// What the bytes are a picture of, if they are a whole one, not too large and with sides of 1 to 2048 pixels.
pub(super) fn kind_of(bytes: &[u8]) -> Option<PictureKind> {
    if bytes.len() > LARGEST {
        return None;
    }
    let (kind, sides) = png(bytes)
        .map(|sides| (PictureKind::Png, sides))
        .or_else(|| jpeg(bytes).map(|sides| (PictureKind::Jpg, sides)))
        .or_else(|| webp(bytes).map(|sides| (PictureKind::Webp, sides)))?;
    sides.iter().all(|side| (1..=LONGEST_SIDE).contains(side)).then_some(kind)
}

/// Width and height.
type Sides = [u32; 2];

fn png(bytes: &[u8]) -> Option<Sides> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    bytes.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82").then_some(())?;
    let (width, rest) = header.split_first_chunk()?;
    Some([u32::from_be_bytes(*width), u32::from_be_bytes(*rest.first_chunk()?)])
}

fn jpeg(bytes: &[u8]) -> Option<Sides> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    bytes.ends_with(b"\xff\xd9").then_some(())?;
    loop {
        rest = rest.strip_prefix(b"\xff")?;
        let (&marker, after) = rest.split_first()?;
        match marker {
            // Any number of FF may stand before a marker.
            0xff => {}
            // A frame: its length, the precision, height and width.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let &[height, low_height, width, low_width] = after.get(3..7)?.first_chunk()?;
                let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
                return Some([side(width, low_width), side(height, low_height)]);
            }
            // Before the frame there are only segments, which have a length. Scans, and the end, come after it.
            0xc4 | 0xcc | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => {
                let length = u16::from_be_bytes(*after.first_chunk()?);
                rest = after.get(usize::from(length).max(2)..)?;
            }
            _ => return None,
        }
    }
}

fn webp(bytes: &[u8]) -> Option<Sides> {
    let (length, rest) = bytes.strip_prefix(b"RIFF")?.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    (length == bytes.len().checked_sub(8)?).then_some(())?;
    let (kind, chunk) = rest.strip_prefix(b"WEBP")?.split_first_chunk::<4>()?;
    // Behind the chunk's own length.
    let chunk = chunk.get(4..)?;
    let number = |at: usize, count: usize| -> Option<u32> {
        let bytes = chunk.get(at..at + count)?;
        Some(bytes.iter().rev().fold(0, |number, &byte| (number << 8) | u32::from(byte)))
    };
    match kind {
        b"VP8 " => {
            (chunk.get(3..6)? == b"\x9d\x01\x2a").then_some(())?;
            Some([number(6, 2)? & 0x3fff, number(8, 2)? & 0x3fff])
        }
        b"VP8L" => {
            (chunk.first()? == &0x2f).then_some(())?;
            let bits = number(1, 4)?;
            Some([(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1])
        }
        b"VP8X" => Some([number(4, 3)? + 1, number(7, 3)? + 1]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32, filler: usize) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        bytes.extend(vec![0; filler]);
        bytes.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
        bytes
    }

    fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xdb\x00\x03c\xff\xc2\x00\x11\x08".to_vec();
        bytes.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
        bytes.extend(b"\x03\xff\xda\0\0\xff\xd9");
        bytes
    }

    fn webp_of(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap();
        let lengths = [(length + 12).to_le_bytes(), length.to_le_bytes()];
        [b"RIFF", &lengths[0][..], b"WEBP", &kind, &lengths[1], content].concat()
    }

    fn whole() -> Vec<(PictureKind, Vec<u8>)> {
        use PictureKind::{Jpg, Png, Webp};
        vec![
            (Png, png_of(640, 1, 20)),
            (Jpg, jpeg_of(640, 480)),
            (Webp, webp_of(*b"VP8 ", b"\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01")),
            (Webp, webp_of(*b"VP8L", b"\x2f\x7f\xc2\x77\x00\0")),
            (Webp, webp_of(*b"VP8X", b"\0\0\0\0\x7f\x02\x00\xdf\x01\x00")),
        ]
    }

    #[test]
    fn pictures_are_known_by_their_bytes() {
        for (kind, bytes) in whole() {
            assert_eq!(kind_of(&bytes), Some(kind), "{bytes:?}");
        }
        assert_eq!(jpeg(&jpeg_of(640, 480)), Some([640, 480]));
        for (_, bytes) in &whole()[2..] {
            assert_eq!(webp(bytes), Some([640, 480]), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_cut_short_is_none() {
        for (_, bytes) in whole() {
            for length in 0..bytes.len() {
                assert_eq!(kind_of(&bytes[..length]), None, "{:?}", &bytes[..length]);
            }
        }
    }

    #[test]
    fn what_only_says_so_is_none() {
        let pages: [&[u8]; 7] = [
            b"<html><script>alert(1)</script></html>",
            b"\xff\xd8<script>alert(1)</script>\xff\xd9",
            b"\xff\xd8\xff\xd9",
            b"\xff\xd8\xff\xff\xff\xff\xff\xd9",
            b"GIF89a\x01\x00\x01\x00",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%PDF-1.7",
        ];
        for page in pages {
            assert_eq!(kind_of(page), None);
        }
        let mut followed = png_of(1, 1, 0);
        followed.extend(b"<script>");
        assert_eq!(kind_of(&followed), None);
    }

    #[test]
    fn size_and_sides_are_bounded() {
        let empty = png_of(1, 1, 0).len();
        assert_eq!(kind_of(&png_of(1, 1, LARGEST - empty)), Some(PictureKind::Png));
        assert_eq!(kind_of(&png_of(1, 1, LARGEST + 1 - empty)), None);
        assert_eq!(kind_of(&png_of(2048, 2048, 0)), Some(PictureKind::Png));
        for (width, height) in [(0, 1), (1, 0), (2049, 1), (1, 2049), (u32::MAX, u32::MAX)] {
            assert_eq!(kind_of(&png_of(width, height, 0)), None);
        }
        for (width, height) in [(0, 1), (1, 0), (2049, 1), (1, u16::MAX)] {
            assert_eq!(kind_of(&jpeg_of(width, height)), None);
        }
        let huge = webp_of(*b"VP8X", b"\0\0\0\0\xff\xff\xff\xff\xff\xff");
        assert_eq!(kind_of(&huge), None);
    }
}
