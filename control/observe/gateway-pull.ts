import { ingressGateway } from '../../src/config/compile/targets.ts';
import type { ProxyReport } from '../../src/proxy/telemetry/report.ts';
import type { Log } from '../../src/runtime/ports.ts';
import type { ProxyTable } from './proxy-table.ts';
import { maxReportBytes, reportBody } from './report-body.ts';

/** A gateway Worker that control asks for its counts: it may do nothing between requests, so it cannot report. */
export interface PulledGateway {
  /** Without path, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Its WEFT_ADMIN_TOKEN. */
  readonly token: string;
}

const answerMs = 4000;

/** Failures in a row that are worth a line in the log: a gateway that is just starting is not. */
const noteworthy = 3;

/** Fetches the report of a gateway Worker; one that does not answer is told of once. */
export class GatewayPull {
  readonly #gateway: PulledGateway;
  readonly #proxies: ProxyTable;
  readonly #log: Log;
  #failures = 0;

  constructor(gateway: PulledGateway, proxies: ProxyTable, log: Log) {
    this.#gateway = gateway;
    this.#proxies = proxies;
    this.#log = log;
  }

  /** To be called every five seconds or so. Never rejects. */
  async pull(): Promise<void> {
    const { url } = this.#gateway;
    try {
      const report = await this.#fetch();
      const { namespace, name: workload } = ingressGateway;
      this.#proxies.accept(report, { kind: 'gateway', namespace, workload, owner: url });
      this.#failures = 0;
    } catch (error) {
      if (++this.#failures === noteworthy)
        this.#log.warn('gateway does not tell its traffic', { url, error: String(error) });
    }
  }

  async #fetch(): Promise<ProxyReport> {
    const { url, token } = this.#gateway;
    const response = await fetch(new URL('/.well-known/weft/stats', url), {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(answerMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`it answered ${response.status}`);
    }
    return reportBody.parse(JSON.parse(await bounded(response)));
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxReportBytes) throw new Error(`its answer is longer than ${maxReportBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}
