import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { readRequestHead } from '../../src/http/read-request-head.ts';
import { octets } from '../support/octets.ts';
import { SMUGGLING_HEADS, smugglingAttempts } from '../support/smuggling-heads.ts';
import { fromBase64, missingVectors, readVectors } from '../support/vectors.ts';

/** What the fuzzer starts from, by what reads it. */
export interface Corpus {
  readonly requests: readonly Uint8Array[];
  readonly responses: readonly Uint8Array[];
  readonly bodies: readonly Uint8Array[];
  readonly hellos: readonly Uint8Array[];
}

const REQUESTS = [
  'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n',
  'GET http://a.example:8080/a/%2e%2e/b?c=d HTTP/1.1\r\nHost: a.example:8080\r\nAccept: */*\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n',
  'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nCookie: a=b\r\nCookie: c=d\r\n\r\nhello',
  'PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nConnection: te\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
  'DELETE /\x7e?q=\x7e HTTP/1.0\r\nHost: a\r\nConnection: close, x-one\r\nX-One: \xe4\r\nX-Two:\r\n\r\n',
];

const RESPONSES = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\nhello',
  'HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: "x"\r\n\r\n',
  'HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nuntil the end',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
];

const BODIES = [
  '5\r\nhello\r\n0\r\n\r\n',
  'a;name=value;quoted="a\\"b"\r\n0123456789\r\n0000\r\nX-Trailer: one\r\nX-Other: \xe4\r\n\r\n',
  '1\r\na\r\n1\r\nb\r\n1F\r\n0123456789012345678901234567890\r\n0\r\nHost: forbidden\r\n\r\nGET / HTTP/1.1\r\n',
];

/** A ClientHello with a server name, the offers weft and http/1.1, and an extension nobody reads. */
const HELLO = Uint8Array.from([
  ...[22, 3, 1, 0, 84, 1, 0, 0, 80, 3, 3],
  ...Array.from({ length: 32 }, (_, i) => i),
  ...[1, 7, 0, 2, 0x13, 1, 1, 0, 0, 36],
  ...[0, 0, 0, 10, 0, 8, 0, 0, 5, ...octets('a.b.c')],
  ...[0, 16, 0, 14, 0, 12, ...[4, ...octets('weft')], ...[6, ...octets('http/1')], 0].slice(0, 18),
  ...[0xfe, 0, 0, 0],
]);

/** Our own messages, and the third-party ones where they are at hand. */
export function fuzzCorpus(): Corpus {
  const fixtures = [...llhttpFixtures()];
  const of = (type: string) => fixtures.flatMap((fixture) => (fixture.type === type ? [fixture.bytes] : []));
  // Few of the smuggling heads are legal, and they are many: the others get their share by repetition.
  const legal = [...times(20, REQUESTS.map(octets)), ...times(8, of('request')), ...times(8, rawProbes())];
  const requests = [...legal, ...smuggling()];
  const responses = [...RESPONSES.map(octets), ...of('response')];
  const bodies = [...times(20, BODIES.map(octets)), ...[...new Set(requests)].flatMap(bodyOf)];
  return { requests, responses, bodies, hellos: [HELLO] };
}

function times(count: number, list: readonly Uint8Array[]): Uint8Array[] {
  return Array.from({ length: count }, () => list).flat();
}

function* llhttpFixtures() {
  const file = 'llhttp-fixtures.json';
  if (missingVectors(file)) return;
  const { cases } = readVectors<{ cases: { type: string; raw_b64: string }[] }>(file);
  for (const { type, raw_b64 } of cases) yield { type, bytes: fromBase64(raw_b64) };
}

function rawProbes(): Uint8Array[] {
  const file = 'raw-http-probe.json';
  if (missingVectors(file)) return [];
  // Some are as large as a limit: mutating those only copies bytes.
  const probes = readVectors<{ raw_b64: string }[]>(file).map(({ raw_b64 }) => fromBase64(raw_b64));
  return probes.filter(({ length }) => length < 4096);
}

function smuggling(): Uint8Array[] {
  return missingVectors(SMUGGLING_HEADS) ? [] : smugglingAttempts().map(({ bytes }) => bytes);
}

/** What follows the head of a request in chunks. */
function bodyOf(bytes: Uint8Array): Uint8Array[] {
  const read = readRequestHead(bytes, DEFAULT_LIMITS);
  return read.kind === 'head' && read.framing.kind === 'chunked' ? [bytes.subarray(read.length)] : [];
}
