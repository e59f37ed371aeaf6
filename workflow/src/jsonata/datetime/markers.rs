//! Reading the picture of a moment.

use super::super::error::Fault;
use super::super::integer::{Case, Picture};

/// A part of a picture.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Literal(String),
    Marker(Marker),
}

/// `[Y0001]`.
#[derive(Clone, Debug)]
pub(super) struct Marker {
    pub(super) component: char,
    /// The component is shown by its name.
    pub(super) names: Option<Case>,
    pub(super) integer: Option<Picture>,
    pub(super) most: Option<usize>,
    /// A year is cut to so many digits.
    pub(super) year_digits: Option<usize>,
    /// `t`: UTC is shown as `Z`.
    pub(super) traditional: bool,
}

/// Takes a picture apart.
pub(super) fn parse(picture: &str) -> Result<Vec<Part>, Fault> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = picture;
    while let Some(at) = rest.find('[') {
        literal(&rest[..at], &mut parts);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('[') {
            parts.push(Part::Literal("[".to_owned()));
            rest = after;
            continue;
        }
        let end = rest.find(']').ok_or_else(|| Fault::new("D3135", "the picture has a `[` without `]`"))?;
        let text: String = rest[..end].split_whitespace().collect();
        rest = &rest[end + 1..];
        let marker = Marker::parse(&text)?;
        if marker.integer.is_some()
            && let Some(Part::Marker(before)) = parts.last_mut()
            && let Some(picture) = &mut before.integer
        {
            picture.fix_width();
        }
        parts.push(Part::Marker(marker));
    }
    literal(rest, &mut parts);
    Ok(parts)
}

fn literal(text: &str, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Literal(text.replace("]]", "]")));
    }
}

fn default_presentation(component: char) -> Option<&'static str> {
    Some(match component {
        'Y' | 'M' | 'D' | 'd' | 'W' | 'w' | 'X' | 'x' | 'H' | 'h' | 'f' => "1",
        'F' | 'P' | 'C' | 'E' => "n",
        'm' | 's' => "01",
        'Z' | 'z' => "01:01",
        _ => return None,
    })
}

impl Marker {
    fn parse(text: &str) -> Result<Self, Fault> {
        let component =
            text.chars().next().ok_or_else(|| Fault::new("D3132", "the picture has an empty marker `[]`"))?;
        let rest = &text[component.len_utf8()..];
        let (presentation, width) = match rest.rsplit_once(',') {
            Some((presentation, width)) => (presentation, Some(width)),
            None => (rest, None),
        };
        let bound = |text: &str| text.parse::<usize>().ok().filter(|bound| *bound <= 1_000);
        let (least, most) = match width.map(|width| width.split_once('-').unwrap_or((width, "*"))) {
            Some((least, most)) => (bound(least), bound(most)),
            None => (None, None),
        };
        let (presentation, modifier) = match presentation.chars().last() {
            Some(last @ ('a' | 't' | 'c' | 'o')) if presentation.chars().count() > 1 => {
                (&presentation[..presentation.len() - 1], Some(last))
            }
            _ => (presentation, None),
        };
        let presentation = match presentation {
            "" => default_presentation(component)
                .ok_or_else(|| Fault::new("D3132", format!("`{component}` isn't a component of a moment")))?,
            given => given,
        };
        let mut marker = Self {
            component,
            names: None,
            integer: None,
            most,
            year_digits: None,
            traditional: modifier == Some('t'),
        };
        let mut initials = presentation.chars();
        match (initials.next(), initials.next()) {
            (Some('n'), _) => marker.names = Some(Case::Lower),
            (Some('N'), Some('n')) => marker.names = Some(Case::Title),
            (Some('N'), _) => marker.names = Some(Case::Upper),
            _ if "YMDdFWwXxHhmsfZz".contains(component) => {
                marker.integer = Some(integer(presentation, modifier, least)?);
            }
            _ => {}
        }
        if component == 'Y'
            && let Some(picture) = &mut marker.integer
        {
            if let Some(most) = most {
                picture.fix(most);
                marker.year_digits = Some(most);
            } else if picture.digits() >= 2 {
                marker.year_digits = Some(picture.digits());
            }
        }
        Ok(marker)
    }

    /// A name in the case that the picture asks for.
    pub(super) fn cased(&self, name: &str) -> String {
        match self.names {
            Some(Case::Upper) => name.to_uppercase(),
            Some(Case::Lower) => name.to_lowercase(),
            _ => name.to_owned(),
        }
    }
}

fn integer(presentation: &str, modifier: Option<char>, least: Option<usize>) -> Result<Picture, Fault> {
    let text = match modifier {
        Some('o') => format!("{presentation};o"),
        _ => presentation.to_owned(),
    };
    let mut picture = Picture::parse(&text)?;
    if let Some(least) = least {
        picture.widen(least);
    }
    Ok(picture)
}
