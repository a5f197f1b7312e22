import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlOptions } from '../../control/options.ts';

test('certificates live at least ten seconds, else none could be renewed in time', () => {
  assert.equal(controlOptions(['--state', 'x', '--svid-ttl', '10']).svidTtlMs, 10_000);
  assert.throws(() => controlOptions(['--state', 'x', '--svid-ttl', '9']), /--svid-ttl/);
});

test('a gateway that is to tell its traffic needs a URL and a token', () => {
  const url = ['--state', 'x', '--gateway-url', 'http://127.0.0.1:8080'];
  const token = { WEFT_GATEWAY_ADMIN_TOKEN: 'secret' };
  assert.deepEqual(controlOptions(url, token).pulled, { url: 'http://127.0.0.1:8080', token: 'secret' });
  assert.equal(controlOptions(['--state', 'x'], token).pulled, undefined);
  assert.throws(() => controlOptions(url), /WEFT_GATEWAY_ADMIN_TOKEN/);
  assert.throws(() => controlOptions(['--state', 'x', '--gateway-url', 'file:///x'], token), /--gateway-url/);
});
