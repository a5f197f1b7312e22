/** Splits a pasted command as a POSIX shell does: quotes, `$'…'`, backslashes, lines that go on. Nothing is expanded. */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const gap = /^(?:\s|\\\r?\n)+/.exec(rest);
    if (gap) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += gap[0].length;
      continue;
    }
    const part = wordPart(rest);
    word = (word ?? '') + part.text;
    at += part.length;
  }
  return word === undefined ? words : [...words, word];
}

/** The text of a part of a word, and how much was written for it. */
interface WordPart {
  readonly text: string;
  readonly length: number;
}

function wordPart(rest: string): WordPart {
  const ansi = /^\$'((?:[^'\\]|\\[\s\S])*)'/.exec(rest);
  if (ansi) return { text: ansiText(ansi[1] ?? ''), length: ansi[0].length };
  const single = /^'([^']*)'/.exec(rest);
  if (single) return { text: single[1] ?? '', length: single[0].length };
  const double = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(rest);
  if (double) return { text: doubleText(double[1] ?? ''), length: double[0].length };
  const escaped = /^\\([\s\S])/.exec(rest);
  if (escaped) return { text: escaped[1] ?? '', length: 2 };
  const plain = /^[^\s'"\\$]+|^[\s\S]/.exec(rest)?.[0] ?? rest;
  return { text: plain, length: plain.length };
}

function doubleText(text: string): string {
  return text.replace(/\\\r?\n/g, '').replace(/\\(["\\$`])/g, '$1');
}

const LETTERS = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Browsers quote so what has control characters or quotes in it. */
function ansiText(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([\s\S]))/g, (_, hex, unicode, letter) =>
    letter === undefined
      ? String.fromCharCode(Number.parseInt(hex ?? unicode, 16))
      : (LETTERS.get(letter) ?? letter),
  );
}
