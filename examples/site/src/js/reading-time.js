// How long a chapter takes to read.

const WORDS_PER_MINUTE = 220;

/** The number of words in a text. Numbers count, punctuation alone doesn't. */
export function countWords(text) {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** `2 min read`; the shortest is one minute. */
export function readingTime(text) {
  return `${Math.max(1, Math.round(countWords(text) / WORDS_PER_MINUTE))} min read`;
}
