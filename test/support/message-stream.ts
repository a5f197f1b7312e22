import { BodyReader } from '../../src/http/body-reader.ts';
import { FramingError } from '../../src/http/framing-error.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { type RequestHead, readRequestHead } from '../../src/http/read-request-head.ts';
import { type ReadResponseHead, readResponseHead } from '../../src/http/read-response-head.ts';

/** How reading a whole connection went. */
export interface StreamRead {
  /** Messages that were complete. */
  readonly messages: number;
  readonly heads: readonly (RequestHead | ReadResponseHead)[];
  readonly outcome: 'refused' | 'incomplete' | 'closed' | 'tunnel' | 'end';
  readonly reason: string;
}

/** Reads message after message, as a connection does, until one is refused or the bytes end. */
export function readStream(bytes: Uint8Array, side: 'request' | 'response'): StreamRead {
  const heads: (RequestHead | ReadResponseHead)[] = [];
  let rest = bytes;
  for (let messages = 0; ; messages++) {
    if (rest.length === 0) return { messages, heads, outcome: 'end', reason: '' };
    const read = side === 'request' ? readRequestHead(rest, DEFAULT_LIMITS) : readResponse(rest);
    if (read.kind === 'more') return { messages, heads, outcome: 'incomplete', reason: 'head' };
    if (read.kind === 'refusal') return { messages, heads, outcome: 'refused', reason: read.reason };
    heads.push(read);
    const body = new BodyReader(read.framing);
    try {
      rest = rest.subarray(read.length);
      rest = rest.subarray(body.read(rest, () => {}));
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      return { messages, heads, outcome: 'refused', reason: error.message };
    }
    if (!body.done) return { messages, heads, outcome: 'incomplete', reason: 'body' };
    const outcome = leaves(read);
    if (outcome !== undefined) return { messages: messages + 1, heads, outcome, reason: '' };
  }
}

function readResponse(bytes: Uint8Array) {
  return readResponseHead(bytes, 'GET', DEFAULT_LIMITS);
}

function leaves(read: RequestHead | ReadResponseHead): 'tunnel' | 'closed' | undefined {
  if ('status' in read ? read.status === 101 : read.upgrade !== undefined) return 'tunnel';
  return read.keepAlive ? undefined : 'closed';
}
