import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { parseResources } from '../../src/config/parse.ts';
import { KINDS, type Kind, writtenKind } from '../../src/config/resource/kinds.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** Specs of every kind, nearly valid ones: those of the table of refused texts. */
const folder = new URL('./refused/', import.meta.url);

interface Spec {
  readonly kind: Kind;
  readonly value: unknown;
}

function specsOf(file: string): readonly Spec[] {
  const parts = new Map<string, string>();
  let kind: Kind | undefined;
  return readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, part, meaning] = /^@(\w+) = (.*)$/.exec(line) ?? [];
      if (part !== undefined) parts.set(part, meaning ?? '');
      if (line.startsWith('kind: ')) kind = line.slice('kind: '.length) as Kind;
      const [, text] = /^WFT\d+ (.*)$/.exec(line) ?? [];
      if (text === undefined || kind === undefined) return [];
      const whole = text.replace('¦', '').replace(/\$(\w+)/g, (_, name: string) => parts.get(name) ?? '');
      return [{ kind, value: parse(whole) as unknown }];
    });
}

const specs = readdirSync(folder).flatMap(specsOf);

const odd = fc.constantFrom<unknown>(
  null,
  true,
  -1,
  0,
  1.5,
  1e300,
  '',
  '*',
  '%',
  'a'.repeat(300),
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: null },
  { a: { b: [] } },
);

/** The value with the `at`-th of its nodes, counted in depth-first order, replaced. */
function replaced(value: unknown, at: { left: number }, by: unknown): unknown {
  if (at.left-- === 0) return by;
  if (Array.isArray(value)) return value.map((item) => replaced(item, at, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner, at, by)]));
}

test('whatever stands wherever, reading says what is wrong and never throws', () => {
  fc.assert(
    fc.property(fc.constantFrom(...specs), fc.nat(12), odd, ({ kind, value }, at, by) => {
      const resource = {
        apiVersion: KINDS[kind].apiVersions[0],
        kind: writtenKind(kind),
        metadata: { name: 'a' },
        spec: replaced(value, { left: at }, by),
      };
      const { resources, diagnostics } = parseResources(JSON.stringify(resource), 'f');
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      assert.equal(resources.length, errors.length === 0 ? 1 : 0);
      for (const { message, position } of errors) assert.ok(message !== '' && position.line === 1);
    }),
    { numRuns: propertyRuns(4000) },
  );
});
