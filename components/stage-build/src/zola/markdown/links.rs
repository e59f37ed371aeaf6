//! Where links lead.

use pulldown_cmark::LinkType;

use super::events::InternalLink;
use super::{Renderer, Text};
use crate::zola::config::Level;
use crate::zola::links::resolve;
use crate::zola::warn;

/// Where a link leads.
pub(super) struct Target {
    pub(super) url: String,
    pub(super) internal: Option<InternalLink>,
}

/// Resolves a link. That it leads nowhere is an error or a warning, as configured.
pub(super) fn target(
    renderer: &Renderer<'_>,
    text: &Text<'_>,
    kind: LinkType,
    link: &str,
) -> Result<Target, String> {
    let plain = |url: String| Target { url, internal: None };
    if kind == LinkType::Email {
        return Ok(plain(link.to_owned()));
    }
    if link.starts_with("@/") {
        return match resolve(link, renderer.permalinks) {
            Some(found) => Ok(Target { url: found.permalink, internal: Some((found.file, found.anchor)) }),
            None => {
                let message = format!("link `{link}` leads to no page");
                if renderer.config.link_checker.internal_level == Level::Error {
                    return Err(message);
                }
                warn(&format!("`content/{}`: {message}", text.file.unwrap_or("?")));
                Ok(plain(link.to_owned()))
            }
        };
    }
    if is_beside(link) {
        return Ok(plain(format!("{}{link}", text.permalink)));
    }
    if let (Some(anchor), Some(file)) =
        (link.strip_prefix('#').filter(|anchor| !anchor.is_empty()), text.file)
    {
        let internal = Some((file.to_owned(), Some(anchor.to_owned())));
        return Ok(Target { url: format!("{}{link}", text.permalink), internal });
    }
    Ok(plain(link.to_owned()))
}

/// Whether a link leads to a file beside the page.
pub(super) fn is_beside(link: &str) -> bool {
    !link.starts_with(['/', '#']) && !link.starts_with("..") && !has_scheme(link)
}

/// Whether a link leads out of the site.
pub(super) fn is_external(link: &str) -> bool {
    link.starts_with("http://") || link.starts_with("https://")
}

fn has_scheme(link: &str) -> bool {
    let end = link.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    end.is_some_and(|end| end > 0 && link[end..].starts_with(':'))
}
