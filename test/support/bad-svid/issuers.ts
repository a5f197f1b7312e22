import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { Purpose } from '../../../src/identity/x509/extensions.ts';
import { der, text } from '../raw-certificate.ts';
import {
  caExtensions,
  leafExtensions,
  type TestCertificate,
  testCertificate,
  uriNames,
} from '../test-certificate.ts';
import {
  authority,
  type BadSvid,
  goodId,
  goodMesh,
  issuerOf,
  issues,
  MINUTE,
  raw,
  signs,
  spoilt,
  subtrees,
  usages,
} from './bad-svid.ts';

/** Leaves that the right issuer did not sign. */
export const badSignatures: readonly BadSvid[] = [
  spoilt('a changed signature', 'certificate_signature', (good) =>
    Uint8Array.from([...good.subarray(0, -1), (good.at(-1) ?? 0) ^ 1]),
  ),
  {
    what: 'a leaf that signed itself',
    code: 'certificate_names',
    make: async ({ root: { now } }) => [
      await testCertificate({ now, subject: 'CN=reviews', extensions: leafExtensions(goodId) }),
    ],
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
      const thief = await testCertificate({
        now: middle.now,
        subject: 'CN=middle',
        extensions: caExtensions(0),
      });
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

/** Chains whose issuers are wrong. */
export const badIssuers: readonly BadSvid[] = [
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
    ends: -MINUTE / 2,
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
    what: 'a leaf of another root with the name of ours',
    code: 'chain_root',
    make: async ({ root: { now } }) => {
      const other = await testCertificate({ now, subject: 'CN=root', extensions: caExtensions(1) });
      return meshChain(other);
    },
  },
  {
    what: 'a chain of another root that is sent along',
    code: 'chain_root',
    make: async ({ root: { now } }) => {
      const other = await testCertificate({ now, subject: 'CN=stranger', extensions: caExtensions(1) });
      return [...(await meshChain(other)), other];
    },
  },
  {
    what: 'an issuer that begins after its leaf',
    code: 'certificate_not_yet_valid',
    make: async ({ root }) => {
      const middle = await testCertificate({
        issuer: root,
        subject: 'CN=middle',
        extensions: caExtensions(0),
        begins: 10 * MINUTE,
      });
      return [await testCertificate({ issuer: middle, extensions: leafExtensions(goodId) }), middle];
    },
  },
  {
    what: 'a leaf without its issuer',
    code: 'chain_root',
    make: async ({ leaf }) => [leaf],
  },
  {
    what: 'the issuer before its leaf',
    code: 'svid_names',
    make: async ({ leaf, middle }) => [{ ...leaf, der: middle.der }, leaf],
  },
  {
    what: 'an issuer for a leaf',
    code: 'svid_names',
    make: async ({ middle }) => [middle],
  },
  {
    what: 'four certificates below the root',
    code: 'chain_length',
    make: async ({ leaf, middle }) => [leaf, middle, middle, middle],
    unseen: 'never',
  },
];

async function meshChain(root: TestCertificate): Promise<readonly TestCertificate[]> {
  const { leaf, middle } = await goodMesh(root);
  return [leaf, middle];
}
