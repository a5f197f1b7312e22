import { SnapshotError } from './snapshot-error.ts';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

const DEPTH_LIMIT = 64;
const encoder = new TextEncoder();

/**
 * JSON with sorted member names and no whitespace, as UTF-8 (the form of RFC 8785).
 * Members that are undefined are left out. Throws TypeError on what JSON cannot carry or is deeper than 64.
 */
export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(canonicalText(value, 1));
}

/**
 * Decodes JSON of at most `limit` bytes, and only in canonical form: a repeated member name, a byte order
 * mark, whitespace or a second spelling of a number or string is E_FORMAT.
 */
export function decodeJson(bytes: Uint8Array, limit: number): JsonValue {
  if (bytes.length > limit) throw new SnapshotError('E_SIZE', `${bytes.length} bytes, limit ${limit}`);
  refuseDeep(bytes);
  const { text, value } = parse(bytes);
  // The engine's own writer keeps the order it read, and is several times faster where that is the sorted one.
  const canonical = isSorted(value) ? JSON.stringify(value) : canonicalText(value, 1);
  if (canonical !== text) throw new SnapshotError('E_FORMAT', 'JSON is not canonical');
  return value;
}

/** Not for secrets: returns at the first difference. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function canonicalText(value: unknown, depth: number): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (depth > DEPTH_LIMIT) throw new TypeError('JSON is nested too deeply');
  if (Array.isArray(value)) return listText(value, depth + 1);
  if (isPlainObject(value)) return objectText(value, depth + 1);
  throw new TypeError(`${typeof value} is not a JSON value`);
}

function listText(list: readonly unknown[], depth: number): string {
  let text = '';
  for (const item of list) text += `${text === '' ? '' : ','}${canonicalText(item, depth)}`;
  return `[${text}]`;
}

function objectText(object: { readonly [name: string]: unknown }, depth: number): string {
  let text = '';
  for (const name of Object.keys(object).sort()) {
    const value = object[name];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalText(value, depth)}`;
  }
  return `{${text}}`;
}

function isPlainObject(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Before JSON.parse, which on some engines exhausts the stack. */
function refuseDeep(bytes: Uint8Array): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x22) at = stringEnd(bytes, at);
    else if (byte === 0x5b || byte === 0x7b) depth++;
    else if (byte === 0x5d || byte === 0x7d) depth--;
    if (depth > DEPTH_LIMIT) throw new SnapshotError('E_FORMAT', `JSON is nested deeper than ${DEPTH_LIMIT}`);
  }
}

/** Where the quote is that ends the string beginning at `start`; the length where none does. */
function stringEnd(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0x22, start + 1); at >= 0; at = bytes.indexOf(0x22, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === 0x5c) slashes++;
    // An even number of them escape one another, and not the quote.
    if (slashes % 2 === 0) return at;
  }
  return bytes.length;
}

function parse(bytes: Uint8Array): { readonly text: string; readonly value: JsonValue } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch (cause) {
    throw new SnapshotError('E_FORMAT', 'not JSON', { cause });
  }
}

/** Of what JSON.parse made. */
function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  const members = value as { readonly [name: string]: unknown };
  let previous: string | undefined;
  for (const name in members) {
    if ((previous !== undefined && previous >= name) || !isSorted(members[name])) return false;
    previous = name;
  }
  return true;
}
