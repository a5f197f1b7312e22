/** No value of a log line is longer, in UTF-16 units. */
const LONGEST = 4096;

/** A value as a quoted field of a log line may show it: nothing ends the quotes or reaches a terminal. */
export function plainText(value: string): string {
  const text = value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  for (let i = 0; i < text.length; i++) if (!isPlain(text.charCodeAt(i))) return escapedFrom(text, i);
  return text;
}

/** JSON with what `JSON.stringify` leaves to reach a terminal escaped too. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A query with the values that look like secrets left out. */
export function redactedQuery(query: string): string {
  if (query.length < 2 || !SECRET.test(query)) return query;
  const pairs = query.slice(1).split('&');
  return `?${pairs.map(redactedPair).join('&')}`;
}

const SECRET = /token|key|sig|secret|passw|credential|auth|code|jwt|assertion/i;

function redactedPair(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals < 0 || !SECRET.test(decodedName(pair.slice(0, equals)))) return pair;
  return `${pair.slice(0, equals)}=***`;
}

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function isPlain(code: number): boolean {
  return (
    code >= 0x20 && code !== QUOTE && code !== BACKSLASH && !(code >= 0x7f && code <= 0x9f) && !endsLine(code)
  );
}

function endsLine(code: number): boolean {
  return code === 0x2028 || code === 0x2029;
}

function escapedFrom(text: string, from: number): string {
  let escaped = text.slice(0, from);
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isPlain(code)) escaped += text[i];
    else if (code > 0xff) escaped += `\\u${code.toString(16)}`;
    else escaped += `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
