import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upgradeWish } from '../../src/http/upgrade.ts';

const table: readonly (readonly [method: string, upgrade: string | undefined, wish: string | number])[] = [
  ['GET', undefined, 'none'],
  ['GET', 'websocket', 'websocket'],
  ['GET', 'h2c', 'none'],
  ['POST', 'h2c', 'none'],
  ['GET', 'h2c, websocket', 'websocket'],
  ['GET', '', 'none'],
  ['POST', 'websocket', 400],
  ['HEAD', 'websocket', 400],
  ['GET', 'websocket, websocket', 501],
  ['GET', 'websocket/13', 501],
  ['GET', 'tls/1.2', 501],
  ['GET', 'spdy/3.1', 501],
];

for (const [method, upgrade, expected] of table) {
  test(`${method} with Upgrade: ${upgrade} is ${expected}`, () => {
    const wish = upgradeWish(method, upgrade);
    const got = wish.kind === 'upgrade' ? wish.protocol : wish.kind === 'refusal' ? wish.status : wish.kind;
    assert.equal(got, expected);
  });
}
