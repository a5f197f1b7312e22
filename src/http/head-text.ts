import type { HeaderList } from './header-list.ts';
import { FIELD_VALUE, TARGET, TOKEN } from './octets.ts';

/** `METHOD target HTTP/1.1` and its line end. Throws TypeError where a part is illegal. */
export function requestLine(method: string, path: string, query: string): string {
  if (method === '' || path === '') throw new TypeError('an empty method or target');
  check(method, TOKEN);
  check(path, TARGET);
  check(query, TARGET);
  return `${method} ${path}${query} HTTP/1.1\r\n`;
}

/** `HTTP/1.1 200 OK` and its line end. Throws TypeError where a part is illegal. */
export function statusLine(status: number, reason: string): string {
  if (!Number.isInteger(status) || status < 100 || status > 999)
    throw new TypeError(`illegal status ${status}`);
  check(reason, FIELD_VALUE);
  return `HTTP/1.1 ${status} ${reason}\r\n`;
}

/** One field line of any name and value. Throws TypeError where they are illegal. */
export function fieldLine(name: string, value: string): string {
  if (name === '') throw new TypeError('an empty field name');
  check(name, TOKEN);
  checkValue(value);
  return `${name}: ${value}\r\n`;
}

/** The Host line. Throws TypeError where the authority is illegal. */
export function hostLine(authority: string): string {
  check(authority, TARGET);
  return `host: ${authority}\r\n`;
}

/** One line of a list, `name` being its name. Throws TypeError where it is illegal, which a line that was read cannot be. */
export function listedLine(headers: HeaderList, line: number, name: string): string {
  const value = headers.valueAt(line);
  return headers.isRead(line) ? `${name}: ${value}\r\n` : fieldLine(name, value);
}

/** A long value that a proxy says with every request, as its client's certificate, is looked through once. */
function checkValue(value: string): void {
  const kept = value.length >= LONG && value.length <= LONGEST;
  if (kept && passed.has(value)) return;
  check(value, FIELD_VALUE);
  if (!kept) return;
  if (passed.size >= MAX_PASSED) passed.clear();
  passed.add(value);
}

const LONG = 64;
/** What is kept of so many values is bounded. */
const LONGEST = 4096;
const MAX_PASSED = 256;
const passed = new Set<string>();

/** No value can end its line: a code unit that is no octet is refused too, as its low half may be one. */
function check(text: string, allowed: Uint8Array): void {
  for (let i = 0; i < text.length; i++) {
    const octet = text.charCodeAt(i);
    if (!allowed[octet]) throw new TypeError(`illegal octet 0x${octet.toString(16)} in a message head`);
  }
}
