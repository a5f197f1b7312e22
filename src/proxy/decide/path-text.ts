/** The text as a path that can stand in a request line: from `/` on, without query, fragment, space or controls. */
export function pathText(text: string): string {
  const path = text.startsWith('/') ? text : `/${text}`;
  return encodeWhere(path, isNoPathCharacter);
}

/** The text as a part of a Location: as it is, except for what would end the header or the URI. */
export function locationText(text: string): string {
  return encodeWhere(text, isNoUriCharacter);
}

/** Only the bad characters of the text are percent-encoded, so a clean text costs nothing. */
function encodeWhere(text: string, isBad: (code: number) => boolean): string {
  let clean = 0;
  while (clean < text.length && !isBad(text.charCodeAt(clean))) clean++;
  if (clean === text.length) return text;
  let encoded = '';
  for (const character of text) {
    encoded += isBad(character.charCodeAt(0)) ? percentEncoded(character) : character;
  }
  return encoded;
}

function percentEncoded(character: string): string {
  let encoded = '';
  for (const byte of new TextEncoder().encode(character)) {
    encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** `#`, `?` and what no URI has. */
function isNoPathCharacter(code: number): boolean {
  return code === 0x23 || code === 0x3f || isNoUriCharacter(code);
}

function isNoUriCharacter(code: number): boolean {
  return code <= 0x20 || code >= 0x7f;
}
