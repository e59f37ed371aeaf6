//! Stacks as text: frames of the stage's own scripts are left out, and lines are those of the sources.

use oxc::codegen::CodegenReturn;

/// What stands before the source of a `CommonJS` file, on its first line.
pub(crate) const COMMONJS_HEAD: &str = "(function (exports, require, module, __filename, __dirname) {";

/// Where the scripts of the stage are.
pub(crate) const OWN: &str = "node:internal/";

/// How the lines and columns of what runs lie in the source.
#[derive(Debug)]
pub(crate) enum LineMap {
    /// As they are, but for what stands before the first line.
    CommonJs,
    /// As a transformer moved them: line and column of what runs, line and column of the source, from 0.
    Transformed { tokens: Vec<[u32; 4]>, commonjs: bool },
}

impl LineMap {
    /// That of a file that was printed anew.
    pub(crate) fn of(printed: &CodegenReturn<'_>, commonjs: bool) -> Self {
        let tokens = printed.map.as_ref().map(|map| {
            map.get_tokens()
                .map(|token| {
                    [token.get_dst_line(), token.get_dst_col(), token.get_src_line(), token.get_src_col()]
                })
                .collect()
        });
        Self::Transformed { tokens: tokens.unwrap_or_default(), commonjs }
    }

    /// Line and column, from 1.
    fn source(&self, line: u32, column: u32) -> (u32, u32) {
        let head = u32::try_from(COMMONJS_HEAD.len()).unwrap_or(0);
        let unwrapped = if line == 1 { column.saturating_sub(head).max(1) } else { column };
        match self {
            Self::CommonJs => (line, unwrapped),
            Self::Transformed { tokens, commonjs } => {
                let column = if *commonjs { unwrapped } else { column };
                let place = [line.saturating_sub(1), column.saturating_sub(1)];
                let after = tokens.partition_point(|token| [token[0], token[1]] <= place);
                match after.checked_sub(1).map(|at| tokens[at]).filter(|token| token[0] == place[0]) {
                    Some([_, _, line, column]) => (line + 1, column + 1),
                    None => (line, column),
                }
            }
        }
    }
}

/// The frames of a stack as the engine gives it, as users know it.
pub(crate) fn map(
    stack: &str,
    lines: impl Fn(&str, &dyn Fn(&LineMap) -> (u32, u32)) -> Option<(u32, u32)>,
) -> String {
    let mut out = Vec::new();
    for frame in stack.lines() {
        let Some((head, place)) =
            frame.trim_end().strip_suffix(')').and_then(|frame| frame.rsplit_once(" ("))
        else {
            continue;
        };
        let Some((path, line, column)) = split(place) else { continue };
        if path.starts_with(OWN) {
            continue;
        }
        let (line, column) = lines(path, &|map| map.source(line, column)).unwrap_or((line, column));
        out.push(format!("{head} ({path}:{line}:{column})"));
    }
    out.join("\n")
}

/// The place that a stack tells of: its first frame in the test file, else its first in the project.
pub(crate) fn place(stack: &str, main: &str) -> Option<(String, u32)> {
    let frames: Vec<(&str, u32)> = stack
        .lines()
        .filter_map(|frame| frame.trim().strip_prefix("at "))
        .filter_map(|frame| {
            let place = frame.rsplit_once('(').map_or(frame, |(_, place)| place.trim_end_matches(')'));
            let (path, line, _) = split(place)?;
            (path.starts_with('/') && !path.contains("/node_modules/")).then_some((path, line))
        })
        .collect();
    let frame = frames.iter().find(|(path, _)| *path == main).or(frames.first())?;
    Some((frame.0.trim_start_matches('/').to_owned(), frame.1))
}

/// `path:line:column`.
fn split(place: &str) -> Option<(&str, u32, u32)> {
    let (rest, column) = place.rsplit_once(':')?;
    let (path, line) = rest.rsplit_once(':')?;
    Some((path, line.parse().ok()?, column.parse().ok()?))
}
