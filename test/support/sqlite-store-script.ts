/** Runs the store suite on SQLite without a test runner, for runtimes other than Node. Exits 0 if all holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/runtime/store/sqlite.ts';
import { storeCases, swapStoreCases } from './store-suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-store-'));
const cases = [...storeCases, ...swapStoreCases];
for (const [index, { name, run }] of cases.entries()) {
  const store = new SqliteStore(join(folder, `${index}.db`));
  await run(store).catch((cause: unknown) => {
    throw new Error(name, { cause });
  });
  store.close();
}
rmSync(folder, { recursive: true });
console.log(`${cases.length} passed`);
