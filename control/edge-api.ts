import type { Hono } from 'hono';
import * as z from 'zod';
import type { Authority } from '../src/identity/authority/authority.ts';
import { recordIssuance } from '../src/identity/authority/issuance-log.ts';
import { formatSpiffeId, type SpiffeId, workloadOf } from '../src/identity/spiffe.ts';
import { verifyCsr } from '../src/identity/x509/csr.ts';
import { EDGE_PATH } from '../src/runtime/control/edge-certificate.ts';
import type { Clock, Log, Store } from '../src/runtime/ports.ts';
import type { WorkloadEnvironment } from './admission.ts';

export interface EdgeApiParts {
  readonly authority: Pick<Authority, 'issueSpecial'>;
  /** Of the log of issuances. */
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly svidTtlMs: number;
  /** The domain below which edge listeners have their names; undefined = all are `localhost`. */
  readonly edgeDomain: string | undefined;
}

const body = z.strictObject({ csr: z.string().max(16 * 1024) });

/** `POST /v1/edge-certificates {csr}` → `{chain, host}`: a server certificate for the DNS name that a workload has here. */
export function addEdgeCertificates(app: Hono<WorkloadEnvironment>, parts: EdgeApiParts): void {
  app.post(EDGE_PATH, async (context) => {
    const { csr } = body.parse(await context.req.json());
    const publicKey = await verifyCsr(csr);
    const id = context.get('id');
    const host = edgeHost(id, parts.edgeDomain);
    if (host === undefined) return context.text('a workload of another kind has no edge', 403);
    const { authority, store, clock, log, svidTtlMs } = parts;
    const issued = await authority.issueSpecial(publicKey, { kind: 'edge', host }, svidTtlMs);
    const { serial, notAfter } = issued;
    const what = formatSpiffeId(id);
    await recordIssuance(store, { when: clock.now(), who: 'edge', what, serial, notAfter });
    log.info('certificate issued', { who: 'edge', host, serial, notAfter: new Date(notAfter).toISOString() });
    return context.json({ chain: issued.chainPem, host });
  });
}

/** The DNS name of a workload's edge listeners: its identity decides it, never its request. */
export function edgeHost(id: SpiffeId, domain: string | undefined): string | undefined {
  const workload = workloadOf(id);
  if (workload === undefined) return undefined;
  return domain === undefined ? 'localhost' : `${workload.serviceAccount}.${workload.namespace}.${domain}`;
}
