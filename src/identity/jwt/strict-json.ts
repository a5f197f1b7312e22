/** JSON objects within objects and lists that are read at all. */
const MAX_DEPTH = 32;

/**
 * Reads a JSON object that has one meaning: no member twice, no name of one escaped character, no more than 32 levels. Undefined when the text is not
 * one.
 */
export function strictJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!isUnambiguous(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** The member of an object from outside, or undefined; never one that every object inherits. */
export function ownMember(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Looks at structure alone: whatever is no JSON in another way is left to the parser. */
function isUnambiguous(text: string): boolean {
  /** For each open object the names so far; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let nameNext = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const end = stringEnd(text, at);
      if (nameNext && !addName(open.at(-1), text.slice(at, end + 1))) return false;
      nameNext = false;
      at = end;
    } else if (character === 0x7b || character === 0x5b) {
      if (open.length === MAX_DEPTH) return false;
      open.push(character === 0x7b ? new Set() : undefined);
      nameNext = character === 0x7b;
    } else if (character === 0x7d || character === 0x5d) {
      open.pop();
      nameNext = false;
    } else if (character === 0x2c) {
      nameNext = open.at(-1) !== undefined;
    }
  }
  return true;
}

/** The place of the quote that ends the string, or the end of the text. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at++;
    else if (character === QUOTE) return at;
  }
  return text.length;
}

/** False for a name that is there already, however it is spelled, and for one that is no string. */
function addName(names: Set<string> | undefined, quoted: string): boolean {
  if (names === undefined) return false;
  const isEscaped = quoted.includes('\\');
  const name = isEscaped ? unescaped(quoted) : quoted.slice(1, -1);
  if (name === undefined || names.has(name)) return false;
  // V8 14.6 and 15.0 may read a name of one escaped character (`"\n"`) as `\`.
  if (isEscaped && name.length === 1) return false;
  names.add(name);
  return true;
}

function unescaped(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
