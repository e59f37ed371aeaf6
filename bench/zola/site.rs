//! A site of a thousand pages in ten sections, with tags, feeds, lists over several pages, tables of contents and
//! links from page to page.

use std::fmt::Write;

use crate::Files;

/// Sections of the site.
const SECTIONS: usize = 10;
/// Pages of a section.
const PAGES: usize = 100;
/// Parts of a page.
const PARTS: usize = 5;
/// What pages are about.
const WORDS: [&str; 12] =
    ["hemp", "fibre", "strand", "twist", "walk", "rope", "yard", "tar", "hook", "sledge", "wheel", "line"];

const CONFIG: &str = r#"base_url = "https://bench.example"
title = "Bench"
generate_feeds = true
feed_limit = 20
taxonomies = [{ name = "tags" }]
"#;
const BASE: &str = r#"<!DOCTYPE html>
<html lang="{{ lang }}"><head><meta charset="utf-8"><title>{% block title %}{{ config.title }}{% endblock %}</title></head>
<body><nav>{% set root = get_section(path="_index.md", metadata_only=true) %}{% for file in root.subsections %}{% set sub = get_section(path=file, metadata_only=true) %}<a href="{{ sub.permalink }}">{{ sub.title }}</a>{% endfor %}</nav>
<main>{% block content %}{% endblock %}</main>
<footer>{{ now() | date(format="%Y") }}</footer></body></html>
"#;
const INDEX: &str =
    r#"{% extends "base.html" %}{% block content %}{{ section.content | safe }}{% endblock %}"#;
const SECTION: &str = r#"{% extends "base.html" %}{% block content %}<h1>{{ section.title }}</h1>
{% for page in paginator.pages %}<article><a href="{{ page.permalink }}">{{ page.title }}</a> {{ page.date }} {{ page.summary | safe }}</article>{% endfor %}{% endblock %}"#;
const PAGE: &str = r#"{% extends "base.html" %}{% block title %}{{ page.title }}{% endblock %}{% block content %}<h1>{{ page.title }}</h1>
<time>{{ page.date }}</time>{% for heading in page.toc %}<a href="{{ heading.permalink }}">{{ heading.title }}</a>{% endfor %}
{{ page.content | safe }}
{% if page.lower %}<a href="{{ page.lower.permalink }}">{{ page.lower.title }}</a>{% endif %}
{% if page.higher %}<a href="{{ page.higher.permalink }}">{{ page.higher.title }}</a>{% endif %}
{% for tag in page.taxonomies.tags %}<a href="{{ get_taxonomy_url(kind="tags", name=tag) }}">{{ tag }}</a>{% endfor %}{% endblock %}"#;
const LIST: &str = r#"{% extends "base.html" %}{% block content %}{% for term in terms %}<a href="{{ term.permalink }}">{{ term.name }} {{ term.page_count }}</a>{% endfor %}{% endblock %}"#;
const SINGLE: &str = r#"{% extends "base.html" %}{% block content %}{% for page in term.pages %}<a href="{{ page.permalink }}">{{ page.title }}</a>{% endfor %}{% endblock %}"#;

/// The site.
pub(crate) fn thousand_pages() -> Files {
    let mut files = Files::new();
    let mut add = |path: String, text: String| files.insert(path, text.into_bytes());
    for (path, text) in [
        ("zola.toml", CONFIG),
        ("templates/base.html", BASE),
        ("templates/index.html", INDEX),
        ("templates/section.html", SECTION),
        ("templates/page.html", PAGE),
        ("templates/taxonomy_list.html", LIST),
        ("templates/taxonomy_single.html", SINGLE),
        ("content/_index.md", "+++\ntitle = \"Start\"\n+++\nA site of a thousand pages.\n"),
    ] {
        add(path.to_owned(), text.to_owned());
    }
    for section in 0..SECTIONS {
        let front =
            format!("+++\ntitle = \"Section {section}\"\nsort_by = \"date\"\npaginate_by = 20\n+++\n");
        add(format!("content/s{section}/_index.md"), front);
        for number in 0..PAGES {
            add(path(section, number), page(section, number));
        }
    }
    files
}

/// Changes the text of a page; each time another one.
pub(crate) fn change_one(files: &mut Files, time: usize) {
    let page = files.get_mut(&path(time % SECTIONS, 50)).expect("the site has that page");
    page.extend_from_slice(format!("\nChanged for the {time}th time.\n").as_bytes());
}

fn path(section: usize, number: usize) -> String {
    format!("content/s{section}/p{number:03}.md")
}

fn page(section: usize, number: usize) -> String {
    let (first, second) = (WORDS[number % 12], WORDS[(number + section) % 12]);
    let mut text = format!(
        "+++\ntitle = \"Page {number} of section {section}\"\ndate = {}-{:02}-{:02}\n[taxonomies]\ntags = [\"{first}\", \"{second}\"]\n+++\n{}\n\n<!-- more -->\n",
        2010 + section,
        1 + number % 12,
        1 + number % 28,
        sentence(section, number, 0, 40),
    );
    for part in 0..PARTS {
        let (long, short) = (sentence(section, number, part, 40), sentence(section, number, part + 1, 8));
        let other = (number + part) % PAGES;
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n## Part {part}\n\n{long} *{first}* and **{second}**, `code {part}`; see [another](@/s{section}/p{other:03}.md).\n\n- {short}\n- {short}\n\n```rust\nfn part_{part}() -> usize {{ {number} }}\n```\n"
        );
    }
    text
}

fn sentence(section: usize, number: usize, part: usize, length: usize) -> String {
    let words: Vec<_> = (0..length).map(|at| WORDS[(part * 7 + at * (section + 3) + number) % 12]).collect();
    format!("{}.", words.join(" "))
}
