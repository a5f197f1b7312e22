import { contentLength } from './body-framing.ts';
import type { Framing } from './framing.ts';
import { HeaderList } from './header-list.ts';
import { stripHopByHop } from './hop-by-hop.ts';
import type { CanonicalRequest, ResponseHead } from './message.ts';
import { FIELD_VALUE, isToken, TARGET } from './octets.ts';
import { isTrailerName } from './trailer-section.ts';

/**
 * A request head as names and values in turn (RFC 9113 §8.3.1): hop-by-hop fields are dropped but for
 * `te: trailers`, Content-Length says what `framing` does. Throws TypeError on an illegal octet.
 */
export function h2RequestFields(request: CanonicalRequest, framing: Framing): string[] {
  const { method, scheme, authority, path, query, headers } = request;
  const fields = [
    ':method',
    checked(method, isToken),
    ':scheme',
    scheme,
    ':authority',
    checked(authority, isTarget),
    ':path',
    checked(path + query, isTarget),
  ];
  addHeaders(fields, headers, framing);
  if (wantsTrailers(headers)) fields.push('te', 'trailers');
  return fields;
}

/**
 * A response head as `h2RequestFields` does. With framing `none` the Content-Length of a response to HEAD or
 * of a 304 stays, as it tells of a body that is not sent.
 */
export function h2ResponseFields(head: ResponseHead, framing: Framing): string[] {
  const { status, headers } = head;
  const fields = [':status', String(status)];
  addHeaders(fields, headers, framing);
  if (status === 407)
    for (const value of headers.getAll('proxy-authenticate'))
      fields.push('proxy-authenticate', checked(value, isValue));
  const length = framing.kind === 'none' && status >= 200 && status !== 204 ? onlyLength(headers) : undefined;
  if (length !== undefined) fields.push('content-length', length);
  return fields;
}

/** An interim response head by name; repeated fields are kept apart. Throws TypeError. */
export function h2InterimFields({ status, headers }: ResponseHead): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = byName(stripHopByHop(headers));
  fields[':status'] = String(status);
  return fields;
}

/** A trailer section by name, without fields that only a header section may carry. Throws TypeError. */
export function h2TrailerFields(trailers: HeaderList | undefined): Record<string, string[]> {
  const kept = new HeaderList();
  for (const [name, value] of trailers ?? []) if (isTrailerName(name)) kept.append(name, value);
  return byName(kept);
}

function byName(headers: HeaderList): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null);
  for (const [name, value] of headers) {
    fields[checked(name, isToken)] ??= [];
    fields[name]?.push(checked(value, isValue));
  }
  return fields;
}

function addHeaders(fields: string[], headers: HeaderList, framing: Framing): void {
  const kept = stripHopByHop(headers);
  for (let i = 0; i < kept.end; i++) {
    const name = kept.nameAt(i);
    // The authority has the host, and the framing the length.
    if (name === undefined || name === 'host' || name === 'content-length') continue;
    fields.push(checked(name, isToken), checked(kept.valueAt(i), isValue));
  }
  if (framing.kind === 'length') fields.push('content-length', String(framing.length));
}

function wantsTrailers(headers: HeaderList): boolean {
  const te = headers.get('te');
  if (te === undefined) return false;
  return te.split(',').some((coding) => coding.trim().toLowerCase() === 'trailers');
}

function onlyLength(headers: HeaderList): string | undefined {
  const lengths = headers.getAll('content-length');
  const length = lengths.length === 1 ? contentLength(lengths[0] as string) : undefined;
  return length === undefined ? undefined : String(length);
}

function checked(text: string, allows: (text: string) => boolean): string {
  if (!allows(text)) throw new TypeError('an illegal octet in a message head');
  return text;
}

function isTarget(text: string): boolean {
  return text !== '' && consistsOf(text, TARGET);
}

function isValue(text: string): boolean {
  return consistsOf(text, FIELD_VALUE);
}

function consistsOf(text: string, allowed: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (!allowed[text.charCodeAt(i)]) return false;
  return true;
}
