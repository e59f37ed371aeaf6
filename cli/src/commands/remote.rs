//! How commands find a running application: by URL and token, or by the state folder of a local one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::client::Client;
use crate::printer::Printer;

/// Where the application runs.
#[derive(clap::Args)]
pub(crate) struct Remote {
    /// URL of the application
    #[arg(long, env = "ROPEWALK_URL", default_value = "http://127.0.0.1:3000")]
    url: String,
    /// API token; without it, that of the local host's state folder
    #[arg(long, env = "ROPEWALK_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// State folder of the local host
    #[arg(long, env = "ROPEWALK_STATE", value_name = "DIR", default_value = ".ropewalk")]
    state: PathBuf,
    /// Print JSON, for scripts
    #[arg(long)]
    pub(crate) json: bool,
}

impl Remote {
    /// A client of it.
    pub(crate) fn client(&self) -> Result<Client> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => local_token(&self.state)?,
        };
        Ok(Client::new(&self.url, &token))
    }

    /// Prints a value as JSON if that is asked for. `true`: it was.
    pub(crate) fn print_json(&self, value: &Value, printer: &Printer) -> bool {
        if self.json {
            printer.data(&format!("{value:#}"));
        }
        self.json
    }
}

/// The token that a local host made and keeps.
pub(crate) fn local_token(state: &Path) -> Result<String> {
    let path = state.join("secrets.toml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        bail!(
            "no API token: `{}` is not there; hint: give `--token` or `ROPEWALK_TOKEN`, or name the local \
             host's folder with `--state`",
            path.display()
        );
    };
    let table: toml::Table = text.parse().with_context(|| format!("failed to read `{}`", path.display()))?;
    let token = table.get("api_token").and_then(toml::Value::as_str);
    token.map(str::to_owned).with_context(|| format!("`{}` has no `api_token`", path.display()))
}
