import { sameBytes } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { literal, optional, record, text } from '../json-shape.ts';
import { decodeOnePem, decodePem } from '../pem.ts';
import { formatSpiffeId } from '../spiffe.ts';
import { parseCertificate } from '../x509/certificate.ts';

/** What an authority is made of: plain JSON, secret. Issuing needs no root key; keep that offline. */
export interface AuthorityMaterial {
  readonly version: 1;
  readonly trustDomain: string;
  /** PEM; the root that issued the intermediate comes first, then others that overlap with it. */
  readonly rootsPem: string;
  /** PKCS#8 PEM. */
  readonly rootKeyPem?: string | undefined;
  /** The certificate that issues, then those between it and the root, two at most. */
  readonly intermediatePem: string;
  /** PKCS#8 PEM of the certificate that issues: P-256, P-384 or RSA. */
  readonly intermediateKeyPem: string;
}

/** Checks JSON that was read from somewhere; throws `authority_material`. Its message tells no secret. */
export function parseAuthorityMaterial(value: unknown): AuthorityMaterial {
  try {
    const material = shape(value, 'material');
    check(material);
    return material;
  } catch (cause) {
    if (cause instanceof IdentityError && cause.code === 'authority_material') throw cause;
    throw refusal(cause instanceof Error ? cause.message : 'malformed');
  }
}

/** Roots that may overlap. */
export const MAX_ROOTS = 8;
/** With leaf and root a path has four certificates. */
export const MAX_INTERMEDIATES = 2;

const pem = text(64 * 1024);
const shape = record({
  version: literal(1),
  trustDomain: text(255),
  rootsPem: pem,
  rootKeyPem: optional(pem),
  intermediatePem: pem,
  intermediateKeyPem: pem,
});

function check(material: AuthorityMaterial): void {
  formatSpiffeId({ trustDomain: material.trustDomain, path: '' });
  const [root, ...others] = decodePem('CERTIFICATE', material.rootsPem).map(parseCertificate);
  const chain = decodePem('CERTIFICATE', material.intermediatePem).map(parseCertificate);
  const top = chain.at(-1);
  if (root === undefined || others.length >= MAX_ROOTS) throw refusal(`one to ${MAX_ROOTS} roots`);
  if (top === undefined || chain.length > MAX_INTERMEDIATES)
    throw refusal(`one to ${MAX_INTERMEDIATES} intermediates`);
  if (!sameBytes(top.issuer, root.subject)) throw refusal('the first root did not issue the intermediate');
  decodeOnePem('PRIVATE KEY', material.intermediateKeyPem);
}

function refusal(detail: string): IdentityError {
  return new IdentityError('authority_material', `authority material: ${detail}`);
}
