//! The pipelines that `init` writes: those of `examples/pipelines`.

use std::path::Path;

/// A pipeline for a kind of project.
pub(super) struct Template {
    /// By which it is named.
    pub(super) name: &'static str,
    /// What it does, in a line.
    pub(super) does: &'static str,
    /// The pipeline.
    pub(super) pipeline: &'static str,
    /// What is to do besides, a line each.
    pub(super) notes: &'static [&'static str],
    /// Any of these in a project's folder makes it one.
    signs: &'static [&'static str],
}

/// Every template. The first whose sign stands there fits: a documentation's `book.toml` tells more than the
/// `package.json` beside it, and that more than an `index.html`.
pub(super) const TEMPLATES: &[Template] = &[
    Template {
        name: "rust",
        does: "lint; test and build by a worker with cargo; package with a bill of materials",
        pipeline: include_str!("../../../../examples/pipelines/rust-service.asl.json"),
        notes: &["its tasks wait for a worker with cargo that polls the activity `rust`"],
        signs: &["Cargo.toml"],
    },
    Template {
        name: "documents",
        does: "lint, build a book, package it for download, deploy it",
        pipeline: include_str!("../../../../examples/pipelines/documents.asl.json"),
        notes: &[],
        signs: &["book.toml"],
    },
    Template {
        name: "npm",
        does: "lint, install, test, package with a bill of materials",
        pipeline: include_str!("../../../../examples/pipelines/npm-library.asl.json"),
        notes: &[],
        signs: &["package.json"],
    },
    Template {
        name: "site",
        does: "lint, build, deploy: a static site",
        pipeline: include_str!("../../../../examples/pipelines/static-site.asl.json"),
        notes: &[],
        signs: &["zola.toml", "content/_index.md", "index.html", "index.md", "public/index.html"],
    },
];

impl Template {
    /// The template that fits what stands in a folder.
    pub(super) fn fitting(folder: &Path) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.signs.iter().any(|sign| folder.join(sign).is_file()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        assert_eq!(Template::fitting(folder.path()).map(|template| template.name), expected);
    }

    #[test]
    fn a_project_is_told_by_its_files() {
        check(&[], None);
        check(&["notes.txt"], None);
        check(&["index.html"], Some("site"));
        check(&["README.md"], None);
        check(&["zola.toml", "config.toml"], Some("site"));
        check(&["package.json", "index.html"], Some("npm"));
        check(&["book.toml", "package.json"], Some("documents"));
        check(&["Cargo.toml", "package.json"], Some("rust"));
    }

    #[test]
    fn every_template_is_a_right_definition() {
        for template in TEMPLATES {
            let definition = workflow::Definition::parse(template.pipeline);
            let definition = definition.unwrap_or_else(|problems| panic!("{}: {problems:#?}", template.name));
            assert_eq!(definition.warnings(), [], "{}", template.name);
        }
    }
}
