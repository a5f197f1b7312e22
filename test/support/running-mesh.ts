import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mesh } from '../../cli/up/welcome.ts';
import { root } from './source-tree.ts';

const bootMs = 90_000;

/** What a finished `weft` command printed. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A mesh of real processes, booted by `weft up` in a state directory of its own. */
export class RunningMesh {
  readonly state: string;
  readonly info: Mesh;
  readonly #process: ChildProcess;

  private constructor(state: string, info: Mesh, process: ChildProcess) {
    this.state = state;
    this.info = info;
    this.#process = process;
  }

  /** Boots with `--demo` and these manifests (default: examples/bookinfo). Rejects with what it printed. */
  static async boot(config: readonly string[] = [], state = freshState()): Promise<RunningMesh> {
    const args = ['up', '--demo', '--state', state, ...config.flatMap((path) => ['--config', path])];
    const child = weftProcess(args);
    const output = collect(child);
    const deadline = Date.now() + bootMs;
    while (!existsSync(join(state, 'mesh.json'))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill('SIGTERM');
        throw new Error(`the mesh did not boot:\n${output()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const info = JSON.parse(readFileSync(join(state, 'mesh.json'), 'utf8')) as Mesh;
    return new RunningMesh(state, info, child);
  }

  /** `http://127.0.0.1:PORT` of the gateway. */
  get gateway(): string {
    return this.info.gateway;
  }

  /** Port of a sidecar, from the table that `weft up` prints. */
  sidecarPort(workload: string, which: 'in' | 'out' | 'admin'): number {
    const row = this.info.rows.find(({ name }) => name === `${workload} sidecar`);
    const port = new RegExp(`${which} (\\d+)`).exec(row?.ports ?? '')?.[1];
    if (port === undefined) throw new Error(`no sidecar ${workload}`);
    return Number(port);
  }

  /** Runs a `weft` command against this mesh. */
  weft(...args: readonly string[]): Promise<CommandResult> {
    return weft(...args, '--state', this.state);
  }

  /** Asks it to stop as Ctrl-C does, and waits for its end; resolves with the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    this.#process.kill(signal);
    const code = await ended;
    rmSync(this.state, { recursive: true, force: true });
    return code;
  }
}

/** A new directory for one mesh's state. */
export function freshState(): string {
  return mkdtempSync(join(tmpdir(), 'weft-mesh-'));
}

/** Runs a `weft` command to its end. */
export async function weft(...args: readonly string[]): Promise<CommandResult> {
  const child = weftProcess(args);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

function weftProcess(args: readonly string[]): ChildProcess {
  const node = ['--disable-warning=ExperimentalWarning', join(root, 'cli', 'main.ts')];
  return spawn(process.execPath, [...node, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
}

function collect(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output = (output + String(chunk)).slice(-20_000);
    });
  }
  return () => output;
}
