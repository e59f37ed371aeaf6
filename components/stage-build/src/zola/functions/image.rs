//! Images: their size, and smaller ones of them.

mod resize;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use image::{ImageDecoder, ImageReader, Limits};
use serde_json::json;
use sha2::{Digest, Sha256};
use tera::{Result, Value};

use super::{Arguments, Site, find_file, read_file};
use crate::zola::MAX_FILE_BYTES;
use resize::{Operation, Target};

/// The most pixels that an image may have, on each side.
const MAX_SIDE: u32 = 16_384;
/// The most memory that decoding an image may take, in bytes.
const MAX_DECODED_BYTES: u64 = 64 * 1024 * 1024;
/// The most images that a site may have resized.
const MAX_RESIZED: usize = 4_000;
/// The folder of resized images.
const FOLDER: &str = "processed_images";

/// Resized images, by their paths in the artifact.
#[derive(Debug, Default)]
pub(crate) struct Images {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// `get_image_metadata(path, allow_missing)`
pub(super) fn get_image_metadata(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let path = arguments.required("path")?;
    let Some((file, shown)) = find_file(site, arguments, path)? else {
        if arguments.flag("allow_missing", false)? {
            return Ok(Value::Null);
        }
        return Err(arguments.error(&format!("there is no file `{path}`")));
    };
    let bytes = read_file(arguments, &shown, &file, MAX_FILE_BYTES)?;
    if has_extension(&file, "svg") {
        let (width, height) = resize::svg_size(&bytes).map_err(|why| broken(arguments, &shown, &why))?;
        return Ok(json!({ "width": width, "height": height, "format": "svg", "mime": "image/svg+xml" }));
    }
    let (decoder, format) = decoder(arguments, &shown, &bytes)?;
    let (width, height) = decoder.dimensions();
    let name = format.extensions_str().first();
    Ok(json!({ "width": width, "height": height, "format": name, "mime": format.to_mime_type() }))
}

/// `resize_image(path, width, height, op, format, quality)`
pub(super) fn resize_image(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let path = arguments.required("path")?;
    let operation = Operation::of(
        arguments.text("op")?.unwrap_or("fill"),
        arguments.size("width")?,
        arguments.size("height")?,
    )
    .map_err(|why| arguments.error(&why))?;
    let quality = arguments.size("quality")?.map(|quality| u8::try_from(quality).unwrap_or(u8::MAX));
    if quality.is_some_and(|quality| !(1..=100).contains(&quality)) {
        return Err(arguments.error("`quality` must be from 1 to 100"));
    }
    let format = arguments.text("format")?.unwrap_or("auto");
    let Some((file, shown)) = find_file(site, arguments, path)? else {
        return Err(arguments.error(&format!("there is no file `{path}`")));
    };
    let bytes = read_file(arguments, &shown, &file, MAX_FILE_BYTES)?;
    let (mut decoder, source) = decoder(arguments, &shown, &bytes)?;
    let target = Target::of(format, source, quality).map_err(|why| arguments.error(&why))?;
    let orientation = decoder.orientation().map_err(|error| broken(arguments, &shown, &error.to_string()))?;
    let original = decoder.dimensions();
    let size = operation.size(original);
    if size.0 > MAX_SIDE || size.1 > MAX_SIDE {
        return Err(arguments
            .error(&format!("the image would be {} × {} pixels: the limit is {MAX_SIDE}", size.0, size.1)));
    }
    let name = name(&shown, &bytes, &format!("{operation:?} {target:?}"), target.extension());
    let done = site.images().files.contains_key(&name);
    if !done {
        if site.images().files.len() >= MAX_RESIZED {
            return Err(
                arguments.error(&format!("the site has too many resized images: the limit is {MAX_RESIZED}"))
            );
        }
        let mut image = image::DynamicImage::from_decoder(decoder)
            .map_err(|error| broken(arguments, &shown, &error.to_string()))?;
        image.apply_orientation(orientation);
        let written =
            resize::write(&operation.apply(image), target).map_err(|why| broken(arguments, &shown, &why))?;
        site.images().files.insert(name.clone(), written);
    }
    Ok(json!({
        "url": site.config.permalink(&name).trim_end_matches('/'),
        "static_path": format!("static/{name}"),
        "width": size.0,
        "height": size.1,
        "orig_width": original.0,
        "orig_height": original.1,
    }))
}

/// A name that another image, or another size of it, does not have.
fn name(path: &str, bytes: &[u8], how: &str, extension: &str) -> String {
    let digest = Sha256::new().chain_update(how).chain_update([0]).chain_update(bytes).finalize();
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    format!("{FOLDER}/{stem}.{}.{extension}", &hex::encode(digest)[..16])
}

fn decoder<'b>(
    arguments: &Arguments<'_>,
    shown: &str,
    bytes: &'b [u8],
) -> Result<(Box<dyn ImageDecoder + 'b>, image::ImageFormat)> {
    let failed = |why: String| broken(arguments, shown, &why);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| failed(error.to_string()))?;
    let format = reader.format().ok_or_else(|| failed("it is no JPEG, PNG, WebP or GIF".to_owned()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| failed(error.to_string()))?;
    Ok((Box::new(decoder), format))
}

fn broken(arguments: &Arguments<'_>, shown: &str, why: &str) -> tera::Error {
    arguments.error(&format!("image `{shown}` can't be read: {}", why.replace('\n', ", ")))
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|have| have.eq_ignore_ascii_case(extension))
}
