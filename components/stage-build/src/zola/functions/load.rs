use tera::{Result, Value};

use super::{Arguments, Site, find_file, read_file};
use crate::zola::data::{self, Format};
use crate::zola::{MAX_DATA_BYTES, warn_once};

/// `load_data(path or literal, format, required)`
pub(super) fn load_data(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let required = arguments.flag("required", true)?;
    if let Some(url) = arguments.text("url")?.or(arguments.text("path")?.filter(|path| path.contains("://")))
    {
        let why = format!(
            "`{url}` is not on this machine, and a stage has no network: hint: keep the data in the site, and name it by `path`"
        );
        if required {
            return Err(arguments.error(&why));
        }
        warn_once(&format!("`load_data`: {why}"));
        return Ok(Value::Null);
    }
    let named = arguments.text("format")?;
    let format = |name: Option<&str>| {
        let name = named.or(name).unwrap_or("plain");
        Format::of(name).ok_or_else(|| arguments.error(&format!("there is no format `{name}`")))
    };
    match (arguments.text("path")?, arguments.text("literal")?) {
        (None, Some(literal)) => parse(arguments, "literal", literal.as_bytes(), format(None)?),
        (Some(path), None) => {
            let Some((file, shown)) = find_file(site, arguments, path)? else {
                if required {
                    return Err(arguments.error(&format!("there is no file `{path}`")));
                }
                return Ok(Value::Null);
            };
            let extension = path.rsplit_once('.').map(|(_, extension)| extension);
            // A name of no known kind is text.
            let known = extension.filter(|extension| Format::of(extension).is_some());
            let format = format(known)?;
            let key = (shown.clone(), format);
            if let Some(value) = site.loaded(&key) {
                return Ok(value);
            }
            let bytes = read_file(arguments, &shown, &file, MAX_DATA_BYTES)?;
            let value = parse(arguments, &shown, &bytes, format)?;
            site.keep_loaded(key, &value);
            Ok(value)
        }
        _ => Err(arguments.error("one of `path` and `literal` must be given")),
    }
}

fn parse(arguments: &Arguments<'_>, shown: &str, bytes: &[u8], format: Format) -> Result<Value> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| arguments.error(&format!("`{shown}` is not UTF-8 text")))?;
    let text = text.trim_start_matches('\u{feff}');
    data::parse(text, format).map_err(|why| arguments.error(&format!("`{shown}` is not valid: {why}")))
}
