/** Octets that the grammars of RFC 9110 and RFC 9112 name. */
export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;

/** `tchar` of RFC 9110 §5.6.2: 1, and 3 for an upper-case letter. */
export const TOKEN = tokenTable();

/** Octets of a field value: HTAB, SP, visible ASCII and obs-text; no other control. */
export const FIELD_VALUE = table((octet) => octet === HTAB || (octet >= SP && octet !== 0x7f));

/** Octets of a request target: visible ASCII. */
export const TARGET = table((octet) => octet > SP && octet < 0x7f);

/** Whether `text` is a token of RFC 9110 §5.6.2. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!TOKEN[text.charCodeAt(i)]) return false;
  return text.length > 0;
}

/** Whether `octet` is an ASCII digit. */
export function isDigit(octet: number | undefined): boolean {
  return octet !== undefined && octet >= 0x30 && octet <= 0x39;
}

/** The value of an ASCII hexadecimal digit, or -1. */
export function hexValue(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function tokenTable(): Uint8Array {
  const tokens = table((octet) => /[!#$%&'*+\-.^_`|~0-9a-zA-Z]/.test(String.fromCharCode(octet)));
  for (let octet = 0x41; octet <= 0x5a; octet++) tokens[octet] = 3;
  return tokens;
}

function table(allowed: (octet: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => (allowed(octet) ? 1 : 0));
}
