import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  keyAddressProblem,
  parseAllowedHosts,
  wantsPublicAnswers,
} from '../../../src/identity/jwt/key-address.ts';
import { isPublicAddress } from '../../../src/identity/jwt/public-address.ts';

const refused = [
  'http://issuer.example/jwks',
  'https://127.0.0.1/jwks',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://0.0.0.0/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://169.254.170.2/',
  'https://192.0.0.192/opc/v2/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:169.254.169.254]/',
  'https://[::ffff:a00:1]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://[fe80::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[2002:7f00:1::]/',
  'https://[2001:db8::1]/',
  'https://[ff02::1]/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://a.localhost/',
  'https://metadata.google.internal/',
  'https://metadata/',
  'https://kubernetes.default.svc/',
  'https://kubernetes.default.svc.cluster.local/',
  'https://printer.local/',
  'https://127.0.0.1.nip.io/',
  'https://169-254-169-254.sslip.io/',
  'https://issuer.example:22/',
  'https://issuer.example:6379/',
  'https://user@issuer.example/',
  'https://user:secret@issuer.example/',
  'https://issuer.example@127.0.0.1/',
  'https://①②⑦.⓪.⓪.①/',
  'file:///etc/passwd',
  'gopher://issuer.example/',
  'ftp://issuer.example/',
  'data:application/json,{"keys":[]}',
  'javascript:alert(1)',
  '//issuer.example/jwks',
  'issuer.example/jwks',
  '',
];

describe('where keys may come from', () => {
  for (const uri of refused)
    test(`${uri || 'nothing'} is refused`, () => {
      assert.notEqual(keyAddressProblem(uri, new Set()), undefined);
    });

  for (const uri of [
    'https://issuer.example/jwks',
    'https://issuer.example:443/jwks?a=b',
    'https://issuer.example:8443/',
    'https://8.8.8.8/jwks',
    'https://[2606:4700:4700::1111]/jwks',
    'https://issuer.example./jwks',
  ])
    test(`${uri} is asked`, () => {
      assert.equal(keyAddressProblem(uri, new Set()), undefined);
      assert.equal(wantsPublicAnswers(uri, new Set()), true);
    });

  test('an allowed host is asked on any terms, at that port only', () => {
    const allowed = parseAllowedHosts(' keys.internal:8080, 10.0.0.7:80,[::1]:9443 ,');
    assert.equal(keyAddressProblem('http://keys.internal:8080/jwks', allowed), undefined);
    assert.equal(wantsPublicAnswers('http://keys.internal:8080/jwks', allowed), false);
    assert.equal(keyAddressProblem('http://10.0.0.7/', allowed), undefined);
    assert.equal(keyAddressProblem('https://[::1]:9443/', allowed), undefined);
    assert.notEqual(keyAddressProblem('http://keys.internal:8081/jwks', allowed), undefined);
    assert.notEqual(keyAddressProblem('http://u:p@keys.internal:8080/', allowed), undefined);
    assert.deepEqual(parseAllowedHosts(undefined), new Set());
  });

  test('addresses of the internet are public, and texts that are none are not', () => {
    for (const address of [
      '1.1.1.1',
      '9.255.255.255',
      '172.32.0.1',
      '2a00:1450:4001:81b::200e',
      '2001:4860:4860::8888',
    ])
      assert.equal(isPublicAddress(address), true, address);
    for (const address of [
      '',
      'a',
      '1.1.1',
      '1.1.1.256',
      '1.1.1.1.1',
      '::1',
      '1::2::3',
      '2a00::g',
      'fe80::1%eth0',
      '::ffff:8.8.8.8',
      '2a00:1:2:3:4:5:6:7:8',
    ])
      assert.equal(isPublicAddress(address), false, address);
  });
});
