import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compilePathTemplate } from '../../src/match/path-template.ts';

describe('path template', () => {
  const cases: [template: string, path: string, expected: boolean][] = [
    ['/allow/admin/{**}', '/allow/admin', false],
    ['/allow/admin/{**}', '/allow/admin/', true],
    ['/allow/admin/{**}', '/allow/admin/temp', true],
    ['/allow/admin/{**}', '/allow/admin/foo/temp.txt', true],
    ['/foo/{*}/bar/{**}', '/foo/buzz/bar/bat.txt', true],
    ['/foo/{*}/bar/{**}', '/foo/bar/bat.txt', false],
    ['/foo/{*}/bar/{**}', '/foo//bar/bat.txt', false],
    ['/foo/{*}/bar/{**}', '/foo/a/b/bar/x', false],
    ['/store/{**}/cart', '/store//cart', true],
    ['/store/{**}/cart', '/store/foo/bar/cart', true],
    ['/store/{**}/cart', '/store/cart', false],
    ['/a.b/{*}', '/axb/c', false],
    ['/{*}', '/', false],
    ['/{*}', '/a/', false],
    ['/(x)/{**}', '/(x)/a\nb', true],
  ];
  for (const [template, path, expected] of cases) {
    test(`${template} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(path)}`, () => {
      assert.equal(compilePathTemplate(template).test(path), expected);
    });
  }
});
