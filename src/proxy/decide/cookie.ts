/** The values of a cookie in the lines of `cookie` (RFC 6265 §4.2.1), without the quotes that they may have. */
export function cookieValues(lines: readonly string[], name: string): readonly string[] {
  return pairs(lines)
    .filter((pair) => nameOf(pair) === name)
    .map((pair) => pair.slice(name.length + 1).trim())
    .map((value) => (/^".*"$/.test(value) ? value.slice(1, -1) : value));
}

/** The lines as one, without those cookies; empty when nothing is left. */
export function withoutCookies(lines: readonly string[], names: ReadonlySet<string>): string {
  return pairs(lines)
    .filter((pair) => !names.has(nameOf(pair)))
    .join('; ');
}

function pairs(lines: readonly string[]): readonly string[] {
  return lines
    .flatMap((line) => line.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '');
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return equals < 0 ? '' : pair.slice(0, equals);
}
