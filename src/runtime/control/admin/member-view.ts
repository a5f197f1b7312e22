import type { ProxyCore } from '../../../proxy/proxy-core.ts';
import type { LogLevel } from '../../log-line.ts';
import type { Clock } from '../../ports.ts';
import type { MeshMember } from '../mesh-member.ts';
import { proxyStatus } from '../proxy-status.ts';
import type { OpenPort, ProxyView, ServerFacts } from './proxy-view.ts';

export interface MemberViewParts {
  readonly member: MeshMember;
  readonly core: ProxyCore;
  readonly version: string;
  /** E.g. `deno 2.9.6`. */
  readonly runtime: string;
  readonly ports: () => readonly OpenPort[];
  readonly filter: ProxyView['filter'];
  readonly log: { level: LogLevel };
  readonly clock: Clock;
  readonly drain: (inboundOnly: boolean) => void;
  readonly quit: () => void;
}

/** What the admin pages of a member of the mesh tell and do. */
export function memberView(parts: MemberViewParts): ProxyView {
  const { member, core, ports, filter, log, clock, drain, quit } = parts;
  const { identity } = member;
  return {
    status: proxyStatus(core.state, identity),
    server: serverFacts(parts),
    svids: identity.svids,
    bundle: () => identity.bundle,
    stats: core.telemetry,
    clusters: () => core.clusters,
    ports,
    log,
    now: () => clock.now(),
    filter,
    drain,
    quit,
  };
}

function serverFacts({ member, core, version, runtime, clock }: MemberViewParts): ServerFacts {
  const { mesh, namespace, workload } = member.membership;
  const { instance } = core.telemetry;
  return { version, runtime, instance, mesh, namespace, workload, startedAt: clock.now() };
}
