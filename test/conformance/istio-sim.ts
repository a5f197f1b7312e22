import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import { acceptConnection } from '../../src/proxy/decide/accept.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import type { Decision } from '../../src/proxy/decide/decision.ts';
import type { TraceEntry } from '../../src/proxy/decide/trace.ts';
import type { Target } from '../../src/snapshot/target.ts';
import type { CaseResult, Suite } from './suite.ts';

interface Case {
  readonly name: string;
  readonly proxy: string;
  readonly config: string;
  readonly kubeConfig?: string;
  readonly calls: readonly CaseCall[];
}

interface CaseCall {
  readonly Name: string;
  readonly Call: {
    readonly Port: number;
    readonly HostHeader?: string;
    readonly Path?: string;
    readonly Protocol: 'HTTP' | 'TCP';
    readonly TLS?: 'TLS' | 'MTLS' | 'Plaintext';
    readonly CallMode?: string;
  };
  readonly Result: { readonly Error?: string; readonly ClusterMatched?: string };
}

/** What became of a call: the cluster that its route names, or why there is none. */
type Met = { readonly cluster: string } | { readonly error: string };

/** The workload of the sidecar cases. */
const sidecar: Target = {
  kind: 'sidecar',
  namespace: 'default',
  name: 'foo',
  serviceAccount: 'default',
  labels: [['app', 'foo']],
};

/** Istio's simulated Envoy configurations: which cluster a call meets, or which error. */
export const suite: Suite = {
  name: 'istio-sim',
  run: async (data) => {
    const lines = readFileSync(join(data, 'istio-sim.jsonl'), 'utf8').split('\n');
    const cases = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Case);
    return cases.flatMap((item, at) =>
      item.calls
        .filter((call) => !JSON.stringify([call, item.config]).includes('$go'))
        .map((call) => judge(item, call, `${at + 1} ${item.name}: ${call.Name}`)),
    );
  },
};

function judge(item: Case, call: CaseCall, id: string): CaseResult {
  if (item.kubeConfig?.includes('kind: Ingress')) {
    return { id, verdict: 'not-applicable', rule: 'kubernetes-ingress' };
  }
  const { Error: error, ClusterMatched: cluster } = call.Result;
  const wanted = JSON.stringify(error ? { error } : { cluster: shortCluster(cluster ?? '') });
  const met = meet(item, call);
  const got = JSON.stringify('cluster' in met ? { cluster: shortCluster(met.cluster) } : met);
  return { id, verdict: got === wanted ? 'passed' : 'failed', expected: wanted, got };
}

/** The simulation has no cluster domain. */
function shortCluster(name: string): string {
  return name.replace(/\.svc\.cluster\.local$/, '');
}

function meet(item: Case, call: CaseCall): Met {
  const target = item.proxy.startsWith('gateway') ? ingressGateway : sidecar;
  // Some texts hold two documents with nothing between them.
  const yaml = item.config.replace(/\napiVersion:/g, '\n---\napiVersion:');
  const { resources: parsed, diagnostics } = parseResources(yaml, 'case.yaml');
  const refused = diagnostics.find(({ severity }) => severity === 'error');
  if (refused) return { error: `refused: ${refused.code} ${refused.message}` };
  const resources = parsed.map((resource) => inSimulation(resource, target));
  const { snapshot } = compile(resources, target, meshSettings);
  const active = activate(snapshot, { gatewayPorts: true });
  if (target.kind === 'gateway') return meetGateway(active, call);
  return call.Call.CallMode === 'CallModeInbound' ? meetInbound(active, call) : meetOutbound(active, call);
}

/**
 * The simulation's store creates everything at one instant, and its proxy is known by the address 1.1.1.1, where we go
 * by labels.
 */
function inSimulation(resource: Resource, { labels }: Target): Resource {
  const created = { ...resource, created: 0 };
  if (created.kind !== 'ServiceEntry') return created;
  const { spec } = created as Resource<'ServiceEntry'>;
  const endpoints = spec.endpoints.map((one) =>
    one.address === '1.1.1.1' ? { ...one, labels: new Map([...labels, ...(one.labels ?? [])]) } : one,
  );
  return { ...created, spec: { ...spec, endpoints } };
}

function meetGateway(active: ActiveSnapshot, { Call: call }: CaseCall): Met {
  const servers = active.gatewayPorts?.servers(call.Port) ?? [];
  if (servers.length === 0) return { error: 'ErrNoListener' };
  const serverName = call.TLS === 'TLS' || call.TLS === 'MTLS' ? call.HostHeader : undefined;
  const server = active.gatewayPorts?.server(call.Port, serverName);
  if (server === undefined) return { error: 'ErrNoFilterChain' };
  const connection = connectionOf('gateway', call, serverName);
  return server.protocol === 'TCP' || server.protocol === 'TLS'
    ? decided((inputs, trace) => active.decideConnection(connection, inputs, trace))
    : request(active, connection, call);
}

/** A sidecar here is asked by name and port, whatever port interception would have caught. */
function meetOutbound(active: ActiveSnapshot, { Call: call }: CaseCall): Met {
  const host = `${call.HostHeader ?? 'unnamed'}`.replace(/:\d+$/, '');
  const connection = connectionOf('outbound', call, undefined);
  return request(active, connection, { ...call, HostHeader: `${host}:${call.Port}` });
}

function meetInbound(active: ActiveSnapshot, { Call: call }: CaseCall): Met {
  const listener = active.inbound(call.Port);
  if (listener === undefined) return { error: 'ErrNoListener' };
  // Where no TLS of the mesh ends, mutual TLS is bytes like any other.
  const meshTls = call.TLS === 'MTLS' && listener.mtls !== 'DISABLE';
  const kind = meshTls ? 'mesh-tls' : call.TLS === 'Plaintext' || !call.TLS ? 'plaintext' : 'foreign-tls';
  const verdict = acceptConnection(listener.mtls, kind);
  if (verdict === 'close') return { error: 'ErrNoFilterChain' };
  const connection = connectionOf('inbound', call, undefined);
  return call.Protocol === 'TCP' || verdict === 'passthrough'
    ? decided((inputs, trace) => active.decideConnection(connection, inputs, trace))
    : request(active, connection, call);
}

function request(active: ActiveSnapshot, connection: Connection, call: CaseCall['Call']): Met {
  const headers = HeaderList.from([['host', call.HostHeader ?? 'unnamed']]);
  const head = { method: 'GET', target: call.Path ?? '/', headers };
  const judged = canonicalRequest(head, connection.scheme, 'BASE');
  if (isRefusal(judged)) return { error: judged.reason };
  return decided((inputs, trace) => active.decide(judged, connection, inputs, trace));
}

type Decide = (
  inputs: Parameters<ActiveSnapshot['decide']>[2],
  trace: Parameters<ActiveSnapshot['decide']>[3],
) => Decision;

/** A route may name a cluster whose service the case leaves out; the simulation asks for the name only. */
function decided(decide: Decide): Met {
  const entries: TraceEntry[] = [];
  const inputs = { now: 0, draw: () => 0, bytes: (length: number) => new Uint8Array(length) };
  const decision = decide(inputs, { add: (entry) => entries.push(entry) });
  if (decision.kind === 'forward') return { cluster: decision.cluster };
  const named = entries.flatMap(({ destinations = [] }) => destinations)[0]?.cluster;
  if (named !== undefined) return { cluster: named };
  if (decision.kind === 'ask') return { error: `asked for ${decision.need}` };
  if (decision.status === 301) return { error: 'ErrTLSRedirect' };
  if (decision.status !== 404) return { error: `${decision.status} ${decision.details}` };
  return { error: entries.some(isMissingHost) ? 'ErrNoVirtualHost' : 'ErrNoRoute' };
}

function isMissingHost({ step, verdict }: TraceEntry): boolean {
  return step === 'virtual host' && verdict === 'miss';
}

function connectionOf(
  direction: Connection['direction'],
  { Port: port, TLS: tls }: CaseCall['Call'],
  serverName: string | undefined,
): Connection {
  const mutual = direction === 'inbound' && tls === 'MTLS';
  return {
    direction,
    port,
    scheme: serverName === undefined ? 'http' : 'https',
    remoteAddress: '10.0.0.1',
    localAddress: '1.1.1.1',
    security: mutual ? 'mutual_tls' : 'none',
    peer: mutual ? { id: { trustDomain: 'cluster.local', path: '/ns/default/sa/client' } } : undefined,
    serverName,
  };
}
