use std::cmp::Ordering;

use lexical_sort::natural_lexical_cmp;

use crate::zola::content::Page;
use crate::zola::front_matter::SortBy;

/// Pages in an order, and those that lack what it asks for. Among equals the permalink decides.
pub(crate) fn sort(all: &[Page], pages: &[usize], by: SortBy) -> (Vec<usize>, Vec<usize>) {
    let (mut sorted, rest): (Vec<_>, Vec<_>) = pages.iter().partition(|&&at| has(&all[at], by));
    sorted.sort_by(|&a, &b| {
        let (a, b) = (&all[a], &all[b]);
        compare(a, b, by).then_with(|| a.source.permalink.cmp(&b.source.permalink))
    });
    (sorted, rest)
}

fn has(page: &Page, by: SortBy) -> bool {
    let meta = &page.meta;
    match by {
        SortBy::Date => meta.date.is_some(),
        SortBy::UpdateDate => meta.date.is_some() || meta.updated.is_some(),
        SortBy::Title | SortBy::TitleBytes => meta.title.is_some(),
        SortBy::Weight => meta.weight.is_some(),
        SortBy::Slug | SortBy::Permalink | SortBy::None => true,
    }
}

fn compare(a: &Page, b: &Page, by: SortBy) -> Ordering {
    let date = |page: &Page| page.meta.date.as_ref().map(|date| date.time);
    let updated = |page: &Page| page.meta.updated.as_ref().map(|date| date.time);
    match by {
        SortBy::Date => date(b).cmp(&date(a)),
        SortBy::UpdateDate => date(b).max(updated(b)).cmp(&date(a).max(updated(a))),
        SortBy::Title => natural_lexical_cmp(
            a.meta.title.as_deref().unwrap_or_default(),
            b.meta.title.as_deref().unwrap_or_default(),
        ),
        SortBy::TitleBytes => a.meta.title.cmp(&b.meta.title),
        SortBy::Weight => a.meta.weight.cmp(&b.meta.weight),
        SortBy::Slug => natural_lexical_cmp(&a.slug, &b.slug),
        SortBy::Permalink | SortBy::None => Ordering::Equal,
    }
}
