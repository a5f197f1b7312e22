import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import type { CanonicalRequest } from '../../src/http/message.ts';
import { readRequestHead } from '../../src/http/read-request-head.ts';
import { writeRequestHead } from '../../src/http/write-head.ts';
import { callTime, type Work, warm } from '../call-time.ts';
import { type Benchmark, compare, type Effort } from '../harness.ts';
import { requestText } from '../request-text.ts';

const BYTES = Buffer.from(requestText('reviews:9080', '/api/v1/reviews/0?limit=10'), 'latin1');
const FLOOR = 'indexOf loop';

/** Reading and writing one request head, against the least that does any of it. */
export const codec: Benchmark = {
  name: 'codec',
  about: 'reads and writes a request head of ten fields; peer: a loop that only splits lines by indexOf',
  rows: ['codec'],
  run,
};

async function run(effort: Effort): Promise<readonly string[]> {
  const { quick } = effort;
  const request = canonical();
  const read = [weftRead, floorRead] as const;
  const write = [(times: number) => weftWrite(request, times), floorWrite] as const;
  const both = [(times: number) => weftBoth(request, times), floorBoth] as const;
  for (const [metric, works] of [
    ['read', read],
    ['write', write],
    ['read and write', both],
  ] as const) {
    const [weft, floor] = works;
    for (const work of works) warm(work);
    const sample = (work: Work) => () => callTime(work, quick ? 40 : 250);
    const sides = [
      { name: 'codec', peer: FLOOR, sample: sample(weft) },
      { name: FLOOR, sample: sample(floor) },
    ];
    await compare({ metric, unit: 'ns', sides, rounds: quick ? 7 : 15 }, effort);
  }
  return ['the loop checks nothing: no limits, no octets, no framing'];
}

function canonical(): CanonicalRequest {
  const read = readRequestHead(BYTES, DEFAULT_LIMITS);
  if (read.kind !== 'head') throw new Error('the request is not read whole');
  const request = canonicalRequest(read.head, 'http', 'BASE');
  if (isRefusal(request)) throw new Error(`the request is refused: ${request.reason}`);
  return request;
}

function weftRead(times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const read = readRequestHead(BYTES, DEFAULT_LIMITS);
    if (read.kind === 'head') sum += read.length;
  }
  return sum;
}

function weftWrite(request: CanonicalRequest, times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += writeRequestHead(request, { kind: 'none' }, 'keep-alive').length;
  return sum;
}

function weftBoth(request: CanonicalRequest, times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const read = readRequestHead(BYTES, DEFAULT_LIMITS);
    if (read.kind === 'head') sum += writeRequestHead(request, read.framing, 'keep-alive').length;
  }
  return sum;
}

interface Lines {
  readonly start: string;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

function split(bytes: Buffer): Lines {
  const text = bytes.toString('latin1');
  let at = text.indexOf('\r\n');
  const start = text.slice(0, at);
  const names: string[] = [];
  const values: string[] = [];
  for (at += 2; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end <= at) break;
    const colon = text.indexOf(':', at);
    names.push(text.slice(at, colon).toLowerCase());
    values.push(text.slice(colon + 1, end).trim());
    at = end + 2;
  }
  return { start, names, values };
}

function join({ start, names, values }: Lines): Buffer {
  let text = `${start}\r\n`;
  for (let i = 0; i < names.length; i++) text += `${names[i]}: ${values[i]}\r\n`;
  return Buffer.from(`${text}\r\n`, 'latin1');
}

const SPLIT = split(BYTES);

function floorRead(times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += split(BYTES).names.length;
  return sum;
}

function floorWrite(times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += join(SPLIT).length;
  return sum;
}

function floorBoth(times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += join(split(BYTES)).length;
  return sum;
}
