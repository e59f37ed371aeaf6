//! How deep Python nests, before it is parsed: parser and rules descend with it, and the stack of a component
//! is small.
//!
//! The lexer doesn't descend. Over its tokens, a weight is kept for what is open: brackets, blocks, formatted
//! strings, and the operators since the last thing that ended an expression. That is at least the depth of the
//! tree.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

/// The weight at which a file is not parsed.
const MAX_WEIGHT: usize = 800;
/// Of a bracket, a block or a formatted string.
const OPEN: usize = 8;
/// Of an operator or a keyword within an expression.
const OPERATOR: usize = 2;
/// Of what nests to the left: attributes, calls, indices, sums.
const LEFT: usize = 1;

/// Whether the weight stays below the limit.
pub(super) fn is_shallow(text: &str) -> bool {
    let mut open = Open { weights: vec![0], total: 0 };
    let mut lexer = lex(text, Mode::Module);
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => return true,
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::Indent
            | TokenKind::FStringStart
            | TokenKind::TStringStart => open.push(),
            TokenKind::Dedent => open.pop(),
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                open.pop();
                // What was closed may be the beginning of a longer operand.
                open.add(LEFT);
            }
            TokenKind::Newline | TokenKind::Semi | TokenKind::Comma => open.reset(),
            TokenKind::Plus | TokenKind::Minus | TokenKind::Dot => open.add(LEFT),
            kind if kind.is_operator() || kind.is_keyword() => open.add(OPERATOR),
            _ => {}
        }
        if open.total > MAX_WEIGHT {
            return false;
        }
    }
}

/// What is open, the innermost last.
struct Open {
    weights: Vec<usize>,
    total: usize,
}

impl Open {
    fn push(&mut self) {
        self.weights.push(0);
        self.add(OPEN);
    }

    fn pop(&mut self) {
        if self.weights.len() > 1 {
            self.total -= self.weights.pop().unwrap_or_default();
        }
    }

    fn add(&mut self, weight: usize) {
        self.total += weight;
        if let Some(innermost) = self.weights.last_mut() {
            *innermost += weight;
        }
    }

    /// The expression ends that was begun within the innermost.
    fn reset(&mut self) {
        let bracket = if self.weights.len() > 1 { OPEN } else { 0 };
        if let Some(innermost) = self.weights.last_mut() {
            self.total -= innermost.saturating_sub(bracket);
            *innermost = (*innermost).min(bracket);
        }
    }
}
