import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './write-whole.ts';

/** No text that is kept here is longer. */
const MAX_BYTES = 1024 * 1024;

/** Where a program keeps its keys and what it must find again: a directory that only its owner can read. */
export class StateDirectory {
  readonly path: string;

  /** Creates it where it is not there. */
  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  read(name: string): string | undefined {
    const file = this.file(name);
    if (!existsSync(file)) return undefined;
    if (statSync(file).size > MAX_BYTES) throw new Error(`${file} is longer than ${MAX_BYTES} bytes`);
    return readFileSync(file, 'utf8');
  }

  /** Writes a 0600 file in one step, so that a crash never leaves half of it. */
  write(name: string, text: string): void {
    writeWhole(this.file(name), text, 0o600);
  }

  /** The stored text, made once. */
  async once(name: string, make: () => Promise<string>): Promise<string> {
    const stored = this.read(name);
    if (stored !== undefined) return stored;
    const made = await make();
    this.write(name, made);
    return made;
  }
}
