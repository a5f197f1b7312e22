import assert from 'node:assert/strict';
import { test } from 'node:test';
import { h, textOf } from '../../dashboard/dom/element.ts';

test('what is not there leaves no trace, and lists are flat', () => {
  const list = h('ul', { class: 'x', hidden: false, title: undefined, disabled: true }, [
    false,
    undefined,
    '',
    [h('li', {}, 0), [h('li', { key: 7 }, 'b')]],
  ]);
  assert.deepEqual(
    [...list.attributes],
    [
      ['class', 'x'],
      ['disabled', ''],
    ],
  );
  assert.equal(list.children.length, 2);
  assert.equal(textOf(list), '0b');
});

test('functions become handlers, never attributes', () => {
  const button = h('button', { onclick: () => undefined }, 'go');
  assert.deepEqual([...button.handlers.keys()], ['click']);
  assert.equal(button.attributes.size, 0);
});
