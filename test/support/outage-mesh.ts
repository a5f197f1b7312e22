import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ControlClient } from '../../cli/control-client.ts';
import type { RuntimeName } from '../../cli/runtime-paths.ts';
import type { JoinBundle } from '../../src/identity/join-bundle.ts';
import { ProgramProcess } from './child-process.ts';
import { serviceOf } from './control-parts.ts';
import { ask } from './http-client.ts';
import { freshState } from './running-mesh.ts';
import { until } from './until.ts';

const CREDENTIAL = 'a credential of the test';

/** Only mutual TLS reaches a workload, and no request is tried a second time. */
const STRICT_AND_ONCE = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: server, namespace: default}
spec:
  hosts: [server]
  http: [{route: [{destination: {host: server}}], retries: {attempts: 0}}]
`;

type Role = 'client' | 'server';

interface SidecarPorts {
  readonly inbound: number;
  readonly outbound: number;
  readonly admin: number;
}

/** The certificate that a sidecar shows now. */
export interface ShownCertificate {
  readonly notBefore: string;
  readonly notAfter: string;
}

/** Control and the sidecars of a client and a server as real processes, each of which can be taken away and come back. */
export class OutageMesh {
  readonly sidecars = new Map<Role, ProgramProcess>();
  readonly ports = new Map<Role, SidecarPorts>();
  readonly #folder = freshState();
  readonly #svidTtl: number;
  readonly #app: Server;
  #controlPort = 0;
  #control: ProgramProcess | undefined;

  private constructor(svidTtl: number, app: Server) {
    this.#svidTtl = svidTtl;
    this.#app = app;
  }

  /** The client's sidecar runs on the first runtime, the server's on the second; certificates live `svidTtl` s. */
  static async start(svidTtl: number, runtimes: Readonly<Record<Role, RuntimeName>>): Promise<OutageMesh> {
    const app = createServer((_, response) => response.end('here'));
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    const mesh = new OutageMesh(svidTtl, app);
    await mesh.startControl();
    await mesh.apply(`${serviceOf('client')}---${serviceOf('server')}---${STRICT_AND_ONCE}`);
    mkdirSync(join(mesh.#folder, 'join'));
    for (const role of ['server', 'client'] as const) {
      const file = join(mesh.#folder, 'join', `${role}.json`);
      const grant = { namespace: 'default', workload: `${role}-v1` };
      const bundle = await mesh.client.post<JoinBundle>('/v1/admin/join-bundles', grant);
      writeFileSync(file, JSON.stringify(bundle), { mode: 0o600 });
      await mesh.startSidecar(role, runtimes[role]);
      rmSync(file);
    }
    await until('the server is reached', async () => ((await mesh.status()) === 200 ? true : undefined));
    return mesh;
  }

  get client(): ControlClient {
    return ControlClient.fromState(this.controlState);
  }

  /** The state directory of control. */
  get controlState(): string {
    return join(this.#folder, 'control');
  }

  /** On the port that it had before, if it had one. */
  async startControl(): Promise<void> {
    const state = ['--state', join(this.#folder, 'control'), '--svid-ttl', String(this.#svidTtl)];
    // The first one has nobody to wait for.
    if (this.#controlPort === 0) state.push('--fresh');
    const control = new ProgramProcess('node', 'control/main.ts', [
      ...state,
      '--port',
      String(this.#controlPort),
    ]);
    const { url } = await control.ready();
    this.#controlPort = Number(new URL(String(url)).port);
    this.#control = control;
  }

  /** Takes control away without a farewell. */
  async killControl(): Promise<void> {
    await this.#control?.end('SIGKILL');
  }

  async startSidecar(role: Role, runtime: RuntimeName): Promise<void> {
    const { port } = this.#app.address() as AddressInfo;
    const bundle = ['--join', join(this.#folder, 'join', `${role}.json`)];
    const args = [...bundle, '--state', this.stateOf(role), '--app-port', String(port)];
    const sidecar = new ProgramProcess(runtime, 'sidecar/main.ts', args, {
      WEFT_PROXY_CREDENTIAL: CREDENTIAL,
    });
    this.sidecars.set(role, sidecar);
    const { inbound, outbound, admin } = await sidecar.ready();
    this.ports.set(role, { inbound: Number(inbound), outbound: Number(outbound), admin: Number(admin) });
  }

  /** The state directory of a sidecar. */
  stateOf(role: Role): string {
    return join(this.#folder, `${role}-state`);
  }

  async apply(text: string): Promise<number> {
    const files = [{ file: 'mesh.yaml', text }];
    const answer = await this.client.post<{ revision?: number }>('/v1/admin/apply', { files, replace: true });
    if (answer.revision === undefined) throw new Error(JSON.stringify(answer));
    return answer.revision;
  }

  /** Where the client's application calls the server, and with what. */
  get call(): { readonly url: string; readonly headers: Readonly<Record<string, string>> } {
    return {
      url: `http://127.0.0.1:${this.ports.get('client')?.outbound}/`,
      headers: { host: 'server', 'proxy-authorization': `Basic ${btoa(`weft:${CREDENTIAL}`)}` },
    };
  }

  /** Of one call. */
  async status(): Promise<number> {
    const { url, headers } = this.call;
    return (await ask(url, { headers })).status;
  }

  async certificate(role: Role): Promise<ShownCertificate | undefined> {
    const { body } = await ask(`${this.#admin(role)}/certs`);
    const [shown] = JSON.parse(body).certificates;
    const leaf = shown?.cert_chain[0];
    return leaf && { notBefore: leaf.valid_from, notAfter: leaf.expiration_time };
  }

  /** Of the page /ready. */
  async readiness(role: Role): Promise<{ readonly status: number; readonly page: Record<string, unknown> }> {
    const { status, body } = await ask(`${this.#admin(role)}/ready?format=json`);
    return { status, page: JSON.parse(body) };
  }

  async stop(): Promise<void> {
    for (const sidecar of this.sidecars.values()) await sidecar.end('SIGKILL');
    await this.killControl();
    this.#app.closeAllConnections();
    this.#app.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #admin(role: Role): string {
    return `http://127.0.0.1:${this.ports.get(role)?.admin}`;
  }
}
