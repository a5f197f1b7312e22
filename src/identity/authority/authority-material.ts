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
  readonly intermediatePem: string;
  /** PKCS#8 PEM. */
  readonly intermediateKeyPem: string;
}

/** Checks JSON that was read from somewhere; throws `authority_material`. Its message tells no secret. */
export function parseAuthorityMaterial(value: unknown): AuthorityMaterial {
  try {
    const material = shape(value, 'material');
    check(material);
    return material;
  } catch (cause) {
    throw refusal(cause instanceof Error ? cause.message : 'malformed');
  }
}

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
  const intermediate = parseCertificate(decodeOnePem('CERTIFICATE', material.intermediatePem));
  if (root === undefined || others.length > 7) throw refusal('one to eight roots');
  if (!sameBytes(intermediate.issuer, root.subject))
    throw refusal('the first root did not issue the intermediate');
  decodeOnePem('PRIVATE KEY', material.intermediateKeyPem);
}

function refusal(detail: string): IdentityError {
  return new IdentityError('authority_material', `authority material: ${detail}`);
}
