import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { Attestation, IsDenied } from '../../src/identity/attest/attestor.ts';
import {
  ATTEST_PATH,
  DEVELOPMENT_PATH,
  JOIN_PATH,
  RE_ATTEST_PATH,
  RENEW_PATH,
} from '../../src/identity/enrol.ts';
import { ReplayCache } from '../../src/identity/replay-cache.ts';
import { verifyCsr } from '../../src/identity/x509/csr.ts';
import { bearer, isForeignPage, type ProofTrust, type WorkloadEnvironment } from '../admission.ts';
import { type CertificationParts, certify } from '../certification.ts';
import { isLocalHost } from '../local-host.ts';
import type { Attestors } from './attestors.ts';

export interface EnrolmentParts extends CertificationParts {
  readonly attestors: Attestors;
  readonly trust: ProofTrust;
  readonly isDenied: IsDenied;
}

type App = Hono<WorkloadEnvironment>;

const csr = z.string().max(16 * 1024);
const name = z.string().max(253);
const joinBody = z.strictObject({ token: z.string().max(128), csr });
const attestBody = z.strictObject({ token: z.string().max(16 * 1024), csr });
const developmentBody = z.strictObject({ namespace: name, serviceAccount: name, csr });
const csrBody = z.strictObject({ csr });

/** For those who have no valid SVID: each brings other evidence. All answer `{chain, roots}`, PEM. */
export function addEnrolment(app: App, parts: EnrolmentParts): void {
  const { join, token: issued, development } = parts.attestors;
  app.post(JOIN_PATH, async (context) => {
    const { token, csr } = joinBody.parse(await context.req.json());
    // Before the token is spent: a workload that sent a bad request may correct it.
    await verifyCsr(csr);
    return answer(context, parts, csr, await join.attest(token));
  });
  app.post(ATTEST_PATH, async (context) => {
    const { token, csr } = attestBody.parse(await context.req.json());
    await verifyCsr(csr);
    return answer(context, parts, csr, await issued.attest(token.trim()));
  });
  app.post(DEVELOPMENT_PATH, async (context) => {
    // Whoever comes is believed: no page of a browser may be among them.
    if (isForeignPage(context) || !isLocalHost(context.req.header('host') ?? ''))
      return context.text('this is not for web pages', 403);
    const { csr, ...claim } = developmentBody.parse(await context.req.json());
    return answer(context, parts, csr, await development.attest(claim));
  });
  addReAttestation(app, parts);
}

/** For those who have just proven an SVID. */
export function addRenewal(app: App, parts: EnrolmentParts): void {
  app.post(RENEW_PATH, async (context) => {
    const { csr } = csrBody.parse(await context.req.json());
    return answer(context, parts, csr, await parts.attestors.renewal.attest(context.get('svid')));
  });
}

function addReAttestation(app: App, parts: EnrolmentParts): void {
  const { mesh, bundle, clock } = parts.trust;
  const seen = new ReplayCache();
  app.post(RE_ATTEST_PATH, async (context) => {
    const { csr } = csrBody.parse(await context.req.json());
    const { method, path } = context.req;
    const trusted = bundle();
    const { trustDomain } = trusted;
    const check = { bundle: trusted, trustDomain, audience: mesh, method, path, now: clock.now(), seen };
    const evidence = { proof: bearer(context), check, publicKey: await verifyCsr(csr) };
    return answer(context, parts, csr, await parts.attestors.reAttestation.attest(evidence));
  });
}

/** The certificate, or a refusal whose reason stays in the log. */
async function answer(context: Context, parts: EnrolmentParts, csr: string, attestation: Attestation) {
  const isAttested = attestation.kind === 'attested';
  if (isAttested && !parts.isDenied(attestation.id))
    return context.json(await certify(parts, csr, attestation));
  const code = isAttested ? 'denied' : attestation.reason;
  parts.log.warn('identity refused', { path: context.req.path, code });
  return context.text('refused', 403);
}
