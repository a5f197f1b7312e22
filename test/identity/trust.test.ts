import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { encodePem } from '../../src/identity/pem.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import type { Bundle } from '../../src/identity/svid.ts';
import { Trust } from '../../src/identity/trust.ts';
import { coded, NOON } from '../support/identity-mesh.ts';
import {
  caExtensions,
  leafExtensions,
  type TestCertificate,
  testCertificate,
  uriNames,
} from '../support/test-certificate.ts';

const pem = (...roots: readonly TestCertificate[]) =>
  roots.map(({ der }) => encodePem('CERTIFICATE', der)).join('');

/** A root without a length of paths, and what may stand below it. */
async function rootOf(subject: string, trustDomain?: string): Promise<TestCertificate> {
  const named = trustDomain === undefined ? [] : [uriNames(`spiffe://${trustDomain}`)];
  return testCertificate({ subject, extensions: [...caExtensions(0), ...named] });
}

describe('a trust', () => {
  let own: TestCertificate;
  let partner: TestCertificate;
  let bundle: Bundle;

  before(async () => {
    own = await rootOf('CN=own', 'mesh.example');
    partner = await rootOf('CN=partner');
    const federated = [{ trustDomain: 'partner.example', rootsPem: pem(partner) }];
    bundle = { trustDomain: 'mesh.example', rootsPem: pem(own), aliases: ['old.example'], federated };
  });

  const verify = async (given: Bundle, issuer: TestCertificate, id: string) => {
    const leaf = await testCertificate({ issuer, extensions: leafExtensions(id) });
    return new Trust(given).verify({ chain: [leaf.der], purpose: 'server', now: NOON });
  };

  for (const [what, issuer, domain] of [
    ['the own trust domain', () => own, 'mesh.example'],
    ['an alias of it', () => own, 'old.example'],
    ['a federated one', () => partner, 'partner.example'],
  ] as const) {
    test(`believes a workload of ${what} by its roots`, async () => {
      const id = `spiffe://${domain}/ns/a/sa/b`;
      assert.equal(formatSpiffeId((await verify(bundle, issuer(), id)).id), id);
    });
  }

  for (const [what, issuer, domain, code] of [
    ['the own trust domain by the roots of another', () => partner, 'mesh.example', 'chain_root'],
    ['an alias by the roots of another', () => partner, 'old.example', 'chain_root'],
    ['a federated trust domain by the own roots', () => own, 'partner.example', 'chain_root'],
    ['a trust domain that nobody named', () => own, 'evil.example', 'svid_trust_domain'],
    ['a trust domain that only ends like one', () => own, 'x.mesh.example', 'svid_trust_domain'],
  ] as const) {
    test(`does not believe a workload of ${what}`, async () => {
      await assert.rejects(verify(bundle, issuer(), `spiffe://${domain}/ns/a/sa/b`), coded(code));
    });
  }

  test('lets nobody else give roots to a name of its own', async () => {
    for (const name of ['mesh.example', 'old.example']) {
      const taken = { ...bundle, federated: [{ trustDomain: name, rootsPem: pem(partner) }] };
      await assert.rejects(verify(taken, partner, `spiffe://${name}/ns/a/sa/b`), coded('chain_root'));
      await verify(taken, own, `spiffe://${name}/ns/a/sa/b`);
    }
  });

  test('keeps its own workloads when the roots of another cannot be read', async () => {
    for (const rootsPem of ['no PEM', encodePem('CERTIFICATE', Uint8Array.of(1, 2, 3))]) {
      const spoilt = { ...bundle, federated: [{ trustDomain: 'partner.example', rootsPem }] };
      await verify(spoilt, own, 'spiffe://mesh.example/ns/a/sa/b');
      await assert.rejects(
        verify(spoilt, partner, 'spiffe://partner.example/ns/a/sa/b'),
        coded('chain_root'),
      );
      assert.equal(new Trust(spoilt).rootsPem.length, 1);
    }
  });

  test('has every root once', () => assert.equal(new Trust(bundle).rootsPem.length, 2));

  test('is wider than another where a name, a root or nobody’s denial is gone', async () => {
    const trust = new Trust(bundle);
    const { aliases: _aliases, ...nameless } = bundle;
    const { federated: _federated, ...alone } = bundle;
    const wider = { ...bundle, rootsPem: pem(own, partner) };
    const denied = { ...bundle, denied: [{ kind: 'serial', value: '01' } as const] };
    for (const less of [nameless, alone, denied]) {
      assert.equal(trust.isWiderThan(new Trust(less)), true);
      assert.equal(new Trust(less).isWiderThan(trust), false);
    }
    assert.equal(new Trust(wider).isWiderThan(trust), true);
    assert.equal(trust.isWiderThan(new Trust(wider)), false);
    assert.equal(trust.isWiderThan(new Trust({ ...bundle })), false);
  });
});
