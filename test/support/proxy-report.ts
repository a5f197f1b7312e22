import { BUCKET_BOUNDS } from '../../src/proxy/telemetry/histogram.ts';
import { LABEL_NAMES, type Labels, UNKNOWN } from '../../src/proxy/telemetry/labels.ts';
import type { ProxyReport } from '../../src/proxy/telemetry/report.ts';
import type { RequestSeries } from '../../src/proxy/telemetry/series.ts';

/** Labels that say `unknown`, but for `some`. */
export function labelsOf(some: Partial<Labels>): Labels {
  const blank = Object.fromEntries(LABEL_NAMES.map((name) => [name, UNKNOWN]));
  return { ...(blank as Labels), request_protocol: 'http', response_code: '200', ...some };
}

/** The labels of a hop between workloads of `default`, as one end tells it. */
export function hopOf(reporter: 'source' | 'destination', from: string, to: string): Partial<Labels> {
  const end = (side: 'source' | 'destination', workload: string): Partial<Labels> =>
    workload === UNKNOWN
      ? {}
      : {
          [`${side}_workload`]: workload,
          [`${side}_workload_namespace`]: 'default',
          [`${side}_canonical_service`]: workload.split('-')[0] ?? '',
          [`${side}_version`]: workload.split('-')[1] ?? '',
        };
  const security =
    reporter === 'source' || from === UNKNOWN ? {} : { connection_security_policy: 'mutual_tls' };
  return { reporter, ...end('source', from), ...end('destination', to), ...security };
}

/** So many requests, all of one duration. */
export function seriesOf(labels: Partial<Labels>, requests: number, durationMs = 4): RequestSeries {
  const bucket = BUCKET_BOUNDS.findIndex((bound) => durationMs <= bound);
  const counts = [...BUCKET_BOUNDS, 0].map((_, index) => (index === bucket ? requests : 0));
  const durations = { counts, sum: durationMs * requests };
  return {
    labels: labelsOf(labels),
    requests,
    durationMs: durations,
    requestBytes: durations,
    responseBytes: durations,
  };
}

/** What a proxy says that started at 0 and runs revision 1. */
export function reportOf(instance: string, some: Partial<ProxyReport> = {}): ProxyReport {
  return {
    instance,
    startedAt: 0,
    sentAt: 0,
    revision: 1,
    runtime: 'node 26',
    version: '0.1.0',
    traffic: [],
    connections: [],
    ...some,
  };
}
