import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Denial, DenyList } from '../../src/identity/deny-list.ts';
import { decodePem } from '../../src/identity/pem.ts';
import { createProof, verifyProof } from '../../src/identity/proof.ts';
import { ReplayCache } from '../../src/identity/replay-cache.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { Trust } from '../../src/identity/trust.ts';
import { coded, NOON, TRUST_DOMAIN, testAuthority, testBundle, testSvid } from '../support/identity-mesh.ts';

const id = workloadId(TRUST_DOMAIN, 'default', 'reviews');
const byId: Denial = { kind: 'id', value: 'spiffe://cluster.local/ns/default/sa/reviews' };
const bySerial: Denial = { kind: 'serial', value: '0a1b' };

describe('a list of denials', () => {
  test('denies by ID and by serial number, and nobody else', () => {
    const list = new DenyList([byId, bySerial]);
    const other = workloadId(TRUST_DOMAIN, 'default', 'ratings');
    assert.ok(list.denies(id));
    assert.ok(list.denies(id, 'ff'));
    assert.ok(list.denies(other, '0a1b'));
    assert.ok(!list.denies(other, 'ff'));
    assert.ok(!list.denies(other));
    assert.ok(!new DenyList().denies(id, '0a1b'));
    assert.ok(!new DenyList([{ kind: 'serial', value: byId.value }]).denies(id));
  });

  test('knows whether it denies all that another one does', () => {
    const [none, one, both] = [new DenyList(), new DenyList([byId]), new DenyList([byId, bySerial])];
    assert.ok(both.covers(one) && both.covers(none) && one.covers(one));
    assert.ok(!one.covers(both) && !none.covers(one));
  });

  test('makes trust narrower, which closes connections, and wider again', async () => {
    const bundle = testBundle(await testAuthority());
    const [open, closed] = [new Trust(bundle), new Trust({ ...bundle, denied: [byId] })];
    assert.ok(open.isWiderThan(closed));
    assert.ok(!closed.isWiderThan(open));
    assert.ok(!open.isWiderThan(new Trust(bundle)));
  });

  test('is asked for every peer and every proof', async () => {
    const authority = await testAuthority();
    const { svid, issued } = await testSvid(authority, 'reviews');
    const chain = decodePem('CERTIFICATE', svid.chainPem);
    const target = { aud: 'demo', method: 'GET', path: '/', now: NOON };
    const cases: [readonly Denial[], boolean][] = [
      [[], true],
      [[bySerial, { kind: 'id', value: 'spiffe://cluster.local/ns/default/sa/ratings' }], true],
      [[byId], false],
      [[{ kind: 'serial', value: issued.serial }], false],
    ];
    for (const [i, [denied, believed]] of cases.entries()) {
      const bundle = { ...testBundle(authority), denied };
      const jwt = await createProof(svid, { ...target, jti: `${'n'.repeat(20)}${i}` });
      const check = {
        ...target,
        bundle,
        trustDomain: TRUST_DOMAIN,
        audience: 'demo',
        seen: new ReplayCache(),
      };
      const judged = [
        () => new Trust(bundle).verify({ chain, purpose: 'client', now: NOON }),
        () => verifyProof(jwt, check),
      ];
      for (const judge of judged)
        if (believed) await judge();
        else await assert.rejects(judge(), coded('svid_denied'));
    }
  });
});
