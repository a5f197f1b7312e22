import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlClient } from '../../cli/control-client.ts';
import type { JoinBundle } from '../../src/identity/join-bundle.ts';
import { ProgramProcess } from './child-process.ts';
import { until } from './until.ts';

interface Instance {
  readonly instance: string;
  readonly workload: string;
}

/** Control alone, as a real process; who belongs to the mesh is the test's business. */
export class ControlProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'weft-control-'));
  readonly #process: ProgramProcess;

  private constructor(more: readonly string[]) {
    this.#process = new ProgramProcess('node', 'control/main.ts', [
      '--state',
      this.state,
      '--fresh',
      ...more,
    ]);
  }

  /** With these manifests in force. */
  static async start(manifests: string, more: readonly string[] = []): Promise<ControlProcess> {
    const control = new ControlProcess(more);
    await control.#process.ready();
    await control.apply(manifests);
    return control;
  }

  /** What `weft --state` wants. */
  get state(): string {
    return join(this.folder, 'control');
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return JSON.parse(readFileSync(join(this.state, 'control.json'), 'utf8')).url;
  }

  get client(): ControlClient {
    return ControlClient.fromState(this.state);
  }

  async apply(text: string): Promise<number> {
    const files = [{ file: 'mesh.yaml', text }];
    const answer = await this.client.post<{ revision?: number }>('/v1/admin/apply', { files, replace: true });
    if (answer.revision === undefined) throw new Error(JSON.stringify(answer));
    return answer.revision;
  }

  /** A file of mode 0600 with a join bundle for the workload. */
  async joinFile(workload: string, namespace = 'default'): Promise<string> {
    const bundle = await this.client.post<JoinBundle>('/v1/admin/join-bundles', { namespace, workload });
    const file = join(this.folder, `join-${workload}-${Math.random().toString(36).slice(2)}.json`);
    writeFileSync(file, JSON.stringify(bundle), { mode: 0o600 });
    return file;
  }

  /** Resolves when that many instances of the workload are registered. */
  async untilRegistered(workload: string, count: number): Promise<void> {
    await until(`${count} × ${workload}`, async () =>
      (await this.instancesOf(workload)).length === count ? true : undefined,
    );
  }

  /** Their names. */
  async instancesOf(workload: string): Promise<readonly string[]> {
    const all = await this.client.get<Instance[]>('/v1/admin/instances');
    return all.filter((one) => one.workload === workload).map(({ instance }) => instance);
  }

  async stop(): Promise<void> {
    await this.#process.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
