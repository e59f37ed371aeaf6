use sha2::{Digest, Sha256};
use tera::{Result, Value};

use super::{Arguments, Site, find_file, read_file};
use crate::zola::MAX_FILE_BYTES;
use crate::zola::links::resolve;

/// How much of a hash is in a URL, in hexadecimal digits.
const BUST_DIGITS: usize = 20;

/// `get_url(path, lang, trailing_slash, cachebust)`
pub(super) fn get_url(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let path = arguments.required("path")?;
    let default = &site.config.default_language;
    let lang = arguments.text("lang")?.unwrap_or(default);
    let is_other = lang != default;
    if path.starts_with("@/") {
        let link = if is_other { in_language(site, arguments, path, lang)? } else { path.to_owned() };
        let found = resolve(&link, &site.permalinks);
        let found = found.ok_or_else(|| arguments.error(&format!("`{link}` leads to no page")))?;
        return Ok(Value::String(found.permalink));
    }
    if crate::files::relative(path.trim_start_matches('/')).is_none() && !path.contains(['?', '#', ':']) {
        return Err(arguments.error(&format!("`{path}` leads out of the site's folder")));
    }
    // A path that begins with the language is left as it is.
    let has_lang = path.trim_start_matches('/').split('/').next() == Some(lang);
    let path = if is_other && !has_lang {
        format!("{lang}/{}", path.trim_start_matches('/'))
    } else {
        path.to_owned()
    };
    let mut url = site.config.permalink(&path);
    if !arguments.flag("trailing_slash", false)? && url.ends_with('/') {
        url.pop();
    }
    if arguments.flag("cachebust", false)? {
        let Some((file, shown)) = find_file(site, arguments, &path)? else {
            return Err(arguments.error(&format!("there is no file `{path}`")));
        };
        let hash = hex::encode(Sha256::digest(read_file(arguments, &shown, &file, MAX_FILE_BYTES)?));
        url = format!("{url}?h={}", &hash[..BUST_DIGITS]);
    }
    Ok(Value::String(url))
}

/// `@/blog/a.md` as `@/blog/a.fr.md`.
fn in_language(site: &Site, arguments: &Arguments<'_>, path: &str, lang: &str) -> Result<String> {
    if !site.config.languages.contains_key(lang) {
        return Err(arguments.error(&format!("language `{lang}` is not configured")));
    }
    let (stem, extension) = path.rsplit_once('.').unwrap_or((path, "md"));
    Ok(format!("{stem}.{lang}.{extension}"))
}
