import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IdentityError } from '../../src/identity/identity-error.ts';
import { parseJoinBundle } from '../../src/identity/join-bundle.ts';

const bundle = {
  control: 'https://control.example:8443/mesh',
  mesh: 'demo',
  trustDomain: 'cluster.local',
  rootHash: 'ab'.repeat(32),
  signingKeys: ['A'.repeat(43)],
  token: `weft-join.${'a'.repeat(16)}.${'b'.repeat(43)}`,
  namespace: 'default',
  workload: 'reviews-v1',
  serviceAccount: 'bookinfo-reviews',
};

describe('parseJoinBundle', () => {
  test('reads what was written', () => {
    assert.deepEqual(parseJoinBundle(JSON.stringify(bundle)), bundle);
  });

  for (const control of [
    'http://127.0.0.1:15012',
    'http://localhost:15012/',
    'http://[::1]:1',
    'https://a.example',
  ]) {
    test(`lets ${control} be control`, () => {
      assert.equal(parseJoinBundle(JSON.stringify({ ...bundle, control })).control, control);
    });
  }

  const refused: [string, object, RegExp][] = [
    ['plain http to another machine', { control: 'http://control.example' }, /control must be an https URL/],
    ['a name that only begins like loopback', { control: 'http://127.0.0.1.evil.example' }, /control must/],
    ['a user in the URL', { control: 'https://a:b@control.example' }, /control must/],
    ['a query in the URL', { control: 'https://control.example/?a' }, /control must/],
    ['another scheme', { control: 'ftp://control.example' }, /control must/],
    ['no URL', { control: 'control' }, /control must/],
    ['a short hash', { rootHash: 'ab' }, /rootHash must be 64 lower-case hexadecimal/],
    ['an upper-case hash', { rootHash: 'AB'.repeat(32) }, /rootHash must/],
    ['no signing key', { signingKeys: [] }, /signingKeys must be a list/],
    [
      'a signing key that is no thumbprint',
      { signingKeys: ['a'] },
      /signingKeys\[0\] must be a SHA-256 thumbprint/,
    ],
    ['a number for the mesh', { mesh: 1 }, /mesh must/],
    ['a missing token', { token: undefined }, /token must/],
    ['an unknown field', { tokn: 'a' }, /unknown field "tokn"/],
    ['a bad trust domain', { trustDomain: 'A' }, /names no workload: trust domain characters/],
    ['a dot for the namespace', { namespace: '..' }, /names no workload: path cannot contain dot segments/],
    ['a slash in the account', { serviceAccount: 'a/b' }, /serviceAccount must/],
  ];
  for (const [what, change, message] of refused) {
    test(`refuses ${what}, and says so`, () => {
      assert.throws(() => parseJoinBundle(JSON.stringify({ ...bundle, ...change })), {
        code: 'join_bundle',
        message,
      });
    });
  }

  test('refuses what is no JSON object, without quoting it', () => {
    for (const text of ['', '[]', 'null', '1', `{"token":"secret`, ' '.repeat(20_000)]) {
      assert.throws(
        () => parseJoinBundle(text),
        (error) =>
          error instanceof IdentityError && !error.message.includes('secret') && error.cause === undefined,
      );
    }
  });
});
