import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { buildHostIndex } from '../../src/match/host-match.ts';

describe('host match', () => {
  const index = buildHostIndex([
    { domains: ['*'], value: 'any' },
    { domains: ['*.foo.com', 'Foo.com'], value: 'foo' },
    { domains: ['*.b.foo.com', 'x.b.foo.com'], value: 'b' },
    { domains: ['foo.com'], value: 'late' },
    { domains: ['[::1]'], value: 'six' },
  ]);
  const cases: [host: string, expected: string][] = [
    ['foo.com', 'foo'],
    ['a.foo.com', 'foo'],
    ['a.c.foo.com', 'foo'],
    ['a.b.foo.com', 'b'],
    ['b.foo.com', 'foo'],
    ['x.b.foo.com', 'b'],
    ['barfoo.com', 'any'],
    ['.foo.com', 'any'],
    ['', 'any'],
    ['[::1]', 'six'],
  ];
  for (const [host, expected] of cases) {
    test(`${host || 'the empty host'} goes to ${expected}`, () => {
      assert.equal(index.find(host)?.value, expected);
    });
  }

  test('without a wildcard for all, an unknown host has no value', () => {
    assert.equal(buildHostIndex([{ domains: ['*.a'], value: 1 }]).find('a'), undefined);
  });

  test('agrees with a scan of all domains', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    const domain = fc.oneof(
      name,
      name.map((suffix) => `*.${suffix}`),
      fc.constant('*'),
    );
    fc.assert(
      fc.property(fc.array(domain, { maxLength: 12 }), name, (domains, host) => {
        const got = buildHostIndex(domains.map((value) => ({ domains: [value], value }))).find(host)?.value;
        assert.equal(got, scan(domains, host));
      }),
    );
  });
});

function scan(domains: readonly string[], host: string): string | undefined {
  if (domains.includes(host)) return host;
  return domains
    .filter((domain) => domain === '*' || (domain[0] === '*' && host.endsWith(domain.slice(1))))
    .sort((a, b) => b.length - a.length)[0];
}
