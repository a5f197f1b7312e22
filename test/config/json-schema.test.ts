import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyKindSchema, kindNamed, kindSchema } from '../../src/config/json-schema.ts';
import { KINDS, type Kind, writtenKind } from '../../src/config/resource/kinds.ts';

const kinds = Object.keys(KINDS) as Kind[];

test('every kind has a schema that refuses unknown fields of Istio’s kinds', () => {
  for (const kind of kinds) {
    const { properties } = kindSchema(kind);
    assert.deepEqual(Reflect.get(Object(properties?.kind), 'const'), writtenKind(kind));
    if (!KINDS[kind].apiVersions[0].includes('istio.io')) continue;
    assert.equal(Reflect.get(Object(properties?.spec), 'additionalProperties'), false, kind);
  }
});

test('the schema of a kind has the fields, choices and limits of the validation', () => {
  const spec = kindSchema('PeerAuthentication').properties?.spec;
  const text = JSON.stringify(spec);
  assert.match(text, /"enum":\["UNSET","DISABLE","PERMISSIVE","STRICT"\]/);
  assert.deepEqual(kindSchema('ServiceEntry').required, ['apiVersion', 'kind', 'metadata', 'spec']);
});

test('one schema holds for files of any kind, by kind and version', () => {
  const { allOf = [] } = anyKindSchema();
  assert.equal(allOf.length, kinds.length);
});

test('a kind is found in any case and in the plural', () => {
  assert.equal(kindNamed('virtualservice'), 'VirtualService');
  assert.equal(kindNamed('serviceentries'), 'ServiceEntry');
  assert.equal(kindNamed('nothing'), undefined);
});
