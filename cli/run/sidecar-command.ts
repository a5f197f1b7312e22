import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, type RuntimeName, runtimeCommand, runtimePath } from '../runtime-paths.ts';

/** What a sidecar under Deno may touch. */
export interface DenoPlaces {
  /** File of the join bundle; undefined = none. */
  readonly join: string | undefined;
  /** State directory; it is created where it is not there. */
  readonly state: string;
  /** Hosts, addresses and ports as `deno --allow-net` takes them; undefined = any. */
  readonly net: string | undefined;
}

const main = join(projectRoot, 'sidecar', 'main.ts');

/** Variables that the sidecar and its libraries read. */
const ENVIRONMENT = [
  'WEFT_*',
  'ISTIO_*',
  'MINIMUM_DRAIN_DURATION',
  'EXIT_ON_ZERO_ACTIVE_CONNECTIONS',
  'TERMINATION_DRAIN_DURATION_SECONDS',
];

/** The command that runs a sidecar; under Deno with no more rights than it needs. */
export function sidecarCommand(runtime: RuntimeName, places: DenoPlaces): [string, ...string[]] {
  if (runtime !== 'deno') return [...runtimeCommand(runtime), main];
  return [runtimePath('deno'), 'run', '--no-prompt', '--quiet', ...denoPermissions(places), main];
}

/** `deno run`'s flags: its state, its join bundle, the network, its own variables. No subprocess, no library. */
export function denoPermissions({ join: bundle, state, net }: DenoPlaces): string[] {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const directory = realpathSync(state);
  const read = [directory, ...(bundle !== undefined && existsSync(bundle) ? [realpathSync(bundle)] : [])];
  return [
    net === undefined ? '--allow-net' : `--allow-net=${net}`,
    `--allow-read=${read.join(',')}`,
    `--allow-write=${directory}`,
    `--allow-env=${ENVIRONMENT.join(',')}`,
  ];
}
