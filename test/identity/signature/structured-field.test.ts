import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  parseDictionary,
  parseItem,
  parseList,
  parseUniqueDictionary,
} from '../../../src/identity/signature/parse-field.ts';
import { FieldError, type Item, type Member } from '../../../src/identity/signature/structured-field.ts';
import { writeDictionary, writeItem, writeMember } from '../../../src/identity/signature/write-field.ts';
import { type FieldCase, fieldProblem } from '../../support/field-case.ts';
import { missingVectors, readVectors } from '../../support/vectors.ts';

const FILES = [
  'binary',
  'boolean',
  'date',
  'dictionary',
  'display-string',
  'examples',
  'item',
  'key-generated',
  'large-generated',
  'list',
  'listlist',
  'number-generated',
  'number',
  'param-dict',
  'param-list',
  'param-listlist',
  'string-generated',
  'string',
  'token-generated',
  'token',
];

describe('structured fields', { skip: missingVectors('sf/item.json') }, () => {
  for (const file of FILES) {
    test(`${file}: as the HTTP working group's cases say`, () => {
      for (const one of readVectors<readonly FieldCase[]>(`sf/${file}.json`))
        assert.equal(fieldProblem(one), undefined);
    });
  }
});

test('a repeated member is refused where names must be unique', () => {
  assert.equal(parseDictionary('a=1, a=2').get('a')?.text, '2');
  assert.throws(() => parseUniqueDictionary('a=1, a=2'), FieldError);
});

test('a member is there as it was written', () => {
  const members = parseUniqueDictionary('a=( "x"   "y" );b , c;d=1');
  assert.deepEqual(
    [...members.values()].map(({ text }) => text),
    ['( "x"   "y" );b', ';d=1'],
  );
});

test('any text parses or is refused with a FieldError, and what was parsed is written so that it reads the same', () => {
  const letters = fc.constantFrom(...'a1-.;=,()":?@%* \t\\zA+/é\n');
  fc.assert(
    fc.property(fc.string({ unit: letters, maxLength: 24 }), (text) => {
      for (const [parse, write] of FORMS) {
        let value: unknown;
        try {
          value = parse(text);
        } catch (error) {
          assert.ok(error instanceof FieldError);
          continue;
        }
        const written = write(value);
        assert.equal(write(parse(written)), written);
      }
    }),
    { numRuns: 3000 },
  );
});

const FORMS: readonly (readonly [(text: string) => unknown, (value: unknown) => string])[] = [
  [parseItem, (value) => writeItem(value as Item)],
  [parseList, (value) => (value as Member[]).map(writeMember).join(', ')],
  [parseDictionary, (value) => writeDictionary(value as ReadonlyMap<string, Member>)],
];
