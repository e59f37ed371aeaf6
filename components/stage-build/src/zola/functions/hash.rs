use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384, Sha512};
use tera::{Result, Value};

use super::{Arguments, Site, find_file, read_file};
use crate::zola::MAX_FILE_BYTES;

/// `get_hash(path or literal, sha_type, base64)`
pub(super) fn get_hash(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let contents = match (arguments.text("path")?, arguments.text("literal")?) {
        (Some(path), None) => {
            let Some((file, shown)) = find_file(site, arguments, path)? else {
                return Err(arguments.error(&format!("there is no file `{path}`")));
            };
            read_file(arguments, &shown, &file, MAX_FILE_BYTES)?
        }
        (None, Some(literal)) => literal.as_bytes().to_vec(),
        _ => return Err(arguments.error("either `path` or `literal` must be given")),
    };
    let hash = match arguments.integer("sha_type")?.unwrap_or(384) {
        256 => Sha256::digest(contents).to_vec(),
        384 => Sha384::digest(contents).to_vec(),
        512 => Sha512::digest(contents).to_vec(),
        other => return Err(arguments.error(&format!("`sha_type` is `{other}`: it must be 256, 384 or 512"))),
    };
    let encoded = if arguments.flag("base64", true)? { STANDARD.encode(hash) } else { hex::encode(hash) };
    Ok(Value::String(encoded))
}
