import { decodeOnePem, encodePem } from '../../src/identity/pem.ts';
import { der, integer, text } from './raw-certificate.ts';
import { rawCsr } from './raw-csr.ts';

const LABEL = 'CERTIFICATE REQUEST';
const id = 'spiffe://cluster.local/ns/default/sa/admin';
const bytes = (...octets: number[]) => Uint8Array.from(octets);
const oid = (...octets: number[]) => der(0x06, Uint8Array.from(octets));
/** The Name `CN=admin`. */
export const adminName = der(0x30, der(0x31, der(0x30, oid(0x55, 4, 3), der(0x0c, text('admin')))));
const ECDSA = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
const RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];

/** A request for extensions (RFC 2985 §5.4.2): one, of any content. */
const extensions = (which: number, value: Uint8Array) =>
  der(
    0xa0,
    der(
      0x30,
      oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e),
      der(0x31, der(0x30, der(0x30, oid(0x55, 0x1d, which), der(0x04, value)))),
    ),
  );
const attribute = der(0xa0, der(0x30, oid(0x2a, 3), der(0x31, der(0x0c, text('a')))));

async function spoilt(change: (good: Uint8Array) => Uint8Array): Promise<string> {
  return encodePem(LABEL, change(decodeOnePem(LABEL, await rawCsr())));
}

const p384Key = async () => {
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, [
    'sign',
    'verify',
  ]);
  return new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));
};

/** Requests that nobody may be certified for: what is wrong, how to make one, and the code of its refusal. */
export const badCsrs: [string, () => Promise<string>, string][] = [
  ['a subject', () => rawCsr({ subject: adminName }), 'csr_subject'],
  [
    'the name that it wants',
    () => rawCsr({ attributes: extensions(0x11, der(0x30, der(0x86, text(id)))) }),
    'csr_attributes',
  ],
  [
    'the wish to be an authority',
    () => rawCsr({ attributes: extensions(0x13, der(0x30, bytes(1, 1, 255))) }),
    'csr_attributes',
  ],
  ['the wish to sign', () => rawCsr({ attributes: extensions(0x0f, bytes(3, 2, 2, 4)) }), 'csr_attributes'],
  [
    'a purpose',
    () => rawCsr({ attributes: extensions(0x25, der(0x30, oid(0x55, 0x1d, 0x25, 0))) }),
    'csr_attributes',
  ],
  ['an attribute', () => rawCsr({ attributes: attribute }), 'csr_attributes'],
  ['version 2', () => rawCsr({ version: integer(bytes(1)) }), 'csr_malformed'],
  ['a negative version', () => rawCsr({ version: der(2, bytes(0xff)) }), 'der_malformed'],
  ['no version', () => rawCsr({ version: bytes() }), 'der_malformed'],
  ['no key', () => rawCsr({ publicKey: bytes() }), 'der_malformed'],
  ['a P-384 key', async () => rawCsr({ publicKey: await p384Key() }), 'csr_key'],
  [
    'the key of another',
    async () => rawCsr({ publicKey: decodeOnePem(LABEL, await rawCsr()).slice(10, 101) }),
    'csr_signature',
  ],
  ['a point off the curve', () => rawCsr({ publicKey: offCurve() }), 'csr_signature'],
  [
    'the point at infinity',
    () => rawCsr({ publicKey: der(0x30, offCurve().subarray(2, 23), der(3, bytes(0, 0))) }),
    'csr_key',
  ],
  ['the name of SHA-1', () => rawCsr({ algorithm: der(0x30, oid(...ECDSA.slice(0, 6), 1)) }), 'csr_key'],
  ['the name of SHA-384', () => rawCsr({ algorithm: der(0x30, oid(...ECDSA, 3)) }), 'csr_key'],
  ['the name of SHA-512', () => rawCsr({ algorithm: der(0x30, oid(...ECDSA, 4)) }), 'csr_key'],
  ['the name of RSA', () => rawCsr({ algorithm: der(0x30, oid(...RSA, 11), bytes(5, 0)) }), 'csr_key'],
  ['the name of Ed25519', () => rawCsr({ algorithm: der(0x30, oid(0x2b, 0x65, 0x70)) }), 'csr_key'],
  [
    'parameters of its algorithm',
    () => rawCsr({ algorithm: der(0x30, oid(...ECDSA, 2), bytes(5, 0)) }),
    'csr_key',
  ],
  [
    'a signature of zeros',
    () => rawCsr({ signature: () => der(0x30, bytes(2, 1, 0), bytes(2, 1, 0)) }),
    'csr_malformed',
  ],
  [
    'a signature of ones',
    () => rawCsr({ signature: () => der(0x30, bytes(2, 1, 1), bytes(2, 1, 1)) }),
    'csr_signature',
  ],
  ['a signature that is not DER', () => rawCsr({ signature: (raw) => raw }), 'csr_malformed'],
  ['an empty signature', () => rawCsr({ signature: () => bytes() }), 'csr_malformed'],
  [
    'octets after its signature',
    () =>
      rawCsr({
        signature: (raw) =>
          Uint8Array.from([...der(0x30, integer(raw.subarray(0, 32)), integer(raw.subarray(32))), 0]),
      }),
    'csr_malformed',
  ],
  ['octets after it', () => spoilt((good) => Uint8Array.from([...good, 0])), 'der_malformed'],
  ['its end cut off', () => spoilt((good) => good.subarray(0, -1)), 'der_malformed'],
  [
    'an indefinite length',
    () => spoilt((good) => Uint8Array.from([0x30, 0x80, ...good.subarray(3), 0, 0])),
    'der_malformed',
  ],
  ['more than 4,096 octets', async () => encodePem(LABEL, new Uint8Array(4097)), 'csr_malformed'],
  [
    'the label of a certificate',
    async () => (await rawCsr()).replaceAll(LABEL, 'CERTIFICATE'),
    'pem_malformed',
  ],
  ['a second request', async () => (await rawCsr()) + (await rawCsr()), 'pem_malformed'],
  ['text around it', async () => `subject=admin\n${await rawCsr()}`, 'pem_malformed'],
  [
    'base64 of a second spelling',
    async () => (await rawCsr()).replace('\n-----END', '=\n-----END'),
    'base64_malformed',
  ],
  ['no PEM', async () => 'reviews', 'pem_malformed'],
];

function offCurve(): Uint8Array {
  const algorithm = der(
    0x30,
    oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1),
    oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7),
  );
  return der(0x30, algorithm, der(3, bytes(0, 4), new Uint8Array(64).fill(5)));
}
