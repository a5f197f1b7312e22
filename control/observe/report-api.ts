import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import { formatSpiffeId, type SpiffeId, workloadId } from '../../src/identity/spiffe.ts';
import { type ProofTrust, type WorkloadEnvironment, workloadsOnly } from '../admission.ts';
import type { Registry } from '../registry.ts';
import { type ProxyTable, type Reporting, ReportRefused } from './proxy-table.ts';
import { maxReportBytes, reportBody } from './report-body.ts';

export interface ReportApiParts {
  readonly proxies: ProxyTable;
  readonly registry: Pick<Registry, 'leases'>;
  readonly trust: ProofTrust;
}

/** `PUT /v1/reports/:instance`: what proxies tell of themselves, each only in its own name. */
export function reportApi({ proxies, registry, trust }: ReportApiParts): Hono<WorkloadEnvironment> {
  const app = new Hono<WorkloadEnvironment>();
  app.put(
    '/v1/reports/:instance',
    bodyLimit({ maxSize: maxReportBytes }),
    workloadsOnly(trust),
    async (context) => {
      const parsed = reportBody.safeParse(await context.req.json().catch(() => undefined));
      if (!parsed.success || parsed.data.instance !== context.req.param('instance'))
        return context.text('malformed body', 400);
      const reporting = reportingOf(parsed.data.instance, context.get('id'), registry);
      if (!reporting) return context.text('the instance is not registered', 409);
      try {
        proxies.accept(parsed.data, reporting);
      } catch (error) {
        if (error instanceof ReportRefused) return context.text(error.message, 403);
        throw error;
      }
      return context.body(null, 204);
    },
  );
  return app;
}

/** Sidecars by the lease that the same identity holds; the gateway has an identity of its own and no lease. */
function reportingOf(
  instance: string,
  id: SpiffeId,
  { leases }: Pick<Registry, 'leases'>,
): Reporting | undefined {
  const owner = formatSpiffeId(id);
  const lease = leases.find((one) => one.instance === instance && one.owner === owner);
  if (lease) return { kind: 'sidecar', namespace: lease.namespace, workload: lease.workload, owner };
  const { namespace, name, serviceAccount } = ingressGateway;
  const gateway = formatSpiffeId(workloadId(id.trustDomain, namespace, serviceAccount));
  return owner === gateway ? { kind: 'gateway', namespace, workload: name, owner } : undefined;
}
