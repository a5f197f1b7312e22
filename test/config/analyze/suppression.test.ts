import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../../src/config/analyze/analyze.ts';
import { parseSuppression, withoutSuppressed } from '../../../src/config/analyze/suppression.ts';
import { resourcesOf } from '../../support/parsed.ts';

const service = (annotation = '') =>
  `{apiVersion: v1, kind: Service, metadata: {name: web-api, namespace: shop${annotation}}, spec: {ports: [{port: 80, name: odd}]}}`;

function left(suppressions: readonly string[], text = service()): string[] {
  const resources = resourcesOf(text);
  const parsed = suppressions.flatMap((one) => parseSuppression(one) ?? []);
  assert.equal(parsed.length, suppressions.length);
  return withoutSuppressed(analyze(resources), parsed, resources).map(({ code }) => code);
}

const hits: readonly string[] = [
  'IST0118=Service shop/web-api',
  'IST0118=Service web-api.shop',
  'IST0118=Service shop/*',
  'IST0118=* *',
  'IST0118=*',
  'IST0118=Service *-api.shop',
  'IST0118=Service *eb*i',
  '*=Service shop/web-api',
];
for (const hit of hits) test(`${hit} suppresses the finding`, () => assert.deepEqual(left([hit]), []));

const misses: readonly string[] = [
  'IST0119=Service shop/web-api',
  'IST0118=Service shop/web',
  'IST0118=Service default/*',
  'IST0118=Pod shop/web-api',
  'IST0118=Service *x*',
];
for (const miss of misses) test(`${miss} does not`, () => assert.deepEqual(left([miss]), ['IST0118']));

test('what is no suppression is told', () => {
  for (const text of ['', 'x', 'IST0118', 'IST0118=', '=Service a', 'IST1=Service a', 'Service a/b'])
    assert.equal(parseSuppression(text), undefined, text);
});

test('the annotation of a resource suppresses its findings', () => {
  const annotated = (codes: string) =>
    service(`, annotations: {galley.istio.io/analyze-suppress: "${codes}"}`);
  assert.deepEqual(left([], annotated('IST0101, IST0118')), []);
  assert.deepEqual(left([], annotated('*')), []);
  assert.deepEqual(left([], annotated('IST0101')), ['IST0118']);
});
