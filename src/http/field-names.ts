import { isHopByHop } from './hop-by-hop.ts';

/** Fields that decide how a message is read, as bits. */
export const FRAMES = 1;
export const CONNECTION = 2;
export const EXPECT = 4;
export const UPGRADE = 8;
/** What is not sent on as it stands: hop-by-hop fields, and those that a writer says itself. */
export const REWRITTEN = 16;

/** A field name that is met often: one string for all messages, so that nothing is decoded or compared. */
export interface FieldName {
  readonly text: string;
  /** One of the bits above, or 0. */
  readonly bit: number;
}

const BITS: ReadonlyMap<string, number> = new Map([
  ['content-length', FRAMES | REWRITTEN],
  ['transfer-encoding', FRAMES | REWRITTEN],
  ['connection', CONNECTION | REWRITTEN],
  ['expect', EXPECT],
  ['upgrade', UPGRADE | REWRITTEN],
  ['host', REWRITTEN],
  ['keep-alive', REWRITTEN],
  ['te', REWRITTEN],
  ['trailer', REWRITTEN],
]);

const OFTEN = `
accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-credentials
access-control-allow-headers access-control-allow-methods access-control-allow-origin
access-control-expose-headers access-control-max-age access-control-request-headers
access-control-request-method age allow alt-svc authorization b3 baggage cache-control connection
content-disposition content-encoding content-language content-length content-location content-range
content-security-policy content-type cookie date end-user etag expect expires forwarded from grpc-accept-encoding
grpc-encoding grpc-message grpc-status grpc-timeout host idempotency-key if-match if-modified-since if-none-match
if-range if-unmodified-since keep-alive last-modified link location max-forwards origin pragma priority
proxy-authenticate proxy-authorization proxy-connection range referer referrer-policy retry-after
sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-websocket-accept sec-websocket-extensions
sec-websocket-key sec-websocket-protocol sec-websocket-version server set-cookie strict-transport-security te
traceparent tracestate trailer transfer-encoding upgrade upgrade-insecure-requests user-agent vary via
www-authenticate x-b3-flags x-b3-parentspanid x-b3-sampled x-b3-spanid x-b3-traceid x-content-type-options
x-envoy-attempt-count x-envoy-decorator-operation x-envoy-upstream-service-time x-forwarded-client-cert
x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-frame-options x-powered-by x-real-ip
x-request-id x-weft-peer x-xss-protection
`;

/** A power of two, sparse enough that few names share a slot. */
const SLOTS = 1024;
const table: (FieldName | undefined)[] = new Array(SLOTS).fill(undefined);
for (const text of OFTEN.trim().split(/\s+/)) {
  table[slotOf(text)] = { text, bit: BITS.get(text) ?? (isHopByHop(text) ? REWRITTEN : 0) };
}
// What decides on framing must be found, whatever else shares its slot.
for (const [text, bit] of BITS) table[slotOf(text)] = { text, bit };
for (const text of BITS.keys())
  if (table[slotOf(text)]?.text !== text) throw new Error(`no slot for ${text}`);

/** The next state of the hash of a name; case does not matter. Begins with 0. */
export function hashOctet(hash: number, octet: number): number {
  return (Math.imul(hash, 257) ^ (octet | 0x20)) | 0;
}

/** The name that the octets from `start` to `end` are in any case, if it is met often. */
export function knownName(
  bytes: Uint8Array,
  start: number,
  end: number,
  hash: number,
): FieldName | undefined {
  const name = table[slot(hash)];
  if (name === undefined || name.text.length !== end - start) return undefined;
  const { text } = name;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== lower(bytes[start + i] as number)) return undefined;
  }
  return name;
}

/** ASCII only: `|0x20` alone would make letters of other octets. */
function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}

function slotOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = hashOctet(hash, text.charCodeAt(i));
  return slot(hash);
}

function slot(hash: number): number {
  return (hash ^ (hash >>> 5) ^ (hash >>> 11)) & (SLOTS - 1);
}
