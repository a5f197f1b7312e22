import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BasicConstraintsExtension,
  Extension,
  type JsonGeneralName,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from '@peculiar/x509';
import fc from 'fast-check';
import { IdentityError } from '../../../src/identity/identity-error.ts';
import { parseCertificate } from '../../../src/identity/x509/certificate.ts';
import { readSan, readUriSans } from '../../../src/identity/x509/san.ts';
import { coded } from '../../support/identity-mesh.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { caExtensions, leafExtensions, testCertificate, uriNames } from '../../support/test-certificate.ts';

const id = 'spiffe://cluster.local/ns/default/sa/reviews';

/** An extension whose value is written by hand. */
const rawNames = (...octets: number[]) => new Extension('2.5.29.17', true, Uint8Array.from(octets));

describe('readSan', () => {
  test('agrees with @peculiar/x509 on names of every kind', async () => {
    const name: fc.Arbitrary<JsonGeneralName> = fc.oneof(
      fc.stringMatching(/^[ -~]{0,80}$/).map((value) => ({ type: 'url' as const, value })),
      fc.stringMatching(/^[a-z.]{1,30}$/).map((value) => ({ type: 'dns' as const, value })),
      fc.ipV4().map((value) => ({ type: 'ip' as const, value })),
      fc.constant({ type: 'email' as const, value: 'a@b.example' }),
      fc.constant({ type: 'dn' as const, value: 'CN=a' }),
    );
    const inputs = fc.tuple(
      fc.array(name, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(inputs, async ([names, critical, ca, named]) => {
        const extensions = [
          new SubjectAlternativeNameExtension(names, critical),
          new BasicConstraintsExtension(ca),
        ];
        const { der } = await testCertificate({ extensions, subject: named ? 'CN=a' : '' });
        const other = new X509Certificate(der);
        const theirs = other.getExtension(SubjectAlternativeNameExtension);
        const items = theirs?.names.toJSON() ?? [];
        assert.deepEqual(readSan(der), {
          uris: items.filter((one) => one.type === 'url').map((one) => one.value),
          hasOtherNames: items.some((one) => one.type !== 'url'),
          subjectEmpty: other.subject === '',
          sanCritical: theirs?.critical,
          isCa: other.getExtension(BasicConstraintsExtension)?.ca,
        });
      }),
      { numRuns: propertyRuns(60) },
    );
  });

  test('reads no names where there is no extension', async () => {
    const { der } = await testCertificate({ extensions: caExtensions() });
    assert.deepEqual(readUriSans(der), []);
  });

  test('keeps a NUL as a byte of the name', async () => {
    const { der } = await testCertificate({ extensions: [rawNames(0x30, 5, 0x86, 3, 0x61, 0, 0x62)] });
    assert.deepEqual(readUriSans(der), ['a\0b']);
  });

  const refused: [string, Extension[], string][] = [
    ['an empty list of names', [rawNames(0x30, 0)], 'der_malformed'],
    ['a name that is not ASCII', [rawNames(0x30, 3, 0x86, 1, 0xe4)], 'der_malformed'],
    ['a name of an unknown kind', [rawNames(0x30, 3, 0x8a, 1, 0x61)], 'der_malformed'],
    ['bytes after the names', [rawNames(0x30, 3, 0x86, 1, 0x61, 0)], 'der_malformed'],
    ['two extensions with names', [uriNames(id), uriNames(id)], 'certificate_malformed'],
  ];
  for (const [what, extensions, code] of refused) {
    test(`refuses ${what}`, async () => {
      const { der } = await testCertificate({ extensions });
      assert.throws(() => readSan(der), coded(code));
    });
  }

  test('refuses bytes after the certificate, and a certificate cut short at any byte', async () => {
    const { der } = await testCertificate({ extensions: leafExtensions(id) });
    assert.throws(() => readSan(Uint8Array.from([...der, 0])), coded('der_malformed'));
    for (let length = 0; length < der.length; length++) {
      assert.throws(() => readSan(der.subarray(0, length)), coded('der_malformed'));
    }
  });

  test('gives a value or a coded error whatever byte is changed', async () => {
    const { der } = await testCertificate({ extensions: leafExtensions(id), subject: 'CN=a' });
    const change = fc.tuple(fc.nat(der.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = der.slice();
        for (const [at, octet] of changes) changed[at] = octet;
        try {
          parseCertificate(changed);
          readSan(changed);
        } catch (cause) {
          assert.ok(cause instanceof IdentityError, String(cause));
        }
      }),
      { numRuns: propertyRuns(3000) },
    );
  });
});
