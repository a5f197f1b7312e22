import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import type { ControlClient } from '../control-client.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { type ManifestFile, readManifests } from '../manifest-files.ts';
import { projectRoot } from '../runtime-paths.ts';
import { type DemoWorkload, demoWorkload } from './demo-application.ts';
import { gatewayPort } from './free-port.ts';
import { frontPort, type GatewayChoice } from './gateway-choice.ts';
import { endLeftovers } from './leftovers.ts';
import { MeshProcesses } from './mesh-processes.ts';
import { ProcessGroup } from './process-group.ts';
import { lockState } from './state-lock.ts';
import { type Mesh, welcome } from './welcome.ts';

export interface UpOptions {
  /** Starts the demo application of each Deployment's labels, with a sidecar. */
  readonly demo: boolean;
  readonly config: readonly string[];
  readonly port: number | undefined;
  readonly state: string;
  readonly gateway: GatewayChoice;
}

const graceMs = 5000;
const exampleConfig = relative(process.cwd(), join(projectRoot, 'examples', 'bookinfo'));

const progress = (text: string): void => void process.stderr.write(`weft: ${text}\n`);

/** Boots a whole mesh on this machine and runs until Ctrl-C. */
export async function up(options: UpOptions): Promise<void> {
  const files = readManifests(options.config.length > 0 ? options.config : [exampleConfig]);
  const workloads = options.demo ? demoWorkloads(files) : [];
  const state = resolve(options.state);
  const lock = lockState(state);
  const left = endLeftovers(state);
  if (left > 0) progress(`ended ${left} processes that an earlier run left behind`);
  const stopped = stopSignal();
  const group = new ProcessGroup((child, code) => {
    progress(`${child.name} ended (${code ?? 'killed'}); its log is ${child.logFile}`);
  });
  try {
    const boot = bootMesh(new MeshProcesses(group, state), files, workloads, options);
    const ready = await Promise.race([boot, stopped]);
    if (ready) {
      writeMesh(join(state, 'mesh.json'), ready);
      process.stdout.write(welcome(ready));
      await stopped;
    }
    progress('stopping');
  } finally {
    await group.stopAll(graceMs);
    for (const file of ['control.json', 'mesh.json']) rmSync(join(state, file), { force: true });
    lock.release();
  }
}

/** In one step: whoever waits for the file must not read half of it. */
function writeMesh(file: string, mesh: Mesh): void {
  writeFileSync(`${file}.tmp`, JSON.stringify(mesh, null, 2), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

/** Resolves at the first signal; later ones change nothing, because stopping has its own deadline. */
function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve(undefined));
  });
}

async function bootMesh(
  mesh: MeshProcesses,
  files: readonly ManifestFile[],
  workloads: readonly DemoWorkload[],
  { port: wish, gateway: choice }: UpOptions,
): Promise<Mesh> {
  const began = Date.now();
  const port = await gatewayPort(wish);
  progress('starting control');
  const control = await mesh.startControl(choice, port);
  progress(`compiling, signing and publishing ${files.length} files`);
  const revision = await publish(control, files);
  const startGateway = (stocked: Promise<unknown>) =>
    choice.kind === 'sockets'
      ? mesh.startSelfHostedGateway(port, frontPort(files), choice.runtime, control)
      : mesh.startGateway(port, control, revision, stocked);
  progress(`starting the gateway and ${workloads.length} workloads`);
  const started = Promise.all(workloads.map((workload) => mesh.startWorkload(workload, control)));
  const stocked = started.then(() => control.post('/v1/admin/settle', {}));
  const [gateway] = await Promise.all([startGateway(stocked), stocked]);
  progress(`ready in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return {
    gateway,
    control: control.url,
    dashboard: control.dashboardUrl,
    rows: mesh.rows,
    demo: workloads.length > 0,
    revision,
  };
}

async function publish(control: ControlClient, files: readonly ManifestFile[]): Promise<number> {
  const change = await control.post<{ revision?: number; diagnostics: Diagnostic[] }>('/v1/admin/apply', {
    files,
    replace: true,
  });
  printDiagnostics(change.diagnostics, files);
  if (change.revision === undefined)
    throw new CommandError('the configuration has errors; nothing was started', exitCode.badInput);
  return change.revision;
}

/** Deployments whose labels name a demo application; the others are named in a notice. */
function demoWorkloads(files: readonly ManifestFile[]): DemoWorkload[] {
  const byName = new Map(
    files
      .flatMap(({ file, text }) => parseResources(text, file).resources)
      .filter((resource): resource is Resource<'Deployment'> => resource.kind === 'Deployment')
      .map((deployment) => [`${deployment.namespace}/${deployment.name}`, deployment]),
  );
  return [...byName].flatMap(([name, deployment], index) => {
    const workload = demoWorkload(deployment, index);
    if (!workload)
      progress(`no demo application has the app and version labels of Deployment ${name}; it is not started`);
    return workload ? [workload] : [];
  });
}
