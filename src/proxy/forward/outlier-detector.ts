import type { OutlierDetection } from '../../snapshot/cluster.ts';

/** What one endpoint has done lately. */
interface Conduct {
  /** Failures in a row. */
  errors: number;
  gatewayErrors: number;
  localErrors: number;
  /** When its ejection is over; undefined = not ejected. */
  until: number | undefined;
  /** Ejections that still lengthen the next one. */
  times: number;
}

const LONGEST_EJECTION_MS = 300_000;

/**
 * Envoy's consecutive-error outlier detection of one cluster. Endpoints are known by their `Load` object. Nothing is scheduled:
 * the sweeps that Envoy makes every interval are made up for when somebody looks. Times are of the injected
 * monotonic clock.
 */
export class OutlierDetector {
  readonly #config: OutlierDetection;
  #records = new Map<object, Conduct>();
  #ejected = 0;
  #sweptAt: number | undefined;
  #version = 0;

  constructor(config: OutlierDetection) {
    this.#config = config;
  }

  /** Endpoints that get nothing now. */
  get ejected(): number {
    return this.#ejected;
  }

  /** Changes with every ejection and return. */
  get version(): number {
    return this.#version;
  }

  isEjected(endpoint: object): boolean {
    return this.#records.get(endpoint)?.until !== undefined;
  }

  /** Says which endpoints there are; what is known of others is forgotten. */
  setMembers(endpoints: readonly object[]): void {
    const before = this.#records;
    this.#records = new Map(endpoints.map((endpoint) => [endpoint, before.get(endpoint) ?? fresh()]));
    this.#ejected = [...this.#records.values()].filter(({ until }) => until !== undefined).length;
    this.#version++;
  }

  /** Whether the ejected are to be avoided at `now`: never in a panic, when too few would be left. */
  holdsBack(now: number): boolean {
    this.#sweep(now);
    if (this.#ejected === 0) return false;
    const total = this.#records.size;
    return (100 * (total - this.#ejected)) / total >= this.#config.minHealthPercent;
  }

  /** Takes the status of a response in. */
  responded(endpoint: object, status: number, now: number): void {
    const record = this.#records.get(endpoint);
    if (record === undefined) return;
    if (this.#config.splitLocalErrors) record.localErrors = 0;
    this.#count(record, status, now);
  }

  /** Takes in that there was no response: `status` is what the client gets for it. */
  failed(endpoint: object, status: 503 | 504, now: number): void {
    const record = this.#records.get(endpoint);
    if (record === undefined) return;
    if (!this.#config.splitLocalErrors) {
      this.#count(record, status, now);
      return;
    }
    record.localErrors++;
    if (record.localErrors === this.#config.consecutiveLocalErrors) {
      record.localErrors = 0;
      this.#eject(record, now);
    }
  }

  #count(record: Conduct, status: number, now: number): void {
    const { consecutive5xx, consecutiveGatewayErrors } = this.#config;
    if (!this.#isError(status)) {
      record.errors = 0;
      record.gatewayErrors = 0;
      return;
    }
    record.gatewayErrors = status >= 502 && status <= 504 ? record.gatewayErrors + 1 : 0;
    record.errors++;
    if (record.gatewayErrors > 0 && record.gatewayErrors === consecutiveGatewayErrors) {
      record.gatewayErrors = 0;
      this.#eject(record, now);
    }
    if (record.errors === consecutive5xx) {
      record.errors = 0;
      this.#eject(record, now);
    }
  }

  #isError(status: number): boolean {
    const { errorStatuses } = this.#config;
    return errorStatuses.length > 0 ? errorStatuses.includes(status) : status >= 500 && status <= 599;
  }

  /** Envoy looks at the share that is ejected already, so that one always can be. */
  #eject(record: Conduct, now: number): void {
    this.#sweep(now);
    const share = (100 * this.#ejected) / this.#records.size;
    if (record.until !== undefined || share >= this.#config.maxEjectionPercent) return;
    const { baseEjectionMs } = this.#config;
    record.times++;
    record.until =
      now + Math.min(baseEjectionMs * record.times, Math.max(baseEjectionMs, LONGEST_EJECTION_MS));
    this.#ejected++;
    this.#version++;
  }

  /** Makes up for the sweeps that were due until `now`. */
  #sweep(now: number): void {
    this.#sweptAt ??= now;
    const sweeps = Math.floor((now - this.#sweptAt) / this.#config.intervalMs);
    if (sweeps <= 0) return;
    for (const record of this.#records.values()) this.#sweepOne(record, this.#sweptAt, sweeps);
    this.#sweptAt += sweeps * this.#config.intervalMs;
  }

  /** The first sweep at or after the end of an ejection takes it back; every one after that forgives one. */
  #sweepOne(record: Conduct, from: number, sweeps: number): void {
    if (record.until === undefined) {
      record.times = Math.max(0, record.times - sweeps);
      return;
    }
    const back = Math.max(1, Math.ceil((record.until - from) / this.#config.intervalMs));
    if (back > sweeps) return;
    Object.assign(record, fresh(), { times: Math.max(0, record.times - (sweeps - back)) });
    this.#ejected--;
    this.#version++;
  }
}

function fresh(): Conduct {
  return { errors: 0, gatewayErrors: 0, localErrors: 0, until: undefined, times: 0 };
}
