//! Webhooks of git hosts: verified, then read.
//!
//! ```text
//! headers, body, secret ──▶ receive ──▶ Push … │ Ping │ Ignored, or an error with its HTTP status
//! ```
//!
//! The signature is checked over the body as it arrived, in constant time, before anything of it is parsed.
//! A signature covers no clock here: a delivery that is sent again is told by its id ([`Push::delivery`]).

mod bitbucket;
mod delivery;
mod error;
mod form;
mod generic;
mod github;
mod gitlab;
mod signature;

pub use delivery::{Delivery, Forge, Push};
pub use error::Error;
pub use signature::{SIGNATURE_HEADER, sign};

/// Bytes of a delivery's body. Hosts send some kilobytes, GitHub at most 25 MB, platforms let through 10 MiB.
pub const MAX_BODY_BYTES: usize = 10 << 20;
/// Bytes of a commit's message. The rest is cut off.
pub const MAX_MESSAGE_BYTES: usize = 4096;
/// Bytes of any other text in a delivery: names of refs and people, URLs.
pub const MAX_TEXT_BYTES: usize = 1024;
/// References that one delivery may change.
pub const MAX_PUSHES: usize = 100;

/// Verifies a delivery and reads it. `header` looks up a header by its name in lower case; `secret` is
/// what the project and its host share.
pub fn receive<'h>(
    header: impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    secret: &str,
) -> Result<Delivery, Error> {
    if body.len() > MAX_BODY_BYTES {
        return Err(Error::TooLarge { bytes: body.len() });
    }
    if secret.is_empty() {
        return Err(Error::NoSecret);
    }
    let header = |name: &str| header(name).map(str::trim);
    let forge = signature::forge(&header)?;
    signature::verify(forge, &header, body, secret)?;
    let body = form::payload(header("content-type"), body, forge)?;
    let event = forge.event_header().and_then(&header).unwrap_or_default();
    let delivery = header(forge.delivery_header());
    match forge {
        Forge::GitHub | Forge::Gitea | Forge::Forgejo | Forge::Gogs => {
            github::read(forge, event, &body, delivery)
        }
        Forge::GitLab => gitlab::read(event, &body, delivery),
        Forge::Bitbucket => bitbucket::read(event, &body, delivery),
        Forge::Generic => generic::read(&body, delivery),
    }
}
