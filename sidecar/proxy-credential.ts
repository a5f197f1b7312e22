import { createHash, timingSafeEqual } from 'node:crypto';
import type { Connection } from '../src/proxy/decide/connection.ts';
import type { Handler } from '../src/proxy/exchange.ts';
import { localResponse } from '../src/proxy/forward/local-reply.ts';

/**
 * Demands the run's credential (proxy user info) on the outbound port: without it any process of this
 * machine could speak with the workload's identity. Answers 407 (RFC 9110 §11.7). Connections that `isTrusted` came
 * out of a network namespace where there is nobody else.
 */
export function withCredential<Body>(
  credential: string,
  next: Handler<Body>,
  isTrusted: (connection: Connection) => boolean = () => false,
): Handler<Body> {
  const expected = digest(`Basic ${Buffer.from(`weft:${credential}`).toString('base64')}`);
  return async (exchange) => {
    if (isTrusted(exchange.connection)) return next(exchange);
    // Bun sends the application's own line besides the one that the proxy URL asks for.
    const given = exchange.head.headers.getAll('proxy-authorization');
    if (given.some((line) => timingSafeEqual(digest(line), expected))) return next(exchange);
    return localResponse(407, 'proxy credential required', [['proxy-authenticate', 'Basic realm="weft"']]);
  };
}

/** Digests have one length, so that comparing them tells nothing of the secret's. */
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
