import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  applyEdits,
  applyResponseEdits,
  editedHeader,
  editedLines,
} from '../../../src/proxy/decide/apply-edits.ts';
import type { Edit } from '../../../src/proxy/decide/decision.ts';
import { buildRequest } from '../../support/snapshot.ts';

const name = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('', '1', '2');
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constantFrom('set' as const, 'add' as const), name, value }),
  fc.record({ kind: fc.constant('remove' as const), name }),
  fc.record({ kind: fc.constant('path' as const), value: fc.constantFrom('/x', '/y') }),
  fc.record({ kind: fc.constant('authority' as const), value: fc.constantFrom('x', 'Y:81') }),
);
const headers = fc.array(fc.tuple(name, value), { maxLength: 5 });

describe('apply edits', () => {
  test('without edits the request and the headers are the same objects', () => {
    const request = buildRequest('a/', [['a', '1']]);
    assert.equal(applyEdits(request, []), request);
    assert.equal(applyResponseEdits(request.headers, []), request.headers);
  });

  test('headers are copied only when a header changes', () => {
    const request = buildRequest('a/', [['a', '1']]);
    const edits: Edit[] = [
      { kind: 'path', value: '/x' },
      { kind: 'remove', name: 'b' },
    ];
    assert.equal(applyEdits(request, edits).headers, request.headers);
  });

  test('setting Host changes the authority', () => {
    const request = buildRequest('a:80/');
    const edited = applyEdits(request, [{ kind: 'set', name: 'host', value: '[::1]:81' }]);
    assert.deepEqual(
      [edited.authority, edited.host, edited.port, edited.headers.size],
      ['[::1]:81', '[::1]', 81, 0],
    );
  });

  test('the request before is never changed, and what is judged is what is forwarded', () => {
    fc.assert(
      fc.property(headers, fc.array(edit, { maxLength: 6 }), (pairs, edits) => {
        const request = buildRequest('h/p?q', pairs);
        const after = applyEdits(request, edits);
        assert.deepEqual([...request.headers], pairs);
        assert.deepEqual([...applyResponseEdits(request.headers, edits)], [...after.headers]);
        for (const name of ['a', 'b', 'c']) {
          assert.equal(editedHeader(request.headers, edits, name), after.headers.get(name));
          assert.deepEqual(editedLines(request.headers, edits, name), after.headers.getAll(name));
        }
        assert.equal(after.query, '?q');
      }),
    );
  });
});
