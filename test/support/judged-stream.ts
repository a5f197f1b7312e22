import { BodyReader } from '../../src/http/body-reader.ts';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { FramingError } from '../../src/http/framing-error.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { type RequestHead, readRequestHead } from '../../src/http/read-request-head.ts';
import { textOf } from './octets.ts';
import type { Understood } from './recording-upstream.ts';

/** What the codec makes of all that a client sends, and how it ends. */
export interface JudgedStream {
  /** Complete requests, as they are forwarded; undefined for one that the door answers itself. */
  readonly requests: readonly (Understood | undefined)[];
  /** `refused` has one answer more. */
  readonly end: 'refused' | 'incomplete' | 'closed' | 'open';
}

/** Reads a whole connection at once, as the proxy does in pieces. Upgrades count as refused. */
export function judgeStream(bytes: Uint8Array): JudgedStream {
  const requests: (Understood | undefined)[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const read = readRequestHead(rest, DEFAULT_LIMITS);
    if (read.kind === 'more') return { requests, end: 'incomplete' };
    if (read.kind === 'refusal' || read.upgrade !== undefined || read.head.method === 'CONNECT') {
      return { requests, end: 'refused' };
    }
    const body = readBody(rest.subarray(read.length), read);
    if (typeof body === 'string') return { requests, end: body };
    requests.push(understood(read, body.text));
    if (!read.keepAlive) return { requests, end: 'closed' };
    rest = rest.subarray(read.length + body.length);
  }
  return { requests, end: 'open' };
}

function readBody(bytes: Uint8Array, { framing }: RequestHead) {
  const reader = new BodyReader(framing);
  let text = '';
  try {
    const length = reader.read(bytes, (data) => {
      text += textOf(data);
    });
    return reader.done ? { text, length } : 'incomplete';
  } catch (error) {
    if (error instanceof FramingError) return 'refused';
    throw error;
  }
}

function understood({ head }: RequestHead, body: string): Understood | undefined {
  const request = canonicalRequest(head, 'http', 'BASE');
  if (isRefusal(request)) return undefined;
  return { method: request.method, target: request.path + request.query, body };
}
