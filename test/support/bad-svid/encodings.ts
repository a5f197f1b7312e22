import { type CertificateParts, der, integer } from '../raw-certificate.ts';
import { type BadSvid, bytes, spoilt, written } from './bad-svid.ts';

/** The extensions of a certificate, each as its own octets. */
function extensionsWith(parts: CertificateParts, ...more: Uint8Array[]): Partial<CertificateParts> {
  const list = parts.extensions.subarray(
    parts.extensions[1] === 0x82 ? 4 : parts.extensions[1] === 0x81 ? 3 : 2,
  );
  const content = list.subarray(list[1] === 0x82 ? 4 : list[1] === 0x81 ? 3 : 2);
  return { extensions: der(0xa3, der(0x30, content, ...more)) };
}

const extensionOf = (oid: readonly number[], value: Uint8Array, critical?: Uint8Array) =>
  der(0x30, der(0x06, Uint8Array.from(oid)), critical ?? bytes(), der(0x04, value));
const KEY_USAGE = [0x55, 0x1d, 0x0f];
const UNKNOWN = [0x2a, 0x03, 0x04];

const normalised = (one: BadSvid): BadSvid => ({ ...one, unseen: 'openssl' });

/** Leaves that are no certificates of version 3, or no DER. */
export const badEncodings: readonly BadSvid[] = [
  spoilt('octets after its end', 'der_malformed', (good) => Uint8Array.from([...good, 0])),
  spoilt('its end cut off', 'der_malformed', (good) => good.subarray(0, -1)),
  normalised(
    spoilt('an indefinite length', 'der_malformed', (good) =>
      Uint8Array.from([0x30, 0x80, ...good.subarray(4), 0, 0]),
    ),
  ),
  normalised(
    spoilt('a length that is not minimal', 'der_malformed', (good) =>
      Uint8Array.from([0x30, 0x83, 0, good[2] ?? 0, good[3] ?? 0, ...good.subarray(4)]),
    ),
  ),
  written('version 1', 'der_malformed', () => ({ version: bytes() })),
  written('version 2', 'certificate_malformed', () => ({ version: der(0xa0, integer(bytes(1))) })),
  written('serial number zero', 'certificate_malformed', () => ({ serial: integer(bytes(0)) })),
  written('a negative serial number', 'der_malformed', () => ({ serial: der(0x02, bytes(0x80)) })),
  written('a serial number of 21 octets', 'certificate_malformed', () => ({
    serial: integer(new Uint8Array(21).fill(0x41)),
  })),
  written('no issuer', 'certificate_authority', () => ({ issuer: der(0x30) })),
  written('an extension twice', 'certificate_malformed', (parts) =>
    extensionsWith(parts, extensionOf(KEY_USAGE, bytes(3, 2, 7, 0x80))),
  ),
  written('an extension that says that it is not critical', 'der_malformed', (parts) =>
    extensionsWith(parts, extensionOf(UNKNOWN, bytes(5, 0), der(0x01, bytes(0)))),
  ),
  written('an extension that is critical by an odd octet', 'der_malformed', (parts) =>
    extensionsWith(parts, extensionOf(UNKNOWN, bytes(5, 0), der(0x01, bytes(1)))),
  ),
  written('an empty list of extensions', 'der_malformed', () => ({ extensions: der(0xa3, der(0x30)) })),
  written('a unique identifier', 'der_malformed', ({ extensions }) => ({
    extensions: Buffer.concat([der(0x81, bytes(0, 1)), extensions]),
  })),
  written('two extension fields', 'der_malformed', ({ extensions }) => ({
    extensions: Buffer.concat([extensions, extensions]),
  })),
];
