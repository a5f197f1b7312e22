import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Progress } from '../../../cli/analyze/progress.ts';

describe('progress', () => {
  const run = (isTTY: boolean, times: readonly number[]) => {
    let [now, written] = [0, ''];
    const progress = new Progress({ isTTY, write: (text) => (written += text) }, () => now);
    for (const time of times) {
      now = time;
      progress.tell(() => `at ${time}`);
    }
    progress.done();
    return written;
  };

  test('is told after a second, not too often, and taken away in the end', () => {
    assert.equal(run(true, [10, 999]), '');
    assert.equal(run(true, [10, 1000, 1100, 1300]), '\r\u001b[Kat 1000\r\u001b[Kat 1300\r\u001b[K');
  });

  test('is not told where nobody watches', () => assert.equal(run(false, [1000, 5000]), ''));
});
