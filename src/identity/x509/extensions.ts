import { type Certificate, extension } from './certificate.ts';
import { inside, malformed, readBoolean, readDer, readOid, readUnsigned, Tag } from './der.ts';

/** The extensions that Weft processes (RFC 5280 §4.2.1 and §4.2.2.1). */
export const Oid = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
} as const;

/**
 * Extended key usages: of a workload's leaf, and of one that signs requests and is of no use in TLS. That one is ours
 * (the arc of UUIDs, ITU-T X.667).
 */
export const Purpose = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
  proof: '2.25.2003133044.1',
} as const;

export interface BasicConstraints {
  readonly critical: boolean;
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

export interface KeyUsage {
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly crlSign: boolean;
}

export interface AuthorityKey {
  readonly keyId: Uint8Array | undefined;
  readonly named: boolean;
}

/** Basic constraints (§4.2.1.9). */
export function readBasicConstraints(certificate: Certificate): BasicConstraints | undefined {
  const found = extension(certificate, Oid.basicConstraints);
  if (found === undefined) return undefined;
  const fields = inside(readDer(found.value, Tag.sequence));
  const written = fields.next === Tag.boolean;
  const ca = written && readBoolean(fields);
  if (written && !ca) throw malformed('a default is written');
  const pathLength = fields.next === Tag.integer ? readPathLength(readUnsigned(fields)) : undefined;
  fields.end();
  return { critical: found.critical, ca, pathLength };
}

/** Key usage (§4.2.1.3). */
export function readKeyUsage(certificate: Certificate): KeyUsage | undefined {
  const found = extension(certificate, Oid.keyUsage);
  if (found === undefined) return undefined;
  const [unused, first, ...rest] = readDer(found.value, Tag.bitString).content;
  if (unused === undefined || unused > 7 || first === undefined || rest.length > 1)
    throw malformed('key usage');
  const last = rest[0] ?? first;
  const lowest = 1 << unused;
  // A named bit list ends in its last one bit (X.690 §11.2.2).
  if ((last & lowest) === 0 || (last & (lowest - 1)) !== 0) throw malformed('key usage');
  return {
    digitalSignature: (first & 0x80) !== 0,
    keyCertSign: (first & 0x04) !== 0,
    crlSign: (first & 0x02) !== 0,
  };
}

/** The OIDs of extended key usage (§4.2.1.12). */
export function readPurposes(certificate: Certificate): readonly string[] | undefined {
  const found = extension(certificate, Oid.extendedKeyUsage);
  if (found === undefined) return undefined;
  const list = inside(readDer(found.value, Tag.sequence));
  const purposes = [readOid(list)];
  while (list.next !== undefined) purposes.push(readOid(list));
  return purposes;
}

/** The subject's key identifier (§4.2.1.2). */
export function readSubjectKeyId(certificate: Certificate): Uint8Array | undefined {
  const found = extension(certificate, Oid.subjectKeyIdentifier);
  return found && readDer(found.value, Tag.octetString).content;
}

/** The key identifier of the issuer (§4.2.1.1), where the extension names one. */
export function readAuthorityKeyId(certificate: Certificate): Uint8Array | undefined {
  return readAuthorityKey(certificate)?.keyId;
}

/** The extension as a whole: `named` where it has the issuer's name and serial number too. */
export function readAuthorityKey(certificate: Certificate): AuthorityKey | undefined {
  const found = extension(certificate, Oid.authorityKeyIdentifier);
  if (found === undefined) return undefined;
  const fields = inside(readDer(found.value, Tag.sequence));
  const keyId = fields.readOptional(0x80)?.content;
  const [issuer, serial] = [fields.readOptional(0xa1), fields.readOptional(0x82)];
  fields.end();
  return { keyId, named: issuer !== undefined || serial !== undefined };
}

/** Reads authority information access (§4.2.2.1): nothing follows it, but it must be well-formed. */
export function checkInfoAccess(certificate: Certificate): void {
  const found = extension(certificate, Oid.authorityInfoAccess);
  if (found === undefined) return;
  const list = inside(readDer(found.value, Tag.sequence));
  do {
    const description = inside(list.read(Tag.sequence));
    readOid(description);
    description.readAny();
    description.end();
  } while (list.next !== undefined);
}

function readPathLength(contents: Uint8Array): number {
  const [length, ...rest] = contents;
  if (length === undefined || rest.length > 0) throw malformed('path length');
  return length;
}
