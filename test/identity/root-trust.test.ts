import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { encodePem } from '../../src/identity/pem.ts';
import { RootTrust } from '../../src/identity/root-trust.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import type { Bundle } from '../../src/identity/svid.ts';
import { Trust } from '../../src/identity/trust.ts';
import { parseCertificate } from '../../src/identity/x509/certificate.ts';
import { serialText } from '../../src/identity/x509/serial-text.ts';
import { coded, NOON } from '../support/identity-mesh.ts';
import {
  caExtensions,
  leafExtensions,
  type TestCertificate,
  testCertificate,
} from '../support/test-certificate.ts';

const pem = ({ der }: TestCertificate) => encodePem('CERTIFICATE', der);
const rootOf = (subject: string) => testCertificate({ subject, extensions: caExtensions(0) });

describe('the roots of a Gateway server beside those of a mesh', () => {
  let mesh: TestCertificate;
  let federated: TestCertificate;
  let client: TestCertificate;
  let bundle: Bundle;

  before(async () => {
    [mesh, federated, client] = await Promise.all([
      rootOf('CN=mesh'),
      rootOf('CN=them'),
      rootOf('CN=client'),
    ]);
    bundle = {
      trustDomain: 'mesh.example',
      rootsPem: pem(mesh),
      aliases: ['old.example'],
      federated: [{ trustDomain: 'them.example', rootsPem: pem(federated) }],
    };
  });

  const leafOf = (issuer: TestCertificate, id: string) =>
    testCertificate({ issuer, extensions: leafExtensions(id) });

  const verify = async (issuer: TestCertificate, id: string, given: Bundle = bundle) => {
    const trust = new RootTrust([client, mesh, federated].map(pem), new Trust(given));
    return trust.verify({ chain: [(await leafOf(issuer, id)).der], purpose: 'client', now: NOON });
  };

  for (const [issuer, domain] of [
    [() => client, 'stranger.example'],
    [() => mesh, 'mesh.example'],
    [() => mesh, 'old.example'],
    [() => federated, 'them.example'],
  ] as const) {
    test(`believe a workload of ${domain} by the roots that are its own`, async () => {
      const id = `spiffe://${domain}/ns/a/sa/b`;
      assert.equal(formatSpiffeId((await verify(issuer(), id)).id), id);
    });
  }

  for (const domain of ['mesh.example', 'old.example', 'them.example']) {
    test(`make nobody of ${domain}`, async () => {
      await assert.rejects(
        verify(client, `spiffe://${domain}/ns/istio-system/sa/admin`),
        coded('chain_root'),
      );
    });
  }

  test('do not believe whom the mesh denies', async () => {
    const denied = [{ kind: 'id', value: 'spiffe://mesh.example/ns/a/sa/b' }] as const;
    const given = { ...bundle, denied };
    await assert.rejects(verify(mesh, 'spiffe://mesh.example/ns/a/sa/b', given), coded('svid_denied'));
    assert.equal((await verify(mesh, 'spiffe://mesh.example/ns/a/sa/c', given)).id.path, '/ns/a/sa/c');
  });

  test('a trust knows whom it denies by the leaf alone, in its own trust domains', async () => {
    const of = async (id: string) => (await leafOf(client, id)).der;
    const [own, other] = [
      await of('spiffe://mesh.example/ns/a/sa/b'),
      await of('spiffe://x.example/ns/a/sa/b'),
    ];
    const serial = serialText(parseCertificate(own));
    const trust = (kind: 'id' | 'serial', value: string) =>
      new Trust({ ...bundle, denied: [{ kind, value }] });
    assert.equal(trust('id', 'spiffe://mesh.example/ns/a/sa/b').denies(own), true);
    assert.equal(trust('serial', serial).denies(own), true);
    assert.equal(trust('id', 'spiffe://mesh.example/ns/a/sa/c').denies(own), false);
    assert.equal(trust('id', 'spiffe://x.example/ns/a/sa/b').denies(other), false);
    assert.equal(trust('id', 'spiffe://mesh.example/ns/a/sa/b').denies(new Uint8Array(3)), false);
  });
});
