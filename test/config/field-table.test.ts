import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fieldRows, fieldTable } from '../../src/config/field-table.ts';
import { UNSUPPORTED_FIELDS } from '../../src/config/reading/unsupported-fields.ts';

const page = new URL('../../docs/supported-fields.md', import.meta.url);

test('the page of supported fields is what the schemas say', () => {
  if (process.env.WEFT_GOLDEN === 'write') writeFileSync(page, fieldTable());
  const same = readFileSync(page, 'utf8') === fieldTable();
  assert.ok(same, 'write it anew: WEFT_GOLDEN=write node --test test/config/field-table.test.ts');
});

test('a field has its type, its default and what becomes of it', () => {
  const row = (kind: Parameters<typeof fieldRows>[0], path: string) =>
    fieldRows(kind).find((field) => field.path === path);
  assert.equal(row('VirtualService', 'spec.gateways')?.default, '["mesh"]');
  assert.equal(row('VirtualService', 'spec.http[].timeout')?.type, 'text');
  assert.equal(row('RequestAuthentication', 'spec.jwtRules[].issuer')?.here, '');
  assert.match(row('Telemetry', 'spec.tracing[].providers[].name')?.here ?? '', /^accepted, not applied/);
});

test('every field that is not applied as a whole stands in the table', () => {
  for (const { kind, path, when } of UNSUPPORTED_FIELDS) {
    if (when !== undefined || path === 'spec') continue;
    const row = fieldRows(kind).find((field) => field.path === path.replaceAll('*', '<key>'));
    assert.ok(row, `${kind} ${path}`);
  }
});
