import { timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { ProvenSvid } from '../src/identity/attest/attestor.ts';
import { IdentityError } from '../src/identity/identity-error.ts';
import { verifySvidProof } from '../src/identity/proof.ts';
import { ReplayCache } from '../src/identity/replay-cache.ts';
import type { SpiffeId } from '../src/identity/spiffe.ts';
import type { Bundle } from '../src/identity/svid.ts';
import { serialText } from '../src/identity/x509/serial-text.ts';
import type { Clock, Log } from '../src/runtime/ports.ts';
import { isLocalHost } from './local-host.ts';

/** Operators: the admin token, and no page but control's own dashboard. */
export function operatorsOnly(token: string): MiddlewareHandler {
  return async (context, next) => {
    if (!isOwnPage(context)) return context.text('this is not for other web pages', 403);
    if (!sameSecret(bearer(context), token)) return context.text('the admin token is missing or wrong', 401);
    return next();
  };
}

/** What `workloadsOnly` learned about the caller. */
export interface WorkloadEnvironment {
  Variables: { id: SpiffeId; svid: ProvenSvid };
}

export interface ProofTrust {
  readonly mesh: string;
  readonly bundle: () => Bundle;
  readonly clock: Clock;
  readonly log: Log;
}

/** Workloads: a fresh proof of their SVID for exactly this request. The reason of a refusal stays in the log. */
export function workloadsOnly({
  mesh,
  bundle,
  clock,
  log,
}: ProofTrust): MiddlewareHandler<WorkloadEnvironment> {
  const seen = new ReplayCache();
  return async (context, next) => {
    const { method, path } = context.req;
    const roots = bundle();
    const check = {
      bundle: roots,
      trustDomain: roots.trustDomain,
      audience: mesh,
      method,
      path,
      now: clock.now(),
      seen,
    };
    try {
      const { id, leaf } = await verifySvidProof(bearer(context), check);
      context.set('id', id);
      context.set('svid', { id, serial: serialText(leaf) });
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      log.warn('proof refused', { code: error.code, detail: error.message, path });
      return context.text('the proof of identity is missing or wrong', 401);
    }
    return next();
  };
}

/** A page's requests name its origin, or its site; under a foreign name (DNS rebinding) the dashboard is not ours. */
function isOwnPage(context: Context): boolean {
  const [origin, site] = [context.req.header('origin'), context.req.header('sec-fetch-site')];
  if (origin === undefined && site === undefined) return true;
  const host = context.req.header('host') ?? '';
  const same = origin === undefined || origin === `http://${host}`;
  return same && isLocalHost(host) && (site === undefined || site === 'same-origin');
}

/** Whether a page of a browser asks that is not control's own. */
export function isForeignPage(context: Context): boolean {
  return !isOwnPage(context);
}

/** The credential of the Authorization header; empty without one. */
export function bearer(context: Context): string {
  const [scheme = '', credential = ''] = (context.req.header('authorization') ?? '').split(' ', 2);
  return scheme.toLowerCase() === 'bearer' ? credential : '';
}

function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
