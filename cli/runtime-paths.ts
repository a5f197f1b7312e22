import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError } from './exit-code.ts';

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

export type RuntimeName = 'node' | 'deno' | 'bun';

const executable = (name: string): string => (process.platform === 'win32' ? `${name}.exe` : name);

/** Where the pinned runtimes are, called directly: their npm shims cost a Node start each. */
const candidates: Readonly<Record<Exclude<RuntimeName, 'node'>, string>> = {
  deno: join('node_modules', 'deno', executable('deno')),
  bun: join('node_modules', 'bun', 'bin', 'bun.exe'),
};

/**
 * How Deno runs what we start. A proxy has about one core: the threads of the garbage collector cost it more than they
 * save (a quarter of what a WebSocket message costs).
 */
export const denoRun = ['run', '--no-prompt', '--quiet', '--v8-flags=--single-threaded-gc'] as const;

/** The command and the leading arguments that run a TypeScript file under `runtime`. */
export function runtimeCommand(runtime: RuntimeName): readonly [command: string, ...args: string[]] {
  if (runtime === 'node') return [process.execPath, '--disable-warning=ExperimentalWarning'];
  const path = runtimePath(runtime);
  return runtime === 'deno' ? [path, ...denoRun, '--allow-all'] : [path, 'run'];
}

/** Where the pinned runtime is; fails with what to do where it is not. */
export function runtimePath(runtime: Exclude<RuntimeName, 'node'>): string {
  const path = join(projectRoot, candidates[runtime]);
  if (existsSync(path)) return path;
  throw new CommandError(`the ${runtime} runtime is missing at ${path}. Run: npm install`);
}

export const wranglerScript = join(projectRoot, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
