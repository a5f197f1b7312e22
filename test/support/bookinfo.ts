import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type AppRuntime = 'deno' | 'bun';

/** A service of the Bookinfo example, running. */
export interface RunningService {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** What it said of itself when it was ready. */
  readonly announced: { readonly app: string; readonly version: string; readonly runtime: string };
  /** Asks it to end; resolves to its exit code, or null where it had to be killed. */
  stop(): Promise<number | null>;
}

const main = fileURLToPath(new URL('../../examples/bookinfo/services/main.ts', import.meta.url));
const program = (name: string) => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

/** Starts one service as its own process on a free port, and resolves when it listens. */
export async function startService(
  runtime: AppRuntime,
  args: { readonly app: string; readonly version?: string; readonly proxy?: string },
): Promise<RunningService> {
  const run = runtime === 'deno' ? ['run', '-A', main] : [main];
  const { HTTP_PROXY: _, http_proxy: __, NO_PROXY: ___, no_proxy: ____, ...inherited } = process.env;
  const child = spawn(
    program(runtime),
    [...run, '--app', args.app, ...(args.version === undefined ? [] : ['--version', args.version])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...inherited, PORT: '0', ...(args.proxy && { HTTP_PROXY: args.proxy }) },
    },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const line = await Promise.race([firstLine(child.stdout), ended]);
  if (typeof line !== 'string') throw new Error(`${args.app} under ${runtime} ended with ${line}`);
  const announced = JSON.parse(line);
  return {
    url: announced.url,
    announced,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => createInterface(stream).once('line', resolve));
}
