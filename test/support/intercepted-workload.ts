import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sidecarCommand } from '../../cli/run/sidecar-command.ts';
import type { RuntimeName } from '../../cli/runtime-paths.ts';
import type { ControlProcess } from './control-process.ts';
import { type Finished, type NetworkNamespace, SIDECAR_USER } from './network-namespace.ts';

/** A Service of HTTP and TCP, and its Deployment. */
export function interceptedService(name: string): string {
  return `
{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {selector: {app: ${name}},
 ports: [{port: 9080, name: http}, {port: 9000, name: tcp-capitals}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}-v1}, spec: {selector: {matchLabels: {app: ${name}}},
 template: {metadata: {labels: {app: ${name}}}, spec: {serviceAccountName: ${name}, containers: [{name: main}]}}}}
---
`;
}

/** Knows nothing of a mesh: tells over HTTP who is said to ask, and answers TCP in capitals. */
const APPLICATION = `
const { createServer } = require('node:http');
const asked = ({ headers }) => JSON.stringify({ host: headers.host, by: headers['x-forwarded-client-cert'] ?? '' });
createServer((request, response) => response.end(asked(request))).listen(9080);
const capitals = (client) => client.on('data', (bytes) => client.end(String(bytes).toUpperCase()));
require('node:net').createServer((client) => capitals(client).on('error', () => client.destroy())).listen(9000);
`;

/** An unmodified application in a network namespace whose connections all go through its sidecar. */
export class InterceptedWorkload {
  readonly place: NetworkNamespace;
  /** What the sidecar said. */
  readonly log: () => string;
  readonly #sidecar: ChildProcess;

  private constructor(place: NetworkNamespace, sidecar: ChildProcess, log: () => string) {
    this.place = place;
    this.log = log;
    this.#sidecar = sidecar;
  }

  /** Resolves when its sidecar serves and the rules are in force. */
  static async start(
    place: NetworkNamespace,
    name: string,
    runtime: RuntimeName,
    control: ControlProcess,
  ): Promise<InterceptedWorkload> {
    await place.lendPort(Number(new URL(control.url).port), control.folder);
    place.start([process.execPath, '-e', APPLICATION]);
    const { join: file, state } = await sidecarFiles(name, control);
    const command = sidecarCommand(runtime, { join: file, state, net: undefined, interception: true });
    const flags = ['--join', file, '--state', state, '--app-port', '9080', '--address', place.ipv4];
    const env = { WEFT_PROXY_CREDENTIAL: 'c', WEFT_INTERCEPTION: 'redirect', HOME: state, DENO_DIR: state };
    const sidecar = place.start([...command, ...flags, '--standard-ports'], SIDECAR_USER, env);
    const workload = new InterceptedWorkload(place, sidecar, await ready(sidecar));
    const { code, stderr } = await workload.intercept('apply');
    assert.equal(code, 0, stderr);
    return workload;
  }

  /** The same application with another sidecar, which a shell command starts. */
  async exchangeSidecar(command: string): Promise<InterceptedWorkload> {
    const ended = new Promise((resolve) => this.#sidecar.once('exit', resolve));
    this.#sidecar.kill('SIGKILL');
    await ended;
    const sidecar = this.place.start(['bash', '-c', `exec ${command}`]);
    return new InterceptedWorkload(this.place, sidecar, await ready(sidecar));
  }

  /** Runs `weft intercept` in the namespace. */
  intercept(...args: readonly string[]): Promise<Finished> {
    const weft = [process.execPath, '--disable-warning=ExperimentalWarning', 'cli/main.ts'];
    return this.place.run([...weft, 'intercept', ...args]);
  }
}

/** A join bundle and a folder that the sidecar's user can read. */
export async function sidecarFiles(
  name: string,
  control: ControlProcess,
): Promise<{ readonly join: string; readonly state: string }> {
  const state = mkdtempSync(join(control.folder, `${name}-`));
  const file = await control.joinFile(`${name}-v1`);
  chmodSync(control.folder, 0o711);
  for (const path of [file, state]) chownSync(path, SIDECAR_USER, SIDECAR_USER);
  return { join: file, state };
}

/** Resolves with what it says once it is ready. */
function ready(sidecar: ChildProcess): Promise<() => string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const hear = (line: string) => {
      said = `${said}${line}\n`.slice(-10_000);
      if (line.startsWith('{"event":"ready"')) resolve(() => said);
    };
    for (const stream of [sidecar.stdout, sidecar.stderr])
      if (stream) createInterface({ input: stream }).on('line', hear);
    sidecar.once('exit', (code) => reject(new Error(`the sidecar ended with ${code}:\n${said}`)));
  });
}
