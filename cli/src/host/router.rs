//! Which component answers a path: routes as Spin's, the most specific one wins.

use std::cmp::Ordering;

use crate::manifest::{Manifest, Pattern, Route, Segment};

/// The public routes of an application.
#[derive(Debug, Default)]
pub(super) struct Router {
    /// The more specific first.
    routes: Vec<(Pattern, String)>,
}

/// What a path matched.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match<'r> {
    pub(super) component: &'r str,
    pub(super) route: &'r str,
    /// The route less its wildcard.
    pub(super) prefix: &'r str,
    /// What the wildcard took, with its leading slash. Empty for exact routes.
    pub(super) rest: String,
    /// Names and values of `:name` parts.
    pub(super) named: Vec<(&'r str, String)>,
}

impl Router {
    pub(super) fn new(manifest: &Manifest) -> Self {
        let public = manifest.triggers.iter().filter_map(|trigger| match &trigger.route {
            Route::Public(pattern) => Some((pattern.clone(), trigger.component.clone())),
            Route::Private => None,
        });
        let mut routes: Vec<_> = public.collect();
        routes.sort_by(|(a, _), (b, _)| by_specificity(a, b));
        Self { routes }
    }

    /// The route for a path, which begins with a slash and has no query.
    pub(super) fn route(&self, path: &str) -> Option<Match<'_>> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let parts = if parts == [""] { &[][..] } else { &parts };
        self.routes.iter().find_map(|(pattern, component)| {
            let named = match_segments(pattern, parts)?;
            Some(Match {
                component,
                route: pattern.source(),
                prefix: pattern.prefix(),
                rest: rest(pattern, parts, path),
                named,
            })
        })
    }
}

/// An exact part before a named one, a longer route before a shorter one, one without wildcard before one with it.
fn by_specificity(a: &Pattern, b: &Pattern) -> Ordering {
    for pair in a.segments().iter().zip(b.segments()) {
        match pair {
            (Segment::Exact(_), Segment::Named(_)) => return Ordering::Less,
            (Segment::Named(_), Segment::Exact(_)) => return Ordering::Greater,
            _ => {}
        }
    }
    let longer = b.segments().len().cmp(&a.segments().len());
    longer.then(a.is_wildcard().cmp(&b.is_wildcard()))
}

fn match_segments<'p>(pattern: &'p Pattern, parts: &[&str]) -> Option<Vec<(&'p str, String)>> {
    let segments = pattern.segments();
    let fits =
        if pattern.is_wildcard() { parts.len() >= segments.len() } else { parts.len() == segments.len() };
    if !fits {
        return None;
    }
    let mut named = Vec::new();
    for (segment, part) in segments.iter().zip(parts) {
        match segment {
            Segment::Exact(text) if text == part => {}
            Segment::Named(name) if !part.is_empty() => named.push((name.as_str(), (*part).to_owned())),
            _ => return None,
        }
    }
    Some(named)
}

fn rest(pattern: &Pattern, parts: &[&str], path: &str) -> String {
    if !pattern.is_wildcard() {
        return String::new();
    }
    let mut rest = String::new();
    for part in &parts[pattern.segments().len()..] {
        rest.push('/');
        rest.push_str(part);
    }
    if path.ends_with('/') {
        rest.push('/');
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::Router;
    use crate::manifest::Pattern;

    fn router(routes: &[&str]) -> Router {
        let mut routes: Vec<_> =
            routes.iter().map(|route| (Pattern::parse(route).expect("route"), (*route).to_owned())).collect();
        routes.sort_by(|(a, _), (b, _)| super::by_specificity(a, b));
        Router { routes }
    }

    #[track_caller]
    fn check(path: &str, expected: Option<(&str, &str)>) {
        let router = router(&[
            "/...",
            "/api/...",
            "/api/v1/runs",
            "/api/:version/runs",
            "/users/:id/...",
            "/exact",
            "/a/:x/c",
        ]);
        let found = router.route(path);
        assert_eq!(found.as_ref().map(|m| (m.route, m.rest.as_str())), expected, "{path}");
    }

    #[test]
    fn routes() {
        check("/", Some(("/...", "/")));
        check("/other", Some(("/...", "/other")));
        check("/other/", Some(("/...", "/other/")));
        check("/api", Some(("/api/...", "")));
        check("/api/", Some(("/api/...", "/")));
        check("/apix", Some(("/...", "/apix")));
        check("/api/x/y/", Some(("/api/...", "/x/y/")));
        check("/api/v1/runs", Some(("/api/v1/runs", "")));
        check("/api/v2/runs", Some(("/api/:version/runs", "")));
        check("/exact/", Some(("/exact", "")));
        check("/exact/more", Some(("/...", "/exact/more")));
        check("/users/7/x", Some(("/users/:id/...", "/x")));
        check("/users", Some(("/...", "/users")));
        check("/a/b/c", Some(("/a/:x/c", "")));
        check("//double", Some(("/...", "/double")));
        check("/a//c", Some(("/...", "/a//c")));
    }

    #[test]
    fn nothing_matches() {
        assert_eq!(router(&["/api/..."]).route("/other"), None);
    }

    #[test]
    fn named_parts() {
        let router = router(&["/users/:id/..."]);
        let found = router.route("/users/7/x").expect("match");
        assert_eq!(found.named, [("id", "7".to_owned())]);
        assert_eq!(found.prefix, "/users/:id");
    }
}
