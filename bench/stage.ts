import { fileURLToPath } from 'node:url';
import { type RuntimeName, runtimeCommand } from '../cli/runtime-paths.ts';
import { Child } from './child.ts';
import { createMeshIdentity, type MeshIdentity } from './mesh-identity.ts';
import { type Core, pinned } from './pinning.ts';
import type { ProxyPorts, ProxyQuestion } from './process/weft-proxy.ts';
import type { Started } from './started.ts';

/** What stands around the proxies of a benchmark. */
export interface Stage {
  readonly identity: MeshIdentity;
  /** Everything that must end with the benchmark. */
  readonly running: { stop(): Promise<void> }[];
}

/** Runs with a stage, and ends all that was started on it. */
export async function withStage<Result>(use: (stage: Stage) => Promise<Result>): Promise<Result> {
  const running: Stage['running'] = [];
  try {
    return await use({ identity: await createMeshIdentity(), running });
  } finally {
    await Promise.all(running.map((one) => one.stop()));
  }
}

/** Starts a script of this folder. */
export function startScript(stage: Stage, core: Core, runtime: RuntimeName, file: string): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = new Child(`${file} on ${runtime}`, pinned(core, [...runtimeCommand(runtime), path]));
  stage.running.push(child);
  return child;
}

/** Starts an origin beside the load; resolves to its port. */
export async function startOrigin(stage: Stage, runtime: RuntimeName, file: string): Promise<number> {
  const { port } = (await startScript(stage, 'around', runtime, file).ask({})) as { port: number };
  return port;
}

/** Starts a proxy of ours with all on that a mesh asks of a request. */
export async function startWhole(stage: Stage, runtime: RuntimeName, origin: number): Promise<Started> {
  const child = startScript(stage, 'measured', runtime, './process/whole-proxy.ts');
  const { bundle, server: svid } = stage.identity;
  const ports = (await child.ask({ origin, svid, bundle } satisfies ProxyQuestion)) as ProxyPorts;
  return { pid: child.pid, ports, stop: () => child.stop() };
}

/** Starts a proxy of ours that proves to be the `server`, or the `client` of the mesh. */
export async function startWeft(
  stage: Stage,
  runtime: RuntimeName,
  question: Omit<ProxyQuestion, 'svid' | 'bundle'>,
  as: 'server' | 'client' = 'server',
): Promise<Started> {
  const { identity } = stage;
  const child = startScript(stage, 'measured', runtime, './process/weft-proxy.ts');
  const { bundle, [as]: svid } = identity;
  const ports = (await child.ask({ ...question, svid, bundle } satisfies ProxyQuestion)) as ProxyPorts;
  return { pid: child.pid, ports, stop: () => child.stop() };
}
