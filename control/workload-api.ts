import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';
import { IdentityError } from '../src/identity/identity-error.ts';
import type { Clock, Log, SwapStore } from '../src/runtime/ports.ts';
import type { PublicJwk } from '../src/snapshot/signing-key.ts';
import { endpointsKey, pointerKey } from '../src/snapshot/store-key.ts';
import { trustKey } from '../src/snapshot/trust-record.ts';
import { type WorkloadEnvironment, workloadsOnly } from './admission.ts';
import { addEnrolment, addRenewal, type EnrolmentParts } from './attest/enrolment-api.ts';
import { addJwtSvids, type JwtSvidParts } from './attest/jwt-svid-api.ts';
import { IssuanceTooOften } from './ca/issuance-budget.ts';
import { IssuanceBusy } from './ca/issuance-gate.ts';
import type { Credentials } from './credentials.ts';
import { addEdgeCertificates, type EdgeApiParts, edgeHost } from './edge-api.ts';
import { type Registration, RegistrationRefused, type Registry } from './registry.ts';

export interface WorkloadApiParts extends EnrolmentParts, JwtSvidParts, EdgeApiParts {
  readonly authority: EnrolmentParts['authority'] & EdgeApiParts['authority'];
  readonly attestors: EnrolmentParts['attestors'];
  readonly registry: Registry;
  readonly store: SwapStore;
  readonly credentials: Pick<Credentials, 'for'>;
  readonly signingKeys: readonly PublicJwk[];
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the set of endpoints may have changed. */
  readonly onEndpoints: () => Promise<void>;
  /** Called when an instance has taken leave. */
  readonly onLeft?: (instance: string) => void;
}

const name = z.string().regex(/^[a-z0-9.-]{1,253}$/);
const registrationBody = z.strictObject({
  namespace: name,
  workload: name,
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(1).max(65535),
  revision: z.int().min(0),
  runtime: z.string().max(64),
  edgePort: z.int().min(1).max(65535).optional(),
});

/** Store keys that a workload may read: what is signed, and nothing else. */
const readable = /^(pointer|trust|(blob|manifest)\/[0-9a-f]{64}|endpoints\/[a-z0-9.*_-]{1,253})$/;

/**
 * Whether a sidecar may have something new to read. Blobs and manifests come before the pointer that makes them
 * count; join tokens, issuances and documents are none of its business.
 */
const isNews = (key: string | undefined): boolean =>
  key === undefined || key === pointerKey || key === trustKey || key.startsWith(endpointsKey(''));

/** How often an idle watch says that it is alive, ms. */
const watchHeartbeatMs = 15_000;

/** What sidecars call: be attested, renew, get tokens, read the store, watch it, register. */
export function workloadApi(parts: WorkloadApiParts): Hono<WorkloadEnvironment> {
  const { store, signingKeys, trust } = parts;
  const app = new Hono<WorkloadEnvironment>();
  app.use(bodyLimit({ maxSize: 64 * 1024 }));
  app.onError((error, context) => {
    if (error instanceof RegistrationRefused) return context.text(error.message, 403);
    if (error instanceof IssuanceBusy)
      return context.text(error.message, 503, { 'retry-after': String(error.retryAfterS) });
    if (error instanceof IssuanceTooOften) {
      parts.log.warn('certificates asked for too often', { path: context.req.path, by: error.by });
      return context.text(error.message, 429, { 'retry-after': String(error.retryAfterS) });
    }
    if (error instanceof z.ZodError || error instanceof SyntaxError)
      return context.text('malformed body', 400);
    if (error instanceof IdentityError) return refused(parts.log, error, context.req.path);
    parts.log.error('request failed', { path: context.req.path, error: String(error) });
    return context.text('internal error', 500);
  });
  app.get('/v1/keys', (context) => context.json({ keys: signingKeys }));
  addEnrolment(app, parts);

  app.use(workloadsOnly(trust));
  addRenewal(app, parts);
  addJwtSvids(app, parts);
  addEdgeCertificates(app, parts);
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
    const { edgePort, ...body } = registrationBody.parse(await context.req.json());
    const host = edgeHost(context.get('id'), parts.edgeDomain);
    const edge = edgePort === undefined || host === undefined ? undefined : { host, port: edgePort };
    const registration: Registration = { ...body, instance: context.req.param('instance'), edge };
    if (parts.registry.register(registration, context.get('id'))) await parts.onEndpoints();
    return context.body(null, 204);
  });
  app.delete('/v1/instances/:instance', async (context) => {
    const instance = context.req.param('instance');
    if (parts.registry.deregister(instance, context.get('id'))) {
      parts.onLeft?.(instance);
      await parts.onEndpoints();
    }
    return context.body(null, 204);
  });
  return app;
}

function refused(log: Log, { code }: IdentityError, path: string): Response {
  log.warn('identity refused', { path, code });
  return new Response('refused', { status: 403 });
}
