//! What a theme's `theme.toml` gives.

use super::invalid_toml;
use crate::error::Error;
use crate::{Place, files};

/// The theme's `extra`.
pub(super) fn extra(place: &Place, theme: &str) -> Result<toml::Table, Error> {
    let folder = files::relative(theme)
        .filter(|path| path.components().count() == 1)
        .ok_or_else(|| Error::UnsafePath { what: "theme", path: theme.to_owned() })?;
    let folder = std::path::Path::new("themes").join(folder);
    let path = folder.join("theme.toml");
    let shown = place.show(&place.root.join(&path));
    if !place.root.join(&path).is_file() {
        return Err(Error::InvalidTheme(format!(
            "`{shown}` is missing: hint: theme `{theme}` must be checked out, too, also if it is a submodule"
        )));
    }
    if !place.root.join(&folder).join("templates").is_dir() {
        return Err(Error::InvalidTheme(format!("theme `{theme}` has no folder `templates`")));
    }
    let text = files::read_text(place, &path)?;
    let mut table: toml::Table =
        toml::from_str(&text).map_err(|error| invalid_toml(&shown, &text, &error))?;
    match table.remove("extra") {
        Some(toml::Value::Table(extra)) => Ok(extra),
        _ => Ok(toml::Table::new()),
    }
}

/// Adds what the site does not set itself. The key of what can't be merged is the error.
pub(super) fn merge(site: &mut toml::Table, theme: toml::Table) -> Result<(), String> {
    for (key, value) in theme {
        match (site.get_mut(&key), value) {
            (None, value) => {
                site.insert(key, value);
            }
            (Some(toml::Value::Table(mine)), toml::Value::Table(added)) => {
                merge(mine, added).map_err(|inner| format!("{key}.{inner}"))?;
            }
            (Some(toml::Value::Table(_)), _) | (Some(_), toml::Value::Table(_)) => return Err(key),
            (Some(_), _) => {}
        }
    }
    Ok(())
}
