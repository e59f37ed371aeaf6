//! Colours and classes of tokens.

use std::fmt::Write;

use syntect::highlighting::{Color, FontStyle, Style as Colours, Theme};
use syntect::html::{ClassStyle, css_for_theme_with_class_style};
use syntect::parsing::Scope;
use two_face::theme::EmbeddedLazyThemeSet;

use super::CLASS_PREFIX;
use crate::zola::config::Highlighting;
use crate::zola::warn;

/// The theme of a name, in whatever letters and hyphens. Zola names many that no library has: a dark or a
/// light one stands in.
pub(super) fn find(name: &str) -> Theme {
    let themes = two_face::theme::extra();
    let wanted = plain(name);
    let found = EmbeddedLazyThemeSet::theme_names().iter().find(|theme| plain(theme.as_name()) == wanted);
    if let Some(found) = found {
        return themes.get(*found).clone();
    }
    let is_light =
        ["light", "latte", "dawn", "day", "white", "lotus"].iter().any(|word| wanted.contains(word));
    let (stand_in, shown) = if is_light {
        (two_face::theme::EmbeddedThemeName::InspiredGithub, "InspiredGithub")
    } else {
        (two_face::theme::EmbeddedThemeName::Base16OceanDark, "base16-ocean.dark")
    };
    if wanted != "css" {
        warn(&format!("there is no highlighting theme `{name}`: `{shown}` stands in"));
    }
    themes.get(stand_in).clone()
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

/// The style sheets that a site in classes links to.
pub(crate) fn stylesheets(highlighting: &Highlighting) -> Result<Vec<(&'static str, String)>, String> {
    if !highlighting.by_class() {
        return Ok(Vec::new());
    }
    let names = highlighting.themes();
    let files: &[&str] =
        if names.len() == 2 { &["giallo-light.css", "giallo-dark.css"] } else { &["giallo.css"] };
    let sheets = files.iter().zip(names).map(|(file, name)| {
        let theme = find(name);
        let css = css_for_theme_with_class_style(&theme, ClassStyle::SpacedPrefixed { prefix: CLASS_PREFIX })
            .map_err(|error| format!("failed to write the style sheet of `{name}`: {error}"))?;
        Ok((*file, css))
    });
    sheets.collect()
}

/// The tag of a scope.
pub(super) fn open_tag(scope: Scope) -> String {
    let classes: Vec<_> =
        scope.build_string().split('.').map(|part| format!("{CLASS_PREFIX}{part}")).collect();
    format!("<span class=\"{}\">", classes.join(" "))
}

/// The style of a whole block.
pub(super) fn of_block(themes: &[Theme]) -> String {
    let text: Vec<_> = themes.iter().filter_map(|theme| theme.settings.foreground).collect();
    let ground: Vec<_> = themes.iter().filter_map(|theme| theme.settings.background).collect();
    let scheme = if themes.len() == 2 { "color-scheme: light dark; " } else { "" };
    format!("{scheme}{}{}", colour("color", &text), colour("background-color", &ground)).trim_end().to_owned()
}

/// The attribute of a line that is marked.
pub(super) fn of_mark(themes: &[Theme]) -> String {
    let ground: Vec<_> = themes.iter().filter_map(|theme| theme.settings.line_highlight).collect();
    if ground.is_empty() {
        String::new()
    } else {
        format!(" style=\"{}\"", colour("background-color", &ground).trim_end())
    }
}

/// The style of a token, in one theme, or in a light and a dark one.
pub(super) fn of_token(all: &[Colours]) -> String {
    let text: Vec<_> = all.iter().map(|colours| colours.foreground).collect();
    let mut style = colour("color", &text);
    let font = all.first().map_or(FontStyle::empty(), |colours| colours.font_style);
    for (flag, rule) in [
        (FontStyle::BOLD, "font-weight: bold; "),
        (FontStyle::ITALIC, "font-style: italic; "),
        (FontStyle::UNDERLINE, "text-decoration: underline; "),
    ] {
        if font.contains(flag) {
            style.push_str(rule);
        }
    }
    style.trim_end().to_owned()
}

fn colour(property: &str, colours: &[Color]) -> String {
    match colours {
        [] => String::new(),
        [one] => format!("{property}: {}; ", hex(*one)),
        [light, dark, ..] => format!("{property}: light-dark({}, {}); ", hex(*light), hex(*dark)),
    }
}

fn hex(colour: Color) -> String {
    let mut hex = format!("#{:02X}{:02X}{:02X}", colour.r, colour.g, colour.b);
    if colour.a != 255 {
        let _ = write!(hex, "{:02X}", colour.a);
    }
    hex
}
