import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot, wranglerScript } from '../../cli/runtime-paths.ts';
import { freePort } from '../../cli/up/free-port.ts';

import { pinned } from '../pinning.ts';

/** A gateway Worker in a workerd of its own, without what `wrangler dev` runs beside it. */
export interface BareWorkerd {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** The gateway Worker as `wrangler deploy` would send it, in a folder of its own. */
export function bundleGateway(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-cold-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const config = join(projectRoot, 'wrangler.toml');
  const args = ['deploy', '--dry-run', '--config', config, '--outdir', folder];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' };
  execFileSync(process.execPath, [wranglerScript, ...args], { cwd: projectRoot, env, stdio: 'ignore' });
  return folder;
}

/** Starts the bundle; its KV namespace is the HTTP server on `kv`. Resolves when it takes connections. */
export async function startWorkerd(
  folder: string,
  kv: number,
  variables: Readonly<Record<string, string>>,
): Promise<BareWorkerd> {
  const port = await freePort();
  const file = join(folder, `config-${port}.capnp`);
  writeFileSync(file, configText(port, kv, variables));
  const [command, ...args] = pinned('measured', [workerdBinary(), 'serve', file]);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'close');
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  await untilListening(port);
  const stop = async () => {
    process.off('exit', kill);
    kill();
    await ended;
  };
  return { pid: child.pid ?? 0, port, stop };
}

function workerdBinary(): string {
  const require = createRequire(join(projectRoot, 'package.json'));
  return join(dirname(require.resolve('workerd/package.json')), 'bin', 'workerd');
}

function configText(port: number, kv: number, variables: Readonly<Record<string, string>>): string {
  const texts = Object.entries(variables).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  );
  const bindings = ['(name = "WEFT_CONFIG", kvNamespace = "kv")', ...texts].join(', ');
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .gateway),
    (name = "kv", external = (address = "127.0.0.1:${kv}", http = ())),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const gateway :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["no_nodejs_compat"],
  bindings = [${bindings}],
);
`;
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/.well-known/weft/status`).catch(() => undefined);
    if (answer !== undefined) {
      await answer.text();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('workerd does not listen');
}
