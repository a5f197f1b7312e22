import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalRequest } from '../../src/http/canonical-request.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { readRequestHead } from '../../src/http/read-request-head.ts';
import { readStream, type StreamRead } from '../support/message-stream.ts';
import { octets, textOf } from '../support/octets.ts';
import { fromBase64, missingVectors, readVectors } from '../support/vectors.ts';

interface Fixture {
  readonly title: string;
  readonly type: string;
  readonly raw_b64: string;
  readonly refused: boolean;
  readonly reason: string | null;
  readonly messages: number;
}

/** Where we are stricter than strict llhttp: what the message has, and why it is refused. */
const STRICTER: readonly { readonly has: RegExp; readonly why: string }[] = [
  { has: /^\S+ \S+ (ICE|RTSP)\/|^(ICE|RTSP)\//, why: 'other protocols are not HTTP' },
  { has: /^\S+ \S+\r\n/, why: 'HTTP/0.9 has no head' },
  { has: /^HTTP\/0\.9/, why: 'HTTP/0.9 has no head' },
  { has: /^M-SEARCH /, why: 'methods are upper-case letters (A3); M-SEARCH is for datagrams' },
  { has: /transfer-encoding:(?!\s*chunked\s*\r\n)/i, why: 'the only transfer-coding is chunked, alone' },
  { has: /transfer-encoding:[\s\S]*transfer-encoding:/i, why: 'Transfer-Encoding comes once' },
  { has: /(^|\w|\r\n\r\n)\r\nHTTP\//, why: 'only before a request an empty line is ignored (RFC 9112 §2.2)' },
];

/**
 * Where llhttp stops without judging: it hands over to an upgrade, or ends with the connection, as our
 * caller does.
 */
const STOPS = ['Pause on CONNECT/Upgrade', 'Data after `Connection: close`'];

const llhttp = 'llhttp-fixtures.json';
describe('llhttp fixtures', { skip: missingVectors(llhttp) }, () => {
  const cases = missingVectors(llhttp) ? [] : readVectors<{ cases: Fixture[] }>(llhttp).cases;
  for (const side of ['request', 'response'] as const) {
    const fixtures = cases.filter((fixture) => fixture.type === side);

    test(`no ${side} is accepted that strict llhttp refuses`, () => {
      for (const fixture of fixtures.filter(({ refused }) => refused)) {
        const read = readStream(fromBase64(fixture.raw_b64), side);
        assert.ok(refuses(read, fixture), `${fixture.title}: ${read.outcome} after ${read.messages}`);
      }
    });

    test(`a ${side} that llhttp accepts is accepted, or refused for a stated reason`, () => {
      for (const fixture of fixtures.filter(({ refused }) => !refused)) {
        const raw = fromBase64(fixture.raw_b64);
        const read = readStream(raw, side);
        const stricter = STRICTER.some(({ has }) => has.test(textOf(raw)));
        assert.ok(read.outcome !== 'refused' || stricter, `${fixture.title}: ${read.reason}`);
      }
    });
  }

  test('a stated reason is needed', () => {
    for (const { has, why } of STRICTER) {
      const needed = cases.some(({ raw_b64, refused }) => !refused && has.test(textOf(fromBase64(raw_b64))));
      assert.ok(needed, why);
    }
  });
});

function refuses(read: StreamRead, fixture: Fixture): boolean {
  if (read.outcome === 'refused') return true;
  if (STOPS.includes(fixture.reason ?? '')) return read.messages <= fixture.messages;
  return read.outcome === 'incomplete' && read.reason === 'head' && read.messages <= fixture.messages;
}

const smuggling = 'smuggling-heads.json';
test('no smuggling head leaves two readers to disagree on the end of the body', {
  skip: missingVectors(smuggling),
}, () => {
  const { cases } = readVectors<{ cases: { name: string; head_b64: string }[] }>(smuggling);
  assert.ok(cases.length > 1000);
  for (const { name, head_b64 } of cases) {
    const raw = textOf(fromBase64(head_b64))
      .replace('__METHOD__', 'POST')
      .replace('__ENDPOINT__', '/')
      .replace('__RANDOM__', '1')
      .replace('__HOST__', 'a.example')
      .replace('__REPLACE_CL__', '5');
    const read = readRequestHead(octets(`${raw}\r\n1\r\nZ\r\nQ`), DEFAULT_LIMITS);
    if (read.kind === 'head') assert.ok(isPlainlyFramed(raw), `${name} accepted`);
    else assert.equal(read.kind, 'refusal', name);
  }
});

/**
 * Judged without the codec: no line of the head resembles Transfer-Encoding, or the only one is exactly it.
 */
function isPlainlyFramed(raw: string): boolean {
  const lines = raw.split('\r\n');
  const squeezed = raw.toLowerCase().replace(/[^a-z]/g, '');
  const codings = squeezed.split('chunked').length - 1;
  const exact = lines.filter((line) => /^transfer-encoding:[ \t]*chunked[ \t]*$/i.test(line)).length;
  const lengths = lines.filter((line) => /^content-length:/i.test(line)).length;
  return exact === 1 ? lengths === 0 && codings === 1 : !/^transfer-encoding:/im.test(raw);
}

const probe = 'raw-http-probe.json';
test('every raw probe is judged and none throws', { skip: missingVectors(probe) }, () => {
  const probes = readVectors<{ name: string; raw_b64: string }[]>(probe);
  assert.equal(probes.length, 97);
  for (const { raw_b64 } of probes) {
    for (const head of readStream(fromBase64(raw_b64), 'request').heads) {
      if (!('head' in head)) continue;
      for (const mode of ['NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'] as const) {
        canonicalRequest(head.head, 'http', mode);
      }
    }
  }
});
