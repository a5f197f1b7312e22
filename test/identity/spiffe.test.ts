import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  formatSpiffeId,
  parseSpiffeId,
  type SpiffeCode,
  SpiffeError,
  workloadId,
  workloadOf,
} from '../../src/identity/spiffe.ts';
import { suite } from '../conformance/spiffe-id.ts';

const data = fileURLToPath(new URL('../../../shared/conformance', import.meta.url));
const skip = existsSync(data) ? false : 'third-party cases are not here';

describe('parseSpiffeId', () => {
  const refused: [string, SpiffeCode][] = [
    ['', 'empty'],
    ['spiffe', 'scheme'],
    ['SPIFFE://td/a', 'scheme'],
    ['https://td/a', 'scheme'],
    ['spiffe://', 'trust_domain_missing'],
    ['spiffe:///a', 'trust_domain_missing'],
    ['spiffe://TD/a', 'trust_domain_character'],
    ['spiffe://td:80/a', 'trust_domain_character'],
    ['spiffe://u@td/a', 'trust_domain_character'],
    ['spiffe://td\n/a', 'trust_domain_character'],
    ['spiffe://td?a', 'trust_domain_character'],
    [`spiffe://${'t'.repeat(256)}/a`, 'trust_domain_too_long'],
    ['spiffe://td/', 'trailing_slash'],
    ['spiffe://td/a/', 'trailing_slash'],
    ['spiffe://td//a', 'empty_segment'],
    ['spiffe://td/./a', 'dot_segment'],
    ['spiffe://td/a/..', 'dot_segment'],
    ['spiffe://td/a%2fb', 'path_character'],
    ['spiffe://td/a?b', 'path_character'],
    ['spiffe://td/a#b', 'path_character'],
    ['spiffe://td/a\0', 'path_character'],
    ['spiffe://td/a\n', 'path_character'],
    ['spiffe://td/ä', 'path_character'],
    [`spiffe://td/${'a'.repeat(2048)}`, 'too_long'],
  ];
  for (const [text, code] of refused) {
    test(`refuses ${JSON.stringify(text.slice(0, 40))} as ${code}`, () => {
      assert.throws(
        () => parseSpiffeId(text),
        (error) => error instanceof SpiffeError && error.code === code,
      );
    });
  }

  test('gives what formatSpiffeId takes', () => {
    const trustDomain = fc.stringMatching(/^[a-z0-9._-]{1,60}$/);
    const segment = fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/).filter((one) => one !== '.' && one !== '..');
    fc.assert(
      fc.property(trustDomain, fc.array(segment, { maxLength: 6 }), (domain, segments) => {
        const text = ['spiffe:/', domain, ...segments].join('/');
        const id = parseSpiffeId(text);
        assert.equal(id.trustDomain, domain);
        assert.equal(formatSpiffeId(id), text);
      }),
    );
  });

  test('agrees with go-spiffe on every case', { skip }, async () => {
    const results = await suite.run(data);
    assert.equal(results.length, 256);
    assert.deepEqual(
      results.filter((one) => one.verdict !== 'passed'),
      [],
    );
  });

  test('gives the reasons of go-spiffe', { skip }, () => {
    for (const line of readFileSync(`${data}/spiffe-id.jsonl`, 'utf8').trim().split('\n')) {
      const { id, valid, err } = JSON.parse(line) as { id: string; valid: boolean; err?: string };
      if (!valid) assert.throws(() => parseSpiffeId(id), { message: err }, JSON.stringify(id));
    }
  });
});

describe('workloadId', () => {
  test('names a workload, and workloadOf reads it', () => {
    const id = workloadId('cluster.local', 'default', 'bookinfo-reviews');
    assert.equal(formatSpiffeId(id), 'spiffe://cluster.local/ns/default/sa/bookinfo-reviews');
    assert.deepEqual(workloadOf(id), { namespace: 'default', serviceAccount: 'bookinfo-reviews' });
  });

  for (const [namespace, account] of [
    ['a/sa/b', 'c'],
    ['', 'c'],
    ['a', '..'],
    ['a', 'b/c'],
    ['a', 'b%'],
  ] as const) {
    test(`refuses ${namespace} and ${account}, which would name another`, () => {
      assert.throws(() => workloadId('td', namespace, account), SpiffeError);
    });
  }

  for (const path of ['', '/ns/a', '/ns/a/sa/b/c', '/sa/a/ns/b', '/ns/a/sb/b']) {
    test(`reads no workload from ${path || 'an empty path'}`, () => {
      assert.equal(workloadOf({ trustDomain: 'td', path }), undefined);
    });
  }
});
