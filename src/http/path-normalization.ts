import type { PathNormalization } from './message.ts';
import { hexValue } from './octets.ts';

const PERCENT = 0x25;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

/**
 * Istio's MeshConfig.pathNormalization on a path that begins with `/`: BASE resolves dot segments, decodes
 * unreserved escapes and turns `\` to `/`; MERGE_SLASHES also merges slashes; DECODE_AND_MERGE_SLASHES first
 * decodes %2F and %5C. Malformed escapes and all others stay as they are. Path parameters (`;x`) are part of
 * their segment.
 */
export function normalizePath(path: string, normalization: PathNormalization): string {
  if (normalization === 'NONE' || isPlain(path)) return path;
  const decoded = decodeEscapes(path, normalization === 'DECODE_AND_MERGE_SLASHES');
  const resolved = removeDotSegments(decoded);
  return normalization === 'BASE' ? resolved : mergeSlashes(resolved);
}

/** Nearly all paths are: nothing to decode, resolve or merge. */
function isPlain(path: string): boolean {
  let previous = 0;
  for (let i = 0; i < path.length; i++) {
    const octet = path.charCodeAt(i);
    if (octet === PERCENT || octet === BACKSLASH) return false;
    if (previous === SLASH && (octet === SLASH || octet === DOT)) return false;
    previous = octet;
  }
  return true;
}

function decodeEscapes(path: string, slashes: boolean): string {
  let out = '';
  for (let i = 0; i < path.length; i++) {
    const octet = path.charCodeAt(i);
    const escaped = octet === PERCENT ? escapedOctet(path, i) : -1;
    if (escaped < 0) {
      out += octet === BACKSLASH ? '/' : path[i];
      continue;
    }
    if (slashes && (escaped === SLASH || escaped === BACKSLASH)) out += '/';
    else if (isUnreserved(escaped) && !completesEscape(out, escaped)) out += String.fromCharCode(escaped);
    else out += path.slice(i, i + 3);
    i += 2;
  }
  return out;
}

/** The octet that the escape at `at` means, or -1 when it is malformed. */
function escapedOctet(path: string, at: number): number {
  if (at + 2 >= path.length) return -1;
  const high = hexValue(path.charCodeAt(at + 1));
  const low = hexValue(path.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** `%2%65` must not become `%2e`: the next reader would decode what we did not judge. */
function completesEscape(out: string, octet: number): boolean {
  if (hexValue(octet) < 0) return false;
  if (out.endsWith('%')) return true;
  return out.charCodeAt(out.length - 2) === PERCENT && hexValue(out.charCodeAt(out.length - 1)) >= 0;
}

/** RFC 3986 §2.3. */
function isUnreserved(octet: number): boolean {
  const lower = octet | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return octet >= 0x41;
  return (
    (octet >= 0x30 && octet <= 0x39) || octet === 0x2d || octet === DOT || octet === 0x5f || octet === 0x7e
  );
}

/** RFC 3986 §5.2.4. */
function removeDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  let out = '';
  for (let at = 0; at < path.length; ) {
    const slash = path.indexOf('/', at + 1);
    const end = slash < 0 ? path.length : slash;
    const segment = path.slice(at, end);
    const dots = segment === '/.' || segment === '/..';
    if (segment === '/..') out = out.slice(0, Math.max(0, out.lastIndexOf('/')));
    if (!dots) out += segment;
    else if (slash < 0) out += '/';
    at = end;
  }
  return out;
}

function mergeSlashes(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}
