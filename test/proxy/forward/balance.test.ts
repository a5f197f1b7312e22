import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { balance } from '../../../src/proxy/forward/balance.ts';
import { drawFrom, poolOf } from '../../support/candidates.ts';
import { propertyRuns } from '../../support/property-runs.ts';

const BALANCERS = ['LEAST_REQUEST', 'ROUND_ROBIN', 'RANDOM'] as const;
const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });

for (const balancer of BALANCERS) {
  describe(balancer, () => {
    test('picks nobody from nobody', () => {
      assert.equal(balance(balancer, poolOf([]), [], Math.random), undefined);
    });

    test('picks a candidate of the pool, whatever is drawn', () => {
      const draws = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 3 });
      fc.assert(
        fc.property(weights, draws, (list, draw) => {
          const pool = poolOf(list);
          let at = 0;
          const picked = balance(balancer, pool, [], () => draw[at++ % draw.length] ?? 0);
          assert.ok(picked !== undefined && pool.candidates.includes(picked));
        }),
      );
    });

    test('avoids those tried while there are others, then takes any', () => {
      fc.assert(
        fc.property(weights, fc.integer(), (list, seed) => {
          const pool = poolOf(list);
          const draw = drawFrom(seed);
          const tried = pool.candidates.slice(0, -1);
          const last = pool.candidates.at(-1);
          assert.equal(balance(balancer, pool, tried, draw), last);
          assert.ok(balance(balancer, pool, pool.candidates, draw) !== undefined);
        }),
      );
    });

    test('gives everyone a share like its weight', () => {
      fc.assert(
        fc.property(weights, fc.integer(), (list, seed) => {
          const pool = poolOf(list);
          const counts = new Map(pool.candidates.map((candidate) => [candidate, 0]));
          const draw = drawFrom(seed);
          const rounds = 4_000;
          for (let i = 0; i < rounds; i++) {
            const picked = balance(balancer, pool, [], draw);
            if (picked !== undefined) counts.set(picked, (counts.get(picked) ?? 0) + 1);
          }
          const total = list.reduce((sum, weight) => sum + weight, 0);
          for (const [candidate, count] of counts) {
            const share = candidate.weight / total;
            // Six standard deviations of a binomial share.
            const slack = 6 * Math.sqrt((share * (1 - share)) / rounds) + 1e-9;
            assert.ok(Math.abs(count / rounds - share) <= slack, `${count / rounds} for ${share}`);
          }
        }),
        { numRuns: propertyRuns(25) },
      );
    });
  });
}

test('ROUND_ROBIN of equals takes turns', () => {
  const pool = poolOf([1, 1, 1]);
  const turns = Array.from({ length: 7 }, () => balance('ROUND_ROBIN', pool, [], Math.random)?.address);
  assert.deepEqual(
    turns.map((address) => Number(address?.slice(7))),
    [1, 2, 3, 1, 2, 3, 1],
  );
});

test('ROUND_ROBIN with weights is smooth: nobody is picked more often in a row than needed', () => {
  const pool = poolOf([5, 1, 1]);
  const turns = Array.from({ length: 7 }, () => balance('ROUND_ROBIN', pool, [], Math.random)?.weight);
  assert.deepEqual(turns, [5, 5, 1, 5, 1, 5, 5]);
});

test('LEAST_REQUEST of equals never takes the busiest of more than one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.integer(), (count, seed) => {
      const pool = poolOf(new Array(count).fill(1), [9]);
      const draw = drawFrom(seed);
      for (let i = 0; i < 50; i++) {
        assert.notEqual(balance('LEAST_REQUEST', pool, [], draw), pool.candidates[0]);
      }
    }),
  );
});

test('LEAST_REQUEST with weights sends less to the busy', () => {
  const pool = poolOf([2, 1], [9, 0]);
  const picks = Array.from({ length: 120 }, () => balance('LEAST_REQUEST', pool, [], Math.random)?.weight);
  // 2/10 against 1/1: one in six.
  assert.equal(picks.filter((weight) => weight === 2).length, 20);
});
