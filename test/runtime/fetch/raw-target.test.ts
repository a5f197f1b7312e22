import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { rawTarget } from '../../../src/runtime/fetch/raw-target.ts';

/** URL as the runtime gives it, Host header, and the target that was written. */
const cases: readonly [url: string, host: string, target: string | undefined][] = [
  ['http://shop.test/a?b=1', 'shop.test', '/a?b=1'],
  ['https://shop.test/', 'shop.test', '/'],
  ['http://shop.test:8080/a', 'shop.test:8080', '/a'],
  ['http://shop.test/a', 'SHOP.test', '/a'],
  ['http://[::1]:80/a', '[::1]:80', '/a'],
  ['http://shop.test', 'shop.test', '/'],
  ['http://shop.test?x', 'shop.test', '/?x'],
  ['http://shop.test//a//b', 'shop.test', '//a//b'],
  ['http://shop.test/a/../%2e%2e/b', 'shop.test', '/a/../%2e%2e/b'],
  ['http://shop.test/http://other.test/', 'shop.test', '/http://other.test/'],
  // A Host that moves the border stays out of the target; the door then refuses the Host itself.
  ['http://shop.test/admin/a', 'shop.test/admin', '/a'],
  ['http://shop.test?x/a', 'shop.test?x', '/a'],
  ['http://evil@shop.test/a', 'evil@shop.test', '/a'],
  // What the runtime made of the Host is not what it says.
  ['http://shop.test/a', 'evil@shop.test', undefined],
  ['http://shop.test/a', 'other.test', undefined],
  ['http://shop.test/a', 'shop.test:80', undefined],
  ['http://shop.test:8080/a', 'shop.test', undefined],
  ['http://shop.tester/a', 'shop.test', undefined],
  ['http://shop.test#a', 'shop.test', undefined],
  ['shop.test/a', 'shop.test', undefined],
];

describe('rawTarget', () => {
  for (const [url, host, target] of cases) {
    test(`of ${url} with Host ${host} is ${target}`, () => assert.equal(rawTarget(url, host), target));
  }

  test('gives back whatever target was pasted behind the Host', () => {
    const host = fc.stringMatching(/^[a-z0-9.:[\]-]{1,20}$/);
    const target = fc.string().map((text) => `/${text}`);
    fc.assert(fc.property(host, target, (h, t) => rawTarget(`http://${h}${t}`, h) === t));
  });
});
