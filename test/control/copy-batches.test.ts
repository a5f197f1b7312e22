import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { copyBatches } from '../../control/copy-batches.ts';

const entries = (count: number, bytes = 1) =>
  Array.from({ length: count }, (_, i) => ({ key: `blob/${i}`, value: new Uint8Array(bytes) }));
const keys = (count: number) => new Set(entries(count).map(({ key }) => key));
const sizes = (...args: Parameters<typeof copyBatches>) => copyBatches(...args).map(({ length }) => length);

describe('the copy to the gateway store', () => {
  test('takes a few values whole, whatever was copied before', () => {
    assert.deepEqual(sizes(entries(20), keys(10)), [20]);
    assert.deepEqual(sizes([], new Set()), []);
  });

  test('leaves out of many what was copied before', () => {
    assert.deepEqual(sizes(entries(600), keys(590)), [10]);
    assert.deepEqual(sizes(entries(600), keys(600)), []);
  });

  test('keeps each call within what the store takes', () => {
    assert.deepEqual(sizes(entries(12_000), new Set()), [5000, 5000, 2000]);
    assert.deepEqual(sizes(entries(5, 15 * 1024 * 1024), new Set()), [2, 2, 1]);
    assert.deepEqual(sizes(entries(2, 40 * 1024 * 1024), new Set()), [1, 1]);
  });

  test('loses no value and keeps their order', () => {
    assert.deepEqual(copyBatches(entries(12_000), new Set()).flat(), entries(12_000));
  });
});
