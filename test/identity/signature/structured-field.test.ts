import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  parseDictionary,
  parseItem,
  parseList,
  parseUniqueDictionary,
} from '../../../src/identity/signature/parse-field.ts';
import {
  type BareItem,
  FieldError,
  type Item,
  type Member,
  type Parameters,
} from '../../../src/identity/signature/structured-field.ts';
import { writeDictionary, writeItem, writeMember } from '../../../src/identity/signature/write-field.ts';
import { missingVectors, readVectors } from '../../support/vectors.ts';

interface Case {
  readonly name: string;
  readonly raw?: readonly string[];
  readonly header_type: 'item' | 'list' | 'dictionary';
  readonly expected?: unknown;
  readonly must_fail?: boolean;
  readonly can_fail?: boolean;
  readonly canonical?: readonly string[];
}

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
      const cases = readVectors<readonly Case[]>(`sf/${file}.json`);
      for (const one of cases) if (one.raw !== undefined) check(one, one.raw);
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

function check({ name, raw: _, header_type: type, ...one }: Case, raw: readonly string[]): void {
  const text = raw.join(', ');
  const read = () => parsed(type, text);
  if (one.must_fail) {
    assert.throws(read, FieldError, `${name}: ${text}`);
    return;
  }
  let found: Found;
  try {
    found = read();
  } catch (error) {
    assert.ok(one.can_fail, `${name}: ${text}: ${error}`);
    return;
  }
  assert.deepEqual(found.shape, one.expected, name);
  assert.equal(found.written, (one.canonical ?? raw).join(', '), name);
}

interface Found {
  readonly shape: unknown;
  readonly written: string;
}

function parsed(type: Case['header_type'], text: string): Found {
  if (type === 'item') {
    const item = parseItem(text);
    return { shape: itemShape(item), written: writeItem(item) };
  }
  if (type === 'list') {
    const members = parseList(text);
    return { shape: members.map(memberShape), written: members.map(writeMember).join(', ') };
  }
  const members = parseDictionary(text);
  const shape = [...members].map(([key, member]) => [key, memberShape(member)]);
  return { shape, written: writeDictionary(members) };
}

function memberShape(member: Member): unknown {
  return member.kind === 'item'
    ? itemShape(member)
    : [member.items.map(itemShape), parameterShape(member.parameters)];
}

function itemShape({ value, parameters }: Item): unknown {
  return [bareShape(value), parameterShape(parameters)];
}

function parameterShape(parameters: Parameters): unknown {
  return [...parameters].map(([key, value]) => [key, bareShape(value)]);
}

function bareShape(item: BareItem): unknown {
  if (item.kind === 'bytes') return { __type: 'binary', value: base32(item.value) };
  if (item.kind === 'token') return { __type: 'token', value: item.value };
  if (item.kind === 'date') return { __type: 'date', value: item.value };
  if (item.kind === 'display') return { __type: 'displaystring', value: item.value };
  return item.value;
}

/** RFC 4648 §6. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let text = '';
  for (let at = 0; at < bits.length; at += 5)
    text += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(bits.slice(at, at + 5).padEnd(5, '0'), 2)];
  return text.padEnd(Math.ceil(text.length / 8) * 8, '=');
}
