import { compileRegex } from '../../../match/regex.ts';

/** Samples beyond this are not made. */
const MAX_SAMPLES = 8;
/** A pattern of deeper groups is not read. */
const MAX_DEPTH = 40;
/** No sample gets longer, UTF-16 units. */
const MAX_LENGTH = 256;

/** Some texts that an RE2 pattern matches as a whole, each checked; none where the pattern is beyond this reader. */
export function regexSamples(pattern: string): string[] {
  try {
    const program = compileRegex(pattern);
    const drafted = new PatternReader(pattern).read();
    return [...new Set(drafted)].filter((text) => program.matches(text));
  } catch {
    // Patterns of the snapshot compile; a form that is not read here has no samples.
    return [];
  }
}

type Texts = readonly string[];

/** Reads a pattern and writes out what it matches: every alternative, every repetition its least and one more. */
class PatternReader {
  readonly #pattern: string;
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  read(): Texts {
    const texts = this.#alternatives();
    if (this.#at < this.#pattern.length) throw new RangeError('not read to its end');
    return texts;
  }

  #alternatives(): Texts {
    if (++this.#depth > MAX_DEPTH) throw new RangeError('too deep');
    let texts: Texts = this.#sequence();
    while (this.#take('|')) texts = [...texts, ...this.#sequence()].slice(0, MAX_SAMPLES);
    this.#depth--;
    return texts;
  }

  #sequence(): Texts {
    let texts: Texts = [''];
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#peek()))
      texts = joined(texts, this.#repeated(this.#atom()));
    return texts;
  }

  #atom(): Texts {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return [this.#classMember()];
    if (character === '\\') return [escapedMember(this.#next())];
    if (character === '.') return ['a'];
    return character === '^' || character === '$' ? [''] : [character];
  }

  #group(): Texts {
    const flags = /^\?(?:P?<\w+>|[imsU-]*:)/.exec(this.#rest());
    const bare = /^\?[imsU-]+\)/.exec(this.#rest());
    this.#at += (bare ?? flags)?.[0].length ?? 0;
    if (bare) return [''];
    const texts = this.#alternatives();
    if (!this.#take(')')) throw new RangeError('an open group');
    return texts;
  }

  /** A member of a class such as `[a-z0-9]` or `[^/]`. */
  #classMember(): string {
    const found = /^(\^?)(\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]/.exec(this.#rest());
    if (found === null) throw new RangeError('an open class');
    this.#at += found[0].length;
    const [, negated = '', body = ''] = found;
    const program = compileRegex(`[${negated}${body}]`);
    const member = CANDIDATES.find((one) => program.matches(one));
    if (member === undefined) throw new RangeError('no member known');
    return member;
  }

  #repeated(texts: Texts): Texts {
    const found = /^(?:\*|\+|\?|\{(\d+)(,?)(\d*)\})\??/.exec(this.#rest());
    if (found === null) return texts;
    this.#at += found[0].length;
    const [sign, least, comma, most] = found;
    if (sign?.startsWith('?') || sign?.startsWith('*')) return unique(['', ...texts]);
    if (sign?.startsWith('+')) return unique([...texts, ...joined(texts, texts)]);
    const from = Number(least);
    const to = comma === '' ? from : most === '' ? from + 1 : Math.min(Number(most), from + 1);
    return unique([...times(texts, from), ...times(texts, to)]);
  }

  #rest(): string {
    return this.#pattern.slice(this.#at);
  }

  #peek(): string {
    return this.#pattern.charAt(this.#at);
  }

  #next(): string {
    return this.#pattern.charAt(this.#at++);
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
}

const CANDIDATES = [...'a0A-_./~ :%@!=&+,;*', 'z', '9', 'é'];

function escapedMember(letter: string): string {
  if (letter === 'd') return '1';
  if (letter === 'w') return 'a';
  if (letter === 's') return ' ';
  if (letter === 'D' || letter === 'S') return 'a';
  if (letter === 'W') return '-';
  if ('bBAz'.includes(letter)) return '';
  if (/[a-zA-Z0-9]/.test(letter)) throw new RangeError('an escape that is not read');
  return letter;
}

function joined(a: Texts, b: Texts): Texts {
  return unique(a.flatMap((left) => b.map((right) => left + right)));
}

function times(texts: Texts, count: number): Texts {
  let result: Texts = [''];
  for (let i = 0; i < Math.min(count, MAX_LENGTH); i++) result = joined(result, texts);
  return result;
}

function unique(texts: Texts): Texts {
  return [...new Set(texts)].filter((text) => text.length <= MAX_LENGTH).slice(0, MAX_SAMPLES);
}
