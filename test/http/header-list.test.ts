import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listedLine } from '../../src/http/head-text.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import { type RequestHead, readRequestHead } from '../../src/http/read-request-head.ts';

const name = fc.constantFrom('a', 'b', 'c');
const change = fc.oneof(
  fc.record({ kind: fc.constantFrom('append', 'set'), name }),
  fc.record({ kind: fc.constantFrom('delete', 'without'), name }),
  fc.record({ kind: fc.constant('copy'), name }),
);

test('whatever is done to a list that was read, only its own lines pass as read', () => {
  fc.assert(
    fc.property(fc.array(name), fc.array(change), (names, changes) => {
      let list = readList(names.map((one) => `${one}: read`));
      for (const { kind, name } of changes) {
        if (kind === 'append') list.append(name, 'a\r\nb');
        else if (kind === 'set') list.set(name, 'a\r\nb');
        else if (kind === 'delete') list.delete(name);
        else list = kind === 'without' ? list.without(name) : list.copy();
      }
      for (let i = 0; i < list.end; i++) {
        const one = list.nameAt(i);
        if (one === undefined) continue;
        if (list.valueAt(i) === 'read') assert.equal(listedLine(list, i, one), `${one}: read\r\n`);
        else assert.throws(() => listedLine(list, i, one), TypeError);
      }
    }),
  );
});

test('a list does with its lines what a list of pairs would do', () => {
  const value = fc.constantFrom('1', '2', '');
  const lines = fc.array(fc.tuple(name, value));
  fc.assert(
    fc.property(lines, fc.array(fc.record({ change, value })), (read, changes) => {
      let list = readList(read.map(([one, text]) => `${one}: ${text}`));
      let pairs: (readonly [string, string])[] = [...read];
      for (const {
        change: { kind, name },
        value,
      } of changes) {
        const rest = pairs.filter(([one]) => one !== name);
        const old = [...pairs];
        const before = list;
        if (kind === 'append') list.append(name, value);
        else if (kind === 'set') list.set(name, value);
        else if (kind === 'delete') list.delete(name);
        else list = kind === 'without' ? list.without(name) : list.copy();
        if (kind === 'append') pairs = [...pairs, [name, value]];
        else if (kind === 'set') pairs = [...rest, [name, value]];
        else if (kind !== 'copy') pairs = rest;
        if (list !== before) assert.deepEqual([...before], old);
        assert.deepEqual([...list], pairs);
        assert.equal(list.size, pairs.length);
        assert.deepEqual(
          list.getAll(name),
          pairs.filter(([one]) => one === name).map(([, text]) => text),
        );
        assert.equal(
          list.has(name),
          pairs.some(([one]) => one === name),
        );
      }
    }),
  );
});

test('a copy and its original go their own ways', () => {
  const list = readList(['a: 1', 'b: 2']);
  const copy = list.copy();
  list.delete('a');
  copy.append('c', '3');
  assert.deepEqual([...list], [['b', '2']]);
  assert.deepEqual(
    [...copy],
    [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ],
  );
});

test('only a line that was appended is extended', () => {
  const list = readList(['a: 1']);
  list.append('b', '2');
  list.extend(1, ';3');
  assert.equal(list.get('b'), '2;3');
  assert.throws(() => list.extend(0, ';3'), RangeError);
});

function readList(lines: readonly string[]): HeaderList {
  const text = lines.map((line) => `${line}\r\n`).join('');
  const bytes = new TextEncoder().encode(`GET / HTTP/1.1\r\n${text}\r\n`);
  const read = readRequestHead(bytes, DEFAULT_LIMITS);
  assert.equal(read.kind, 'head');
  return (read as RequestHead).head.headers;
}

test('without leaves the others in order, and the list itself as it was', () => {
  const list = HeaderList.from([
    ['host', 'x'],
    ['a', '1'],
    ['host', 'y'],
    ['b', '2'],
  ]);
  assert.deepEqual(
    [...list.without('host')],
    [
      ['a', '1'],
      ['b', '2'],
    ],
  );
  assert.equal(list.size, 4);
});
