import { rmSync } from 'node:fs';
import type { Log, Store } from '../ports.ts';
import { SqliteStore } from './sqlite.ts';
import type { StateDirectory } from './state-directory.ts';

const file = 'last-known-good.db';

/** A proxy's own store, for its last known good. One that is broken is begun anew: control has everything. */
export function ownStore(state: StateDirectory, log: Log): Store {
  const path = state.file(file);
  try {
    return new SqliteStore(path);
  } catch (error) {
    log.error('last known good not readable, begun anew', { error: String(error) });
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    return new SqliteStore(path);
  }
}
