import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where control keeps its keys, its store and the admin token: a directory only its owner can read. */
export class StateDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  read(name: string): string | undefined {
    return existsSync(this.file(name)) ? readFileSync(this.file(name), 'utf8') : undefined;
  }

  /** Writes a 0600 file in one step, so that a crash never leaves half of it. */
  write(name: string, text: string): void {
    const scratch = this.file(`${name}.${process.pid}.tmp`);
    writeFileSync(scratch, text, { mode: 0o600 });
    renameSync(scratch, this.file(name));
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
