import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlOptions } from '../../control/options.ts';

test('certificates live at least ten seconds, else none could be renewed in time', () => {
  assert.equal(controlOptions(['--state', 'x', '--svid-ttl', '10']).svidTtlMs, 10_000);
  assert.throws(() => controlOptions(['--state', 'x', '--svid-ttl', '9']), /--svid-ttl/);
});
