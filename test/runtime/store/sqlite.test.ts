import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SqliteStore } from '../../../src/runtime/store/sqlite.ts';
import { storeCases, swapStoreCases } from '../../support/store-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-sqlite-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
const nextFile = (): string => join(folder, `${files++}.db`);

describe('the SQLite store', () => {
  for (const { name, run } of [...storeCases, ...swapStoreCases]) {
    test(name, async () => {
      const store = new SqliteStore(nextFile());
      await run(store);
      store.close();
    });
  }

  test('keeps its values over a restart', async () => {
    const file = nextFile();
    const first = new SqliteStore(file);
    await first.put('key', new Uint8Array([1, 2]));
    first.close();
    const second = new SqliteStore(file);
    assert.deepEqual(await second.get('key'), new Uint8Array([1, 2]));
    second.close();
  });

  test('gives its files to nobody else', async () => {
    const file = nextFile();
    const store = new SqliteStore(file);
    await store.put('key', new Uint8Array([1]));
    const own = readdirSync(folder).filter((name) => join(folder, name).startsWith(file));
    assert.ok(own.length >= 2, own.join(' '));
    for (const name of own) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    store.close();
  });

  test('serialises writers of different connections by swap', async () => {
    const file = nextFile();
    const [a, b] = [new SqliteStore(file), new SqliteStore(file)];
    assert.equal(await a.swap('key', undefined, new Uint8Array([1])), true);
    assert.equal(await b.swap('key', undefined, new Uint8Array([2])), false);
    assert.equal(await b.swap('key', new Uint8Array([1]), new Uint8Array([2])), true);
    assert.deepEqual(await a.get('key'), new Uint8Array([2]));
    a.close();
    b.close();
  });

  const script = fileURLToPath(new URL('../../support/sqlite-store-script.ts', import.meta.url));
  for (const [runtime, args] of [
    ['deno', ['run', '-A', script]],
    ['bun', [script]],
  ] as const) {
    test(`does the same under ${runtime}`, async () => {
      const path = fileURLToPath(new URL(`../../../node_modules/.bin/${runtime}`, import.meta.url));
      const { stdout } = await promisify(execFile)(path, args);
      assert.match(stdout, new RegExp(`^${storeCases.length + swapStoreCases.length} passed`));
    });
  }
});
