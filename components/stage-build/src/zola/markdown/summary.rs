//! What stands before `<!-- more -->`.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Tag, TagEnd, html::push_html};
use regex::Regex;

use super::Renderer;

/// What takes the divider's place, so that a link can lead there.
pub(super) const CONTINUE_READING: &str = "<span id=\"continue-reading\"></span>";

static DIVIDER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)<!--\s*more\s*-->").expect("a valid pattern"));
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"<sup class="footnote-reference"[^>]*><a [^>]*>[^<]*</a></sup>"#).expect("a valid pattern")
});

/// Whether HTML has the divider.
pub(super) fn is_divider(html: &str) -> bool {
    html.contains("<!--") && DIVIDER.is_match(html)
}

/// The summary, without footnotes, and with everything closed that is open at the divider.
pub(super) fn of(
    renderer: &Renderer<'_>,
    lang: &str,
    events: &[Event<'_>],
) -> Result<Option<String>, String> {
    let Some(end) =
        events.iter().position(|event| matches!(event, Event::Html(html) if &**html == CONTINUE_READING))
    else {
        return Ok(None);
    };
    let mut summary = String::new();
    push_html(&mut summary, events[..end].iter().cloned());
    let mut summary = REFERENCE.replace_all(&summary, "").trim_end().to_owned();
    let open = open_tags(&events[..end]);
    if !open.is_empty() {
        let mut context = tera::Context::new();
        context.insert("summary", &summary);
        context.insert("lang", lang);
        summary.push_str(&renderer.engine.render("summary-cutoff.html", &context)?);
        push_html(&mut summary, open.into_iter().rev().map(Event::End));
    }
    Ok(Some(summary))
}

fn open_tags(events: &[Event<'_>]) -> Vec<TagEnd> {
    let mut open = Vec::new();
    for event in events {
        match event {
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {}
            Event::Start(tag) => open.push(tag.to_end()),
            Event::End(tag) => {
                if let Some(at) = open.iter().rposition(|other| other == tag) {
                    open.truncate(at);
                }
            }
            _ => {}
        }
    }
    open
}
