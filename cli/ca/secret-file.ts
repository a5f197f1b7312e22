import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { CommandError, exitCode } from '../exit-code.ts';

/** Writes a new file of mode 0600; exit 65 when there is one of that name, which is never overwritten. */
export function writeSecretFile(path: string, text: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'wx', 0o600);
  } catch (error) {
    const exists = Object(error).code === 'EEXIST';
    const reason = exists ? 'is there already, and is not overwritten' : 'cannot be written';
    throw new CommandError(`${path} ${reason}`, exitCode.badInput);
  }
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
