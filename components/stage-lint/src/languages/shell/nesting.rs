//! How deep a script nests, before it is parsed: the parser descends with it, and tries each `((` in two ways.

/// Deeper nesting of brackets and of compound commands is reported instead of followed.
const MAX_DEPTH: usize = 40;

/// Whether brackets and compound commands don't nest too deep. Quotes are not looked at: what they hold counts as
/// if it were code, which makes the depth larger, never smaller.
pub(super) fn is_shallow(text: &str) -> bool {
    let mut depth = 0_usize;
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        for char in line.chars() {
            match char {
                '(' | '{' => depth += 1,
                ')' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return false;
            }
        }
        for word in line.split([' ', '\t', ';']) {
            match word {
                "if" | "for" | "while" | "until" | "case" | "select" => depth += 1,
                "fi" | "done" | "esac" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return false;
            }
        }
    }
    true
}
