import { Hono } from 'hono';
import * as z from 'zod';
import { verifyIssuances } from '../../src/identity/authority/issuance-log.ts';
import { hex, sha256 } from '../../src/identity/bytes.ts';
import type { Denial } from '../../src/identity/deny-list.ts';
import { IdentityError } from '../../src/identity/identity-error.ts';
import { decodePem } from '../../src/identity/pem.ts';
import { parseSpiffeId, SpiffeError } from '../../src/identity/spiffe.ts';
import { parseCertificate } from '../../src/identity/x509/certificate.ts';
import { formatName } from '../../src/identity/x509/distinguished-name.ts';
import { keyKind } from '../../src/identity/x509/public-key.ts';
import { serialText } from '../../src/identity/x509/serial-text.ts';
import type { Clock, Store } from '../../src/runtime/ports.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { NotReady } from './rotation-desk.ts';

export interface CaApiParts {
  readonly ca: CertificateAuthority;
  /** Of the log of issuances. */
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
}

const pem = z.string().max(64 * 1024);
const certificatesBody = z.strictObject({ root: pem, intermediate: pem });
const phaseBody = z.strictObject({
  phase: z.enum(['distribute', 'activate', 'retire']),
  force: z.boolean().default(false),
});
const reason = z.string().min(1).max(256);
const subject = z.string().min(1).max(2048);
const denyBody = z.strictObject({ subject, reason });
const allowBody = z.strictObject({ subject });
const listQuery = z.strictObject({
  id: z.string().max(2048).optional(),
  who: z.string().max(253).optional(),
  serial: z.string().max(40).optional(),
  valid: z.literal('true').optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});

/** What `weft ca` calls, below `/ca`. What cannot be done is told with 409 and why. */
export function caApi({ ca, store, clock }: CaApiParts): Hono {
  const app = new Hono();
  app.onError((error, context) => {
    if (error instanceof NotReady) return context.json({ done: false, awaited: error.awaited });
    if (error instanceof IdentityError || error instanceof RangeError || error instanceof SpiffeError)
      return context.text(error.message, 409);
    // The operators' API tells the rest.
    throw error;
  });
  app.get('/ca', async (context) => context.json(await status(ca)));
  app.get('/ca/bundle', (context) => context.json({ pem: ca.authority.bundle() }));
  app.get('/ca/issuances', async (context) => {
    const { limit, valid, ...filter } = listQuery.parse(context.req.query());
    const entries = await ca.issuances({ ...filter, validAt: valid && clock.now() }, limit);
    return context.json(entries.map((one) => ({ ...one, denied: isDenied(ca, one.what, one.serial) })));
  });
  app.get('/ca/issuances/verify', async (context) => context.json(await verifyIssuances(store)));
  addDenials(app, ca);
  addRotation(app, ca);
  return app;
}

function addDenials(app: Hono, ca: CertificateAuthority): void {
  app.post('/ca/deny', async (context) => {
    const body = denyBody.parse(await context.req.json());
    const denial = denialOf(body.subject);
    await ca.deny(denial, body.reason);
    return context.json(denial);
  });
  app.post('/ca/allow', async (context) => {
    const denial = denialOf(allowBody.parse(await context.req.json()).subject);
    return context.json({ ...denial, found: await ca.allow(denial) });
  });
}

function addRotation(app: Hono, { rotation }: CertificateAuthority): void {
  app.post('/ca/rotation/begin', async (context) => context.json({ csr: await rotation.begin() }));
  app.post('/ca/rotation/certificates', async (context) => {
    const body = certificatesBody.parse(await context.req.json());
    const made = { rootPem: body.root, intermediatePem: body.intermediate };
    return context.json({ inUse: await rotation.take(made) });
  });
  app.post('/ca/rotation/phase', async (context) => {
    const { phase, force } = phaseBody.parse(await context.req.json());
    await rotation.advance(phase, force);
    return context.json({ done: true, awaited: [] });
  });
  app.post('/ca/rotation/abort', async (context) => {
    await rotation.abort();
    return context.json({});
  });
}

/** Everything about the authority that is no secret. Times in milliseconds since the epoch. */
async function status(ca: CertificateAuthority) {
  const { authority, keys, denials, gate, rotation } = ca;
  const shown = (text: string) => Promise.all(decodePem('CERTIFICATE', text).map(certificateFacts));
  const underWay = await rotation.status();
  return {
    trustDomain: authority.trustDomain,
    keys,
    roots: await shown(authority.bundle()),
    rootInUse: authority.rootHash(),
    intermediates: await shown(authority.intermediates()),
    denied: denials.all,
    issuing: gate.load,
    ...(underWay && { rotation: underWay }),
  };
}

async function certificateFacts(der: Uint8Array<ArrayBuffer>) {
  const certificate = parseCertificate(der);
  const { notBefore, notAfter } = certificate;
  return {
    hash: hex(await sha256(der)),
    serial: serialText(certificate),
    subject: formatName(certificate.subject),
    key: keyKind(certificate.publicKey) ?? 'unknown',
    notBefore,
    notAfter,
  };
}

function isDenied(ca: CertificateAuthority, id: string, serial: string): boolean {
  return ca.isDenied(parseSpiffeId(id), serial);
}

/** A SPIFFE ID of the trust domain's workloads, or a serial number in hexadecimal. Throws for anything else. */
function denialOf(subject: string): Denial {
  if (subject.startsWith('spiffe://')) {
    if (parseSpiffeId(subject).path !== '') return { kind: 'id', value: subject };
    throw new RangeError('a trust domain is not denied as a whole: rotate its root');
  }
  const serial = subject
    .replaceAll(':', '')
    .toLowerCase()
    .replace(/^0x/, '')
    .replace(/^(?:00)+(?=..)/, '');
  if (/^[0-9a-f]{1,40}$/.test(serial)) return { kind: 'serial', value: serial };
  throw new RangeError(`"${subject.slice(0, 80)}" is neither a SPIFFE ID nor a serial number in hexadecimal`);
}
