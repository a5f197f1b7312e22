import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SIDECAR_VARIABLES } from '../../src/runtime/control/sidecar-variables.ts';
import { denoRun, projectRoot, type RuntimeName, runtimeCommand, runtimePath } from '../runtime-paths.ts';

/** What a sidecar under Deno may touch. */
export interface DenoPlaces {
  /** File of the join bundle; undefined = none. */
  readonly join: string | undefined;
  /** State directory; it is created where it is not there. */
  readonly state: string;
  /** Hosts, addresses and ports as `deno --allow-net` takes them; undefined = any. */
  readonly net: string | undefined;
  /** File of the token that attests it (`WEFT_TOKEN_FILE`), and folder for the application's certificates. */
  readonly tokenFile?: string | undefined;
  readonly outputCerts?: string | undefined;
  /** Whether connections are redirected to it: only the C library tells where they were going. */
  readonly interception?: boolean;
}

const main = join(projectRoot, 'sidecar', 'main.ts');

/** The command that runs a sidecar; under Deno with no more rights than it needs. */
export function sidecarCommand(runtime: RuntimeName, places: DenoPlaces): [string, ...string[]] {
  if (runtime !== 'deno') return [...runtimeCommand(runtime), main];
  return [runtimePath('deno'), ...denoRun, ...denoPermissions(places), main];
}

/**
 * `deno run`'s flags: its state, its bundle or token, the network, its own variables. No subprocess, and no library
 * without interception, which also asks the resolvers of the system.
 */
export function denoPermissions(places: DenoPlaces): string[] {
  const { join: bundle, state, tokenFile, outputCerts, net, interception = false } = places;
  const written = [state, ...(outputCerts ? [outputCerts] : [])].map(madeDirectory);
  const read = [bundle, tokenFile].filter((file) => file !== undefined && existsSync(file)) as string[];
  // A token that is renewed is another file behind the same name.
  const others = tokenFile === undefined ? [] : [dirname(resolve(tokenFile))];
  if (interception) others.push('/etc/resolv.conf');
  return [
    net === undefined ? '--allow-net' : `--allow-net=${net}`,
    `--allow-read=${[...written, ...read.map((file) => realpathSync(file)), ...others].join(',')}`,
    `--allow-write=${written.join(',')}`,
    `--allow-env=${['WEFT_*', ...SIDECAR_VARIABLES].join(',')}`,
    ...(interception ? ['--allow-ffi'] : []),
  ];
}

function madeDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return realpathSync(path);
}
