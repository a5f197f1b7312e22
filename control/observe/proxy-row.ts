import { ingressGateway } from '../../src/config/compile/targets.ts';
import { targetMetadata } from '../../src/proxy/peer-metadata.ts';
import type { RejectedConfiguration, ReportedCertificate } from '../../src/proxy/telemetry/report.ts';
import type { Lease, Registry } from '../registry.ts';
import type { Member } from './graph.ts';
import type { Heard, ProxyTable } from './proxy-table.ts';

/** One running proxy, as operators see it. Times are milliseconds since the epoch; 0 = not heard of yet. */
export interface ProxyRow {
  readonly instance: string;
  readonly kind: 'gateway' | 'sidecar';
  readonly namespace: string;
  readonly workload: string;
  /** The workload's, from its labels. */
  readonly version: string;
  readonly runtime: string;
  /** Weft's; empty when it did not report. */
  readonly weft: string;
  /** Where the mesh reaches it; empty and 0 where control is not told. */
  readonly address: string;
  readonly port: number;
  /** Of the snapshot in force in it. */
  readonly revision: number;
  /** Whether that is the newest one. */
  readonly synced: boolean;
  readonly rejected?: RejectedConfiguration;
  readonly certificate?: ReportedCertificate;
  readonly startedAt: number;
  readonly lastReport: number;
  /** Its clock against control's, ms. */
  readonly skewMs: number;
}

interface RowParts {
  readonly registry: Pick<Registry, 'leases' | 'workloads'>;
  readonly proxies: Pick<ProxyTable, 'heard' | 'heardBesides'>;
  /** In force. */
  readonly revision: number;
}

/** Every proxy that holds a lease, and the gateways that report; by name. */
export function proxyRows({ registry, proxies, revision }: RowParts): ProxyRow[] {
  const { leases, workloads } = registry;
  const facts = new Map(
    [...workloads, ingressGateway].map((one) => [`${one.namespace}/${one.name}`, targetMetadata(one)]),
  );
  const version = (one: { readonly namespace: string; readonly workload: string }) =>
    facts.get(`${one.namespace}/${one.workload}`)?.version ?? '';
  const sidecars = leases.map((lease) =>
    sidecarRow(lease, proxies.heard(lease.instance), revision, version(lease)),
  );
  const gateways = proxies.heardBesides(leases).map((heard) => gatewayRow(heard, revision, version(heard)));
  const order = ({ kind, namespace, workload, instance }: ProxyRow) =>
    `${kind}/${namespace}/${workload}/${instance}`;
  return [...gateways, ...sidecars].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Every workload of the configuration, and the gateway, with how many of its proxies live and serve. */
export function members(rows: readonly ProxyRow[], { workloads }: Pick<Registry, 'workloads'>): Member[] {
  const targets = [
    ...workloads.map((one) => [one, 'workload'] as const),
    [ingressGateway, 'gateway'] as const,
  ];
  return targets.map(([target, kind]) => {
    const { namespace, name, canonicalService, version } = targetMetadata(target);
    const own = rows.filter((row) => row.namespace === namespace && row.workload === name);
    const ready = own.filter((row) => row.revision > 0).length;
    return {
      kind,
      namespace,
      workload: name,
      service: canonicalService,
      version,
      instances: own.length,
      ready,
    };
  });
}

function sidecarRow(lease: Lease, heard: Heard | undefined, inForce: number, version: string): ProxyRow {
  const { instance, namespace, workload, address, port, runtime } = lease;
  const revision = Math.max(lease.revision, heard?.report.revision ?? 0);
  const place = { instance, kind: 'sidecar', namespace, workload, version, runtime, address, port } as const;
  return { ...place, ...reported(heard), revision, synced: revision === inForce };
}

function gatewayRow(heard: Heard, inForce: number, version: string): ProxyRow {
  const { namespace, workload, owner, report } = heard;
  const { instance, runtime, revision } = report;
  const url = URL.parse(owner);
  const place = url?.host
    ? { address: url.hostname, port: Number(url.port) || 443 }
    : { address: '', port: 0 };
  const name = { instance, kind: 'gateway', namespace, workload, version, runtime } as const;
  return { ...name, ...place, ...reported(heard), revision, synced: revision === inForce };
}

function reported(heard: Heard | undefined) {
  if (!heard) return { weft: '', startedAt: 0, lastReport: 0, skewMs: 0 };
  const { report, receivedAt: lastReport, skewMs } = heard;
  const { version: weft, startedAt, rejected, certificate } = report;
  return {
    weft,
    startedAt,
    lastReport,
    skewMs,
    ...(rejected && { rejected }),
    ...(certificate && { certificate }),
  };
}
