use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};

/// JPEG's quality, unless another is named.
const JPEG_QUALITY: u8 = 75;

/// What is done to an image.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    /// To exactly this size.
    Scale(u32, u32),
    FitWidth(u32),
    FitHeight(u32),
    /// To at most this size, never larger than it is.
    Fit(u32, u32),
    /// To exactly this size, cut at the sides where the proportions differ.
    Fill(u32, u32),
}

impl Operation {
    pub(super) fn of(name: &str, width: Option<u32>, height: Option<u32>) -> Result<Self, String> {
        // What is 0 is as good as not given.
        let given = |side: Option<u32>| side.filter(|&side| side > 0);
        match (name, given(width), given(height)) {
            ("scale", Some(width), Some(height)) => Ok(Self::Scale(width, height)),
            ("fit_width", Some(width), _) => Ok(Self::FitWidth(width)),
            ("fit_height", _, Some(height)) => Ok(Self::FitHeight(height)),
            ("fit", Some(width), Some(height)) => Ok(Self::Fit(width, height)),
            ("fill", Some(width), Some(height)) => Ok(Self::Fill(width, height)),
            ("scale" | "fit" | "fill", _, _) => Err(format!("`{name}` needs `width` and `height`")),
            ("fit_width", _, _) => Err("`fit_width` needs `width`".to_owned()),
            ("fit_height", _, _) => Err("`fit_height` needs `height`".to_owned()),
            _ => Err(format!(
                "there is no operation `{name}`: hint: scale, fit_width, fit_height, fit or fill"
            )),
        }
    }

    /// The size that an image has afterwards.
    pub(super) fn size(self, (width, height): (u32, u32)) -> (u32, u32) {
        let part = |of: u32, numerator: u32, denominator: u32| {
            let exact = f64::from(of) * f64::from(numerator) / f64::from(denominator.max(1));
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is positive, and saturates"
            )]
            let rounded = exact.round() as u32;
            rounded.max(1)
        };
        match self {
            Self::Scale(to_width, to_height) | Self::Fill(to_width, to_height) => (to_width, to_height),
            Self::FitWidth(to) => (to, part(height, to, width)),
            Self::FitHeight(to) => (part(width, to, height), to),
            Self::Fit(to_width, to_height) if width <= to_width && height <= to_height => (width, height),
            Self::Fit(to_width, to_height) => {
                if u64::from(width) * u64::from(to_height) > u64::from(height) * u64::from(to_width) {
                    (to_width, part(height, to_width, width))
                } else {
                    (part(width, to_height, height), to_height)
                }
            }
        }
    }

    pub(super) fn apply(self, image: DynamicImage) -> DynamicImage {
        let (width, height) = self.size((image.width(), image.height()));
        match self {
            _ if (width, height) == (image.width(), image.height()) => image,
            Self::Fill(..) => image.resize_to_fill(width, height, FilterType::Lanczos3),
            _ => image.resize_exact(width, height, FilterType::Lanczos3),
        }
    }
}

/// What an image is written as.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Jpeg(u8),
    Png,
    /// Without loss: there is no encoder for the other kind that runs in a stage.
    Webp,
}

impl Target {
    pub(super) fn of(name: &str, source: ImageFormat, quality: Option<u8>) -> Result<Self, String> {
        let jpeg = Self::Jpeg(quality.unwrap_or(JPEG_QUALITY));
        match (name, source) {
            ("auto", ImageFormat::Jpeg) | ("jpg" | "jpeg", _) => Ok(jpeg),
            ("auto", ImageFormat::WebP) | ("webp", _) => Ok(Self::Webp),
            ("auto" | "png", _) => Ok(Self::Png),
            ("avif", _) => {
                Err("format `avif` can't be written in a stage: hint: `webp`, `jpg` or `png`".to_owned())
            }
            _ => Err(format!("there is no format `{name}`: hint: `auto`, `jpg`, `png` or `webp`")),
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Jpeg(_) => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

pub(super) fn write(image: &DynamicImage, target: Target) -> Result<Vec<u8>, String> {
    let mut bytes = Cursor::new(Vec::new());
    let written = match target {
        Target::Jpeg(quality) => {
            image.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        }
        Target::Png => image.write_with_encoder(PngEncoder::new(&mut bytes)),
        Target::Webp => image.to_rgba8().write_with_encoder(WebPEncoder::new_lossless(&mut bytes)),
    };
    written.map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

/// The size of an SVG, by its attributes, or by its view box.
pub(super) fn svg_size(bytes: &[u8]) -> Result<(u32, u32), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document =
        roxmltree::Document::parse_with_options(text, options).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let number = |text: &str| {
        let digits: String = text.trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let is_relative = text.trim_end().ends_with('%');
        digits.parse::<f64>().ok().filter(|size| *size > 0.0 && !is_relative)
    };
    let view: Vec<f64> = root
        .attribute("viewBox")
        .unwrap_or_default()
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .filter_map(|part| part.parse().ok())
        .collect();
    let side =
        |name: &str, at: usize| root.attribute(name).and_then(number).or_else(|| view.get(at).copied());
    match (side("width", 2), side("height", 3)) {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "both are positive, and saturate"
        )]
        (Some(width), Some(height)) => Ok((width.round() as u32, height.round() as u32)),
        _ => Err("it says neither its width and height nor its view box".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, size: (u32, u32), original: (u32, u32), expected: (u32, u32)) {
        let operation = Operation::of(name, Some(size.0), Some(size.1)).unwrap();
        assert_eq!(operation.size(original), expected);
        let image = operation.apply(DynamicImage::new_rgb8(original.0, original.1));
        assert_eq!((image.width(), image.height()), expected);
    }

    #[test]
    fn images_are_resized() {
        check("scale", (10, 20), (40, 40), (10, 20));
        check("fit_width", (20, 1), (40, 30), (20, 15));
        check("fit_height", (1, 15), (40, 30), (20, 15));
        check("fit", (20, 20), (40, 30), (20, 15));
        check("fit", (20, 10), (40, 30), (13, 10));
        check("fit", (100, 100), (40, 30), (40, 30));
        check("fill", (20, 20), (40, 30), (20, 20));
    }

    #[test]
    fn sizes_of_drawings_are_read() {
        assert_eq!(svg_size(b"<svg width='10px' height='20.4'/>"), Ok((10, 20)));
        assert_eq!(svg_size(b"<svg width='100%' viewBox='0 0 30 40'/>"), Ok((30, 40)));
        assert!(svg_size(b"<svg/>").is_err());
        assert!(svg_size(b"<svg").is_err());
    }
}
