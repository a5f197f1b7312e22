import type { Hono } from 'hono';
import * as z from 'zod';
import type { IsDenied } from '../../src/identity/attest/attestor.ts';
import { MAX_JWT_SVID_LIFE_MS } from '../../src/identity/jwt-svid/issue-jwt-svid.ts';
import { BUNDLE_PATH, JWT_SVID_PATH } from '../../src/identity/jwt-svid/paths.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import type { Log } from '../../src/runtime/ports.ts';
import type { WorkloadEnvironment } from '../admission.ts';
import type { JwtAuthority } from './jwt-authority.ts';

export interface JwtSvidParts {
  readonly jwtAuthority: JwtAuthority;
  readonly isDenied: IsDenied;
  readonly log: Log;
}

const body = z.strictObject({
  audience: z.string().min(1).max(1024),
  ttlSeconds: z
    .int()
    .min(10)
    .max(MAX_JWT_SVID_LIFE_MS / 1000)
    .optional(),
});

/** JWT-SVIDs for whoever has just proven an X509-SVID, and the bundle that verifies both. */
export function addJwtSvids(app: Hono<WorkloadEnvironment>, parts: JwtSvidParts): void {
  const { jwtAuthority, isDenied, log } = parts;
  app.post(JWT_SVID_PATH, async (context) => {
    const { audience, ttlSeconds = MAX_JWT_SVID_LIFE_MS / 1000 } = body.parse(await context.req.json());
    const id = context.get('id');
    if (isDenied(id)) return context.text('refused', 403);
    const issued = await jwtAuthority.issue(id, audience, ttlSeconds * 1000);
    log.info('token issued', { id: formatSpiffeId(id), audience, expires: issued.expires });
    context.header('cache-control', 'no-store');
    return context.json(issued);
  });
  app.get(BUNDLE_PATH, async (context) =>
    context.body(await jwtAuthority.bundle(), 200, { 'content-type': 'application/json' }),
  );
}
