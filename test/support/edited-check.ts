import assert from 'node:assert/strict';
import type { Framing } from '../../src/http/framing.ts';
import type { HeaderList } from '../../src/http/header-list.ts';
import type { CanonicalRequest, RawRequestHead } from '../../src/http/message.ts';
import type { ReadResponseHead } from '../../src/http/read-response-head.ts';
import { writeRequestHead, writeResponseHead } from '../../src/http/write-head.ts';
import { editedLists, type HeadEdit, isIllegal, type Pair, pairsOf, sentOn } from './edited-head.ts';
import { textOf } from './octets.ts';

/** What was read of a request. */
interface ReadRequest {
  readonly head: RawRequestHead;
  readonly framing: Framing;
}

const TO = {
  scheme: 'http',
  authority: 'a.example',
  host: 'a.example',
  port: undefined,
  path: '/',
  query: '',
} as const;

/**
 * Edits the head of a request that was read from `text`, and compares what is then written with what a list of pairs
 * says; returns what came of all edits, or '' where it is illegal.
 */
export function checkEditedRequest(read: ReadRequest, text: string, edits: readonly HeadEdit[]): string {
  const framed = read.framing.kind === 'close' ? { kind: 'none' as const } : read.framing;
  return check(read.head.headers, text, edits, (headers, pairs) => {
    const request: CanonicalRequest = { ...TO, method: read.head.method, headers };
    return {
      write: () => writeRequestHead(request, framed, 'keep-alive'),
      expected: [['host', TO.authority], ...sentOn(pairs), ...framingPairs(framed)],
    };
  });
}

/** `checkEditedRequest` for a response. */
export function checkEditedResponse(
  read: ReadResponseHead,
  text: string,
  edits: readonly HeadEdit[],
): string {
  const { status, reason, framing } = read;
  return check(read.headers, text, edits, (headers, pairs) => {
    const named = (name: string) => pairs.filter(([one]) => one === name);
    const challenges = status === 407 ? named('proxy-authenticate') : [];
    const keeps = framing.kind === 'none' && status >= 200 && status !== 204;
    const length = named('content-length').map(([name, value]): Pair => [name, String(Number(value))]);
    const end = framing.kind === 'close' ? [['connection', 'close'] as const] : [];
    return {
      write: () => writeResponseHead({ status, reason, headers }, framing, 'keep-alive'),
      expected: [...sentOn(pairs), ...challenges, ...framingPairs(framing), ...end, ...(keeps ? length : [])],
    };
  });
}

interface Written {
  write(): Uint8Array;
  readonly expected: readonly Pair[];
}

function check(
  read: HeaderList,
  text: string,
  edits: readonly HeadEdit[],
  written: (headers: HeaderList, pairs: readonly Pair[]) => Written,
): string {
  let last = '';
  for (const { list, pairs } of editedLists(read, text, edits)) {
    assert.deepEqual([...list], pairs);
    const { write, expected } = written(list, pairs);
    if (expected.some(isIllegal)) {
      assert.throws(write, TypeError);
      last = '';
      continue;
    }
    last = textOf(write());
    assert.deepEqual(pairsOf(last), expected);
  }
  return last;
}

function framingPairs(framing: Framing): Pair[] {
  if (framing.kind === 'length') return [['content-length', String(framing.length)]];
  return framing.kind === 'chunked' ? [['transfer-encoding', 'chunked']] : [];
}
