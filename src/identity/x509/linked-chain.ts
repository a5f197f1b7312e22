import { sameBytes } from '../bytes.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { isSelfIssued } from './certificate-rules.ts';

/**
 * The path that certificates of a handshake make, by the names of issuers alone: the leaf, which comes first, the one
 * that is named as its issuer, and so on up to a root, which is left out. TLS libraries show what else was sent, and
 * what else they trust. Judges nothing; throws where the leaf cannot be read, the others are passed over.
 */
export function linkedChain([first = NOTHING, ...others]: readonly Uint8Array[]): readonly Uint8Array[] {
  const rest = others.map(readable).filter((one) => one !== undefined && !isSelfIssued(one));
  const path: Certificate[] = [];
  let one: Certificate | undefined = parseCertificate(first);
  while (one !== undefined && !path.includes(one)) {
    path.push(one);
    const { issuer }: Certificate = one;
    one = rest.find((other) => other !== undefined && sameBytes(other.subject, issuer));
  }
  return path.map(({ der }) => der);
}

const NOTHING = new Uint8Array(0);

function readable(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch {
    return undefined;
  }
}
