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
/// The most memory that decoding may take, in bytes: 24 megapixels in colour with room to spare.
const MEMORY: u64 = 128 * 1024 * 1024;
const QUALITY: u8 = 88;

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
        // A PNG that says that it is huge, and needs hardly a byte for it.
        for side in [8_193u32, 60_000, u32::MAX] {
            let mut bomb = encoded(&halves(4, 4), ImageFormat::Png);
            bomb[16..20].copy_from_slice(&side.to_be_bytes());
            bomb[20..24].copy_from_slice(&side.to_be_bytes());
            assert_eq!(portrait(&bomb), None, "{side}");
        }
        // Within the sides and yet more memory than is given: 8192 × 8192 of 16 bits and four channels.
        let deep = ImageBuffer::from_pixel(8_192, 4_096, image::LumaA([0u16, 0]));
        let deep = encoded(&DynamicImage::ImageLumaA16(deep), ImageFormat::Png);
        assert!(deep.len() < UPLOAD_MAX && portrait(&deep).is_none());
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
