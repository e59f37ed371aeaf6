use std::path::Path;

use super::navigation::{Navigation, is_error_page};
use super::page::Page;

/// The stylesheet's name. A file of this name in the site's folder takes its place.
pub(super) const STYLE_FILE: &str = "ropewalk-theme.css";
/// The stylesheet.
pub(super) const STYLE: &str = include_str!("theme.css");

/// A whole page.
pub(super) fn render(page: &Page, navigation: &Navigation<'_>) -> String {
    let site = navigation.site_title();
    let title = if page.title == site { site.to_owned() } else { format!("{} · {site}", page.title) };
    let description = page
        .description
        .as_ref()
        .map_or(String::new(), |text| format!("<meta name=\"description\" content=\"{}\">\n", escape(text)));
    // A page for what is missing is shown at any depth: it can't name a file beside it.
    let (style, list, foot) = if is_error_page(page) {
        (format!("<style>\n{STYLE}</style>"), String::new(), String::new())
    } else {
        let style = page.link_to(Path::new(STYLE_FILE));
        let list = format!("<nav aria-label=\"Pages\">\n{}</nav>\n", navigation.list(page));
        (format!("<link rel=\"stylesheet\" href=\"{style}\">"), list, footer(page, navigation))
    };
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n{description}{style}\n</head>\n<body>\n{list}<main>\n{}{foot}</main>\n</body>\n</html>\n",
        escape(&title),
        page.body,
    )
}

/// Text as HTML shows it, also within an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Links to the pages before and after.
fn footer(page: &Page, navigation: &Navigation<'_>) -> String {
    let (before, after) = navigation.neighbours(page);
    let link = |page_to: Option<&Page>, relation: &str, arrow: (&str, &str)| {
        page_to.map_or(String::new(), |to| {
            let (left, right) = arrow;
            format!(
                "<a rel=\"{relation}\" href=\"{}\">{left}{}{right}</a>\n",
                page.link_to(&to.output),
                escape(&to.title)
            )
        })
    };
    let links = link(before, "prev", ("← ", "")) + &link(after, "next", ("", " →"));
    if links.is_empty() { links } else { format!("<footer>\n{links}</footer>\n") }
}
