import { inside, readDer, Tag } from '../../src/identity/x509/der.ts';
import { P256 } from '../../src/identity/x509/p256.ts';

/** The members of TBSCertificate, encoded. */
export interface CertificateParts {
  readonly version: Uint8Array;
  readonly serial: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly validity: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly extensions: Uint8Array;
}

/** A DER value: its tag, the length, and its parts one after the other. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = Buffer.concat(parts);
  return Uint8Array.from([tag, ...lengthOctets(content.length), ...content]);
}

/** Text as the contents of a value. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Takes a well-formed certificate apart, puts other members in and signs it again: for what no library writes. */
export async function resigned(
  certificate: Uint8Array,
  key: CryptoKey,
  change: (parts: CertificateParts) => Partial<CertificateParts>,
  outer?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts = partsOf(certificate);
  const { version, serial, algorithm, issuer, validity, subject, publicKey, extensions } = {
    ...parts,
    ...change(parts),
  };
  const tbs = der(0x30, version, serial, algorithm, issuer, validity, subject, publicKey, extensions);
  const raw = new Uint8Array(await crypto.subtle.sign(P256, key, tbs));
  const signature = der(0x30, integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  return der(0x30, tbs, outer ?? algorithm, der(0x03, Uint8Array.of(0), signature));
}

/** An INTEGER of unsigned octets. */
export function integer(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0);
  const minimal = first < 0 ? Uint8Array.of(0) : octets.subarray(first);
  return der(0x02, (minimal[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(), minimal);
}

function partsOf(certificate: Uint8Array): CertificateParts {
  const tbs = inside(inside(readDer(certificate, Tag.sequence)).read(Tag.sequence));
  const next = () => tbs.readAny().raw;
  return {
    version: next(),
    serial: next(),
    algorithm: next(),
    issuer: next(),
    validity: next(),
    subject: next(),
    publicKey: next(),
    extensions: next(),
  };
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
