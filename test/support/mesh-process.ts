import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { RunningMesh } from './running-mesh.ts';
import { root } from './source-tree.ts';

/** One process of a running mesh, to be killed as `kill -9` does and started again as it was. */
export class MeshProcess {
  readonly pid: number;
  readonly environment: ReadonlyMap<string, string>;
  readonly #command: readonly string[];
  #again: ChildProcess | undefined;
  #killed = false;

  /** `name` as in the table of `weft up`: `reviews-v2 app`, `reviews-v2 sidecar`. */
  constructor(mesh: RunningMesh, name: string) {
    const row = mesh.info.rows.find((one) => one.name === name);
    if (row === undefined) throw new Error(`no process ${name}`);
    this.pid = row.pid;
    this.#command = words(row.pid, 'cmdline');
    this.environment = new Map(
      words(row.pid, 'environ').map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
  }

  /** Without a chance to say goodbye. */
  kill(): void {
    this.#killed = true;
    process.kill(-(this.#again?.pid ?? this.pid), 'SIGKILL');
  }

  /** With the same command and environment; it ends with this test. */
  revive(): void {
    const [file = '', ...args] = this.#command;
    const env = Object.fromEntries(this.environment);
    const child = spawn(file, args, { env, cwd: root, detached: true, stdio: 'ignore' });
    this.#again = child;
    this.#killed = false;
    process.once('exit', () => {
      if (child.exitCode === null && child.signalCode === null && child.pid)
        process.kill(-child.pid, 'SIGKILL');
    });
  }

  /** Kills what was revived. */
  end(): void {
    if (this.#again !== undefined && !this.#killed) this.kill();
  }
}

function words(pid: number, file: 'cmdline' | 'environ'): string[] {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').filter(Boolean);
}
