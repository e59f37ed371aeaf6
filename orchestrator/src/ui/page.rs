//! What all pages share.

use maud::{DOCTYPE, Markup, html};

use crate::error::ApiError;
use crate::http::Response;
use crate::run::Status;

/// A page shows a run that goes on again after so many seconds.
const REFRESH_S: u32 = 2;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--ok:#1a7f37;--bad:#cf222e;--busy:#9a6700;--dim:#777}\
@media(prefers-color-scheme:dark){:root{--ok:#3fb950;--bad:#f85149;--busy:#d29922;--dim:#999}}\
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:0 1rem 3rem}\
header{display:flex;gap:1rem;align-items:baseline;border-bottom:1px solid var(--line);padding:.8rem 0;margin-bottom:1rem}\
header a{font-weight:700;text-decoration:none;color:inherit}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}\
th{color:var(--dim);font-weight:600;font-size:.85rem}code,pre{font-family:ui-monospace,monospace;font-size:.88em}\
pre{background:#8881;padding:.7rem 1rem;overflow:auto;border-radius:6px;max-height:40rem}\
.status{font-weight:600;white-space:nowrap}.succeeded{color:var(--ok)}.failed,.timed_out{color:var(--bad)}\
.running,.queued{color:var(--busy)}.cancelled,.dim{color:var(--dim)}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem}\
dt{color:var(--dim)}dd{margin:0}summary{cursor:pointer}.cause{white-space:pre-wrap;color:var(--bad)}\
input{font:inherit;padding:.4rem .6rem;width:22rem;max-width:100%}input[type=checkbox]{width:auto}\
.actions{display:flex;flex-wrap:wrap;gap:1rem}button{font:inherit;padding:.4rem 1rem}";

/// A whole page. `refresh`: it shows something that goes on.
pub(super) fn page(title: &str, refresh: bool, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                @if refresh { meta http-equiv="refresh" content=(REFRESH_S); }
                title { (title) " · Ropewalk" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                header { a href="/ui/" { "Ropewalk" } }
                main { (body) }
            }
        }
    }
}

/// The page that asks for the token.
pub(super) fn login(problem: Option<&str>) -> Markup {
    let body = html! {
        h1 { "Sign in" }
        @if let Some(problem) = problem { p.cause { (problem) } }
        form method="post" action="/ui/login" {
            p { label { "API token " input type="password" name="token" autocomplete="current-password" autofocus required; } }
            p { button { "Sign in" } }
        }
        p.dim { "The token is the value of variable " code { "api_token" } "; " code { "ropewalk up" } " prints it when it makes one." }
    };
    page("Sign in", false, &body)
}

/// A page for what went wrong.
pub(super) fn failure(error: &ApiError) -> Markup {
    let body = html! {
        h1 { "That did not work" }
        p.cause { (error.message) }
        @if let Some(hint) = &error.hint { p { "Hint: " (hint) } }
    };
    page("Error", false, &body)
}

/// Sends a page. It may load nothing from anywhere, and nobody may frame it.
pub(super) fn html(status: u16, page: &Markup) -> Response {
    Response::new(status, "text/html; charset=utf-8", page.0.clone())
        .with(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        )
        .with("referrer-policy", "no-referrer")
}

/// A status, legible without colour.
pub(super) fn status(name: &str) -> Markup {
    let mark = match name {
        "succeeded" => "✓",
        "running" | "queued" => "…",
        "cancelled" => "–",
        _ => "✗",
    };
    html! { span class={ "status " (name) } { (mark) " " (name.replace('_', " ")) } }
}

/// A run's status as the API names it.
pub(super) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Queued => "queued",
        Status::Running => "running",
        Status::Succeeded => "succeeded",
        Status::Failed => "failed",
        Status::Cancelled => "cancelled",
        Status::TimedOut => "timed_out",
    }
}

/// How long ago that was.
pub(super) fn ago(at_ms: u64, now_ms: u64) -> String {
    let seconds = now_ms.saturating_sub(at_ms) / 1000;
    match seconds {
        0..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// How long that took.
pub(super) fn took(from_ms: u64, to_ms: u64) -> String {
    let ms = to_ms.saturating_sub(from_ms);
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// The beginning of a commit id or digest.
pub(super) fn short(id: &str) -> String {
    id.trim_start_matches("sha256:").chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_users_wrote() {
        let error = ApiError::new(400, "x", "<script>alert(1)</script>");
        assert!(!failure(&error).0.contains("<script>"));
    }

    #[test]
    fn tells_durations() {
        for (ms, expected) in [(0, "0 ms"), (999, "999 ms"), (1_250, "1.2 s"), (61_000, "1 min 1 s")] {
            assert_eq!(took(0, ms), expected);
        }
        for (s, expected) in [(5, "5 s ago"), (61, "1 min ago"), (7_200, "2 h ago"), (90_000, "1 days ago")] {
            assert_eq!(ago(0, s * 1000), expected);
        }
    }
}
