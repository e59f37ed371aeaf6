//! Makes HTML smaller without changing what is seen: comments go, and white space is written once.

/// Elements in which white space is seen, or means something.
const KEPT: [&str; 5] = ["pre", "textarea", "script", "style", "svg"];

/// HTML without comments, and with one space where there were many.
pub(super) fn html(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while !rest.is_empty() {
        let Some(tag) = rest.find('<') else {
            text(&mut out, rest);
            break;
        };
        text(&mut out, &rest[..tag]);
        rest = &rest[tag..];
        if rest.starts_with("<!--") && !rest.starts_with("<!--[if") {
            let end = rest.find("-->").map_or(rest.len(), |end| end + 3);
            rest = &rest[end..];
            continue;
        }
        let end = kept(rest).unwrap_or_else(|| tag_end(rest));
        out.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    out
}

fn text(out: &mut String, text: &str) {
    let mut after_white = out.ends_with([' ', '\n']);
    for letter in text.chars() {
        let is_white = matches!(letter, ' ' | '\n' | '\t' | '\r' | '\x0c');
        match (is_white, after_white) {
            (true, false) => out.push(if letter == '\n' { '\n' } else { ' ' }),
            (true, true) => {}
            (false, _) => out.push(letter),
        }
        after_white = is_white;
    }
}

/// The end of the element that begins here, if it is one that is kept as it is.
fn kept(rest: &str) -> Option<usize> {
    let name = rest[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let name = KEPT.iter().find(|kept| kept.eq_ignore_ascii_case(name))?;
    let close = format!("</{name}");
    let lower = rest.to_ascii_lowercase();
    let at = lower.find(&close)?;
    Some(at + tag_end(&rest[at..]))
}

/// The end of the tag that begins here; a `>` in quotes is none.
fn tag_end(rest: &str) -> usize {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    // A `<` that begins no tag.
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, expected: &str) {
        assert_eq!(html(given), expected);
    }

    #[test]
    fn what_is_seen_stays() {
        check("<p>\n\n  a   b </p>  <!-- c --> <p>", "<p>\na b </p> <p>");
        check("<pre>\n  a  <!-- b -->\n</pre>  x", "<pre>\n  a  <!-- b -->\n</pre> x");
        check("<a title=\"x  > y\">  </a>", "<a title=\"x  > y\"> </a>");
        check("<script>a  <  b</script>", "<script>a  <  b</script>");
        check("1 <  2", "1 < 2");
        check("<!--[if IE]>  <![endif]-->", "<!--[if IE]> <![endif]-->");
    }
}
