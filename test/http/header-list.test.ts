import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listedLine } from '../../src/http/head-text.ts';
import { HeaderList } from '../../src/http/header-list.ts';

const name = fc.constantFrom('a', 'b', 'c');
const change = fc.oneof(
  fc.record({ kind: fc.constantFrom('append', 'set'), name }),
  fc.record({ kind: fc.constantFrom('delete', 'without'), name }),
  fc.record({ kind: fc.constant('copy'), name }),
);

test('whatever is done to a list that was read, only its own lines pass as read', () => {
  fc.assert(
    fc.property(fc.array(name), fc.array(change), (names, changes) => {
      let list = new HeaderList(
        [...names],
        names.map(() => 'read'),
      );
      for (const { kind, name } of changes) {
        if (kind === 'append') list.append(name, 'a\r\nb');
        else if (kind === 'set') list.set(name, 'a\r\nb');
        else if (kind === 'delete') list.delete(name);
        else list = kind === 'without' ? list.without(name) : list.copy();
      }
      for (let i = 0; i < list.size; i++) {
        if (list.values[i] === 'read') assert.equal(listedLine(list, i), `${list.names[i]}: read\r\n`);
        else assert.throws(() => listedLine(list, i), TypeError);
      }
      assert.equal(list.read, list.values.filter((value) => value === 'read').length);
    }),
  );
});

test('a line that was changed in place is looked at again', () => {
  const list = new HeaderList(['a', 'b'], ['1', '2']);
  list.extend(0, '\n');
  assert.throws(() => listedLine(list, 0), TypeError);
  assert.equal(list.read, 0);
});

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
