import assert from 'node:assert/strict';
import { parseDictionary, parseItem, parseList } from '../../src/identity/signature/parse-field.ts';
import {
  type BareItem,
  FieldError,
  type Item,
  type Member,
  type Parameters,
} from '../../src/identity/signature/structured-field.ts';
import { writeDictionary, writeItem, writeMember } from '../../src/identity/signature/write-field.ts';

/** A case of the HTTP working group's structured-field-tests. */
export interface FieldCase {
  readonly name: string;
  readonly raw?: readonly string[];
  readonly header_type: 'item' | 'list' | 'dictionary';
  readonly expected?: unknown;
  readonly must_fail?: boolean;
  readonly can_fail?: boolean;
  readonly canonical?: readonly string[];
}

/** What is wrong with how a case is read and written; undefined where nothing is. A case without text only writes. */
export function fieldProblem(one: FieldCase): string | undefined {
  const { name, raw, header_type: type } = one;
  if (raw === undefined) return undefined;
  const text = raw.join(', ');
  let found: Found;
  try {
    found = parsed(type, text);
  } catch (error) {
    const refused = error instanceof FieldError && (one.must_fail === true || one.can_fail === true);
    return refused ? undefined : `${name}: ${text}: ${String(error)}`;
  }
  if (one.must_fail) return `${name}: ${text} is accepted`;
  try {
    assert.deepEqual(found.shape, one.expected);
    assert.equal(found.written, (one.canonical ?? raw).join(', '));
  } catch (error) {
    return `${name}: ${String(error)}`;
  }
  return undefined;
}

interface Found {
  readonly shape: unknown;
  readonly written: string;
}

function parsed(type: FieldCase['header_type'], text: string): Found {
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
