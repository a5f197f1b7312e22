import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Extension } from '@peculiar/x509';
import { parseCertificate } from '../../../src/identity/x509/certificate.ts';
import { checkConstrained, readNameConstraints } from '../../../src/identity/x509/name-constraints.ts';
import { coded } from '../../support/identity-mesh.ts';
import { der, text } from '../../support/raw-certificate.ts';
import { caExtensions, testCertificate } from '../../support/test-certificate.ts';

/** `dns:a`, `uri:a`, `email:a`, `ip:10.0.0.0/255.0.0.0`, `dn:CN value`, `other:`, as octets of a GeneralName. */
function generalName(written: string): Uint8Array {
  const [kind = '', value = ''] = [
    written.slice(0, written.indexOf(':')),
    written.slice(written.indexOf(':') + 1),
  ];
  const tag = { email: 0x81, dns: 0x82, uri: 0x86 }[kind];
  if (tag !== undefined) return der(tag, text(value));
  if (kind === 'ip') return der(0x87, Uint8Array.from(value.split(/[./]/).map(Number)));
  if (kind === 'dn') return der(0xa4, der(0x30, commonName(value)));
  return der(0xa0, der(0x06, Uint8Array.of(0x2a, 3)), der(0xa0, der(0x0c, text('a'))));
}

const commonName = (value: string) =>
  der(0x31, der(0x30, der(0x06, Uint8Array.of(0x55, 4, 3)), der(0x13, text(value))));

const list = (written: string) => written.split(' ').filter((one) => one !== '');

function subtrees(tag: number, written: string): Uint8Array {
  const bases = list(written).map((one) => der(0x30, generalName(one)));
  return bases.length === 0 ? new Uint8Array() : der(tag, ...bases);
}

async function constrained(permitted: string, excluded: string) {
  return withConstraints(der(0x30, subtrees(0xa0, permitted), subtrees(0xa1, excluded)));
}

async function withConstraints(value: Uint8Array, critical = true) {
  const extension = new Extension('2.5.29.30', critical, value.slice());
  const issuer = await testCertificate({ subject: 'CN=root', extensions: [...caExtensions(), extension] });
  return readNameConstraints(parseCertificate(issuer.der));
}

async function named(names: string, subject = '') {
  const value = der(0x30, ...list(names).map(generalName));
  const extensions = list(names).length === 0 ? [] : [new Extension('2.5.29.17', true, value)];
  return parseCertificate((await testCertificate({ subject, extensions })).der);
}

type Row = readonly [names: string, permitted: string, excluded: string, within: boolean];
const rows: readonly Row[] = [
  ['uri:spiffe://a.example/ns', 'uri:a.example', '', true],
  ['uri:spiffe://A.example/ns', 'uri:a.EXAMPLE', '', true],
  ['uri:spiffe://b.a.example/ns', 'uri:a.example', '', false],
  ['uri:spiffe://b.a.example/ns', 'uri:.a.example', '', true],
  ['uri:spiffe://a.example/ns', 'uri:.a.example', '', false],
  ['uri:spiffe://xa.example/ns', 'uri:.a.example', '', false],
  ['uri:spiffe://a.example/ns', 'uri:b.example uri:a.example', '', true],
  ['uri:spiffe://a.example/ns uri:spiffe://b.example/ns', 'uri:a.example', '', false],
  ['uri:spiffe://a.example/ns', '', 'uri:a.example', false],
  ['uri:spiffe://a.example/ns', '', 'uri:b.example', true],
  ['uri:spiffe://a.example/ns', 'uri:a.example', 'uri:a.example', false],
  ['uri:spiffe://u@a.example:80/ns', '', 'uri:a.example', false],
  ['uri:spiffe://a.example@b.example/ns', 'uri:a.example', '', false],
  ['uri:urn:a.example', 'uri:a.example', '', false],
  ['uri:urn:a.example', '', 'uri:b.example', false],
  ['uri:https://10.0.0.1/', '', 'uri:b.example', false],
  ['uri:spiffe://a.example/ns', 'dns:b.example', '', true],
  ['dns:a.example', 'dns:a.example', '', true],
  ['dns:A.Example', 'dns:a.example', '', true],
  ['dns:b.a.example', 'dns:a.example', '', true],
  ['dns:ba.example', 'dns:a.example', '', false],
  ['dns:example', 'dns:a.example', '', false],
  ['dns:c.b.a.example', '', 'dns:a.example', false],
  ['dns:b.example', '', 'dns:a.example', true],
  ['dns:*.a.example', 'dns:a.example', '', true],
  ['dns:*.example', 'dns:a.example', '', false],
  ['dns:*.example', '', 'dns:a.example', false],
  ['dns:*.b.example', '', 'dns:a.example', true],
  ['email:u@a.example', 'email:u@a.example', '', true],
  ['email:U@a.example', 'email:u@a.example', '', false],
  ['email:u@A.example', 'email:a.example', '', true],
  ['email:u@b.a.example', 'email:a.example', '', false],
  ['email:u@b.a.example', 'email:.a.example', '', true],
  ['email:u@a.example', '', 'email:a.example', false],
  ['ip:10.1.2.3', 'ip:10.0.0.0/255.0.0.0', '', true],
  ['ip:11.1.2.3', 'ip:10.0.0.0/255.0.0.0', '', false],
  ['ip:10.1.2.3', '', 'ip:10.0.0.0/255.0.0.0', false],
  ['ip:10.1.2.3', '', 'ip:11.0.0.0/255.0.0.0', true],
  ['dn:a', 'dn:a', '', true],
  ['dn:b', 'dn:a', '', false],
  ['dn:b', '', 'dn:a', false],
  ['other:', '', 'other:', false],
  ['other:', 'other:', '', false],
  ['dns:a.example', '', 'other:', true],
];

describe('name constraints', () => {
  for (const [names, permitted, excluded, within] of rows) {
    const rule = [permitted && `permit ${permitted}`, excluded && `exclude ${excluded}`]
      .filter(Boolean)
      .join(', ');
    test(`that ${rule} ${within ? 'let' : 'refuse'} ${names}`, async () => {
      const [certificate, constraints] = [await named(names), await constrained(permitted, excluded)];
      assert.ok(constraints);
      const check = () => checkConstrained(certificate, constraints);
      if (within) check();
      else assert.throws(check, coded('certificate_constraints'));
    });
  }

  test('of names hold for the subject, and those of mail for its address', async () => {
    const [directory, mail] = [await constrained('dn:a', ''), await constrained('email:a.example', '')];
    assert.ok(directory && mail);
    checkConstrained(await named('', 'CN=a'), directory);
    const other = await named('', 'CN=b');
    assert.throws(() => checkConstrained(other, directory), coded('certificate_constraints'));
    const address = await named('', '1.2.840.113549.1.9.1=u@a.example');
    assert.throws(() => checkConstrained(address, mail), coded('certificate_constraints'));
  });

  const malformed: [string, Uint8Array, boolean?][] = [
    ['that are not critical', der(0x30, subtrees(0xa0, 'dns:a.example')), false],
    ['that are empty', der(0x30)],
    ['with empty lists', der(0x30, der(0xa0), der(0xa1))],
    ['with a wildcard', der(0x30, subtrees(0xa0, 'dns:*.example'))],
    ['with a dot before a DNS name', der(0x30, subtrees(0xa0, 'dns:.example'))],
    ['with an address without a mask', der(0x30, subtrees(0xa0, 'ip:10.0.0.1'))],
    ['with a mask with holes', der(0x30, subtrees(0xa0, 'ip:10.0.0.0/255.0.255.0'))],
    ['with a malformed mailbox', der(0x30, subtrees(0xa0, 'email:a@b@c.example'))],
    ['with a URI for its host', der(0x30, subtrees(0xa0, 'uri:spiffe://a.example'))],
    ['of more than 64 subtrees', der(0x30, subtrees(0xa0, 'dns:a.example '.repeat(65)))],
  ];
  for (const [what, value, critical] of malformed) {
    test(`${what} are refused`, async () => {
      await assert.rejects(withConstraints(value, critical), coded('certificate_constraints'));
    });
  }

  test('with a minimum are refused, as is any other field', async () => {
    const subtree = der(0x30, generalName('dns:a.example'), Uint8Array.of(0x80, 1, 1));
    await assert.rejects(withConstraints(der(0x30, der(0xa0, subtree))), coded('der_malformed'));
    await assert.rejects(
      withConstraints(der(0x30, der(0xa0, der(0x30, generalName('dns:a.example'))), Uint8Array.of(5, 0))),
      coded('der_malformed'),
    );
  });
});
