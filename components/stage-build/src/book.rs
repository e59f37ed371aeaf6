//! mdBook, through its own libraries.

mod chapters;
mod log;
mod settings;

use handlebars::{RenderError, TemplateError};
use mdbook_driver::MDBook;

use crate::error::{Error, one_line, shorten};
use crate::{Place, files};

/// Renders the book.
pub(crate) fn build(place: &Place) -> Result<(), Error> {
    let config = settings::load(place)?;
    let source = place.root.join(&config.book.src);
    chapters::check(place, &source, config.build.create_missing)?;
    let (built, errors) = log::listen(|| {
        let book =
            MDBook::load_with_config(&place.root, config).map_err(|error| Error::failed(place, &error))?;
        book.build().map_err(|error| render_failed(place, &error))?;
        Ok(book)
    });
    let book = built?;
    if !errors.is_empty() {
        return Err(Error::BookErrors(shorten(place, &describe(&book, &errors))));
    }
    let totals = files::totals(&place.out)?;
    if totals.files > files::MAX_FILES {
        let what = "the book has too many files".to_owned();
        return Err(Error::TooLarge { what, limit: files::MAX_FILES });
    }
    Ok(())
}

/// A broken template of the theme is told by its file's name.
fn render_failed(place: &Place, error: &anyhow::Error) -> Error {
    let template = error.chain().find_map(|cause| {
        let (name, line, why) = match (cause.downcast_ref(), cause.downcast_ref()) {
            (Some(broken), _) => template_error(broken),
            (_, Some(failed)) => render_error(failed),
            _ => return None,
        };
        Some((name?, line, why))
    });
    let Some((name, line, why)) = template else {
        return Error::failed(place, error);
    };
    let file = match name.as_str() {
        "toc_js" => "theme/toc.js.hbs".to_owned(),
        "toc_html" => "theme/toc.html.hbs".to_owned(),
        other => format!("theme/{other}.hbs"),
    };
    let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
    Error::InvalidTheme(format!("template `{file}`{line}: {why}"))
}

type Described = (Option<String>, Option<usize>, String);

fn template_error(error: &TemplateError) -> Described {
    (error.name().map(ToOwned::to_owned), error.pos().map(|(line, _)| line), error.reason().to_string())
}

fn render_error(error: &RenderError) -> Described {
    (error.template_name.clone(), error.line_no, error.reason().to_string())
}

/// mdBook's errors, each with the chapters in which the text that it complains about stands.
fn describe(book: &MDBook, errors: &[String]) -> String {
    let described = errors.iter().map(|error| {
        let snippet = error.strip_prefix("Error updating \"").and_then(|rest| rest.split_once("}}"));
        let Some((snippet, _)) = snippet else {
            return error.clone();
        };
        let chapters: Vec<_> = book
            .iter()
            .filter_map(|item| match item {
                mdbook_core::book::BookItem::Chapter(chapter) => Some(chapter),
                _ => None,
            })
            .filter(|chapter| chapter.content.contains(snippet))
            .filter_map(|chapter| chapter.source_path.as_ref())
            .map(|path| format!("`{}`", book.config.book.src.join(path).display()))
            .collect();
        if chapters.is_empty() { error.clone() } else { format!("{}: {error}", chapters.join(", ")) }
    });
    described.collect::<Vec<_>>().join("; ")
}

/// An error of a summary or a configuration, as one line.
fn why(place: &Place, error: &anyhow::Error) -> String {
    one_line(place, error)
}
