//! The entry of a stage in spin.toml.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::manifest::Manifest;

/// What every stage's entry begins with: a route that nobody outside has, the component, and the store that its adapter
/// needs.
pub(super) fn head(id: &str) -> String {
    format!(
        "[[trigger.http]]\nroute = {{ private = true }}\ncomponent = \"{id}\"\n\n\
         [component.{id}]\nsource = \"target/ropewalk/{id}.wasm\"\nkey_value_stores = [\"default\"]\n"
    )
}

/// The text of spin.toml with one more component at its end, every comment where it was.
pub(super) fn add(text: &str, path: &Path, id: &str, entry: &str) -> Result<String> {
    let manifest = Manifest::parse(text, path)?;
    if manifest.components.contains_key(id) {
        bail!("`{}` has a component `{id}` already\nhint: name the stage otherwise", path.display());
    }
    let text = format!("{}\n\n{entry}", text.trim_end());
    let added = Manifest::parse(&text, path).with_context(|| {
        format!("component `{id}` cannot be added to `{}`; add it yourself:\n{entry}", path.display())
    })?;
    anyhow::ensure!(
        added.components.contains_key(id),
        "component `{id}` cannot be added to `{}`",
        path.display()
    );
    Ok(text)
}
