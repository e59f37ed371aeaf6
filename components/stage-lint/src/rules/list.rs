//! Every rule of our own.

use super::Rule;
use crate::diagnostic::Severity::{Error, Note, Warning};

macro_rules! rules {
    ($($group:ident { $($name:ident $severity:ident $id:literal $about:literal;)* })*) => {
        $($(
            #[doc = $about]
            pub(crate) static $name: Rule =
                Rule { id: $id, group: stringify!($group), severity: $severity, about: $about };
        )*)*
        /// Every rule but those that ruff has for Python.
        pub static ALL: &[&Rule] = &[$($(&$name),*),*];
        /// The languages, as parameters name them.
        pub(crate) static GROUPS: &[&str] = &[$(stringify!($group)),*];
    };
}

rules! {
    files {
        FILE_ENCODING Error "file-encoding" "A text file is UTF-8.";
        FILE_TOO_LARGE Warning "file-too-large" "A file that is checked stays under the limit of the linter.";
        NESTING Error "nesting-too-deep" "Nesting stays under the limit of the linter.";
        UNKNOWN_RULE Warning "unknown-rule" "A comment that ignores a rule names one that there is.";
    }
    json {
        JSON_SYNTAX Error "json-syntax" "A JSON file parses.";
        JSON_DUPLICATE_KEY Error "json-duplicate-key" "A JSON object has each key once.";
    }
    toml {
        TOML_SYNTAX Error "toml-syntax" "A TOML file parses, and has each key once.";
    }
    yaml {
        YAML_SYNTAX Error "yaml-syntax" "A YAML file parses, each of its documents.";
        YAML_DUPLICATE_KEY Error "yaml-duplicate-key" "A YAML mapping has each key once.";
        YAML_ANCHOR Warning "yaml-duplicate-anchor" "An anchor is defined once in a document.";
        YAML_UNUSED_ANCHOR Note "yaml-unused-anchor" "An anchor is used.";
        YAML_CYCLE Error "yaml-cyclic-alias" "An anchored node doesn't contain an alias of itself.";
    }
    markdown {
        MARKDOWN_LINK Error "markdown-broken-link" "A relative link leads to a file of the project.";
        MARKDOWN_IMAGE Error "markdown-missing-image" "A relative image is a file of the project.";
        MARKDOWN_ANCHOR Error "markdown-missing-anchor" "A link's fragment names a heading or an id of its target.";
        MARKDOWN_REFERENCE Warning "markdown-undefined-reference" "A reference link has a definition.";
        MARKDOWN_INCLUDE Error "markdown-missing-include" "A file that mdBook is to include is there.";
        MARKDOWN_UNCLOSED_FENCE Warning "markdown-unclosed-fence" "A fenced code block is closed.";
        MARKDOWN_EMPTY_LINK Warning "markdown-empty-link" "A link has a target and a text.";
        MARKDOWN_HEADING_LEVEL Note "markdown-heading-level" "A heading is at most one level below the one before it.";
        MARKDOWN_TITLES Note "markdown-several-titles" "A document has one heading of the first level.";
        MARKDOWN_DUPLICATE_HEADING Note "markdown-duplicate-heading" "Headings beside each other differ.";
        MARKDOWN_CODE_LANGUAGE Note "markdown-code-language" "A fenced code block names its language.";
        MARKDOWN_ALT Note "markdown-missing-alt" "An image has a description.";
    }
    html {
        HTML_SYNTAX Error "html-syntax" "HTML parses without an error of the standard's tokenizer.";
        HTML_UNCLOSED Error "html-unclosed-element" "An element that needs an end tag has one.";
        HTML_STRAY Error "html-stray-end-tag" "An end tag closes an open element.";
        HTML_DOCTYPE Warning "html-missing-doctype" "A document begins with `<!doctype html>`.";
        HTML_DUPLICATE_ID Warning "html-duplicate-id" "An id is given to one element of a document.";
        HTML_LINK Error "html-broken-link" "A relative link leads to a file of the project.";
        HTML_IMAGE Error "html-missing-image" "A relative image is a file of the project.";
        HTML_ANCHOR Error "html-missing-anchor" "A link's fragment names an id of its target.";
        HTML_ALT Note "html-missing-alt" "An image has an `alt` attribute.";
    }
    css {
        CSS_SYNTAX Error "css-syntax" "CSS parses.";
        CSS_AT_RULE Warning "css-unknown-at-rule" "An at-rule is one that there is.";
        CSS_FILE Error "css-missing-file" "A relative `url()` or `@import` is a file of the project.";
    }
    javascript {
        JS_SYNTAX Error "js-syntax" "JavaScript and TypeScript parse, declare names once, and keep to the early errors of the language.";
        NO_UNUSED_VARS Warning "no-unused-vars" "A variable, function, class, import or parameter is used.";
        NO_CONST_ASSIGN Error "no-const-assign" "A constant is not assigned to.";
        NO_CLASS_ASSIGN Error "no-class-assign" "A class's name is not assigned to.";
        NO_FUNC_ASSIGN Error "no-func-assign" "A function's name is not assigned to.";
        NO_IMPORT_ASSIGN Error "no-import-assign" "An imported name is not assigned to.";
        NO_EX_ASSIGN Error "no-ex-assign" "A catch clause's parameter is not assigned to.";
        NO_GLOBAL_ASSIGN Error "no-global-assign" "A built-in global is not assigned to.";
        NO_REDECLARE Error "no-redeclare" "A variable is declared once in its scope.";
        NO_SHADOW_RESTRICTED_NAMES Error "no-shadow-restricted-names" "`undefined`, `NaN` and the like are not declared anew.";
        NO_UNUSED_LABELS Error "no-unused-labels" "A label is used.";
        NO_DEBUGGER Error "no-debugger" "There is no `debugger` statement.";
        NO_EMPTY Error "no-empty" "A block has a statement or a comment.";
        NO_EMPTY_PATTERN Error "no-empty-pattern" "A destructuring pattern names something.";
        NO_EMPTY_STATIC_BLOCK Error "no-empty-static-block" "A static block has a statement or a comment.";
        NO_UNREACHABLE Error "no-unreachable" "There is no code after `return`, `throw`, `break` and `continue`.";
        NO_UNSAFE_FINALLY Error "no-unsafe-finally" "`finally` doesn't override what leaves `try` and `catch`.";
        NO_USELESS_CATCH Error "no-useless-catch" "`catch` does more than to throw the error again.";
        NO_FALLTHROUGH Error "no-fallthrough" "A case with statements doesn't fall through, unless a comment says so.";
        NO_CASE_DECLARATIONS Error "no-case-declarations" "A case declares names in a block of its own.";
        NO_DUPLICATE_CASE Error "no-duplicate-case" "A `switch` has each case once.";
        NO_DUPE_ELSE_IF Error "no-dupe-else-if" "A chain of `else if` tests each condition once.";
        NO_DUPE_KEYS Error "no-dupe-keys" "An object literal has each key once.";
        NO_DUPE_CLASS_MEMBERS Error "no-dupe-class-members" "A class has each member once.";
        NO_CONSTANT_CONDITION Error "no-constant-condition" "A condition is not a constant.";
        NO_COND_ASSIGN Error "no-cond-assign" "A condition doesn't assign, unless it has parentheses of its own.";
        NO_SELF_ASSIGN Error "no-self-assign" "A variable is not assigned to itself.";
        NO_COMPARE_NEG_ZERO Error "no-compare-neg-zero" "Nothing is compared with `-0`.";
        NO_UNSAFE_NEGATION Error "no-unsafe-negation" "The left of `in` and `instanceof` is not negated.";
        NO_UNSAFE_OPTIONAL_CHAINING Error "no-unsafe-optional-chaining" "What an optional chain may leave undefined is not called, read or spread.";
        USE_ISNAN Error "use-isnan" "`NaN` is tested with `Number.isNaN`.";
        VALID_TYPEOF Error "valid-typeof" "`typeof` is compared with a name of a type.";
        NO_SPARSE_ARRAYS Error "no-sparse-arrays" "An array literal has no holes.";
        NO_PROTOTYPE_BUILTINS Error "no-prototype-builtins" "Methods of `Object.prototype` are not called on an object.";
        NO_ASYNC_PROMISE_EXECUTOR Error "no-async-promise-executor" "A promise's executor is not async.";
        NO_NEW_NATIVE_NONCONSTRUCTOR Error "no-new-native-nonconstructor" "`Symbol` and `BigInt` are called without `new`.";
        NO_OBJ_CALLS Error "no-obj-calls" "`Math`, `JSON` and the like are not called.";
        NO_EXTRA_BOOLEAN_CAST Error "no-extra-boolean-cast" "A condition is not made a boolean twice.";
        NO_EMPTY_CHARACTER_CLASS Error "no-empty-character-class" "A regular expression has no class that matches nothing.";
        NO_REGEX_SPACES Error "no-regex-spaces" "A regular expression counts spaces instead of repeating them.";
        NO_WITH Error "no-with" "There is no `with` statement.";
        GETTER_RETURN Error "getter-return" "A getter returns a value.";
        NO_SETTER_RETURN Error "no-setter-return" "A setter returns no value.";
        REQUIRE_YIELD Error "require-yield" "A generator yields.";
        FOR_DIRECTION Error "for-direction" "A `for` loop counts towards its end.";
        EQEQEQ Note "eqeqeq" "`===` and `!==` compare, unless it is with `null`.";
        CONSTRUCTOR_SUPER Error "constructor-super" "The constructor of a derived class calls `super` once, that of another never.";
        NO_THIS_BEFORE_SUPER Error "no-this-before-super" "`this` is not used before `super` was called.";
        NO_UNDEF Error "no-undef" "A name that is used is declared, in the file or as a global.";
        NO_DELETE_VAR Error "no-delete-var" "A variable is not deleted.";
        NO_DUPE_ARGS Error "no-dupe-args" "A function has each parameter once.";
        NO_CONSTANT_BINARY_EXPRESSION Error "no-constant-binary-expression" "An expression's result depends on its operands.";
        NO_CONTROL_REGEX Error "no-control-regex" "A regular expression has no control characters.";
        NO_INVALID_REGEXP Error "no-invalid-regexp" "What `RegExp` is called with is a regular expression.";
        NO_MISLEADING_CHARACTER_CLASS Error "no-misleading-character-class" "A class of a regular expression has no character of several code points.";
        NO_USELESS_BACKREFERENCE Error "no-useless-backreference" "A back reference can match something.";
        NO_USELESS_ESCAPE Error "no-useless-escape" "Nothing is escaped that needs no escape.";
        NO_IRREGULAR_WHITESPACE Error "no-irregular-whitespace" "There is no white space other than spaces, tabs and line breaks outside of strings.";
        NO_LOSS_OF_PRECISION Error "no-loss-of-precision" "A number literal has the value that is written.";
        NO_NONOCTAL_DECIMAL_ESCAPE Error "no-nonoctal-decimal-escape" "There is no `\\8` and `\\9` in a string.";
        NO_OCTAL Error "no-octal" "There is no octal literal with a mere leading 0.";
        NO_UNEXPECTED_MULTILINE Error "no-unexpected-multiline" "A line that could be a statement of its own doesn't go on with the one before.";
        NO_UNUSED_PRIVATE_CLASS_MEMBERS Error "no-unused-private-class-members" "A private member of a class is used.";
        NO_UNASSIGNED_VARS Error "no-unassigned-vars" "A variable that is read is assigned to somewhere.";
        NO_USELESS_ASSIGNMENT Error "no-useless-assignment" "What is assigned is read before it is overwritten.";
        PRESERVE_CAUGHT_ERROR Error "preserve-caught-error" "An error that is thrown in `catch` names the caught one as its cause.";
        ESLINT_CONFIG Warning "eslint-config" "A JSON configuration of eslint can be read.";
    }
    python {
        PYTHON_SYNTAX Error "python-syntax" "A Python file parses.";
        PYTHON_CONFIG Error "python-config" "The configuration of ruff can be read.";
    }
    shell {
        SHELL_SYNTAX Error "shell-syntax" "A shell script parses.";
        SHELL_TEST Error "shell-test-bracket" "`[` is closed by a `]` that stands by itself.";
        SHELL_ASSIGNMENT Error "shell-assignment" "An assignment has no space around `=`, and no `$` before the name.";
        SHELL_REMOVE Error "shell-remove-root" "`rm -r` is not given a path that is `/` when a variable is empty.";
        SHELL_BASHISM Warning "shell-bashism" "A script for `sh` has nothing of bash alone.";
        SHELL_CD Warning "shell-unchecked-cd" "A script stops, or does something else, when `cd` fails.";
        SHELL_FOR_LS Warning "shell-for-ls" "A loop over files uses globs, not the output of `ls`.";
        SHELL_UNQUOTED Note "shell-unquoted-variable" "A variable that is an argument is quoted.";
        SHELL_BACKTICKS Note "shell-backticks" "Output is taken by `$(…)`, which nests.";
        SHELL_READ Note "shell-read-backslash" "`read` keeps backslashes: `-r`.";
        SHELL_STATUS Note "shell-indirect-status" "A command is tested itself, not `$?` after it.";
        SHELL_SHEBANG Note "shell-no-shebang" "A script says which shell it is for.";
    }
    dockerfile {
        DOCKERFILE_SYNTAX Error "dockerfile-syntax" "A Dockerfile parses: each instruction is known, and has what it needs.";
        DOCKERFILE_FROM Error "dockerfile-no-from" "A Dockerfile begins with `FROM`, but for `ARG`.";
        DOCKERFILE_JSON Error "dockerfile-broken-json" "Arguments in brackets are a JSON array of strings.";
        DOCKERFILE_TAG Warning "dockerfile-image-tag" "A base image has a tag other than `latest`, or a digest.";
        DOCKERFILE_ADD Warning "dockerfile-add-url" "`ADD` of a URL names a checksum.";
        DOCKERFILE_COMMAND Warning "dockerfile-repeated-command" "A stage has one `CMD`, one `ENTRYPOINT` and one `HEALTHCHECK`: the last one counts.";
        DOCKERFILE_USER Warning "dockerfile-no-user" "An image doesn't run as root.";
        DOCKERFILE_APT Warning "dockerfile-apt-yes" "`apt-get install` doesn't ask: `-y`.";
        DOCKERFILE_WORKDIR Warning "dockerfile-relative-workdir" "`WORKDIR` is absolute.";
        DOCKERFILE_SHELL_FORM Note "dockerfile-shell-form" "`CMD` and `ENTRYPOINT` are JSON arrays, so that the program receives signals.";
        DOCKERFILE_APT_LISTS Note "dockerfile-apt-lists" "Package lists are removed where they were fetched.";
        DOCKERFILE_ADD_LOCAL Note "dockerfile-add-local" "`COPY` copies files, `ADD` does more.";
        DOCKERFILE_MAINTAINER Note "dockerfile-maintainer" "The maintainer is a label.";
    }
    asl {
        ASL_DEFINITION Error "asl-definition" "A state machine is one that can run.";
        ASL_DOUBT Warning "asl-doubtful" "A state machine does what it seems to.";
    }
    editorconfig {
        EDITORCONFIG_SYNTAX Error "editorconfig-syntax" "An `.editorconfig` parses, and its values are known.";
        EDITORCONFIG_CHARSET Warning "editorconfig-charset" "A file has the encoding of its `.editorconfig`.";
        EDITORCONFIG_END_OF_LINE Warning "editorconfig-end-of-line" "Lines end as the `.editorconfig` says.";
        EDITORCONFIG_INDENT Warning "editorconfig-indent-style" "Lines are indented by tabs or spaces as the `.editorconfig` says.";
        EDITORCONFIG_INDENT_SIZE Note "editorconfig-indent-size" "Lines are indented by multiples of what the `.editorconfig` says.";
        EDITORCONFIG_TRAILING_SPACE Warning "editorconfig-trailing-space" "Lines have no white space at their end where the `.editorconfig` says so.";
        EDITORCONFIG_FINAL_NEWLINE Warning "editorconfig-final-newline" "A file ends with a line break, or not, as the `.editorconfig` says.";
        EDITORCONFIG_LINE_LENGTH Warning "editorconfig-line-length" "A line is not longer than the `.editorconfig` says.";
    }
}
