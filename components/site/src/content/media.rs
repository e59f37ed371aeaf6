use mime_guess::mime;
use serde::{Deserialize, Serialize};

/// How long a copy of a file may be used without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CachePolicy {
    /// Each use asks: pages, which must change at once when a release does.
    Ask,
    /// A minute: what pages load, under a name that stays when the contents change.
    Short,
    /// A year: the name has a hash of the contents in it.
    Immutable,
}

impl CachePolicy {
    /// As `Cache-Control` says it.
    pub fn header(self) -> &'static str {
        match self {
            Self::Ask => "no-cache",
            Self::Short => "public, max-age=60, must-revalidate",
            Self::Immutable => "public, max-age=31536000, immutable",
        }
    }
}

/// The media type that a file's name stands for, without its character set.
pub fn media_type(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        // RFC 9239, and what browsers ask of modules.
        Some("js" | "mjs" | "cjs") => return "text/javascript".to_owned(),
        Some("md" | "markdown") => return "text/markdown".to_owned(),
        Some("webmanifest") => return "application/manifest+json".to_owned(),
        Some("map") => return "application/json".to_owned(),
        // For mime_guess it is a video.
        Some("ts" | "mts" | "cts" | "tsx" | "jsx" | "toml" | "yaml" | "yml") => {
            return "text/plain".to_owned();
        }
        Some("woff") => return "font/woff".to_owned(),
        Some("woff2") => return "font/woff2".to_owned(),
        None if matches!(name, "LICENSE" | "README" | "CNAME" | "robots" | "humans") => {
            return "text/plain".to_owned();
        }
        None if path.starts_with(".well-known/") && name.contains("association") => {
            return "application/json".to_owned();
        }
        _ => {}
    }
    let guess = mime_guess::from_path(path).first().unwrap_or(mime::APPLICATION_OCTET_STREAM);
    guess.essence_str().to_owned()
}

/// Whether contents of this type are text that gets smaller: what is compressed already doesn't.
pub fn is_compressible(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || matches!(
            essence,
            "application/json"
                | "application/javascript"
                | "application/xml"
                | "application/wasm"
                | "application/x-ndjson"
                | "application/vnd.ms-fontobject"
                | "font/ttf"
                | "font/otf"
                | "image/bmp"
                | "image/x-icon"
                | "image/vnd.microsoft.icon"
        )
}

/// How long a file of this path and type may be kept.
pub fn policy_of(path: &str, media_type: &str) -> CachePolicy {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if matches!(essence, "text/html" | "application/xhtml+xml") {
        CachePolicy::Ask
    } else if has_hash(path) {
        CachePolicy::Immutable
    } else {
        CachePolicy::Short
    }
}

/// Whether the file's name has a hash in it: `book-1a2b3c4d.js`, `main.3f2a1b9c.chunk.css`. A wrong yes
/// would keep a stale file for a year, a wrong no costs a question a minute. So it takes lower-case
/// hexadecimal digits, at least eight, with a digit before a letter among them, after another word.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, _)) = name.rsplit_once('.') else {
        return false;
    };
    stem.split(['.', '-', '_']).skip(1).any(|word| {
        let bytes = word.as_bytes();
        (8..=64).contains(&bytes.len())
            && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            && bytes.windows(2).any(|two| two[0].is_ascii_digit() && two[1].is_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected_type: &str, expected_policy: CachePolicy) {
        let found = media_type(path);
        assert_eq!(found, expected_type, "{path}");
        assert_eq!(policy_of(path, &found), expected_policy, "{path}");
    }

    #[test]
    fn types_and_policies() {
        use CachePolicy::{Ask, Immutable, Short};
        check("index.html", "text/html", Ask);
        check("a/b-1a2b3c4d.HTM", "text/html", Ask);
        check("book.js", "text/javascript", Short);
        check("js/lib.mjs", "text/javascript", Short);
        check("book-1a2b3c4d.js", "text/javascript", Immutable);
        check("css/main.3f2a1b9c.chunk.css", "text/css", Immutable);
        check("1a2b3c4d.css", "text/css", Short);
        check("photo-20240101.jpg", "image/jpeg", Short);
        check("photo-cafe2024.jpg", "image/jpeg", Short);
        check("IMG-Chapter12.png", "image/png", Short);
        check("fonts/open-sans-v17-all-charsets-300.woff2", "font/woff2", Short);
        check("i.svg", "image/svg+xml", Short);
        check("data/x.json", "application/json", Short);
        check("data/x.toml", "text/plain", Short);
        check("main.ts", "text/plain", Short);
        check("LICENSE", "text/plain", Short);
        check("unknown", "application/octet-stream", Short);
        check("a.unknownext", "application/octet-stream", Short);
        check(".well-known/apple-app-site-association", "application/json", Short);
        check("app.wasm", "application/wasm", Short);
    }

    #[test]
    fn what_gets_smaller() {
        for yes in [
            "text/html; charset=utf-8",
            "image/svg+xml",
            "application/json",
            "application/ld+json",
            "font/ttf",
        ] {
            assert!(is_compressible(yes), "{yes}");
        }
        for no in ["image/png", "font/woff2", "application/zip", "application/octet-stream", "video/mp4"] {
            assert!(!is_compressible(no), "{no}");
        }
    }
}
