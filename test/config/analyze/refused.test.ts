import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { advise, analyze } from '../../../src/config/analyze/analyze.ts';
import { parseResources } from '../../../src/config/parse.ts';

const folder = new URL('cases/', import.meta.url);
const documents = globSync('*.yaml', { cwd: fileURLToPath(folder) }).flatMap((file) =>
  parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')).flatMap((one) => one.toJS() ?? []),
);

test('refused resources are analysed as far as they can be read', () => {
  const text = `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v}, spec: {
    http: [{route: [{destination: {host: gone}}, {}]}]}}`;
  const { resources, refused } = parseResources(text, 'f');
  assert.equal(resources.length, 0);
  const found = analyze([], { refused }).map(({ code, path }) => `${code} ${path}`);
  assert.deepEqual(found, [
    'IST0101 spec.http[0].route[0].destination.host',
    'IST0101 spec.http[0].route[1].destination.host',
  ]);
});

test('a host that a refused Service has is not unknown', () => {
  const text = `{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80, name: http, protocol: HTTP}]}}
---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v}, spec: {hosts: [a], http: [{route: [{destination: {host: a}}]}]}}`;
  const { resources, refused } = parseResources(text, 'f');
  assert.equal(refused.length, 1);
  assert.deepEqual(analyze(resources, { refused }), []);
});

/** What may stand where something else is meant. */
const wrong = fc.oneof(
  fc.constantFrom(null, '', 0, -1, true, [], {}, [null], [{}], 'x', '*', '*.', 1e99),
  fc.string({ maxLength: 5 }),
);

/** A document of which some values are replaced or left out. */
function damaged(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return mostly(fc.constant(value));
  if (Array.isArray(value)) return mostly(fc.tuple(...value.map(damaged)));
  const entries = Object.entries(value).map(([key, inner]) =>
    key === 'kind' || key === 'apiVersion' || key === 'metadata'
      ? fc.constant([[key, inner]])
      : fc.oneof(
          { weight: 15, arbitrary: damaged(inner).map((one) => [[key, one]]) },
          { weight: 1, arbitrary: fc.constant([]) },
        ),
  );
  return mostly(fc.tuple(...entries).map((parts) => Object.fromEntries(parts.flat() as [string, unknown][])));
}

function mostly(own: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: own }, { weight: 1, arbitrary: wrong });
}

test('analysis never throws, whatever the documents say', () => {
  const some = fc.tuple(...documents.map((one) => fc.option(damaged(one), { freq: 6, nil: undefined })));
  fc.assert(
    fc.property(some, (all) => {
      const text = all.map((one) => JSON.stringify(one ?? null)).join('\n---\n');
      const { resources, refused } = parseResources(text, 'f');
      analyze(resources, { refused, kubernetes: true, targets: ['workers', 'bun'] });
      advise(resources);
    }),
    { numRuns: 60 },
  );
});
