// Cuts a text where it uses terms of the glossary.

/**
 * The pieces of a text, in order: plain strings, and `{ term, text }` where a term stands. Each term is
 * found once, case-insensitively, as a whole word with an optional plural s; longer terms go first. The
 * terms that were found are added to `seen`, and terms in it are left alone.
 */
export function explain(text, glossary, seen = new Set()) {
  const terms = [...glossary.keys()]
    .filter((term) => !seen.has(term))
    .sort((left, right) => right.length - left.length);
  if (terms.length === 0) {
    return [text];
  }
  const pattern = new RegExp(`\\b(${terms.map(escape).join("|")})s?\\b`, "gi");
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const term = match[1].toLowerCase();
    if (seen.has(term)) {
      continue;
    }
    seen.add(term);
    pieces.push(text.slice(end, match.index), { term, text: match[0] });
    end = match.index + match[0].length;
  }
  pieces.push(text.slice(end));
  return pieces.filter((piece) => piece !== "");
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
