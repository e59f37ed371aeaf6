//! What a new stage begins with: the examples of `examples/stages`, under its own name.

use anyhow::{Result, bail};
use clap::ValueEnum;

use super::super::{PREFIX, entry};
use super::interface;

/// A language in which stages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    Rust,
    #[value(alias = "javascript")]
    Js,
    Python,
    C,
}

impl Language {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Js => "JavaScript",
            Self::Python => "Python",
            Self::C => "C",
        }
    }
}

/// What the examples are called.
const EXAMPLE: &str = "todo-marks";
const EXAMPLE_TYPE: &str = "TodoMarks";

/// A stage's name, in the forms in which it is written.
pub(super) struct Names {
    /// `link-check`
    pub(super) name: String,
    /// `LinkCheck`
    camel: String,
}

impl Names {
    /// Reads a name, with or without `stage-`.
    pub(super) fn new(text: &str) -> Result<Self> {
        let name = text.strip_prefix(PREFIX).unwrap_or(text);
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if !name.split('-').all(is_word) {
            bail!(
                "`{text}` is no name for a stage\nhint: write words of lower-case letters and digits, joined by `-`"
            );
        }
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        Ok(Self { name: name.to_owned(), camel: name.split('-').map(capital).collect() })
    }

    /// The component's id.
    pub(super) fn id(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// A text of the examples under this name.
    fn put_into(&self, text: &str) -> String {
        text.replace(EXAMPLE, &self.name).replace(EXAMPLE_TYPE, &self.camel)
    }
}

macro_rules! examples {
    ($($path:literal => $from:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../../examples/stages/", $from)))),*]
    };
}

const RUST: &[(&str, &str)] =
    examples! { "Cargo.toml" => "rust/Cargo.toml", "src/lib.rs" => "rust/src/lib.rs" };
const JS: &[(&str, &str)] = examples! {
    "stage.js" => "javascript/stage.js",
    "files.js" => "javascript/files.js",
    "package.json" => "javascript/package.json",
    "package-lock.json" => "javascript/package-lock.json",
};
const PYTHON: &[(&str, &str)] = examples! {
    "stage.py" => "python/stage.py",
    "build.py" => "python/build.py",
    "requirements.txt" => "python/requirements.txt",
};
const C: &[(&str, &str)] = examples! {
    "stage.c" => "c/stage.c",
    "json.c" => "c/json.c",
    "json.h" => "c/json.h",
    "build.mjs" => "c/build.mjs",
    "package.json" => "c/package.json",
    "package-lock.json" => "c/package-lock.json",
};
const TESTS: &[(&str, &str)] = examples! {
    "tests/finds/input/main.rs" => "tests/finds/input/main.rs",
    "tests/finds/input/notes/a.md" => "tests/finds/input/notes/a.md",
    "tests/finds/input/notes/b.md" => "tests/finds/input/notes/b.md",
    "tests/finds/expected.json" => "tests/finds/expected.json",
    "tests/finds/out/report/marks.json" => "tests/finds/out/report/marks.json",
    "tests/too-many/input/a.txt" => "tests/too-many/input/a.txt",
    "tests/too-many/parameters.json" => "tests/too-many/parameters.json",
    "tests/too-many/expected.json" => "tests/too-many/expected.json",
    "tests/unknown-parameter/input/a.txt" => "tests/unknown-parameter/input/a.txt",
    "tests/unknown-parameter/parameters.json" => "tests/unknown-parameter/parameters.json",
    "tests/unknown-parameter/expected.json" => "tests/unknown-parameter/expected.json",
};

/// Files by path, in a stage's folder.
type Files = Vec<(String, Vec<u8>)>;

/// All files of a new stage.
pub(super) fn files(language: Language, names: &Names) -> Result<Files> {
    let sources = match language {
        Language::Rust => RUST,
        Language::Js => JS,
        Language::Python => PYTHON,
        Language::C => C,
    };
    let mut files: Files = sources
        .iter()
        .chain(TESTS)
        .map(|(path, text)| ((*path).to_owned(), names.put_into(text).into_bytes()))
        .collect();
    files.push(("README.md".to_owned(), readme(language, names).into_bytes()));
    if language != Language::Rust {
        let wit =
            interface::FILES.iter().map(|(path, text)| (format!("wit/{path}"), text.as_bytes().to_vec()));
        files.extend(wit);
        files.push((".gitignore".to_owned(), ignored(language).as_bytes().to_vec()));
    }
    if language == Language::C {
        let bindings = interface::bindings()?;
        files.extend(bindings.into_iter().map(|(name, contents)| (format!("bindings/{name}"), contents)));
    }
    Ok(files)
}

fn ignored(language: Language) -> &'static str {
    match language {
        Language::Rust => "",
        Language::Js | Language::C => "/node_modules/\n/stage.wasm*\n",
        Language::Python => "/.venv/\n__pycache__/\n/stage.wasm*\n",
    }
}

fn readme(language: Language, names: &Names) -> String {
    let Names { name, .. } = names;
    let (source, needs) = match language {
        Language::Rust => ("src/lib.rs", "nothing but Rust"),
        Language::Js => ("stage.js", "Node.js and npm"),
        Language::Python => ("stage.py", "Python 3.10 or newer"),
        Language::C => ("stage.c", "Node.js and npm, which bring clang"),
    };
    format!(
        "# Stage `{name}`\n\n\
         Written in {}, in `{source}`; its build needs {needs}.\n\n\
         ```\n\
         $ ropewalk stage test {name}                  # every case in tests/: its input, parameters and what is expected\n\
         $ ropewalk stage run {name} --input DIR --params '{{\"marker\": \"FIXME\"}}'\n\
         $ ropewalk stage show {name}                  # its parameters\n\
         ```\n\n\
         In a pipeline: `\"Resource\": \"{}\"`.\n",
        language.name(),
        names.id(),
    )
}

/// What spin.toml says of a new stage.
pub(super) fn entry(language: Language, names: &Names, folder: &str) -> String {
    let id = names.id();
    let (watch, build) = match language {
        Language::Rust => ("", String::new()),
        Language::Js => (
            "*.{js,json}",
            format!("npm --prefix {folder} install --no-audit --no-fund && npm --prefix {folder} run build"),
        ),
        Language::Python => ("*.{py,txt}", format!("python3 {folder}/build.py")),
        Language::C => (
            "{*.c,*.h,*.mjs,*.json,bindings/*}",
            format!("npm --prefix {folder} install --no-audit --no-fund && npm --prefix {folder} run build"),
        ),
    };
    let head = format!(
        "{}[component.{id}.build]\ncommand = \"cargo run --release --quiet -- build {id}\"\n",
        entry::head(&id)
    );
    let tool = if language == Language::Rust {
        format!("[component.{id}.tool.ropewalk]\nstage = \"{id}\"\n")
    } else {
        format!(
            "watch = [\"{folder}/{watch}\", \"{folder}/wit/**\"]\n[component.{id}.tool.ropewalk]\n\
             program = \"{folder}/stage.wasm\"\nprogram_build = \"{build}\"\n"
        )
    };
    format!("{head}{tool}memory_mib = 256\ntime_s = 60\n")
}
