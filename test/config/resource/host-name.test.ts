import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullHost, hostProblem } from '../../../src/config/resource/host-name.ts';

const full: readonly (readonly [host: string, full: string])[] = [
  ['reviews', 'reviews.shop.svc.cluster.local'],
  ['Reviews', 'reviews.shop.svc.cluster.local'],
  ['reviews.other', 'reviews.other'],
  ['WWW.Example.com', 'www.example.com'],
  ['*.example.com', '*.example.com'],
  ['*', '*'],
];
for (const [host, expected] of full) {
  test(`${host} in namespace shop is ${expected}`, () => assert.equal(fullHost(host, 'shop'), expected));
}

test('hosts are names with a wildcard in front at most', () => {
  for (const host of ['a', 'a.b', '*', '*.a.b', 'a_b.c', 'a.b.'])
    assert.equal(hostProblem(host), undefined, host);
  for (const host of [
    '',
    'a.*',
    '*a.b',
    'a..b',
    '-a',
    'a b',
    'a/b',
    '*.',
    `${'a'.repeat(64)}.b`,
    `${'a.'.repeat(128)}b`,
  ])
    assert.notEqual(hostProblem(host), undefined, host);
});
