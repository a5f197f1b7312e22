/** The upper-case methods that Envoy and llhttp recognise, and those that the door refuses by name. */
const METHODS: ReadonlySet<string> = new Set([
  'ACL',
  'BIND',
  'CHECKOUT',
  'CONNECT',
  'COPY',
  'DELETE',
  'GET',
  'HEAD',
  'LINK',
  'LOCK',
  'MERGE',
  'MKACTIVITY',
  'MKCALENDAR',
  'MKCOL',
  'MOVE',
  'NOTIFY',
  'OPTIONS',
  'PATCH',
  'POST',
  'PROPFIND',
  'PROPPATCH',
  'PURGE',
  'PUT',
  'QUERY',
  'REBIND',
  'REPORT',
  'SEARCH',
  'SOURCE',
  'SUBSCRIBE',
  'TRACE',
  'TRACK',
  'UNBIND',
  'UNLINK',
  'UNLOCK',
  'UNSUBSCRIBE',
]);

/**
 * The status that refuses `method`, or undefined: 400 unless it is upper-case letters, 501 when nobody knows
 * it (as Envoy, which takes no custom methods; some runtimes silently make GET of them).
 */
export function methodRefusal(method: string): 400 | 501 | undefined {
  if (method === 'GET' || METHODS.has(method)) return undefined;
  for (let i = 0; i < method.length; i++) {
    const octet = method.charCodeAt(i);
    if (octet < 0x41 || octet > 0x5a) return 400;
  }
  return method === '' ? 400 : 501;
}
