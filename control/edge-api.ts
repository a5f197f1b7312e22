import type { Hono } from 'hono';
import * as z from 'zod';
import type { Authority } from '../src/identity/authority/authority.ts';
import { type SpiffeId, workloadOf } from '../src/identity/spiffe.ts';
import { verifyCsr } from '../src/identity/x509/csr.ts';
import { EDGE_PATH } from '../src/runtime/control/edge-certificate.ts';
import type { WorkloadEnvironment } from './admission.ts';
import type { Attestors } from './attest/attestors.ts';
import type { IssuanceGate } from './ca/issuance-gate.ts';
import { type IssuanceParts, issueWithin } from './certification.ts';

export interface EdgeApiParts extends IssuanceParts {
  readonly authority: Pick<Authority, 'issueSpecial'>;
  /** Who may be certified again, and for how long, has an edge for as long. */
  readonly attestors: Pick<Attestors, 'renewal'>;
  readonly gate?: Pick<IssuanceGate, 'run'>;
  /** The domain below which edge listeners have their names; undefined = all are `localhost`. */
  readonly edgeDomain: string | undefined;
}

const body = z.strictObject({ csr: z.string().max(16 * 1024) });

/** `POST /v1/edge-certificates {csr}` → `{chain, host}`: a server certificate for the DNS name that a workload has here. */
export function addEdgeCertificates(app: Hono<WorkloadEnvironment>, parts: EdgeApiParts): void {
  app.post(EDGE_PATH, async (context) => {
    const { csr } = body.parse(await context.req.json());
    const publicKey = await verifyCsr(csr);
    const host = edgeHost(context.get('id'), parts.edgeDomain);
    const attestation = await parts.attestors.renewal.attest(context.get('svid'));
    if (host === undefined || attestation.kind === 'refused')
      return context.text('this workload has no edge', 403);
    const { authority, gate } = parts;
    const use = { kind: 'edge', host } as const;
    const issue = () =>
      issueWithin(parts, { ...attestation, who: 'edge' }, (life) =>
        authority.issueSpecial(publicKey, use, life),
      );
    const { chainPem } = await (gate === undefined ? issue() : gate.run(issue));
    return context.json({ chain: chainPem, host });
  });
}

/** The DNS name of a workload's edge listeners: its identity decides it, never its request. */
export function edgeHost(id: SpiffeId, domain: string | undefined): string | undefined {
  const workload = workloadOf(id);
  if (workload === undefined) return undefined;
  return domain === undefined ? 'localhost' : `${workload.serviceAccount}.${workload.namespace}.${domain}`;
}
