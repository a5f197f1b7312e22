import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import { publicationEntries } from '../../src/snapshot/publish.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { EchoServices } from './echo-services.ts';
import { GatewayProcess } from './gateway-process.ts';
import { RawClient, type RawRequest, type RawResponse } from './raw-request.ts';
import { RunningGateway } from './running-gateway.ts';

/** A gateway of a process of its own that can be given a snapshot and then asked. */
export interface LiveGateway {
  readonly platform: 'workerd' | 'deno' | 'bun';
  run(snapshot: Snapshot): Promise<void>;
  /** `port` is that of the listener. */
  send(port: number, request: RawRequest): Promise<RawResponse>;
  stop(): Promise<void>;
}

/** The self-hosted gateway's ports under Deno or Bun. */
export function socketGateway(platform: 'deno' | 'bun'): LiveGateway {
  const process = new GatewayProcess(platform);
  let clients = new Map<number, RawClient>();
  return {
    platform,
    async run(snapshot) {
      for (const client of clients.values()) client.close();
      const bound = await process.run(snapshot);
      clients = new Map([...bound].map(([port, at]) => [port, new RawClient(at)]));
    },
    async send(port, request) {
      const client = clients.get(port);
      if (client === undefined) throw new Error(`port ${port} is not open`);
      return client.send(request);
    },
    stop: async () => {
      for (const client of clients.values()) client.close();
      process.close();
    },
  };
}

/** The Worker in workerd. It has no ports of its own, and asks its store at every request. */
export async function workerGateway(): Promise<LiveGateway> {
  const gateway = await RunningGateway.start();
  let revision = 0;
  return {
    platform: 'workerd',
    async run(snapshot) {
      revision++;
      const created = Date.now();
      const times = { created, expires: created + 86_400_000 };
      const publication = { mesh: 'weft', revision, ...times, snapshots: [snapshot], sources: [] };
      await gateway.put((await publicationEntries(publication, gateway.key)).flat());
    },
    send: (_, request) => gateway.client.send(request),
    stop: () => gateway.stop(),
  };
}

/**
 * What a gateway of that name runs: its own listeners only, and every Service with the echo server of its name as its
 * sole endpoint, as a cluster would fill its EndpointSlices in.
 */
export async function snapshotOf(
  resources: readonly Resource[],
  { name, namespace }: { readonly name: string; readonly namespace: string },
  echoes: EchoServices,
): Promise<Snapshot> {
  const labels = [['gateway.networking.k8s.io/gateway-name', name]] as const;
  const target = { kind: 'gateway', namespace, name, serviceAccount: name, labels } as const;
  const { snapshot } = compile(await withEndpoints(resources, echoes), target, defaultMeshSettings);
  return { ...snapshot, target: ingressGateway };
}

async function withEndpoints(resources: readonly Resource[], echoes: EchoServices): Promise<Resource[]> {
  const all: Resource[] = resources.filter(({ kind }) => kind !== 'EndpointSlice');
  for (const resource of resources) {
    if (resource.kind !== 'Service') continue;
    const { name, namespace, spec } = resource as Resource<'Service'>;
    const port = await echoes.port(`${name}.${namespace}`);
    const ports = spec.ports.map((one) => ({ name: one.name ?? '', port }));
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'] }],
      ports,
    };
    all.push(...parseResources(JSON.stringify(slice), 'slice.yaml').resources);
  }
  return all.map((one) =>
    one.kind === 'Service'
      ? { ...one, spec: { ...(one as Resource<'Service'>).spec, selector: undefined } }
      : one,
  ) as Resource[];
}
