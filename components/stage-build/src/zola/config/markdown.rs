use serde::{Deserialize, Serialize};

/// How Markdown becomes HTML.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Markdown {
    pub(crate) highlighting: Option<Highlighting>,
    pub(crate) render_emoji: bool,
    pub(crate) external_links_class: Option<String>,
    pub(crate) external_links_target_blank: bool,
    pub(crate) external_links_no_follow: bool,
    pub(crate) external_links_no_referrer: bool,
    pub(crate) external_links_external: bool,
    pub(crate) smart_punctuation: bool,
    pub(crate) definition_list: bool,
    pub(crate) bottom_footnotes: bool,
    pub(crate) lazy_async_image: bool,
    pub(crate) insert_anchor_links: AnchorLinks,
    pub(crate) github_alerts: bool,
    /// Whether code is highlighted, as it was set before Zola 0.22.
    highlight_code: bool,
    /// The theme for it, or `css` for classes, likewise.
    highlight_theme: Option<String>,
}

impl Default for Markdown {
    fn default() -> Self {
        Self {
            highlighting: None,
            render_emoji: false,
            external_links_class: None,
            external_links_target_blank: false,
            external_links_no_follow: false,
            external_links_no_referrer: false,
            external_links_external: true,
            smart_punctuation: false,
            definition_list: false,
            bottom_footnotes: false,
            lazy_async_image: false,
            insert_anchor_links: AnchorLinks::None,
            github_alerts: false,
            highlight_code: false,
            highlight_theme: None,
        }
    }
}

/// Where headings get a link to themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AnchorLinks {
    Left,
    Right,
    Heading,
    None,
}

/// How code is highlighted.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Highlighting {
    /// Whether a language that isn't known is an error.
    #[serde(default)]
    pub(crate) error_on_missing_language: bool,
    /// `inline` colours, or `class`es.
    #[serde(default = "inline")]
    style: Style,
    /// The theme.
    pub(crate) theme: Option<String>,
    /// The theme on a light background, if there are two.
    pub(crate) light_theme: Option<String>,
    /// The theme on a dark background, if there are two.
    pub(crate) dark_theme: Option<String>,
    /// Grammars of the site's own, which this stage can't read.
    #[serde(default)]
    extra_grammars: Vec<String>,
    /// Themes of the site's own, likewise.
    #[serde(default)]
    extra_themes: Vec<String>,
}

fn inline() -> Style {
    Style::Inline
}

/// How colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Style {
    Inline,
    Class,
}

impl Highlighting {
    /// The themes in use: one, or the light and the dark one.
    pub(crate) fn themes(&self) -> Vec<&str> {
        match &self.theme {
            Some(theme) => vec![theme],
            None => [&self.light_theme, &self.dark_theme].into_iter().flatten().map(String::as_str).collect(),
        }
    }

    /// Whether colours are written as classes.
    pub(crate) fn by_class(&self) -> bool {
        self.style == Style::Class
    }

    /// Files named in the configuration that are not used.
    pub(crate) fn unused(&self) -> impl Iterator<Item = &String> {
        self.extra_grammars.iter().chain(&self.extra_themes)
    }
}

impl Markdown {
    /// Finds what makes no sense, and turns older names into newer ones.
    pub(super) fn check(&mut self) -> Result<(), String> {
        if let Some(class) = self.external_links_class.as_ref().filter(|class| class.contains(['"', '\''])) {
            return Err(format!("`markdown.external_links_class` is `{class}`: a class has no quotes"));
        }
        if self.highlighting.is_none() && self.highlight_code {
            let theme = self.highlight_theme.clone().unwrap_or_else(|| "base16-ocean-dark".to_owned());
            let style = if theme == "css" { Style::Class } else { Style::Inline };
            self.highlighting = Some(Highlighting {
                error_on_missing_language: false,
                style,
                theme: Some(theme),
                light_theme: None,
                dark_theme: None,
                extra_grammars: Vec::new(),
                extra_themes: Vec::new(),
            });
        }
        let Some(highlighting) = &self.highlighting else { return Ok(()) };
        match (&highlighting.theme, &highlighting.light_theme, &highlighting.dark_theme) {
            (Some(_), _, _) | (None, Some(_), Some(_)) => Ok(()),
            _ => Err("`markdown.highlighting` names no theme: hint: set `theme`, or `light_theme` and `dark_theme`"
                .to_owned()),
        }
    }

    /// The opening tag of a link out of the site, if the configuration wants anything of it. `url` is escaped.
    pub(crate) fn external_link(&self, url: &str, title: &str) -> Option<String> {
        let relations: Vec<_> = [
            (self.external_links_target_blank, "noopener"),
            (self.external_links_no_follow, "nofollow"),
            (self.external_links_no_referrer, "noreferrer"),
            (self.external_links_external, "external"),
        ]
        .into_iter()
        .filter_map(|(wanted, name)| wanted.then_some(name))
        .collect();
        if relations.is_empty() && self.external_links_class.is_none() {
            return None;
        }
        let mut tag = String::from("<a");
        let mut add = |name: &str, value: &str| tag.extend([" ", name, "=\"", value, "\""]);
        if let Some(class) = &self.external_links_class {
            add("class", class);
        }
        if !relations.is_empty() {
            add("rel", &relations.join(" "));
        }
        if self.external_links_target_blank {
            add("target", "_blank");
        }
        if !title.is_empty() {
            add("title", &tera::escape_html(title));
        }
        add("href", url);
        tag.push('>');
        Some(tag)
    }
}
