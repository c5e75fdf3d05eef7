//! What a member uploads becomes a portrait: decoded within limits, cut to a square, made small and written anew, so that nothing of
//! the file itself (what is hidden in it, where it was taken) is kept or shown.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

/// The largest upload, in bytes.
pub const UPLOAD_MAX: usize = 5 * 1024 * 1024;
/// The sides of a portrait, in pixels.
const SIDE: u32 = 256;
/// The longest side of an upload, in pixels.
const LONGEST_SIDE: u32 = 8192;
/// The most memory that a decoded picture may take, in bytes: 22 megapixels in colour. (The portal sends 512 pixels square.)
const MEMORY: u64 = 64 * 1024 * 1024;
const QUALITY: u8 = 88;
const QUALITIES: [u8; 3] = [85, 65, 30];

/// The portrait in an upload; none when it is no picture that is taken.
pub(super) fn portrait(bytes: &[u8]) -> Option<Vec<u8>> {
    let picture = flat(&decode(bytes)?);
    let side = picture.width().min(picture.height());
    let (x, y) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let square = image::imageops::crop_imm(&picture, x, y, side, side).to_image();
    let small = image::imageops::resize(&square, SIDE, SIDE, FilterType::CatmullRom);
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&small).ok()?;
    Some(out)
}

/// A picture as it is shown to colleagues, with its sides.
#[derive(Debug)]
pub(super) struct Scaled {
    pub(super) bytes: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// The picture in an upload, with sides of at most `side` pixels and at most `largest` bytes; none when it is no picture that is taken.
pub(super) fn scaled(bytes: &[u8], side: u32, largest: usize) -> Option<Scaled> {
    let picture = decode(bytes)?;
    let picture = if picture.width().max(picture.height()) > side {
        picture.resize(side, side, FilterType::CatmullRom)
    } else {
        picture
    };
    let picture = flat(&picture);
    let (width, height) = picture.dimensions();
    // Nearly all are small enough at once; what is as good as noise has to be coarser.
    QUALITIES.into_iter().find_map(|quality| {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&picture).ok()?;
        (bytes.len() <= largest).then_some(Scaled { bytes, width, height })
    })
}

/// Decodes a JPEG, PNG or WebP, whatever it is called, and turns it as the camera was held.
fn decode(bytes: &[u8]) -> Option<DynamicImage> {
    if bytes.len() > UPLOAD_MAX {
        return None;
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    if !matches!(reader.format()?, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    if decoder.total_bytes() > MEMORY {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some(picture)
}

/// Without transparency: on white.
fn flat(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let picture = picture.to_rgba8();
    let mut out = RgbImage::new(picture.width(), picture.height());
    for (flat, pixel) in out.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        let over =
            |colour: u32| u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        *flat = Rgb([over(red), over(green), over(blue)]);
    }
    out
}

#[cfg(test)]
mod tests {
    use image::{ImageBuffer, Rgba};

    use super::*;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Left half red, right half green.
    fn halves(width: u32, height: u32) -> DynamicImage {
        let colour = |x: u32, _| if x < width / 2 { Rgb([255u8, 0, 0]) } else { Rgb([0, 255, 0]) };
        DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, colour))
    }

    /// The same PNG with another size and kind of colours in its header, which has the right checksum.
    fn saying(png: &[u8], width: u32, height: u32, colours: [u8; 2]) -> Vec<u8> {
        let mut png = png.to_vec();
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        png[24..26].copy_from_slice(&colours);
        let checksum = !png[12..29].iter().fold(u32::MAX, |checksum, byte| {
            let shift = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            (0..8).fold(checksum ^ u32::from(*byte), shift)
        });
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        png
    }

    #[test]
    fn pictures_become_small_squares_of_their_middle() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            for (width, height) in [(1_000, 300), (300, 1_000), (256, 256), (2, 1), (1, 1)] {
                let small = portrait(&encoded(&halves(width, height), format)).unwrap();
                let small = image::load_from_memory_with_format(&small, ImageFormat::Jpeg).unwrap().to_rgb8();
                assert_eq!((small.width(), small.height()), (SIDE, SIDE));
                if width >= 256 {
                    let [left, right] = [8, 247].map(|x| small.get_pixel(x, 128).0);
                    assert!(left[0] > 200 && left[1] < 60, "{left:?}");
                    assert!(right[1] > 200 && right[0] < 60, "{right:?}");
                }
            }
        }
    }

    #[test]
    fn what_colleagues_are_shown_keeps_its_shape() {
        for (width, height, expected) in
            [(3_200, 800, (1_600, 400)), (300, 1_000, (300, 1_000)), (1, 1, (1, 1))]
        {
            let shown = scaled(&encoded(&halves(width, height), ImageFormat::Png), 1_600, 1 << 20).unwrap();
            assert_eq!((shown.width, shown.height), expected);
            let shown = image::load_from_memory_with_format(&shown.bytes, ImageFormat::Jpeg).unwrap();
            assert_eq!((shown.width(), shown.height()), expected);
        }
        let mut state = 7u32;
        let noise = ImageBuffer::from_fn(1_600, 1_600, |_, _| {
            Rgb([(); 3].map(|()| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            }))
        });
        let shown = scaled(&encoded(&DynamicImage::ImageRgb8(noise), ImageFormat::Jpeg), 1_600, 1 << 20);
        assert!(shown.unwrap().bytes.len() <= 1 << 20, "also what is as good as noise");
        assert!(scaled(b"<svg/>", 1_600, 1 << 20).is_none());
    }

    #[test]
    fn what_is_transparent_is_white() {
        let clear = ImageBuffer::from_pixel(8, 8, Rgba([0u8, 0, 0, 0]));
        let small = portrait(&encoded(&DynamicImage::ImageRgba8(clear), ImageFormat::Png)).unwrap();
        let small = image::load_from_memory(&small).unwrap().to_rgb8();
        assert!(small.get_pixel(0, 0).0.iter().all(|colour| *colour > 250));
    }

    #[test]
    fn nothing_of_the_file_itself_is_kept() {
        let mut bytes = encoded(&halves(300, 300), ImageFormat::Png);
        bytes.extend(b"<script>alert(1)</script>");
        let small = portrait(&bytes).unwrap();
        assert!(!small.windows(8).any(|eight| eight == b"<script>"));
    }

    #[test]
    fn bombs_and_disguises_are_refused() {
        // PNGs that say how large they are, and need hardly a byte for it.
        let small = encoded(&halves(4, 4), ImageFormat::Png);
        assert!(portrait(&saying(&small, 4, 4, [8, 2])).is_some());
        for side in [8_193, 60_000, 0x7fff_ffff] {
            assert_eq!(portrait(&saying(&small, side, side, [8, 2])), None, "{side}");
        }
        // Within the sides and yet more memory than is given.
        assert_eq!(portrait(&saying(&small, 8_192, 8_192, [16, 6])), None);
        let pages: [&[u8]; 6] = [
            b"",
            b"<html><script>alert(1)</script></html>",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
            b"\xff\xd8\xff\xe0<script>alert(1)</script>\xff\xd9",
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
        ];
        for page in pages {
            assert_eq!(portrait(page), None);
        }
        let whole = encoded(&halves(64, 64), ImageFormat::Png);
        for length in 0..whole.len() - 16 {
            assert_eq!(portrait(&whole[..length]), None, "{length}");
        }
        assert_eq!(portrait(&vec![0; UPLOAD_MAX + 1]), None);
    }
}
