import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readHarEntry } from '../../../cli/replay/har-entry.ts';
import { HarScanner, MAX_ENTRY } from '../../../cli/replay/har-scanner.ts';

function scan(text: string, cuts: readonly number[]): { entries: string[]; finished: boolean } {
  const scanner = new HarScanner();
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  const entries = at.slice(1).flatMap((end, i) => scanner.push(text.slice(at[i], end)));
  return { entries, finished: scanner.finished };
}

describe('the scanner of a HAR', () => {
  test('finds the entries that JSON.parse finds, wherever the text is cut', () => {
    const entry = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.boolean(),
        (entries, cuts, pretty) => {
          const log = { version: '1.2', creator: { name: 'a "b" \\' }, pages: [], entries, comment: '{]' };
          const text = JSON.stringify({ log }, null, pretty ? 2 : 0);
          const found = scan(text, cuts);
          assert.deepEqual(
            found.entries.map((one) => JSON.parse(one)),
            JSON.parse(text).log.entries,
          );
          assert.ok(found.finished);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('says when the text ends within the list', () => {
    const { entries, finished } = scan('{"log":{"entries":[{"a":1},{"b":', []);
    assert.deepEqual(entries, ['{"a":1}']);
    assert.ok(!finished);
  });

  test('holds one entry at most, and refuses one that is too long', () => {
    const scanner = new HarScanner();
    scanner.push('{"log":{"entries":[{"text":"');
    const chunk = 'x'.repeat(8 * 1024 * 1024);
    assert.throws(() => {
      for (let length = 0; length <= MAX_ENTRY; length += chunk.length) scanner.push(chunk);
    }, RangeError);
  });

  test('gives up nothing before the key, however long', () => {
    const scanner = new HarScanner();
    for (let i = 0; i < 100; i++) scanner.push('"x":1,'.repeat(100));
    assert.deepEqual(scanner.push('"entries" : [ {"a":1} ]'), ['{"a":1}']);
  });
});

describe('an entry of a HAR', () => {
  const request = {
    method: 'GET',
    url: 'https://a.test/b?c#d',
    headers: [
      { name: ':path', value: '/b' },
      { name: 'X-A', value: 'b' },
    ],
  };

  test('gives method, URL without fragment, and headers without pseudo headers', () => {
    assert.deepEqual(readHarEntry(JSON.stringify({ request, response: {} })), {
      method: 'GET',
      url: 'https://a.test/b?c',
      headers: ['X-A: b'],
    });
  });

  test('of another scheme is about something else, and of another shape malformed', () => {
    const data = JSON.stringify({ request: { ...request, url: 'data:text/plain,x' } });
    assert.equal((readHarEntry(data) as { kind: string }).kind, 'other');
    for (const text of ['{', '{}', '{"request":{"method":1}}', '[]'])
      assert.equal((readHarEntry(text) as { kind: string }).kind, 'malformed', text);
  });
});
