import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { visibleFrom } from '../../../src/config/compile/visibility.ts';
import { visibilityIndex } from '../../../src/config/compile/visibility-index.ts';

const namespace = fc.constantFrom('a', 'b', 'c');
const exported = fc.record({
  namespace,
  exportTo: fc.option(fc.array(fc.constantFrom('*', '.', '~', 'a', 'b', 'c'), { maxLength: 3 }), {
    nil: undefined,
  }),
});

test('an index has what looking at every item finds, in order', () => {
  fc.assert(
    fc.property(fc.array(exported, { maxLength: 20 }), namespace, (items, client) => {
      const wanted = items.filter((item) => visibleFrom(client, item.namespace, item.exportTo));
      assert.deepEqual(visibilityIndex(items, (item) => item)(client), wanted);
    }),
  );
});
