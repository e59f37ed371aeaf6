//! Fetches one commit of a git repository, shallow, over git's smart HTTP protocol, and leaves its files
//! in `out/source`.
//!
//! Everything but the way out of the sandbox is ordinary code over a [`Transport`], and is tested natively
//! against real git.

mod advertisement;
mod checkout;
mod commit;
mod credentials;
mod error;
mod fetch;
mod lfs;
pub mod limits;
mod objects;
mod pack;
mod packets;
mod parameters;
mod path;
mod reference;
mod remote;
mod transport;
mod tree;
mod url;
mod worktree;

use std::path::Path;

use ropewalk_stage::{Call, Failure, Secret, Stage};

pub use checkout::{Output, checkout};
pub use commit::Author;
pub use credentials::Credentials;
pub use error::Error;
pub use parameters::{DEFAULT_TOKEN_SECRET, DEFAULT_USERNAME, Parameters, Plan, Policy};
pub use reference::Reference;
pub use transport::{Request, Response, Transport, WayOut};
pub use url::RepositoryUrl;
pub use worktree::{LfsPointer, Submodule, Symlink, Written};

/// Where the files go: the artifact `source`.
const OUTPUT: &str = "out/source";
/// Where the files of another checkout stand, if the caller has one: the input of this name. What a commit has of them is
/// not fetched again.
const BASE: &str = "base";

/// The stage.
#[derive(Debug)]
pub struct Checkout;

impl Stage for Checkout {
    type Parameters = Parameters;
    type Output = Output;

    const NAME: &'static str = "checkout";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const HERMETIC: bool = false;
    const DEFAULT_INCLUDE: &'static [&'static str] = &[];

    fn run(parameters: Parameters, call: Call) -> Result<Output, Failure> {
        let secrets = &call.caller()?.secrets;
        run(&parameters, secrets, &mut WayOut, (Path::new(BASE), Path::new(OUTPUT)), &mut print_line)
    }
}

/// Checks out what the parameters name into an empty folder, the second; the first one has files of another checkout, or is
/// not there. The token shows up neither in the log nor in
/// the failure, whatever a server repeats.
pub fn run(
    parameters: &Parameters,
    secrets: &[Secret],
    transport: &mut dyn Transport,
    folders: (&Path, &Path),
    log: &mut dyn FnMut(&str),
) -> Result<Output, Failure> {
    let plan = Plan::new(parameters, secrets)?;
    let mask = |text: &str| match &plan.credentials {
        Some(credentials) => credentials.mask(text),
        None => text.to_owned(),
    };
    checkout(&plan, transport, folders, &mut |line| log(&mask(line))).map_err(|error| {
        let failure = Failure::from(error);
        Failure { cause: mask(&failure.cause), ..failure }
    })
}

/// What a stage prints is its log.
#[expect(clippy::print_stdout, reason = "the log of a stage is what it prints")]
fn print_line(line: &str) {
    println!("{line}");
}

#[cfg(target_arch = "wasm32")]
ropewalk_stage::export!(Checkout);
