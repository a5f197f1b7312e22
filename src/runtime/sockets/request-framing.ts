import type { Framing } from '../../http/framing.ts';
import type { BodySource } from './body.ts';

const NONE: Framing = { kind: 'none' };
const NO_BYTES: Framing = { kind: 'length', length: 0 };
const CHUNKED: Framing = { kind: 'chunked' };

/** How a request with that body is framed: by length where it is known, else in chunks; a tunnel has no body. */
export function requestFraming(method: string, body: BodySource | undefined): Framing {
  if (body?.upgrade !== undefined) return NONE;
  if (body === undefined) return impliesBody(method) ? NO_BYTES : NONE;
  if (body.framing.kind === 'length') return body.framing;
  return body.framing.kind === 'none' ? NO_BYTES : CHUNKED;
}

/** Methods whose missing body RFC 9110 §8.6 wants said. */
function impliesBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
