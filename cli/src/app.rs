//! Where the application is: the folder with Ropewalk's spin.toml.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The manifest's name.
pub const MANIFEST: &str = "spin.toml";
/// What the main pipeline needs: all that fits where a platform limits the size of an application.
pub const MAIN_COMPONENTS: [&str; 7] =
    ["orchestrator", "site", "stage-checkout", "stage-lint", "stage-test", "stage-build", "stage-deploy"];

/// The folder of the application: the one that is named, else the first at or above the working directory
/// whose spin.toml is Ropewalk's, else the checkout from which this program was built.
pub fn find(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(named) = named {
        let folder = if named.is_file() { named.parent().unwrap_or(named) } else { named };
        if !folder.join(MANIFEST).is_file() {
            bail!("there is no `{MANIFEST}` in `{}`", folder.display());
        }
        return Ok(folder.to_owned());
    }
    let working = std::env::current_dir().context("failed to find the working directory")?;
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned);
    working
        .ancestors()
        .map(Path::to_owned)
        .chain(built_from)
        .find(|folder| is_ropewalk(folder))
        .with_context(|| {
            format!(
                "found no application at or above `{}`; hint: name its folder with `--app` or in `ROPEWALK_APP`",
                working.display()
            )
        })
}

fn is_ropewalk(folder: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(folder.join(MANIFEST)) else { return false };
    let Ok(table) = text.parse::<toml::Table>() else { return false };
    table.get("application").and_then(|application| application.get("name")).and_then(toml::Value::as_str)
        == Some("ropewalk")
}
