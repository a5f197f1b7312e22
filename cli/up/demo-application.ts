import { join } from 'node:path';
import type { Resource } from '../../src/config/resource/resource.ts';
import { projectRoot, type RuntimeName, runtimeCommand } from '../runtime-paths.ts';

/** The demo applications that come with the project, by the `app` label, with their `version` labels. */
const applications: ReadonlyMap<string, readonly string[]> = new Map([
  ['productpage', ['v1']],
  ['details', ['v1']],
  ['ratings', ['v1']],
  ['reviews', ['v1', 'v2', 'v3']],
]);

const entry = join(projectRoot, 'examples', 'bookinfo', 'services', 'main.ts');

/** What `weft up` runs for a Deployment: the application, and which runtime it and its sidecar get. */
export interface DemoWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly runtime: RuntimeName;
  readonly sidecarRuntime: RuntimeName;
}

/** Undefined when no demo application has the Deployment's labels. */
export function demoWorkload(deployment: Resource<'Deployment'>, index: number): DemoWorkload | undefined {
  const { labels, annotations } = deployment.spec.template.metadata;
  const [app = '', version = ''] = [labels?.get('app'), labels?.get('version')];
  if (!applications.get(app)?.includes(version)) return undefined;
  // Both runtimes are shown even where no annotation asks for one.
  const turn = index % 2 === 0;
  const runtime = runtimeName(annotations?.get('weft.dev/runtime')) ?? (turn ? 'deno' : 'bun');
  const sidecarRuntime = runtimeName(annotations?.get('weft.dev/sidecar-runtime')) ?? (turn ? 'bun' : 'deno');
  const { namespace, name } = deployment;
  const command = [...runtimeCommand(runtime), entry, '--app', app, '--version', version] as [
    string,
    ...string[],
  ];
  return { namespace, name, command, runtime, sidecarRuntime };
}

function runtimeName(value: string | undefined): RuntimeName | undefined {
  return value === 'deno' || value === 'bun' || value === 'node' ? value : undefined;
}
