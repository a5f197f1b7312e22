import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { PathNormalization } from '../../src/http/message.ts';
import { normalizePath } from '../../src/http/path-normalization.ts';
import { suite } from '../conformance/path-normalization.ts';
import { missingVectors } from '../support/vectors.ts';

const cases: [PathNormalization, string, string][] = [
  ['NONE', '/a/../%2e\\//', '/a/../%2e\\//'],
  ['BASE', '/.', '/'],
  ['BASE', '/..', '/'],
  ['BASE', '/a/.', '/a/'],
  ['BASE', '/a/..', '/'],
  ['BASE', '/a/b/../..', '/'],
  ['BASE', '/a/./b/../c', '/a/c'],
  ['BASE', '/a//..', '/a/'],
  ['BASE', '/../../a', '/a'],
  ['BASE', '/.a/..b/...', '/.a/..b/...'],
  ['BASE', '/a/%2e%2E/b', '/b'],
  ['BASE', '/%41%7a%30%2D%5F%7E', '/Az0-_~'],
  ['BASE', '/%40%5b%60%7b%2f', '/%40%5b%60%7b%2f'],
  ['BASE', '/%', '/%'],
  ['BASE', '/%4', '/%4'],
  ['BASE', '/%zz', '/%zz'],
  ['BASE', '/%252e', '/%252e'],
  ['BASE', '/%2%65%2%65/x', '/%2%65%2%65/x'],
  ['BASE', '/%%32e', '/%%32e'],
  ['BASE', '/\\..\\a', '/a'],
  ['BASE', '/..;/a', '/..;/a'],
  ['MERGE_SLASHES', '//a///b//', '/a/b/'],
  ['MERGE_SLASHES', '//a//../b', '/a/b'],
  ['DECODE_AND_MERGE_SLASHES', '/a%2F%2f%5cb', '/a/b'],
  ['DECODE_AND_MERGE_SLASHES', '/a%2f..%5C..%2fb', '/b'],
  ['DECODE_AND_MERGE_SLASHES', '/a%252fb', '/a%252fb'],
];
describe('a path', () => {
  for (const [mode, path, expected] of cases) {
    test(`${path} is ${expected} under ${mode}`, () => assert.equal(normalizePath(path, mode), expected));
  }
});

const MODES: PathNormalization[] = ['BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'];
const paths = fc
  .array(
    fc.constantFrom(
      '/',
      '.',
      '..',
      '\\',
      '%2e',
      '%2E',
      '%2f',
      '%5C',
      '%',
      '2',
      '5',
      'e',
      '%41',
      '%25',
      'a',
      ';',
    ),
  )
  .map((pieces) => `/${pieces.join('')}`);

test('normalising again changes nothing', () => {
  fc.assert(
    fc.property(paths, fc.constantFrom(...MODES), (path, mode) => {
      const once = normalizePath(path, mode);
      assert.equal(normalizePath(once, mode), once);
    }),
  );
});

test('dot segments are resolved as the URL standard does', () => {
  const plain = fc
    .array(fc.constantFrom('/', '/.', '/..', '/a', '/b.', '/..c'))
    .map((parts) => `/x${parts.join('')}`);
  fc.assert(
    fc.property(plain, (path) => {
      assert.equal(normalizePath(path, 'BASE'), new URL(`http://h${path}`).pathname);
    }),
  );
});

test('no decoding order hides a dot segment from the next reader', () => {
  fc.assert(
    fc.property(paths, (path) => {
      const judged = normalizePath(path, 'DECODE_AND_MERGE_SLASHES');
      const decodedOnce = judged.replace(/%([0-7][0-9a-f])/gi, (_, hex) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      assert.ok(!/(^|[\\/])\.\.?([\\/]|$)/.test(decodedOnce), `${path} became ${judged}`);
    }),
  );
});

test("Istio's table is met", { skip: missingVectors('../path-normalization.jsonl') }, async () => {
  const data = new URL('../../../shared/conformance', import.meta.url).pathname;
  const results = await suite.run(data);
  assert.ok(results.length >= 162);
  assert.deepEqual(
    results.filter(({ verdict }) => verdict !== 'passed'),
    [],
  );
});
