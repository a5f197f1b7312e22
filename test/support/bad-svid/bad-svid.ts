import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { Purpose } from '../../../src/identity/x509/extensions.ts';
import { NOON } from '../identity-mesh.ts';
import { type CertificateParts, der, resigned, text } from '../raw-certificate.ts';
import {
  caExtensions,
  leafExtensions,
  type TestCertificate,
  type TestCertificateOptions,
  testCertificate,
  uriNames,
} from '../test-certificate.ts';

/** A chain that no peer may be believed with, leaf first, and why. */
export interface BadSvid {
  readonly what: string;
  /** The code of its refusal. */
  readonly code: string;
  readonly make: (mesh: GoodMesh) => Promise<readonly TestCertificate[]>;
  /**
   * Not to be seen at the end of a handshake: bad for less than a second, or in certificates that belong to no path and
   * are left out (`never`); in octets that OpenSSL writes anew when it shows a certificate (`openssl`).
   */
  readonly unseen?: 'never' | 'openssl';
}

/** The certificates that the bad ones are made with and compared to. */
export interface GoodMesh {
  readonly root: TestCertificate;
  readonly middle: TestCertificate;
  readonly leaf: TestCertificate;
}

/** The ID of the leaf. */
export const goodId = 'spiffe://cluster.local/ns/default/sa/reviews';

/** Those that the TLS of a runtime, named as it names itself, shows as they are. */
export function seenBy<T extends Pick<BadSvid, 'unseen'>>(runtime: string, list: readonly T[]): readonly T[] {
  return list.filter(
    ({ unseen }) => unseen !== 'never' && !(unseen === 'openssl' && runtime.startsWith('node')),
  );
}

/** A root of a present of its own. */
export function goodRoot(now = NOON): Promise<TestCertificate> {
  return testCertificate({ now, subject: 'CN=root', extensions: caExtensions(1) });
}

/** A mesh of which everything is right. */
export async function goodMesh(root?: TestCertificate): Promise<GoodMesh> {
  return meshUnder(root ?? (await goodRoot()));
}

async function meshUnder(root: TestCertificate): Promise<GoodMesh> {
  const middle = await testCertificate({ issuer: root, subject: 'CN=middle', extensions: caExtensions(0) });
  const leaf = await testCertificate({ issuer: middle, extensions: leafExtensions(goodId) });
  return { root, middle, leaf };
}

/** Milliseconds. */
export const MINUTE = 60_000;
/** The purposes of a workload. */
export const purposes = new ExtendedKeyUsageExtension([Purpose.server, Purpose.client]);
/** The right to sign in a handshake. */
export const signs = new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true);
/** The right to sign certificates. */
export const issues = new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true);
/** An authority above leaves only. */
export const authority = new BasicConstraintsExtension(true, 0, true);
/** What a leaf has besides its names. */
export const usages = [signs, purposes];
/** Octets. */
export const bytes = (...octets: number[]) => Uint8Array.from(octets);
/** An extension of any octets. */
export const raw = (oid: string, critical: boolean, value: Uint8Array) =>
  new Extension(oid, critical, value.slice());

/** Name constraints on hosts of URIs, one of a kind or none. */
export const subtrees = (permitted: string, excluded: string) => {
  const list = (tag: number, host: string) =>
    host === '' ? bytes() : der(tag, der(0x30, der(0x86, text(host))));
  return raw('2.5.29.30', true, der(0x30, list(0xa0, permitted), list(0xa1, excluded)));
};

/** A leaf that is bad by what it is made with. */
export function leafOf(what: string, code: string, options: TestCertificateOptions): BadSvid {
  return {
    what: `a leaf with ${what}`,
    code,
    make: async ({ middle }) => [await testCertificate({ issuer: middle, ...options }), middle],
  };
}

/** A leaf with these extensions alone. */
export const withExtensions = (what: string, code: string, ...extensions: Extension[]): BadSvid =>
  leafOf(what, code, { extensions });

/** A leaf with another ID. */
export const withName = (what: string, uri: string, code = 'svid_id'): BadSvid =>
  withExtensions(`an ID ${what}`, code, uriNames(uri), ...usages);

/** URI and DNS names, critical. */
export function names(...list: ReadonlyArray<readonly ['url' | 'dns' | 'ip' | 'email', string]>): Extension {
  return new SubjectAlternativeNameExtension(
    list.map(([type, value]) => ({ type, value })),
    true,
  );
}

/** An intermediate that is bad by what it is made with, over a leaf that is good. */
export function issuerOf(what: string, code: string, options: TestCertificateOptions): BadSvid {
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
export function written(
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
export function spoilt(what: string, code: string, change: (good: Uint8Array) => Uint8Array): BadSvid {
  return {
    what: `a leaf with ${what}`,
    code,
    make: async ({ leaf, middle }) => [{ ...leaf, der: change(leaf.der).slice() as typeof leaf.der }, middle],
  };
}
