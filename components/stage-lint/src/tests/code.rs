//! Python, shell, Dockerfiles and definitions in Amazon States Language.

use super::{check, found_rules};

#[test]
fn python_by_default() {
    check(
        &[("a.py", "import os\n\n\ndef f():\n    return undefined\n")],
        "a.py:1:8 warning F401 `os` imported but unused
         a.py:5:12 error F821 Undefined name `undefined`",
    );
    check(
        &[("a.py", "def f(:\n    pass\n")],
        "a.py:1:7 error python-syntax Expected a parameter or the end of the parameter list
         a.py:1:8 error python-syntax Expected `)`, found newline",
    );
    check(
        &[("a.py", "import os  # noqa: F401\nimport re  # noqa\n"), ("b.py", "# ruff: noqa\nimport os\n")],
        "",
    );
    check(&[("a.py", "import os  # ropewalk-ignore F401\nimport re  # ropewalk-ignore F\n")], "");
    check(&[("a.pyi", "def f(a: int) -> str: ...\n"), ("b/__init__.py", "")], "");
    // What ruff leaves out by itself.
    check(&[("a/.venv/lib/b.py", "import os\n")], "");
}

#[test]
fn python_as_ruff_is_configured() {
    let long = "a = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'\nimport os\n";
    found_rules(
        &[
            ("ruff.toml", "line-length = 40\n[lint]\nselect = ['E5', 'F']\nignore = ['F401']\n"),
            ("a.py", long),
        ],
        "a.py 1 error E501",
    );
    found_rules(
        &[
            (
                "pyproject.toml",
                "[tool.ruff.lint]\nextend-select = ['I']\nper-file-ignores = { 'b.py' = ['I001'] }\n",
            ),
            ("a.py", "import re\nimport os\n\nprint(os, re)\n"),
            ("b.py", "import re\nimport os\n\nprint(os, re)\n"),
        ],
        "a.py 1 error I001",
    );
    // The nearest file counts; one without a section of ruff doesn't.
    found_rules(
        &[
            ("pyproject.toml", "[tool.ruff.lint]\nselect = []\n"),
            ("a.py", "import os\n"),
            ("b/.ruff.toml", "lint.select = ['F']\n"),
            ("b/pyproject.toml", "[project]\nname = 'b'\n"),
            ("b/c/d.py", "import os\n"),
        ],
        "b/c/d.py 1 error F401",
    );
    found_rules(
        &[
            ("base.toml", "[lint]\nselect = ['E711']\n"),
            ("ruff.toml", "extend = 'base.toml'\nextend-exclude = ['old']\ntarget-version = 'py38'\n"),
            ("a.py", "import os\nif a == None:\n    match a:\n        case 1: pass\n"),
            ("old/b.py", "if a == None: pass\n"),
        ],
        "a.py 2 error E711, a.py 3 error python-syntax",
    );
}

#[test]
fn python_with_a_wrong_configuration() {
    super::check_beginnings(
        &[("ruff.toml", b"[lint]\nselect = ['ZZZ']\n"), ("a.py", b"import os\n")],
        &["a.py:1:1 error python-config "],
    );
    super::check_beginnings(
        &[("pyproject.toml", b"[tool.ruff]\nnope = 1\n"), ("a.py", b"import os\n")],
        &["a.py:1:1 error python-config "],
    );
}

#[test]
fn shell_syntax() {
    check(
        &[("a.sh", "#!/bin/sh\nif true; then\n  echo a\n")],
        "a.sh:3:9 error shell-syntax the script ends within a command: something is not closed",
    );
    check(&[("a.sh", "#!/bin/sh\necho 'a\n")], "a.sh:2:6 error shell-syntax unterminated single quote");
    check(&[("a.sh", "#!/bin/sh\ndone\n")], "a.sh:2:1 error shell-syntax `done` is not expected here");
    check(
        &[(
            "a.sh",
            "#!/bin/bash\na=(1 2)\n[[ $b == c* ]] && echo \"${a[@]}\" <<< x\nf() { local -r d=1; echo \"$d\"; }\n",
        )],
        "",
    );
    // Another shell is not ours to check.
    check(&[("a.sh", "#!/usr/bin/env fish\nif true\nend\n")], "");
    // A script without an extension.
    check(
        &[("run", "#!/usr/bin/env bash\nfi\n"), ("data", "fi\n")],
        "run:2:1 error shell-syntax `fi` is not expected here",
    );
}

#[test]
fn shell_rules() {
    found_rules(
        &[(
            "a.sh",
            "#!/bin/sh\ncd a\ncd b || exit 1\nrm -rf \"$a/\"\nrm -rf \"${a:?}/b\"\nx = 1\n$x=1\nif [ a = b]; then :; fi\n\
             read y\nread -r z\nfor f in $(ls); do echo \"$f\"; done\necho $y \"$z\" $# `date`\n[ $? -ne 0 ] && exit\n\
             echo \"$(echo $y)\"\nz=$y\n",
        )],
        "a.sh 2 warning shell-unchecked-cd, a.sh 4 error shell-remove-root, a.sh 6 error shell-assignment, \
         a.sh 7 error shell-assignment, a.sh 8 error shell-test-bracket, a.sh 9 note shell-read-backslash, \
         a.sh 11 warning shell-for-ls, a.sh 12 note shell-unquoted-variable, a.sh 12 note shell-backticks, \
         a.sh 13 note shell-indirect-status, a.sh 14 note shell-unquoted-variable",
    );
    found_rules(
        &[("a.sh", "#!/bin/sh\n[[ a ]]\na=(1)\nfunction f { :; }\n[ a == b ]\nsource c\n")],
        "a.sh 2 warning shell-bashism, a.sh 3 warning shell-bashism, a.sh 4 warning shell-bashism, \
         a.sh 5 warning shell-bashism, a.sh 6 warning shell-bashism",
    );
    found_rules(&[("a.sh", "set -e\ncd a\necho b\n")], "a.sh 1 note shell-no-shebang");
}

#[test]
fn dockerfiles() {
    let good = "# syntax=docker/dockerfile:1\nARG VERSION=1\nFROM debian:12-slim AS build\nWORKDIR /src\nCOPY . .\n\
        RUN apt-get update \\\n # a comment\n && apt-get install -y --no-install-recommends gcc \\\n && rm -rf /var/lib/apt/lists/*\n\
        FROM build AS other\nFROM scratch\nCOPY --from=build /a /a\nCMD [\"/a\"]\n";
    check(&[("Dockerfile", good)], "");
    found_rules(
        &[(
            "Dockerfile",
            "FROM debian\nADD https://example.org/a /a\nADD b /b\nWORKDIR c\nRUN apt-get install gcc\nCMD a\nCMD [\"a\", b]\nENTRYPOINT a\nMAINTAINER a\n",
        )],
        "Dockerfile 1 warning dockerfile-no-user, Dockerfile 1 warning dockerfile-image-tag, \
         Dockerfile 2 warning dockerfile-add-url, Dockerfile 3 note dockerfile-add-local, \
         Dockerfile 4 warning dockerfile-relative-workdir, Dockerfile 5 note dockerfile-apt-lists, \
         Dockerfile 5 warning dockerfile-apt-yes, Dockerfile 6 note dockerfile-shell-form, \
         Dockerfile 7 warning dockerfile-repeated-command, Dockerfile 7 error dockerfile-broken-json, \
         Dockerfile 8 note dockerfile-shell-form, Dockerfile 9 note dockerfile-maintainer",
    );
    found_rules(
        &[
            ("a.dockerfile", "FROM a:latest\nUSER root\n"),
            ("Containerfile", "FROM a@sha256:12\nUSER b\nFRM c\n"),
        ],
        "Containerfile 3 error dockerfile-syntax, a.dockerfile 1 warning dockerfile-no-user, \
         a.dockerfile 1 warning dockerfile-image-tag",
    );
    found_rules(&[("Dockerfile", "RUN a\n")], "Dockerfile 1 error dockerfile-no-from");
    found_rules(&[("Dockerfile", "# empty\n")], "Dockerfile 1 error dockerfile-no-from");
    found_rules(
        &[("Dockerfile.dev", "FROM a:1\nRUN if true; then echo a\nUSER b\n")],
        "Dockerfile.dev 2 error shell-syntax",
    );
    found_rules(
        &[("Dockerfile", "FROM a:1\nUSER b\n# ropewalk-ignore dockerfile-add-local\nADD c /c\n")],
        "",
    );
}

#[test]
fn definitions() {
    check(&[("a.asl.json", r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#)], "");
    check(
        &[(
            "pipeline.asl.json",
            "{\n  \"StartAt\": \"A\",\n  \"States\": {\n    \"A\": {\n      \"Type\": \"Pass\",\n      \"Next\": \"B\"\n    }\n  }\n}\n",
        )],
        "pipeline.asl.json:6:7 error asl-definition there is no state `B` here (at /States/A/Next)",
    );
    found_rules(
        &[(
            "a.asl",
            "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"},\n \"A\": {\"Type\": \"Succeed\"}}}",
        )],
        "a.asl 2 error json-duplicate-key",
    );
    found_rules(&[("a.asl.json", "{\"StartAt\": ")], "a.asl.json 1 error json-syntax");
}
