import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mergeMatches } from '../../../src/config/compile/delegate-match.ts';
import type { HttpMatch } from '../../../src/config/compile/spec-parts.ts';

type Parts = Partial<HttpMatch>;

const item = (parts: Parts): HttpMatch => ({ ignoreUriCase: false, gateways: [], ...parts });

function merged(root: readonly Parts[], own: readonly Parts[]): HttpMatch[] | undefined {
  return mergeMatches(
    { matches: root.map(item), namespace: 'roots' },
    { matches: own.map(item), namespace: 'team' },
  );
}

describe('an item of a delegate is left out within', () => {
  const cases: readonly (readonly [string, Parts, Parts])[] = [
    ['another prefix', { uri: { prefix: '/a' } }, { uri: { prefix: '/b' } }],
    ['a longer prefix', { uri: { prefix: '/a/b' } }, { uri: { prefix: '/a' } }],
    ['a prefix that its exact path lacks', { uri: { prefix: '/a' } }, { uri: { exact: '/b' } }],
    ['another exact path', { uri: { exact: '/a' } }, { uri: { exact: '/b' } }],
    ['an exact path, itself a prefix', { uri: { exact: '/a' } }, { uri: { prefix: '/a' } }],
    ['a regex', { uri: { regex: '/a.*' } }, { uri: { prefix: '/a' } }],
    ['a prefix, itself a regex', { uri: { prefix: '/a' } }, { uri: { regex: '/a.*' } }],
    ['another method', { method: { exact: 'GET' } }, { method: { exact: 'PUT' } }],
    [
      'another header',
      { headers: new Map([['n', { exact: 'x' }]]) },
      { headers: new Map([['n', { exact: 'y' }]]) },
    ],
    ['presence that it wants as well', { headers: new Map([['n', {}]]) }, { headers: new Map([['n', {}]]) }],
    ['another case', { uri: { prefix: '/a' }, ignoreUriCase: true }, { uri: { prefix: '/a' } }],
    ['another port', { port: 80 }, { port: 81 }],
    ['another client namespace', { sourceNamespace: 'a' }, { sourceNamespace: 'b' }],
    [
      'another client label',
      { sourceLabels: new Map([['app', 'a']]) },
      { sourceLabels: new Map([['app', 'b']]) },
    ],
    ['fewer gateways', { gateways: ['edge'] }, { gateways: ['roots/edge', 'mesh'] }],
  ];
  for (const [name, root, own] of cases) {
    test(name, () => assert.equal(merged([root], [own]), undefined));
  }
});

describe('items are merged', () => {
  test('each of the delegate with each that it fits', () => {
    const root = [
      { name: 'a', uri: { prefix: '/a' } },
      { uri: { prefix: '/a/b' } },
      { uri: { prefix: '/c' } },
    ];
    const own = [{ name: 'own', uri: { prefix: '/a/b/c' } }];
    assert.deepEqual(
      merged(root, own)?.map(({ name, uri }) => [name, uri?.prefix]),
      [
        ['a-own', '/a/b/c'],
        ['own', '/a/b/c'],
      ],
    );
  });

  test('fields of both hold together', () => {
    const root = { method: { exact: 'GET' }, headers: new Map([['n', { exact: 'x' }]]), port: 80 };
    const own = { uri: { exact: '/a' }, headers: new Map([['m', {}]]), sourceNamespace: 'shop' };
    const [both] = merged([root], [own]) ?? [];
    assert.deepEqual(both?.method, { exact: 'GET' });
    assert.deepEqual(both?.uri, { exact: '/a' });
    assert.deepEqual([...(both?.headers?.keys() ?? [])], ['n', 'm']);
    assert.deepEqual([both?.port, both?.sourceNamespace], [80, 'shop']);
  });

  test('gateways are those of the namespace in which they are named', () => {
    const [both] = merged([{ gateways: ['edge', 'mesh'] }], [{}]) ?? [];
    assert.deepEqual(both?.gateways, ['roots/edge', 'mesh']);
    const [own] = merged([], [{ gateways: ['edge'] }]) ?? [];
    assert.deepEqual(own?.gateways, ['team/edge']);
  });

  test('one side without items takes those of the other', () => {
    assert.equal(merged([{ port: 80 }], [])?.length, 1);
    assert.deepEqual(merged([], []), []);
  });
});
