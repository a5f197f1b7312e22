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
import type { IssuanceGate } from '../ca/issuance-gate.ts';
import { type Certificates, type CertificationParts, certify } from '../certification.ts';
import { isLocalHost } from '../local-host.ts';
import type { Attestors } from './attestors.ts';

export interface EnrolmentParts extends CertificationParts {
  readonly attestors: Attestors;
  readonly trust: ProofTrust;
  readonly isDenied: IsDenied;
  /** Where those who have sent everything wait their turn; absent = nobody waits. */
  readonly gate?: Pick<IssuanceGate, 'run'>;
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
    // In its turn: who is sent away may come again with the same token.
    const made = await inTurn(parts, async () => {
      parts.budget?.checkAttestor('join');
      return certificatesOf(parts, csr, await join.attest(token));
    });
    return respond(context, parts, made);
  });
  app.post(ATTEST_PATH, async (context) => {
    const { token, csr } = attestBody.parse(await context.req.json());
    await verifyCsr(csr);
    // Before its turn: an issuer's keys may be slow to come.
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

/** The certificate in its turn, or a refusal whose reason stays in the log; who is refused takes nobody's place. */
async function answer(context: Context, parts: EnrolmentParts, csr: string, attestation: Attestation) {
  if (attestation.kind !== 'attested') return respond(context, parts, attestation.reason);
  return respond(context, parts, await inTurn(parts, () => certificatesOf(parts, csr, attestation)));
}

function inTurn<T>({ gate }: EnrolmentParts, task: () => Promise<T>): Promise<T> {
  return gate === undefined ? task() : gate.run(task);
}

/** Or why there are none. */
async function certificatesOf(
  parts: EnrolmentParts,
  csr: string,
  attestation: Attestation,
): Promise<Certificates | string> {
  if (attestation.kind !== 'attested') return attestation.reason;
  const { id, ttlCapMs, spend } = attestation;
  if (parts.isDenied(id)) return 'denied';
  if (spend !== undefined) {
    parts.budget?.check(attestation, Math.min(ttlCapMs, parts.svidTtlMs));
    if (!(await spend())) return 'token_used';
  }
  return certify(parts, csr, attestation);
}

function respond(context: Context, { log }: EnrolmentParts, made: Certificates | string) {
  if (typeof made !== 'string') return context.json(made);
  log.warn('identity refused', { path: context.req.path, code: made });
  return context.text('refused', 403);
}
