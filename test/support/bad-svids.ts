import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { Purpose } from '../../src/identity/x509/extensions.ts';
import { NOON } from './identity-mesh.ts';
import { type CertificateParts, der, integer, resigned, text } from './raw-certificate.ts';
import {
  caExtensions,
  leafExtensions,
  type TestCertificate,
  type TestCertificateOptions,
  testCertificate,
  uriNames,
} from './test-certificate.ts';

/** A chain that no peer may be believed with, leaf first, and why. */
export interface BadSvid {
  readonly what: string;
  /** The code of its refusal. */
  readonly code: string;
  readonly make: (mesh: GoodMesh) => Promise<readonly TestCertificate[]>;
}

/** The certificates that the bad ones are made with and compared to. */
export interface GoodMesh {
  readonly root: TestCertificate;
  readonly middle: TestCertificate;
  readonly leaf: TestCertificate;
}

/** The ID of the leaf. */
export const goodId = 'spiffe://cluster.local/ns/default/sa/reviews';

/** A mesh of which everything is right. `now` in milliseconds since the epoch. */
export async function goodMesh(): Promise<GoodMesh> {
  const root = await testCertificate({ subject: 'CN=root', extensions: caExtensions(1) });
  const middle = await testCertificate({ issuer: root, subject: 'CN=middle', extensions: caExtensions(0) });
  const leaf = await testCertificate({ issuer: middle, extensions: leafExtensions(goodId) });
  return { root, middle, leaf };
}

const MINUTE = 60_000;
const client = new ExtendedKeyUsageExtension([Purpose.client]);
const signs = new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true);
const issues = new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true);
const authority = new BasicConstraintsExtension(true, 0, true);
const usages = [signs, client];
const bytes = (...octets: number[]) => Uint8Array.from(octets);
const raw = (oid: string, critical: boolean, value: Uint8Array) =>
  new Extension(oid, critical, value.slice());

/** A leaf that is bad by what it is made with. */
function leafOf(what: string, code: string, options: TestCertificateOptions): BadSvid {
  return {
    what: `a leaf with ${what}`,
    code,
    make: async ({ middle }) => [await testCertificate({ issuer: middle, ...options }), middle],
  };
}

const withExtensions = (what: string, code: string, ...extensions: Extension[]): BadSvid =>
  leafOf(what, code, { extensions });

const withName = (what: string, uri: string, code = 'svid_id'): BadSvid =>
  withExtensions(`an ID ${what}`, code, uriNames(uri), ...usages);

/** URI and DNS names, critical. */
function names(...list: ReadonlyArray<readonly ['url' | 'dns' | 'ip' | 'email', string]>): Extension {
  return new SubjectAlternativeNameExtension(
    list.map(([type, value]) => ({ type, value })),
    true,
  );
}

/** An intermediate that is bad by what it is made with, over a leaf that is good. */
function issuerOf(what: string, code: string, options: TestCertificateOptions): BadSvid {
  return {
    what: `an issuer with ${what}`,
    code,
    make: async ({ root }) => {
      const middle = await testCertificate({ issuer: root, subject: 'CN=middle', ...options });
      return [await testCertificate({ issuer: middle, extensions: leafExtensions(goodId) }), middle];
    },
  };
}

/** The good leaf, of which one member is written another way, signed by the authority as it stands. */
function written(
  what: string,
  code: string,
  change: (parts: CertificateParts) => Partial<CertificateParts>,
  outer?: Uint8Array,
): BadSvid {
  return {
    what: `a leaf with ${what}`,
    code,
    make: async ({ leaf, middle }) => {
      const changed = await resigned(leaf.der, middle.keys.privateKey, change, outer);
      return [{ ...leaf, der: changed }, middle];
    },
  };
}

/** The same of any octets, without a new signature. */
function spoilt(what: string, code: string, change: (good: Uint8Array) => Uint8Array): BadSvid {
  return {
    what: `a leaf with ${what}`,
    code,
    make: async ({ leaf, middle }) => [{ ...leaf, der: change(leaf.der).slice() as typeof leaf.der }, middle],
  };
}

const validity = (from: Uint8Array, to: Uint8Array) => ({ validity: der(0x30, from, to) });
const utc = (time: string) => der(0x17, text(time));
const generalized = (time: string) => der(0x18, text(time));
const SHA384 = der(0x30, der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03)));
const SHA1 = der(0x30, der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01)));
const EC = der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01));
const P192 = der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01));
const RSA = der(0x30, der(0x06, bytes(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)), bytes(5, 0));

const publicKey = (algorithm: Uint8Array, key: Uint8Array) => ({
  publicKey: der(0x30, algorithm, der(0x03, bytes(0), key)),
});

function rsaKey(octets: number): { publicKey: Uint8Array } {
  const modulus = new Uint8Array(octets).fill(0xc5);
  return publicKey(RSA, der(0x30, integer(modulus), integer(bytes(1, 0, 1))));
}

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

const subtrees = (permitted: string, excluded: string) => {
  const list = (tag: number, host: string) =>
    host === '' ? bytes() : der(tag, der(0x30, der(0x86, text(host))));
  return raw('2.5.29.30', true, der(0x30, list(0xa0, permitted), list(0xa1, excluded)));
};

const identifiers: readonly BadSvid[] = [
  withExtensions('two IDs', 'svid_names', uriNames(goodId, `${goodId}2`), ...usages),
  withExtensions('no names', 'svid_names', ...usages),
  withExtensions('a DNS name alone', 'svid_names', names(['dns', 'reviews.default']), ...usages),
  withName('of another scheme', 'http://cluster.local/ns/default/sa/reviews'),
  withName('without a path', 'spiffe://cluster.local'),
  withName('with a slash at its end', `${goodId}/`),
  withName('with an empty segment', 'spiffe://cluster.local/ns//sa/reviews'),
  withName('with a dot segment', 'spiffe://cluster.local/ns/default/../sa/reviews'),
  withName('with percent-encoding', 'spiffe://cluster.local/ns/default/sa/%61dmin'),
  withName('with an encoded dot', 'spiffe://cluster.local/ns/%2e/sa/reviews'),
  withName('with a query', `${goodId}?a=b`),
  withName('with a fragment', `${goodId}#a`),
  withName('with a port', 'spiffe://cluster.local:443/ns/default/sa/reviews'),
  withName('with a user', 'spiffe://root@cluster.local/ns/default/sa/reviews'),
  withName('in upper case', 'spiffe://CLUSTER.LOCAL/ns/default/sa/reviews'),
  withName('of 2,049 octets', `${goodId}/${'a'.repeat(2048 - goodId.length)}`),
  withName('without a trust domain', 'spiffe:///ns/default/sa/reviews'),
  withName('of another trust domain', 'spiffe://other/ns/default/sa/reviews', 'svid_trust_domain'),
  withName('of a longer trust domain', 'spiffe://cluster.local.evil/ns/default/sa/a', 'svid_trust_domain'),
  withName('of a punycode trust domain', 'spiffe://xn--cluster-.local/ns/a/sa/b', 'svid_trust_domain'),
  withExtensions(
    'a NUL in its ID',
    'svid_id',
    raw('2.5.29.17', true, der(0x30, der(0x86, text(`${goodId}\0.evil`)))),
    ...usages,
  ),
  withExtensions(
    'an ID beyond ASCII',
    'der_malformed',
    raw('2.5.29.17', true, der(0x30, der(0x86, text(`${goodId}é`)))),
    ...usages,
  ),
  withExtensions('names that are no list', 'der_malformed', raw('2.5.29.17', true, text(goodId)), ...usages),
  withExtensions('an empty list of names', 'der_malformed', raw('2.5.29.17', true, der(0x30)), ...usages),
  withExtensions(
    'no subject and uncritical names',
    'svid_names',
    new SubjectAlternativeNameExtension([{ type: 'url', value: goodId }], false),
    ...usages,
  ),
  leafOf('a subject and critical names', 'certificate_names', {
    subject: 'CN=reviews',
    extensions: leafExtensions(goodId),
  }),
  leafOf('a common name that is none of its hosts', 'certificate_names', {
    subject: 'CN=admin.default',
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: 'url', value: goodId },
        { type: 'dns', value: 'reviews.default' },
      ]),
      ...usages,
    ],
  }),
  withExtensions(
    'an underscore in a DNS name',
    'certificate_names',
    names(['url', goodId], ['dns', 'a_b.default']),
    ...usages,
  ),
  withExtensions(
    'an address as a DNS name',
    'certificate_names',
    names(['url', goodId], ['dns', '10.0.0.1']),
    ...usages,
  ),
  withExtensions(
    'a wildcard inside a label',
    'certificate_names',
    names(['url', goodId], ['dns', 'a*.default.svc']),
    ...usages,
  ),
];

const rights: readonly BadSvid[] = [
  withExtensions('the right to be an authority', 'svid_authority', ...leafExtensions(goodId), authority),
  withExtensions(
    'the right to sign certificates',
    'svid_authority',
    uriNames(goodId),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign, true),
    client,
  ),
  withExtensions(
    'the right to sign revocation lists',
    'svid_authority',
    uriNames(goodId),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.cRLSign, true),
    client,
  ),
  withExtensions('no key usage', 'certificate_usage', uriNames(goodId), client),
  withExtensions(
    'a key for encryption only',
    'certificate_usage',
    uriNames(goodId),
    new KeyUsagesExtension(KeyUsageFlags.keyEncipherment, true),
    client,
  ),
  withExtensions(
    'an empty key usage',
    'der_malformed',
    uriNames(goodId),
    raw('2.5.29.15', true, bytes(3, 1, 0)),
  ),
  withExtensions('no purpose', 'certificate_usage', uriNames(goodId), signs),
  withExtensions(
    'a purpose for servers only',
    'certificate_usage',
    uriNames(goodId),
    signs,
    new ExtendedKeyUsageExtension([Purpose.server]),
  ),
  withExtensions(
    'any purpose',
    'certificate_usage',
    uriNames(goodId),
    signs,
    new ExtendedKeyUsageExtension([Purpose.client, '2.5.29.37.0']),
  ),
  withExtensions(
    'an empty list of purposes',
    'der_malformed',
    uriNames(goodId),
    signs,
    raw('2.5.29.37', false, der(0x30)),
  ),
  withExtensions(
    'critical purposes',
    'certificate_extension',
    uriNames(goodId),
    signs,
    new ExtendedKeyUsageExtension([Purpose.client], true),
  ),
  withExtensions(
    'name constraints',
    'certificate_constraints',
    ...leafExtensions(goodId),
    subtrees('cluster.local', ''),
  ),
  withExtensions(
    'a critical extension that nobody knows',
    'certificate_extension',
    ...leafExtensions(goodId),
    raw('1.2.3.4', true, bytes(5, 0)),
  ),
  withExtensions(
    'policy constraints',
    'certificate_extension',
    ...leafExtensions(goodId),
    raw('2.5.29.36', false, der(0x30, bytes(0x80, 1, 0))),
  ),
  withExtensions(
    'malformed information access',
    'der_malformed',
    ...leafExtensions(goodId),
    raw('1.3.6.1.5.5.7.1.1', false, text('nothing')),
  ),
  leafOf('no key identifiers', 'certificate_extension', {
    extensions: leafExtensions(goodId),
    identifyKeys: false,
  }),
];

const times: readonly BadSvid[] = [
  leafOf('a validity that is over', 'certificate_expired', {
    extensions: leafExtensions(goodId),
    notAfter: NOON - 1250,
  }),
  leafOf('a validity to come', 'certificate_not_yet_valid', {
    extensions: leafExtensions(goodId),
    notBefore: NOON + 750,
  }),
  leafOf('a validity that ends before it begins', 'certificate_expired', {
    extensions: leafExtensions(goodId),
    notBefore: NOON - MINUTE,
    notAfter: NOON - 2 * MINUTE,
  }),
  written('a time without seconds', 'der_malformed', () =>
    validity(utc('2611231100Z'), utc('261123130000Z')),
  ),
  written('a time of another zone', 'der_malformed', () =>
    validity(utc('261123110000+0000'), utc('261123130000Z')),
  ),
  written('a day that does not exist', 'der_malformed', () =>
    validity(utc('260230110000Z'), utc('261123130000Z')),
  ),
  written('a long year before 2050', 'der_malformed', () =>
    validity(generalized('20261123110000Z'), utc('261123130000Z')),
  ),
];

const keys: readonly BadSvid[] = [
  written('an RSA key of 1,024 bits', 'certificate_algorithm', () => rsaKey(128)),
  written('an RSA key of 2,048 bits', 'certificate_algorithm', () => rsaKey(256)),
  written('a P-192 key', 'certificate_algorithm', () =>
    publicKey(der(0x30, EC, P192), Uint8Array.from([4, ...new Uint8Array(48).fill(9)])),
  ),
  written('a compressed point', 'certificate_algorithm', ({ publicKey: good }) => ({
    publicKey: der(0x30, good.subarray(2, 23), der(0x03, bytes(0, 2), good.subarray(27, 59))),
  })),
  written('an Ed25519 key', 'certificate_algorithm', () =>
    publicKey(der(0x30, der(0x06, bytes(0x2b, 0x65, 0x70))), new Uint8Array(32).fill(7)),
  ),
  written('a signature by SHA-1', 'certificate_algorithm', () => ({ algorithm: SHA1 })),
  written(
    'a signature by SHA-384 of a P-256 key',
    'certificate_malformed',
    () => ({ algorithm: SHA384 }),
    SHA1,
  ),
  written('two signature algorithms', 'certificate_malformed', () => ({}), SHA384),
];

const signatures: readonly BadSvid[] = [
  spoilt('a changed signature', 'certificate_signature', (good) =>
    Uint8Array.from([...good.subarray(0, -1), (good.at(-1) ?? 0) ^ 1]),
  ),
  {
    what: 'a leaf that signed itself',
    code: 'certificate_names',
    make: async () => [await testCertificate({ subject: 'CN=reviews', extensions: leafExtensions(goodId) })],
  },
  {
    what: 'a leaf that a namesake of the issuer signed',
    code: 'certificate_signature',
    make: async ({ root, middle }) => {
      const other = await testCertificate({
        issuer: root,
        subject: 'CN=middle',
        extensions: caExtensions(0),
      });
      return [await testCertificate({ issuer: other, extensions: leafExtensions(goodId) }), middle];
    },
  },
  {
    what: 'a leaf that a thief of name and key identifier signed',
    code: 'certificate_signature',
    make: async ({ middle }) => {
      const thief = await testCertificate({ subject: 'CN=middle', extensions: caExtensions(0) });
      const extensions = [
        ...leafExtensions(goodId),
        await AuthorityKeyIdentifierExtension.create(middle.keys.publicKey),
      ];
      return [await testCertificate({ issuer: thief, extensions, identifyKeys: false }), middle];
    },
  },
  {
    what: 'a leaf that another leaf issued',
    code: 'certificate_authority',
    make: async ({ middle }) => {
      const workload = await testCertificate({
        issuer: middle,
        subject: 'CN=workload',
        extensions: [new SubjectAlternativeNameExtension([{ type: 'url', value: goodId }]), ...usages],
      });
      const below = await testCertificate({ issuer: workload, extensions: leafExtensions(goodId) });
      return [below, workload, middle];
    },
  },
];

const issuers: readonly BadSvid[] = [
  issuerOf('no basic constraints', 'certificate_authority', { extensions: [issues] }),
  issuerOf('uncritical basic constraints', 'certificate_authority', {
    extensions: [new BasicConstraintsExtension(true, 0, false), issues],
  }),
  issuerOf('no right to be one', 'certificate_authority', {
    extensions: [new BasicConstraintsExtension(false, undefined, true), issues],
  }),
  issuerOf('no key usage', 'certificate_usage', { extensions: [authority] }),
  issuerOf('no right to sign certificates', 'certificate_usage', { extensions: [authority, signs] }),
  issuerOf('a purpose for servers only', 'certificate_usage', {
    extensions: [authority, issues, new ExtendedKeyUsageExtension([Purpose.server])],
  }),
  issuerOf('the ID of a workload', 'svid_authority', { extensions: [authority, issues, uriNames(goodId)] }),
  issuerOf('the ID of another trust domain', 'svid_trust_domain', {
    extensions: [authority, issues, uriNames('spiffe://other')],
  }),
  issuerOf('two IDs', 'svid_names', {
    extensions: [authority, issues, uriNames('spiffe://cluster.local', 'spiffe://other')],
  }),
  issuerOf('no subject', 'certificate_authority', { subject: '', extensions: caExtensions(0) }),
  issuerOf('no key identifiers', 'certificate_extension', {
    extensions: caExtensions(0),
    identifyKeys: false,
  }),
  issuerOf('a validity that is over', 'certificate_expired', {
    extensions: caExtensions(0),
    notAfter: NOON - MINUTE / 2,
  }),
  issuerOf('constraints to another trust domain', 'certificate_constraints', {
    extensions: [...caExtensions(0), subtrees('other', '')],
  }),
  issuerOf('constraints that exclude the trust domain', 'certificate_constraints', {
    extensions: [...caExtensions(0), subtrees('', 'cluster.local')],
  }),
  issuerOf('constraints that are not critical', 'certificate_constraints', {
    extensions: [
      ...caExtensions(0),
      raw('2.5.29.30', false, der(0x30, der(0xa0, der(0x30, der(0x86, text('cluster.local')))))),
    ],
  }),
  {
    what: 'an issuer below one that allows none',
    code: 'certificate_authority',
    make: async ({ middle }) => {
      const lower = await testCertificate({
        issuer: middle,
        subject: 'CN=lower',
        extensions: caExtensions(0),
      });
      return [await testCertificate({ issuer: lower, extensions: leafExtensions(goodId) }), lower, middle];
    },
  },
  {
    what: 'four certificates below the root',
    code: 'chain_length',
    make: async ({ leaf, middle }) => [leaf, middle, middle, middle],
  },
];

const encodings: readonly BadSvid[] = [
  spoilt('octets after its end', 'der_malformed', (good) => Uint8Array.from([...good, 0])),
  spoilt('its end cut off', 'der_malformed', (good) => good.subarray(0, -1)),
  spoilt('an indefinite length', 'der_malformed', (good) =>
    Uint8Array.from([0x30, 0x80, ...good.subarray(4), 0, 0]),
  ),
  spoilt('a length that is not minimal', 'der_malformed', (good) =>
    Uint8Array.from([0x30, 0x83, 0, good[2] ?? 0, good[3] ?? 0, ...good.subarray(4)]),
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

/** Every chain that must be refused, with one fault each. */
export const badSvids: readonly BadSvid[] = [
  ...identifiers,
  ...rights,
  ...times,
  ...keys,
  ...signatures,
  ...issuers,
  ...encodings,
];
