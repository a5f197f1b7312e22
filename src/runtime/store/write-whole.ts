import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';

/** Writes a file in one step, so that nobody ever reads half of it; `mode` is its permissions. */
export function writeWhole(path: string, text: string, mode: number): void {
  const scratch = `${path}.${process.pid}.tmp`;
  // One that was left behind might have another mode.
  rmSync(scratch, { force: true });
  const descriptor = openSync(scratch, 'wx', mode);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(scratch, path);
}
