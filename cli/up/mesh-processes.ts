import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import type { JoinBundle } from '../../src/identity/join-bundle.ts';
import { formatSpiffeId, workloadId } from '../../src/identity/spiffe.ts';
import { ControlClient } from '../control-client.ts';
import { CommandError } from '../exit-code.ts';
import { sidecarCommand } from '../run/sidecar-command.ts';
import { projectRoot, type RuntimeName, runtimeCommand, wranglerScript } from '../runtime-paths.ts';
import type { Child } from './child.ts';
import type { DemoWorkload } from './demo-application.ts';
import { freePort } from './free-port.ts';
import type { GatewayChoice } from './gateway-choice.ts';
import { gatewayProof } from './gateway-proof.ts';
import { stateVariable } from './leftovers.ts';
import type { ProcessGroup } from './process-group.ts';

/** How long any one process may take to get ready. */
const readyMs = 60_000;
/** By which the gateway Worker signs its requests. */
const GATEWAY_ID = formatSpiffeId(
  workloadId(defaultMeshSettings.trustDomain, ingressGateway.namespace, ingressGateway.serviceAccount),
);

/** A line of the table that `weft up` prints. */
export interface ProcessRow {
  readonly name: string;
  readonly runtime: string;
  readonly identity: string;
  readonly ports: string;
  readonly pid: number;
}

/** Starts the processes of one mesh in a state directory. */
export class MeshProcesses {
  readonly rows: ProcessRow[] = [];
  readonly #group: ProcessGroup;
  readonly #state: string;
  /** Whether sidecars take signed requests: the gateway in workerd sends them. */
  #edge = false;
  /** With it control asks the gateway Worker for its traffic. */
  readonly #gatewayToken = randomBytes(32).toString('base64url');

  constructor(group: ProcessGroup, state: string) {
    this.#group = group;
    this.#state = state;
    for (const folder of ['logs', 'join', 'proxies'])
      mkdirSync(join(state, folder), { recursive: true, mode: 0o700 });
  }

  /** Only the gateway in workerd, on `gatewayPort`, reads a store of its own and is asked for its traffic. */
  async startControl({ kind }: GatewayChoice, gatewayPort: number): Promise<ControlClient> {
    const args = ['--state', this.#state, '--fresh'];
    const config = ['--gateway-config', join(projectRoot, 'wrangler.toml')];
    const url = ['--gateway-url', `http://127.0.0.1:${gatewayPort}`];
    const worker = [...config, '--gateway-persist', join(this.#state, 'kv'), ...url];
    const main = [...runtimeCommand('node'), join(projectRoot, 'control', 'main.ts')];
    const command = [...main, ...args, ...(kind === 'workerd' ? worker : [])];
    this.#edge = kind === 'workerd';
    const child = this.#start('control', command, {
      ...authorityKeys(),
      WEFT_GATEWAY_ADMIN_TOKEN: this.#gatewayToken,
    });
    const { url: address } = await child.event('ready', readyMs);
    this.#row(child, 'node', '', String(address));
    return ControlClient.fromState(this.#state);
  }

  /**
   * The gateway in workerd; resolves when it serves `revision` or a later one. It reads its store at its first
   * request, which therefore waits until the store is `stocked`.
   */
  async startGateway(
    port: number,
    control: ControlClient,
    revision: number,
    stocked: Promise<unknown>,
  ): Promise<string> {
    const signingKeys = JSON.stringify(await control.get('/v1/keys'));
    const { secret, rootsFile } = await gatewayProof(this.#state, control);
    const variables = {
      WEFT_SIGNING_KEYS: signingKeys,
      WEFT_MINIMUM_REVISION: String(revision),
      WEFT_POLL_MS: '1000',
      WEFT_EDGE: 'local',
      WEFT_DEBUG: '1',
      ...(process.env.WEFT_JWKS_HOSTS && { WEFT_JWKS_HOSTS: process.env.WEFT_JWKS_HOSTS }),
    };
    const url = `http://127.0.0.1:${port}`;
    const child = this.#start('gateway', this.#wranglerCommand(port, variables, secret), {
      WRANGLER_SEND_METRICS: 'false',
      CI: '1',
      // Whom workerd believes besides the web's authorities: the edge listeners of sidecars.
      NODE_EXTRA_CA_CERTS: rootsFile,
    });
    await stocked;
    await untilAnswers(`${url}/.well-known/weft/ready`, child);
    this.#row(child, 'workerd', GATEWAY_ID, url);
    return url;
  }

  /** The gateway on sockets; `frontPort` of the configuration is bound as `port`. Resolves when it serves. */
  async startSelfHostedGateway(
    port: number,
    frontPort: number | undefined,
    runtime: RuntimeName,
    control: ControlClient,
  ): Promise<string> {
    const { namespace, name } = ingressGateway;
    const file = await this.#joinFile(control, namespace, name);
    const bind = frontPort === undefined ? [] : ['--bind', `${frontPort}=${port}`];
    const kept = ['--state', this.#proxyState(namespace, name)];
    const args = ['--join', file, ...kept, '--address', '127.0.0.1', '--debug', ...bind];
    const main = join(projectRoot, 'gateway', 'self-hosted', 'main.ts');
    const child = this.#start('gateway', [...runtimeCommand(runtime), main, ...args], limitStore());
    const ready = await child.event('ready', readyMs);
    rmSync(file, { force: true });
    const url = `http://127.0.0.1:${port}`;
    this.#row(child, runtime, String(ready.identity), url);
    return url;
  }

  /** The sidecar first, then the application that calls through it. */
  async startWorkload(workload: DemoWorkload, control: ControlClient): Promise<void> {
    const { namespace, name } = workload;
    const file = await this.#joinFile(control, namespace, name);
    const credential = randomBytes(24).toString('base64url');
    const appPort = await freePort();
    const sidecar = await this.#startSidecar(workload, file, appPort, credential);
    const proxy = `http://weft:${credential}@127.0.0.1:${sidecar.outbound}`;
    const env = { PORT: String(appPort), HTTP_PROXY: proxy, POD_NAME: name, DENO_NO_UPDATE_CHECK: '1' };
    const app = this.#start(`${name} app`, workload.command, env);
    await untilAnswers(`http://127.0.0.1:${appPort}/health`, app);
    this.#row(app, workload.runtime, '', `127.0.0.1:${appPort}`);
  }

  async #startSidecar(workload: DemoWorkload, file: string, appPort: number, credential: string) {
    const state = this.#proxyState(workload.namespace, workload.name);
    const edge = this.#edge ? ['--edge-port', '0'] : [];
    const args = ['--join', file, '--state', state, '--app-port', String(appPort), ...edge];
    const places = { join: file, state, net: undefined };
    const command = [...sidecarCommand(workload.sidecarRuntime, places), ...args];
    const env = { WEFT_PROXY_CREDENTIAL: credential, ...limitStore() };
    const child = this.#start(`${workload.name} sidecar`, command, env);
    const ready = await child.event('ready', readyMs);
    // The token is used up; what is left of the bundle is of no use to anybody.
    rmSync(file, { force: true });
    const edgePort = ready.edge === undefined ? '' : `, edge ${ready.edge}`;
    const ports = `in ${ready.inbound}, out ${ready.outbound}, admin ${ready.admin}${edgePort}`;
    this.#row(child, workload.sidecarRuntime, String(ready.identity), ports);
    return { outbound: Number(ready.outbound) };
  }

  /** Where a proxy keeps its certificate and its last known good. */
  #proxyState(namespace: string, name: string): string {
    return join(this.#state, 'proxies', `${namespace}.${name}`);
  }

  /** A join bundle as a file that only its owner can read. */
  async #joinFile(control: ControlClient, namespace: string, workload: string): Promise<string> {
    const bundle = await control.post<JoinBundle>('/v1/admin/join-bundles', { namespace, workload });
    const file = join(this.#state, 'join', `${namespace}-${workload}.json`);
    writeFileSync(file, JSON.stringify(bundle), { mode: 0o600 });
    return file;
  }

  #wranglerCommand(port: number, variables: Readonly<Record<string, string>>, proofKey: string): string[] {
    const vars = Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
    const place = [
      '--local',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--persist-to',
      join(this.#state, 'kv'),
    ];
    const quiet = ['--show-interactive-dev-session=false', '--inspector-port', '0', '--log-level', 'warn'];
    return [
      process.execPath,
      wranglerScript,
      'dev',
      '--config',
      join(projectRoot, 'wrangler.toml'),
      ...place,
      ...quiet,
      ...vars,
      ...['--env-file', this.#secretsFile(proofKey)],
    ];
  }

  /** A command line can be read by every process of the machine, a file of ours cannot. */
  #secretsFile(proofKey: string): string {
    const file = join(this.#state, 'gateway.env');
    const secrets = [`WEFT_ADMIN_TOKEN=${this.#gatewayToken}`, `WEFT_PROOF_KEY=${proofKey}`];
    writeFileSync(file, `${secrets.join('\n')}\n`, { mode: 0o600 });
    return file;
  }

  #start(name: string, command: readonly string[], env: Readonly<Record<string, string>>): Child {
    const logFile = join(this.#state, 'logs', `${name.replaceAll(' ', '-')}.log`);
    return this.#group.start({
      name,
      command: command as [string, ...string[]],
      env: { ...env, [stateVariable]: this.#state },
      cwd: projectRoot,
      logFile,
    });
  }

  #row(child: Child, runtime: string, identity: string, ports: string): void {
    this.rows.push({ name: child.name, runtime, identity, ports, pid: child.pid ?? 0 });
  }
}

/** What opens the authority, and says whom it certifies: control's alone, no other process gets to see it. */
function authorityKeys(): Record<string, string> {
  const texts = ['WEFT_CA_KEK', 'WEFT_CA_PASSPHRASE'];
  // The children stand in another directory.
  const paths = ['WEFT_CA_PASSPHRASE_FILE', 'WEFT_CA_CERTS', 'WEFT_ATTESTORS'];
  const given = [...texts, ...paths].flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, paths.includes(name) ? resolve(value) : value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** Polls until the URL answers 200; fails as soon as the process behind it has ended. */
async function untilAnswers(url: string, child: Child): Promise<void> {
  const deadline = Date.now() + readyMs;
  while (Date.now() < deadline) {
    if (!child.running)
      throw new CommandError(
        `${child.name} ended before it was ready:\n${child.tail}\nlog: ${child.logFile}`,
      );
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new CommandError(
    `${child.name} does not answer at ${url} after ${readyMs / 1000} s:\n${child.tail}\nlog: ${child.logFile}`,
  );
}

/** Where proxies count together; applications are not told. */
function limitStore(): Record<string, string> {
  const { WEFT_RATE_LIMIT_REDIS: url } = process.env;
  return url === undefined ? {} : { WEFT_RATE_LIMIT_REDIS: url };
}
