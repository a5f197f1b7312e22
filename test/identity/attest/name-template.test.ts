import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { claimAt, claimPathText, parseClaimPath } from '../../../src/identity/attest/claim-path.ts';
import { expandName, parseNameTemplate } from '../../../src/identity/attest/name-template.ts';
import { workloadId, workloadOf } from '../../../src/identity/spiffe.ts';

const template = (text: string) => {
  const parsed = parseNameTemplate(text);
  return typeof parsed === 'string' ? assert.fail(parsed) : parsed;
};

describe('a name made of a claim', () => {
  test('is a name of Kubernetes, whatever the claim is, and so a segment of a SPIFFE ID', () => {
    const claim = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[a-z0-9.-]{1,70}$/),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(claim, fc.constantFrom('{x}', 'ci-{x}', '{x}-app', 'a{x}b'), (value, text) => {
        const name = expandName(template(text), { x: value }, 'namespace');
        if (name === undefined) return;
        assert.match(name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        const id = workloadId('cluster.local', name, 'a');
        assert.deepEqual(workloadOf(id), { namespace: name, serviceAccount: 'a' });
      }),
    );
  });

  test('belongs to one value of the claim only', () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
    fc.assert(
      fc.property(label, label, fc.constantFrom('{x}', 'ci-{x}', '{x}-ci', 'a-{x}-b'), (one, other, text) => {
        const [a, b] = [one, other].map((x) => expandName(template(text), { x }, 'namespace'));
        if (a !== undefined && a === b) assert.equal(one, other);
      }),
    );
  });

  test('is read from own members only, however deep', () => {
    for (const text of ['{constructor}', '{__proto__}', '{[a][constructor]}', '{toString}'])
      assert.equal(expandName(template(text), { a: {} }, 'namespace'), undefined);
    const nested = { 'kubernetes.io': { serviceaccount: { name: 'reviews' } } };
    assert.equal(
      expandName(template('{[kubernetes.io][serviceaccount][name]}'), nested, 'serviceAccount'),
      'reviews',
    );
    assert.equal(claimAt({ a: ['x'] }, ['a', '0']), undefined);
  });

  test('names its claim in one way', () => {
    for (const text of ['repository', '[a][b]', '[https://x.example/role][b]'])
      assert.equal(claimPathText(parseClaimPath(text) ?? assert.fail(text)), text);
    for (const text of ['', '[]', '[a', 'a]', '[a]b', '[a][b][c][d][e]', 'a b', '[a][]', '[[a]]'])
      assert.equal(parseClaimPath(text), undefined, text);
  });
});
