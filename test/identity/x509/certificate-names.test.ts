import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SubjectAlternativeNameExtension } from '@peculiar/x509';
import { certificateNames } from '../../../src/identity/x509/certificate-names.ts';
import { caExtensions, testCertificate } from '../../support/test-certificate.ts';

test('every kind of name is told as text', async () => {
  const names = new SubjectAlternativeNameExtension([
    { type: 'dns', value: 'a.example' },
    { type: 'url', value: 'spiffe://td/ns/a/sa/b' },
    { type: 'email', value: 'who@example.com' },
    { type: 'ip', value: '10.0.0.1' },
    { type: 'ip', value: '2001:db8:0:0:1::1' },
    { type: 'dn', value: 'CN=left-out' },
  ]);
  const { der } = await testCertificate({ extensions: [names] });
  assert.deepEqual(certificateNames(der), [
    'a.example',
    'spiffe://td/ns/a/sa/b',
    'who@example.com',
    '10.0.0.1',
    '2001:db8::1:0:0:1',
  ]);
});

test('a certificate without names has none, and a common name is none', async () => {
  const { der } = await testCertificate({ subject: 'CN=a.example', extensions: caExtensions() });
  assert.deepEqual(certificateNames(der), []);
});

test('a name with a NUL or a space is left out', async () => {
  const sly = new SubjectAlternativeNameExtension([
    { type: 'dns', value: 'good.example\0.evil.example' },
    { type: 'dns', value: 'good.example, DNS:other' },
  ]);
  const { der } = await testCertificate({ extensions: [sly] });
  assert.deepEqual(certificateNames(der), []);
});

test('what is no certificate throws a coded error', () => {
  assert.throws(() => certificateNames(Uint8Array.of(0x30, 0x03, 1)), { name: 'IdentityError' });
});
