import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../cli/control-client.ts';
import type { Mesh } from '../../cli/up/welcome.ts';
import { ask } from './http-client.ts';
import { root } from './source-tree.ts';
import { until } from './until.ts';

const bootMs = 90_000;

/** What a finished `weft` command printed. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A sidecar as control knows it. */
export interface Instance {
  readonly workload: string;
  readonly revision: number;
  readonly runtime: string;
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

  /** Boots with `--demo`, these manifests (default: examples/bookinfo) and `more` flags. Rejects with what it printed. */
  static async boot(
    config: readonly string[] = [],
    state = freshState(),
    more: readonly string[] = [],
  ): Promise<RunningMesh> {
    const manifests = config.flatMap((path) => ['--config', path]);
    const port = more.includes('--port') ? [] : ['--port', '0'];
    const args = ['up', '--demo', '--state', state, ...port, ...manifests, ...more];
    const child = weftProcess(args);
    // However the test ends, its mesh ends with it.
    process.once('exit', () => child.kill('SIGTERM'));
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
  sidecarPort(workload: string, which: 'in' | 'out' | 'admin' | 'edge'): number {
    const row = this.info.rows.find(({ name }) => name === `${workload} sidecar`);
    const port = new RegExp(`${which} (\\d+)`).exec(row?.ports ?? '')?.[1];
    if (port === undefined) throw new Error(`no sidecar ${workload}`);
    return Number(port);
  }

  /** Of `weft up`. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get control(): ControlClient {
    return ControlClient.fromState(this.state);
  }

  instances(): Promise<Instance[]> {
    return this.control.get<Instance[]>('/v1/admin/instances');
  }

  /** Applies manifests, given as text or as files; resolves with the revision that they became. */
  async apply(...manifests: readonly (string | URL)[]): Promise<number> {
    const files = manifests.map((manifest, index) => {
      if (manifest instanceof URL) return fileURLToPath(manifest);
      const file = join(this.state, `manifest-${index}.yaml`);
      writeFileSync(file, manifest);
      return file;
    });
    const { code, stdout, stderr } = await this.weft('apply', ...files.flatMap((file) => ['-f', file]));
    const revision = /^revision (\d+) published$/m.exec(stdout)?.[1];
    if (code !== 0 || revision === undefined) throw new Error(`weft apply ended with ${code}:\n${stderr}`);
    return Number(revision);
  }

  /** Resolves when every sidecar that `weft up` started is there and all there are run `revision`. */
  async untilSidecars(revision: number): Promise<readonly Instance[]> {
    const expected = this.info.rows.filter(({ name }) => name.endsWith(' sidecar')).length;
    return until(`every sidecar runs revision ${revision}`, async () => {
      const instances = await this.instances();
      const same = instances.every((instance) => instance.revision === revision);
      return same && instances.length >= expected ? instances : undefined;
    });
  }

  /** Resolves when the gateway decides by `revision`. */
  async untilGateway(revision: number): Promise<void> {
    await until(`the gateway runs revision ${revision}`, async () => {
      const { headers } = await ask(`${this.gateway}/static/icon.svg`);
      return headers['x-weft-revision'] === String(revision) ? true : undefined;
    });
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

/** Starts a `weft` command. */
export function weftProcess(args: readonly string[]): ChildProcess {
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
