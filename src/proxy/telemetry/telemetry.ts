import type { CanonicalRequest } from '../../http/message.ts';
import type { SvidSource } from '../../identity/svid-source.ts';
import type { Clock } from '../../runtime/ports.ts';
import type { Connection } from '../decide/connection.ts';
import type { ConnectionOutcome } from '../forward/forward-connection.ts';
import type { Outcome } from '../forward/outcome.ts';
import type { KeyFetchCount } from '../key-fetch-counts.ts';
import type { LimitCount } from '../limits/limit-counts.ts';
import { type AccessLog, connectionLine, requestLine } from './access-log.ts';
import type { Snapshotted } from './hop-labels.ts';
import { prometheusText } from './prometheus.ts';
import { type ProxyFacts, proxyMetrics } from './proxy-metrics.ts';
import { type ProxyReport, type RejectedConfiguration, reportedCertificate } from './report.ts';
import { Traffic } from './traffic.ts';

/** What a program gives its telemetry. */
export interface TelemetryOptions {
  /** Name of this process among those of the mesh. */
  readonly instance: string;
  readonly meshId: string;
  /** E.g. `deno 2.9.6`. */
  readonly runtime: string;
  /** Weft's. */
  readonly version: string;
  readonly clock: Clock;
  /** The snapshot in force, and its revision. */
  readonly active: () => Snapshotted;
  readonly revision: () => number;
  /** What the proxy shows its peers now. */
  readonly svids?: SvidSource;
  /** Where a line for every request goes. */
  readonly accessLog?: AccessLog | undefined;
  /** What RateLimits counted. */
  readonly limits?: () => readonly LimitCount[];
  /** Fetches of keys for tokens. */
  readonly keyFetches?: () => readonly KeyFetchCount[];
}

/** What a proxy tells of itself and its traffic: access log, metrics, and reports to control. */
export class Telemetry {
  readonly #options: TelemetryOptions;
  readonly #traffic: Traffic;
  readonly #startedAt: number;
  #rejected: RejectedConfiguration | undefined;
  #rejections = 0;

  constructor(options: TelemetryOptions) {
    this.#options = options;
    this.#traffic = new Traffic(options);
    this.#startedAt = options.clock.now();
  }

  /** The name under which this process reports. */
  get instance(): string {
    return this.#options.instance;
  }

  /** Hears every finished request once. */
  readonly onOutcome = (
    outcome: Outcome,
    request: CanonicalRequest | undefined,
    connection: Connection,
  ): void => {
    this.#traffic.countRequest(outcome, request, connection);
    const { accessLog } = this.#options;
    if (accessLog !== undefined) accessLog.write(requestLine(accessLog.format, outcome, request, connection));
  };

  /** Hears every connection that was made. */
  readonly onOpened = (outcome: ConnectionOutcome, connection: Connection): void => {
    this.#traffic.openConnection(outcome, connection);
  };

  /** Hears every finished connection once. */
  readonly onConnection = (outcome: ConnectionOutcome, connection: Connection): void => {
    this.#traffic.closeConnection(outcome, connection);
    const { accessLog } = this.#options;
    if (accessLog !== undefined) accessLog.write(connectionLine(accessLog.format, outcome, connection));
  };

  /** A configuration was refused; a report says so until another one is in force. */
  reject(code: string, detail: string): void {
    this.#rejections++;
    this.#rejected = { code, detail };
  }

  /** A configuration came into force. */
  accept(): void {
    this.#rejected = undefined;
  }

  /** All that control wants to know. */
  report(): ProxyReport {
    const { instance, clock, revision, runtime, version, svids } = this.#options;
    const shown = reportedCertificate(svids);
    return {
      instance,
      startedAt: this.#startedAt,
      sentAt: clock.now(),
      revision: revision(),
      ...(this.#rejected && { rejected: this.#rejected }),
      ...(shown && { certificate: shown }),
      runtime,
      version,
      traffic: this.#traffic.requests,
      connections: this.#traffic.connections,
    };
  }

  /** The page `/stats/prometheus`. */
  prometheus(): string {
    const { requests, connections } = this.#traffic;
    return prometheusText(requests, connections, proxyMetrics(this.#facts()));
  }

  #facts(): ProxyFacts {
    const { clock, revision, runtime, version, svids, accessLog, limits, keyFetches } = this.#options;
    return {
      version,
      runtime,
      now: clock.now(),
      startedAt: this.#startedAt,
      revision: revision(),
      certificate: reportedCertificate(svids),
      rejections: this.#rejections,
      folded: this.#traffic.folded,
      droppedLines: accessLog?.dropped(),
      limits: limits?.() ?? [],
      keyFetches: keyFetches?.() ?? [],
    };
  }
}
