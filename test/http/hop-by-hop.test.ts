import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../src/http/header-list.ts';
import { stripHopByHop } from '../../src/http/hop-by-hop.ts';

test('a list without hop-by-hop fields is the same object', () => {
  const headers = HeaderList.from([
    ['host', 'a'],
    ['content-length', '3'],
    ['proxy-status', 'x'],
  ]);
  assert.equal(stripHopByHop(headers), headers);
});

const cases: [string, [string, string][], string[]][] = [
  [
    'Connection and what it nominates, in any case',
    [
      ['connection', 'Close, X-A ,'],
      ['x-a', '1'],
      ['x-b', '2'],
    ],
    ['x-b'],
  ],
  [
    'what several Connection lines nominate',
    [
      ['connection', 'x-a'],
      ['x-b', ''],
      ['connection', 'x-b'],
      ['x-a', ''],
    ],
    [],
  ],
  [
    'the fixed ones',
    [
      ['keep-alive', ''],
      ['te', ''],
      ['trailer', ''],
      ['transfer-encoding', ''],
      ['upgrade', ''],
    ],
    [],
  ],
  [
    'proxy fields',
    [
      ['proxy-connection', ''],
      ['proxy-authorization', ''],
      ['proxy-authenticate', ''],
      ['a', ''],
    ],
    ['a'],
  ],
];
for (const [name, pairs, kept] of cases) {
  test(`it strips ${name}`, () => {
    const headers = HeaderList.from(pairs);
    assert.deepEqual(
      [...stripHopByHop(headers)].map(([name]) => name),
      kept,
    );
    assert.equal(headers.size, pairs.length);
  });
}
