//! Functions and filters of templates.

mod arguments;
mod content;
mod filters;
mod hash;
mod image;
mod load;
mod random;
mod url;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use tera::{Error, Function, Result, Tera, Value};

use super::Site;
use arguments::Arguments;

pub(crate) use image::Images;
pub(crate) use random::seed;

/// What a function does.
type Body = fn(&Site, &Arguments<'_>) -> Result<Value>;

/// Functions, and whether what they give is written as it is.
const FUNCTIONS: &[(&str, bool, Body)] = &[
    ("get_url", true, url::get_url),
    ("get_page", false, content::get_page),
    ("get_section", false, content::get_section),
    ("get_taxonomy", false, content::get_taxonomy),
    ("get_taxonomy_term", false, content::get_taxonomy_term),
    ("get_taxonomy_url", true, content::get_taxonomy_url),
    ("trans", false, content::trans),
    ("load_data", false, load::load_data),
    ("get_hash", false, hash::get_hash),
    ("get_file_hash", false, hash::get_hash),
    ("get_image_metadata", false, image::get_image_metadata),
    ("resize_image", false, image::resize_image),
    ("now", false, random::now),
    ("get_random", false, random::get_random),
    ("get_env", false, random::get_env),
];

/// Adds all of them.
pub(crate) fn register(tera: &mut Tera, site: &Arc<Site>) {
    for &(name, is_safe, body) in FUNCTIONS {
        tera.register_function(name, OfSite { name, is_safe, body, site: Arc::downgrade(site) });
    }
    filters::register(tera, site);
}

struct OfSite {
    name: &'static str,
    is_safe: bool,
    body: Body,
    site: Weak<Site>,
}

impl Function for OfSite {
    fn call(&self, arguments: &HashMap<String, Value>) -> Result<Value> {
        let site = alive(&self.site)?;
        (self.body)(&site, &Arguments::new(self.name, arguments))
    }

    fn is_safe(&self) -> bool {
        self.is_safe
    }
}

/// Templates are rendered while their site is there.
fn alive(site: &Weak<Site>) -> Result<Arc<Site>> {
    site.upgrade().ok_or_else(|| Error::msg("the site is gone"))
}

/// A file that a template names: in the site's folder, in `static/`, in `content/`, among what is already
/// written, or in the theme's `static/`; and its path as it was found by.
fn find_file(site: &Site, arguments: &Arguments<'_>, path: &str) -> Result<Option<(PathBuf, String)>> {
    let plain = match path.strip_prefix("@/") {
        Some(below) => format!("content/{below}"),
        None => path.trim_start_matches('/').to_owned(),
    };
    let Some(relative) = crate::files::relative(&plain) else {
        return Err(arguments.error(&format!("`{path}` leads out of the site's folder")));
    };
    let root = &site.place.root;
    let mut folders = vec![root.clone(), root.join("static"), root.join("content"), site.place.out.clone()];
    if let Some(theme) = &site.config.theme {
        folders.push(root.join("themes").join(theme).join("static"));
    }
    // What Zola would have written already is in the artifact.
    let written = relative.strip_prefix(&site.config.output_dir).map(|path| site.place.out.join(path)).ok();
    let found =
        folders.iter().map(|folder| folder.join(&relative)).chain(written).find(|path| path.is_file());
    Ok(found.map(|path| (path, plain)))
}

/// The bytes of a file, of which there are at most `limit`.
fn read_file(arguments: &Arguments<'_>, shown: &str, path: &Path, limit: u64) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| arguments.error(&format!("failed to read `{shown}`: {error}"));
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > limit {
        return Err(arguments.error(&format!("`{shown}` has {size} bytes: the limit is {limit}")));
    }
    std::fs::read(path).map_err(failed)
}
