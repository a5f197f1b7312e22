/** JSON objects within objects and lists that are read at all. */
const MAX_DEPTH = 32;

/**
 * Reads a JSON object that has one meaning: no member twice, no name of one escaped character, no more than 32 levels.
 * Undefined when the text is not one.
 */
export function strictJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    // The parser keeps one member of each name: it has fewer than were written when a name came twice.
    const isUnambiguous = membersOf(value, MAX_DEPTH) === membersWritten(text);
    return isUnambiguous ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** The member of an object from outside, or undefined; never one that every object inherits. */
export function ownMember(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** How many members a value and all within it have; NaN when it has too many levels. */
function membersOf(value: object, levels: number): number {
  if (levels === 0) return Number.NaN;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = members === value ? 0 : members.length;
  for (let i = 0; i < members.length; i++) {
    const member = members[i];
    if (typeof member === 'object' && member !== null) count += membersOf(member, levels - 1);
  }
  return count;
}

const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;

/** How many names of members a correct text of JSON holds; NaN when one of them is a single escaped character. */
function membersWritten(text: string): number {
  let count = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    const end = stringEnd(text, start);
    let next = end + 1;
    while (text.charCodeAt(next) <= SPACE) next++;
    if (text.charCodeAt(next) === COLON) {
      // V8 14.6 and 15.0 may read a name of one escaped character (`"\n"`) as `\`.
      if (text.charCodeAt(start + 1) === BACKSLASH && isOneCharacter(text.slice(start, end + 1)))
        return Number.NaN;
      count++;
    }
    start = text.indexOf('"', next);
  }
  return count;
}

/** The place of the quote that ends the string. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

function isOneCharacter(quoted: string): boolean {
  return (JSON.parse(quoted) as string).length === 1;
}
