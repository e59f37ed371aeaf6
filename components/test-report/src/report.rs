//! All that came of a run, as a file, and several of them made one.

use serde::{Deserialize, Serialize};

use crate::outcome::FileOutcome;
use crate::shard::Shard;
use crate::summary::Summary;

/// What came of all files. As JSON it is the file `report.json` of the artifact `report`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The shape of this file.
    format: Format,
    /// What ran them: `ropewalk test`.
    pub runner: String,
    /// Which part of the test files this is of, when not of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// What came of each file, in the order in which they ran.
    pub files: Vec<FileOutcome>,
}

/// Of which there is one so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Format {
    #[default]
    #[serde(rename = "ropewalk-test-report-1")]
    One,
}

/// A report is not read when it is larger.
pub const MAX_REPORT_BYTES: usize = 64 << 20;

/// Why a report can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is too large.
    #[error("the report has {0} bytes, more than {MAX_REPORT_BYTES}")]
    TooLarge(usize),
    /// It is none.
    #[error("not a test report: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// Why reports don't make one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There are none.
    #[error(
        "there is no report to merge, hint: pass the reports of all shards as `inputs`, each with a `path` of its own"
    )]
    None,
    /// They are of different runs, or of different runners.
    #[error("the reports don't belong together: one is of `{0}`, another of `{1}`")]
    Mixed(String, String),
    /// Two have the same file.
    #[error("`{0}` is in two reports")]
    Twice(String),
    /// A part is missing.
    #[error("no report of shard {index} of {total}")]
    Missing {
        /// The part.
        index: u32,
        /// How many there are.
        total: u32,
    },
}

impl Report {
    /// That of these files.
    pub fn new(runner: &str, shard: Option<Shard>, files: Vec<FileOutcome>) -> Self {
        Self { format: Format::One, runner: runner.to_owned(), shard, files }
    }

    /// Reads one that [`Report::to_json`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        if bytes.len() > MAX_REPORT_BYTES {
            return Err(ReadError::TooLarge(bytes.len()));
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    /// As JSON, indented.
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists: it can't fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The stage's result.
    pub fn summary(&self) -> Summary {
        Summary { shard: self.shard, ..Summary::of(&self.files) }
    }

    /// One report of all files, sorted. Reports of shards must be complete.
    pub fn merge(reports: Vec<Self>) -> Result<Self, MergeError> {
        let Some(first) = reports.first() else { return Err(MergeError::None) };
        let (runner, total) = (first.runner.clone(), first.shard.map(|shard| shard.total));
        let label = |report: &Self| match report.shard {
            Some(shard) => format!("{}, {} shards", report.runner, shard.total),
            None => report.runner.clone(),
        };
        let fits = |report: &&Self| report.runner == runner && report.shard.map(|shard| shard.total) == total;
        if let Some(other) = reports.iter().find(|report| !fits(report)) {
            return Err(MergeError::Mixed(label(first), label(other)));
        }
        let total = total.unwrap_or(0);
        let has =
            |index: u32| reports.iter().any(|report| report.shard.is_some_and(|shard| shard.index == index));
        if let Some(index) = (1..=total).find(|index| !has(*index)) {
            return Err(MergeError::Missing { index, total });
        }
        let mut files: Vec<FileOutcome> = reports.into_iter().flat_map(|report| report.files).collect();
        files.sort_by(|a, b| a.file.cmp(&b.file));
        match files.windows(2).find(|pair| pair[0].file == pair[1].file) {
            Some(pair) => Err(MergeError::Twice(pair[0].file.clone())),
            None => Ok(Self::new(&runner, None, files)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(shard: Option<(u32, u32)>, files: &[&str]) -> Report {
        let file = |file: &&str| FileOutcome { file: (*file).to_owned(), ..FileOutcome::default() };
        let shard = shard.map(|(index, total)| Shard { index, total });
        Report::new("ropewalk test", shard, files.iter().map(file).collect())
    }

    #[track_caller]
    fn check(reports: &[Report], expected: Result<&[&str], &str>) {
        let read = |report: &Report| Report::read(report.to_json().as_bytes()).unwrap();
        let merged = Report::merge(reports.iter().map(read).collect());
        let files = merged.map(|report| report.files.into_iter().map(|file| file.file).collect::<Vec<_>>());
        let expected = expected.map(|files| files.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(files.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn shards_make_one_report() {
        let (one, two) = (report(Some((1, 2)), &["a", "c"]), report(Some((2, 2)), &["b"]));
        check(&[two.clone(), one.clone()], Ok(&["a", "b", "c"]));
        check(std::slice::from_ref(&one), Err("no report of shard 2 of 2"));
        check(&[one.clone(), one.clone(), two.clone()], Err("`a` is in two reports"));
        check(
            &[one.clone(), report(Some((2, 3)), &[])],
            Err(
                "the reports don't belong together: one is of `ropewalk test, 2 shards`, another of `ropewalk test, 3 shards`",
            ),
        );
        check(&[report(None, &["x"]), report(None, &["y"])], Ok(&["x", "y"]));
        check(
            &[],
            Err(
                "there is no report to merge, hint: pass the reports of all shards as `inputs`, each with a `path` of its own",
            ),
        );
    }

    #[test]
    fn what_is_no_report() {
        for text in ["", "{", "[]", "{\"format\": \"other\", \"runner\": \"\", \"files\": []}"] {
            assert!(
                Report::read(text.as_bytes()).unwrap_err().to_string().starts_with("not a test report: ")
            );
        }
    }
}
