import { type Bytes, decodeBase64, encodeBase64 } from './bytes.ts';
import { IdentityError } from './identity-error.ts';

/** The labels of RFC 7468 that we read and write. */
export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PRIVATE KEY';

/** Longest PEM text that is looked at. */
const MAX_PEM_LENGTH = 64 * 1024;

/** One block of RFC 7468, ending in a newline. */
export function encodePem(label: PemLabel, der: Uint8Array): string {
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The DER of every block, in order. All must have the label, with only white space around them. */
export function decodePem(label: PemLabel, text: string): Bytes[] {
  if (text.length > MAX_PEM_LENGTH) throw new IdentityError('pem_malformed', 'PEM is too long');
  const blocks: Bytes[] = [];
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`];
  let rest = text.trim();
  while (rest !== '') {
    const close = rest.indexOf(end);
    if (!rest.startsWith(begin) || close === -1) {
      throw new IdentityError('pem_malformed', `expected a PEM block of ${label}`);
    }
    blocks.push(decodeBase64(rest.slice(begin.length, close).replace(/[\r\n]/g, '')));
    rest = rest.slice(close + end.length).trimStart();
  }
  return blocks;
}

/** The DER of the only block. */
export function decodeOnePem(label: PemLabel, text: string): Bytes {
  const [der, ...rest] = decodePem(label, text);
  if (der === undefined || rest.length > 0) {
    throw new IdentityError('pem_malformed', `expected one PEM block of ${label}`);
  }
  return der;
}
