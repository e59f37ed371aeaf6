// The knot finder: ranks knots by how well they answer what somebody typed.

const WEIGHTS = { name: 8, alias: 6, kind: 4, use: 2 };
const IGNORED = new Set(["a", "an", "and", "for", "in", "of", "or", "the", "to", "with"]);

/** The words of a text that matter, in lower case, without accents and apostrophes. */
export function words(text) {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f'’]/g, "")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !IGNORED.has(word));
}

/**
 * The knots that match every word of the query, best first; ties keep the order of the list.
 * An empty query matches nothing.
 */
export function search(knots, query, limit = 10) {
  const wanted = words(query);
  if (wanted.length === 0) {
    return [];
  }
  return knots
    .map((knot) => ({ knot, score: score(knot, wanted) }))
    .filter((hit) => hit.score > 0)
    .sort((left, right) => right.score - left.score)
    .slice(0, limit)
    .map((hit) => hit.knot);
}

function score(knot, wanted) {
  const fields = [
    [words(knot.name), WEIGHTS.name],
    [knot.aliases.flatMap(words), WEIGHTS.alias],
    [words(knot.kind), WEIGHTS.kind],
    [knot.uses.flatMap(words), WEIGHTS.use],
  ];
  let total = 0;
  for (const word of wanted) {
    const best = Math.max(...fields.map(([have, weight]) => weight * match(have, word)));
    if (best === 0) {
      return 0;
    }
    total += best;
  }
  return total;
}

/** 1 for the word itself, a half for a word that begins with it (from two letters on), else 0. */
function match(have, word) {
  if (have.includes(word)) {
    return 1;
  }
  return word.length > 1 && have.some((other) => other.startsWith(word)) ? 0.5 : 0;
}
