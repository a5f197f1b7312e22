import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';
import type { Authority } from '../src/identity/authority/authority.ts';
import { recordIssuance } from '../src/identity/authority/issuance-log.ts';
import { JoinRefused, type JoinTokens } from '../src/identity/authority/join-token.ts';
import { JOIN_PATH, RENEW_PATH } from '../src/identity/enrol.ts';
import { IdentityError } from '../src/identity/identity-error.ts';
import { formatSpiffeId, type SpiffeId, workloadId } from '../src/identity/spiffe.ts';
import { verifyCsr } from '../src/identity/x509/csr.ts';
import type { Clock, Log, SwapStore } from '../src/runtime/ports.ts';
import type { PublicJwk } from '../src/snapshot/signing-key.ts';
import { endpointsKey, pointerKey } from '../src/snapshot/store-key.ts';
import { type ProofTrust, type WorkloadEnvironment, workloadsOnly } from './admission.ts';
import type { Credentials } from './credentials.ts';
import { type Registration, RegistrationRefused, type Registry } from './registry.ts';

export interface WorkloadApiParts {
  readonly authority: Authority;
  readonly tokens: JoinTokens;
  readonly registry: Registry;
  readonly store: SwapStore;
  readonly credentials: Pick<Credentials, 'for'>;
  readonly signingKeys: readonly PublicJwk[];
  readonly trust: ProofTrust;
  readonly clock: Clock;
  readonly log: Log;
  /** Life of a leaf, ms. */
  readonly svidTtlMs: number;
  /** Called when the set of endpoints may have changed. */
  readonly onEndpoints: () => Promise<void>;
}

const joinBody = z.strictObject({ token: z.string().max(128), csr: z.string().max(16 * 1024) });
const renewBody = z.strictObject({ csr: z.string().max(16 * 1024) });
const name = z.string().regex(/^[a-z0-9.-]{1,253}$/);
const registrationBody = z.strictObject({
  namespace: name,
  workload: name,
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(1).max(65535),
  revision: z.int().min(0),
  runtime: z.string().max(64),
});

/** Store keys that a workload may read: what is signed, and nothing else. */
const readable = /^(pointer|(blob|manifest)\/[0-9a-f]{64}|endpoints\/[a-z0-9.*_-]{1,253})$/;

/**
 * Whether a sidecar may have something new to read. Blobs and manifests come before the pointer that makes them
 * count; join tokens, issuances and documents are none of its business.
 */
const isNews = (key: string | undefined): boolean =>
  key === undefined || key === pointerKey || key.startsWith(endpointsKey(''));

/** How often an idle watch says that it is alive, ms. */
const watchHeartbeatMs = 15_000;

/** What sidecars call: join, renew, read the store, watch it, register. */
export function workloadApi(parts: WorkloadApiParts): Hono<WorkloadEnvironment> {
  const { store, signingKeys, trust } = parts;
  const app = new Hono<WorkloadEnvironment>();
  app.use(bodyLimit({ maxSize: 64 * 1024 }));
  app.onError((error, context) => {
    if (error instanceof RegistrationRefused) return context.text(error.message, 403);
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      return context.text('malformed body', 400);
    if (error instanceof JoinRefused || error instanceof IdentityError)
      return refused(parts.log, error, context.req.path);
    parts.log.error('request failed', { path: context.req.path, error: String(error) });
    return context.text('internal error', 500);
  });
  app.get('/v1/keys', (context) => context.json({ keys: signingKeys }));
  app.post(JOIN_PATH, async (context) =>
    context.json(await join(parts, joinBody.parse(await context.req.json()))),
  );

  app.use(workloadsOnly(trust));
  app.post(RENEW_PATH, async (context) => {
    const { csr } = renewBody.parse(await context.req.json());
    return context.json(await issue(parts, csr, context.get('id'), 'renew'));
  });
  app.get('/v1/store/*', async (context) => {
    const key = context.req.path.slice('/v1/store/'.length);
    const value = readable.test(key) ? await store.get(key) : undefined;
    return value ? context.body(value) : context.notFound();
  });
  app.get('/v1/credentials', async (context) => {
    context.header('cache-control', 'no-store');
    return context.json({ credentials: await parts.credentials.for(context.get('id')) });
  });
  app.get('/v1/watch', (context) =>
    streamSSE(context, async (stream) => {
      const stop = store.watch?.((key) => {
        if (isNews(key)) void stream.writeSSE({ event: 'change', data: '' });
      });
      stream.onAbort(() => stop?.());
      while (!stream.aborted) {
        await stream.writeSSE({ event: 'alive', data: '' });
        await stream.sleep(watchHeartbeatMs);
      }
    }),
  );
  app.put('/v1/instances/:instance', async (context) => {
    const body = registrationBody.parse(await context.req.json());
    const registration: Registration = { ...body, instance: context.req.param('instance') };
    if (parts.registry.register(registration, context.get('id'))) await parts.onEndpoints();
    return context.body(null, 204);
  });
  app.delete('/v1/instances/:instance', async (context) => {
    if (parts.registry.deregister(context.req.param('instance'), context.get('id')))
      await parts.onEndpoints();
    return context.body(null, 204);
  });
  return app;
}

async function join(parts: WorkloadApiParts, { token, csr }: z.infer<typeof joinBody>) {
  // Before the token is spent: a workload that sent a bad request may correct it.
  await verifyCsr(csr);
  const grant = await parts.tokens.redeem(token);
  const id = workloadId(parts.authority.trustDomain, grant.namespace, grant.serviceAccount);
  return issue(parts, csr, id, 'join');
}

/** Signs, and writes down who got what before the certificate leaves. */
async function issue(parts: WorkloadApiParts, csr: string, id: SpiffeId, who: 'join' | 'renew') {
  const { authority, store, clock, svidTtlMs, log } = parts;
  const { chainPem, serial, notAfter } = await authority.issue(csr, id, svidTtlMs);
  const what = formatSpiffeId(id);
  await recordIssuance(store, { when: clock.now(), who, what, serial, notAfter });
  log.info('certificate issued', { who, id: what, serial, notAfter: new Date(notAfter).toISOString() });
  return { chain: chainPem, roots: authority.bundle() };
}

function refused(log: Log, error: JoinRefused | IdentityError, path: string): Response {
  const code = error instanceof JoinRefused ? error.reason : error.code;
  log.warn('identity refused', { path, code });
  return new Response('refused', { status: 403 });
}
