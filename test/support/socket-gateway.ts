import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import { serve } from '../../src/proxy/serve.ts';
import { keepsConnection, serveConnection } from '../../src/proxy/serve-connection.ts';
import { GatewayPortSet } from '../../src/runtime/sockets/gateway-port-set.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../../src/runtime/sockets/tcp-upstream.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import type { DeliveredCredential } from '../../src/snapshot/credential.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { validateSnapshot } from '../../src/snapshot/validate-snapshot.ts';
import { EdgeCa, writePair } from './edge-certificate.ts';
import { resourcesOf } from './parsed.ts';

const drainMs = 1000;

/** The gateway on sockets in this process, compiled from YAML, without a mesh around it. */
export class SocketGateway {
  /** For certificates; `FOLDER` in the YAML stands for it. */
  readonly folder = mkdtempSync(join(tmpdir(), 'weft-edge-'));
  /** Events that were logged. */
  readonly events: string[] = [];
  readonly #endpoints = new EndpointTable();
  readonly #transport = new SocketsTransport();
  readonly #ports: GatewayPortSet;
  #active: ActiveSnapshot | undefined;
  /** What control would have handed out, by the name of the Secret. */
  readonly credentials = new Map<string, DeliveredCredential>();

  constructor() {
    const note = (event: string) => void this.events.push(event);
    const log = { info: note, warn: note, error: note };
    const parts = { active: () => this.#active, endpoints: this.#endpoints, clock, random, log };
    const requests = { resolve: async () => false, transport: this.#transport, bodies: SOCKET_BODIES };
    this.#ports = new GatewayPortSet({
      address: '127.0.0.1',
      ports: () => this.#active?.gatewayPorts,
      bind: () => 0,
      handler: serve({ ...parts, ...requests, debug: false }),
      tcp: serveConnection({ ...parts, streams: new TcpTransport() }),
      keepsTcp: keepsConnection(parts),
      credentials: ({ certificate }) => this.credentials.get(certificate),
      log,
    });
  }

  /** Puts manifests in force. */
  async apply(yaml: string): Promise<void> {
    const resources = resourcesOf(yaml.replaceAll('FOLDER', this.folder));
    await this.run(compile(resources, ingressGateway, meshSettings).snapshot);
  }

  /** Puts a snapshot in force. */
  async run(snapshot: Snapshot): Promise<void> {
    this.#active = activate(validateSnapshot(JSON.parse(JSON.stringify(snapshot))), { gatewayPorts: true });
    await this.#ports.apply(drainMs);
  }

  /** What is in force. */
  get snapshot(): Snapshot | undefined {
    return this.#active?.snapshot;
  }

  /** Where a server port is bound. */
  port(serverPort: number): number {
    const found = this.#ports.bound.find(([number]) => number === serverPort);
    if (found === undefined) throw new Error(`port ${serverPort} is not open`);
    return found[1];
  }

  get serverPorts(): number[] {
    return this.#ports.bound.map(([number]) => number);
  }

  drain(): Promise<void> {
    return this.#ports.drain(drainMs);
  }

  close(): void {
    this.#ports.close();
    this.#transport.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A Gateway `edge` for the ingress gateway, with these servers as YAML list items. */
export const gatewayOf = (servers: string): string => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers:
${servers}
---
`;

/** Runs with a gateway in whose folder are `ca.pem` and what that CA certified: `a` and `b`, of `a.example` and `b.example`. */
export async function withGateway(run: (gateway: SocketGateway, ca: EdgeCa) => Promise<void>): Promise<void> {
  const gateway = new SocketGateway();
  try {
    const ca = await EdgeCa.create('edge');
    for (const name of ['a', 'b']) writePair(gateway.folder, name, await ca.server(`${name}.example`));
    writeFileSync(join(gateway.folder, 'ca.pem'), ca.pem);
    await run(gateway, ca);
  } finally {
    gateway.close();
  }
}
