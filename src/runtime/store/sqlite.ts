import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SwapStore } from '../ports.ts';
import { Watchers } from './watchers.ts';

interface Statements {
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly delete: StatementSync;
  readonly list: StatementSync;
  readonly create: StatementSync;
  readonly replace: StatementSync;
}

/**
 * A store in one SQLite file of mode 0600 (Node, Deno, Bun). Any number of processes may use the file;
 * `watch` hears only the writes of this object.
 */
export class SqliteStore implements SwapStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #watchers = new Watchers();

  /** Creates the file if it is not there; its folder must be. */
  constructor(file: string) {
    closeSync(openSync(file, 'a', 0o600));
    // SQLite gives its side files (-wal, -shm) the mode of the file, so it must be right before they exist.
    chmodSync(file, 0o600);
    this.#database = new DatabaseSync(file);
    this.#database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    this.#database.exec('CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL)');
    this.#statements = prepare(this.#database);
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const value = this.#statements.get.get(key)?.value;
    return value instanceof Uint8Array ? new Uint8Array(value) : undefined;
  }

  async put(key: string, value: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#statements.put.run(key, value);
    this.#watchers.notify(key);
  }

  async delete(key: string): Promise<void> {
    if (changed(this.#statements.delete.run(key))) this.#watchers.notify(key);
  }

  async list(prefix: string): Promise<string[]> {
    const rows = this.#statements.list.all(prefix, `${prefix}\u{10ffff}`);
    return rows.map((row) => String(row.key));
  }

  async swap(
    key: string,
    previous: Uint8Array<ArrayBuffer> | undefined,
    next: Uint8Array<ArrayBuffer>,
  ): Promise<boolean> {
    const { create, replace } = this.#statements;
    const swapped = changed(
      previous === undefined ? create.run(key, next) : replace.run(next, key, previous),
    );
    if (swapped) this.#watchers.notify(key);
    return swapped;
  }

  watch(onChange: (key?: string) => void): () => void {
    return this.#watchers.add(onChange);
  }

  close(): void {
    this.#database.close();
  }
}

/** Each write is one statement, and so atomic also among processes. */
function prepare(database: DatabaseSync): Statements {
  return {
    get: database.prepare('SELECT value FROM entry WHERE key = ?'),
    put: database.prepare(
      'INSERT INTO entry (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
    delete: database.prepare('DELETE FROM entry WHERE key = ?'),
    list: database.prepare('SELECT key FROM entry WHERE key >= ? AND key < ? ORDER BY key'),
    create: database.prepare('INSERT INTO entry (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING'),
    replace: database.prepare('UPDATE entry SET value = ? WHERE key = ? AND value = ?'),
  };
}

function changed(result: { readonly changes: number | bigint }): boolean {
  return Number(result.changes) > 0;
}
