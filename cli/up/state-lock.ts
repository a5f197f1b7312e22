import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../exit-code.ts';

/** Makes one `weft up` the owner of a state directory until `release`. A dead owner's lock is taken over. */
export function lockState(state: string): { release(): void } {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const file = join(state, 'up.pid');
  const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (owner > 0 && isAlive(owner)) {
    throw new CommandError(
      `a mesh already runs from ${state} (process ${owner}). Stop it, or choose another directory with --state`,
    );
  }
  writeFileSync(file, String(process.pid), { mode: 0o600 });
  return { release: () => rmSync(file, { force: true }) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
