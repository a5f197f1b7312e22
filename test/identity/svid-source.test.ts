import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Svid } from '../../src/identity/svid.ts';
import { renewalTime, SvidHolder } from '../../src/identity/svid-source.ts';

const svid: Svid = {
  id: { trustDomain: 'td', path: '/a' },
  chainPem: '',
  keyPem: '',
  notBefore: 0,
  notAfter: 1,
};

describe('SvidHolder', () => {
  test('gives the last SVID, and tells those who listen', () => {
    const holder = new SvidHolder();
    const told: Svid[] = [];
    const stop = holder.onChange((one) => told.push(one));
    assert.equal(holder.current(), undefined);
    holder.set(svid);
    stop();
    const next = { ...svid, notAfter: 2 };
    holder.set(next);
    assert.equal(holder.current(), next);
    assert.deepEqual(told, [svid]);
  });
});

describe('renewalTime', () => {
  test('is half life, 5 % of the life earlier or later', () => {
    assert.equal(renewalTime(1000, 2000, 0.5), 1500);
    assert.equal(renewalTime(1000, 2000, 0), 1450);
    fc.assert(
      fc.property(
        fc.nat(1e12),
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (start, life, draw) => {
          const share = (renewalTime(start, start + life, draw) - start) / life;
          assert.ok(share >= 0.449 && share <= 0.551, String(share));
        },
      ),
    );
  });
});
