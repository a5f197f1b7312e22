import type { KeyFetchCount } from '../key-fetch-counts.ts';
import type { LimitCount } from '../limits/limit-counts.ts';
import type { Metric } from './prometheus.ts';
import type { ReportedCertificate } from './report.ts';

/** What the metrics of the proxy itself are made of. Times are milliseconds since the epoch. */
export interface ProxyFacts {
  readonly version: string;
  readonly runtime: string;
  readonly now: number;
  readonly startedAt: number;
  readonly revision: number;
  readonly certificate: ReportedCertificate | undefined;
  readonly rejections: number;
  readonly folded: number;
  /** Undefined where no access log is written. */
  readonly droppedLines: number | undefined;
  /** Of RateLimits. */
  readonly limits: readonly LimitCount[];
  /** Of keys for tokens. */
  readonly keyFetches: readonly KeyFetchCount[];
}

/** Metrics of the proxy itself, beside those of its traffic. */
export function proxyMetrics(facts: ProxyFacts): Metric[] {
  const { version, runtime, certificate, droppedLines, limits, keyFetches } = facts;
  const istioBuild = [
    ['component', 'proxy'],
    ['tag', version],
  ] as const;
  const weftBuild = [
    ['version', version],
    ['runtime', runtime],
  ] as const;
  return [
    gauge('istio_build', 'Component and version.', 1, istioBuild),
    gauge('weft_build_info', 'Version of Weft and the runtime under it.', 1, weftBuild),
    gauge('process_start_time_seconds', 'When counting began, since the epoch.', facts.startedAt / 1000),
    gauge('weft_snapshot_revision', 'Revision of the configuration in force; 0 is none.', facts.revision),
    ...(certificate === undefined ? [] : [certificateExpiry(certificate, facts.now)]),
    counter('weft_config_rejections_total', 'Configurations that were refused.', facts.rejections),
    counter('weft_telemetry_folded_total', 'Sets of labels that were too many.', facts.folded),
    ...(droppedLines === undefined
      ? []
      : [
          counter('weft_access_log_dropped_total', 'Lines that their reader was too slow for.', droppedLines),
        ]),
    ...(limits.length === 0 ? [] : [limitedRequests(limits)]),
    ...(keyFetches.length === 0 ? [] : [fetchedKeys(keyFetches)]),
  ];
}

function certificateExpiry({ id, notAfter }: ReportedCertificate, now: number): Metric {
  const help = 'Time until the certificate expires; below 0 it has.';
  return gauge('weft_certificate_expiry_seconds', help, (notAfter - now) / 1000, [['spiffe_id', id]]);
}

function limitedRequests(limits: readonly LimitCount[]): Metric {
  return {
    name: 'weft_rate_limit_requests_total',
    help: 'Requests that a limit counted: let pass, over the limit, or not counted because nobody could.',
    type: 'counter',
    samples: limits.map(({ limit, result, count }) => ({
      labels: [
        ['limit', limit],
        ['result', result],
      ],
      value: count,
    })),
  };
}

function fetchedKeys(fetches: readonly KeyFetchCount[]): Metric {
  return {
    name: 'weft_jwks_fetches_total',
    help: 'Fetches of keys for tokens that brought usable keys, or did not.',
    type: 'counter',
    samples: fetches.map(({ source, result, count }) => ({
      labels: [
        ['source', source],
        ['result', result],
      ],
      value: count,
    })),
  };
}

function gauge(
  name: string,
  help: string,
  value: number,
  labels: readonly (readonly [string, string])[] = [],
): Metric {
  return { name, help, type: 'gauge', samples: [{ labels, value }] };
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', samples: [{ labels: [], value }] };
}
