import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BoundLimits, parseLimitBindings } from '../../../src/runtime/store/bound-limits.ts';
import { limitStoreCases } from '../../support/limit-store-suite.ts';
import { BOUND_LIMIT, WorkerdLimits } from '../../support/workerd-limits.ts';

const rate = { intervalMs: 3_600_000, burst: 1 };

describe('limits in workerd', () => {
  let worker: WorkerdLimits;
  before(async () => {
    worker = await WorkerdLimits.start();
  });
  after(() => worker?.stop());

  for (const [number, { name, run }] of limitStoreCases.entries())
    test(`by a Durable Object ${name}`, () => run(worker, (what) => `shop/api/all/${number}/${what}`));

  test('a limit that is given to a binding is counted by it, by key', async () => {
    const granted = [];
    for (let i = 0; i < 4; i++) granted.push((await worker.take(`${BOUND_LIMIT}/one`, rate)).granted);
    assert.deepEqual(granted, [true, true, true, false]);
    assert.equal((await worker.take(`${BOUND_LIMIT}/another`, rate)).granted, true);
  });
});

describe('rate-limit bindings', () => {
  const binding = { limit: async () => ({ success: true }) };

  test('are named by limit', async () => {
    const bindings = parseLimitBindings(' a/b/c=ONE , d/e/f=TWO,', { ONE: binding, TWO: binding });
    assert.deepEqual([...bindings.keys()], ['a/b/c', 'd/e/f']);
    assert.equal((await new BoundLimits(bindings, undefined).take('a/b/c/hash', rate)).granted, true);
    await assert.rejects(new BoundLimits(bindings, undefined).take('a/b/x/hash', rate), /no store/);
    assert.equal(parseLimitBindings(undefined, {}).size, 0);
  });

  for (const text of ['a/b/c=THREE', 'a/b/c', 'a/b/c=toString', 'a/b/c=TEXT'])
    test(`${text} names none`, () =>
      assert.throws(() => parseLimitBindings(text, { ONE: binding, TEXT: 'x' }), /is no rate-limit binding/));
});
