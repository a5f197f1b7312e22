/** An authority taken apart as CanonicalRequest has it. */
export interface AuthorityParts {
  /** Without port and trailing dot; IPv6 keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** Splits a lower-case authority; text after the last colon that is no port belongs to the host. */
export function splitAuthority(authority: string): AuthorityParts {
  const end = portStart(authority);
  const port = end === authority.length ? undefined : readPort(authority, end + 1);
  const name = port === undefined ? authority : authority.slice(0, end);
  return { host: name.endsWith('.') ? name.slice(0, -1) : name, port };
}

/** The index of the colon before the port, or the length when there is none. */
export function portStart(authority: string): number {
  const colon = authority.lastIndexOf(':');
  return colon > authority.lastIndexOf(']') ? colon : authority.length;
}

function readPort(text: string, start: number): number | undefined {
  if (start === text.length || text.length - start > 5) return undefined;
  let port = 0;
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    port = port * 10 + digit;
  }
  return port <= 65535 ? port : undefined;
}
