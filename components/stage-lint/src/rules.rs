//! The rules: their names, what they are severe by default, and what they ask for.

use crate::diagnostic::Severity::{self, Error, Note, Warning};

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, as in parameters, ignore comments and reports.
    pub id: &'static str,
    /// Its severity unless configured.
    pub severity: Severity,
    /// What it asks for, one sentence.
    pub about: &'static str,
}

/// The rule of this name.
pub(crate) fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

/// The rule whose name is the most like this one, when there is one that could be meant.
pub(crate) fn nearest(id: &str) -> Option<&'static Rule> {
    let distance = |rule: &&&Rule| edit_distance(id, rule.id);
    let best = ALL.iter().min_by_key(distance)?;
    (distance(&best) <= id.len().max(6) / 3).then_some(best)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

macro_rules! rules {
    ($($name:ident $severity:ident $id:literal $about:literal;)*) => {
        $(
            #[doc = $about]
            pub(crate) static $name: Rule = Rule { id: $id, severity: $severity, about: $about };
        )*
        /// Every rule.
        pub static ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    // Files.
    FILE_ENCODING Error "file-encoding" "A text file is UTF-8.";
    FILE_TOO_LARGE Warning "file-too-large" "A file that is checked stays under the limit of the linter.";
    NESTING Error "nesting-too-deep" "Nesting stays under the limit of the linter.";
    UNKNOWN_RULE Warning "unknown-rule" "A comment that ignores a rule names one that there is.";
    // Data.
    JSON_SYNTAX Error "json-syntax" "A JSON file parses.";
    JSON_DUPLICATE_KEY Error "json-duplicate-key" "A JSON object has each key once.";
    TOML_SYNTAX Error "toml-syntax" "A TOML file parses, and has each key once.";
    YAML_SYNTAX Error "yaml-syntax" "A YAML file parses, each of its documents.";
    YAML_DUPLICATE_KEY Error "yaml-duplicate-key" "A YAML mapping has each key once.";
    // Markdown.
    MARKDOWN_LINK Error "markdown-broken-link" "A relative link leads to a file of the project.";
    MARKDOWN_IMAGE Error "markdown-missing-image" "A relative image is a file of the project.";
    MARKDOWN_ANCHOR Error "markdown-missing-anchor" "A link's fragment names a heading or an id of its target.";
    MARKDOWN_REFERENCE Warning "markdown-undefined-reference" "A reference link has a definition.";
    MARKDOWN_INCLUDE Error "markdown-missing-include" "A file that mdBook is to include is there.";
    // HTML.
    HTML_SYNTAX Error "html-syntax" "HTML parses without an error of the standard's tokenizer.";
    HTML_UNCLOSED Error "html-unclosed-element" "An element that needs an end tag has one.";
    HTML_STRAY Error "html-stray-end-tag" "An end tag closes an open element.";
    HTML_DOCTYPE Warning "html-missing-doctype" "A document begins with `<!doctype html>`.";
    HTML_DUPLICATE_ID Warning "html-duplicate-id" "An id is given to one element of a document.";
    HTML_LINK Error "html-broken-link" "A relative link leads to a file of the project.";
    HTML_IMAGE Error "html-missing-image" "A relative image is a file of the project.";
    HTML_ANCHOR Error "html-missing-anchor" "A link's fragment names an id of its target.";
    HTML_ALT Note "html-missing-alt" "An image has an `alt` attribute.";
    // CSS.
    CSS_SYNTAX Error "css-syntax" "CSS parses.";
    CSS_AT_RULE Warning "css-unknown-at-rule" "An at-rule is one that there is.";
    CSS_FILE Error "css-missing-file" "A relative `url()` or `@import` is a file of the project.";
    // JavaScript and TypeScript.
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
}
