import type { Distribution } from '../../src/proxy/telemetry/histogram.ts';
import { type Labels, labelKey } from '../../src/proxy/telemetry/labels.ts';
import type { ProxyReport } from '../../src/proxy/telemetry/report.ts';

/** What a proxy counted since its report before. */
export interface Growth {
  readonly labels: Labels;
  /** Requests, or connections whose bytes nobody read. */
  readonly requests: number;
  readonly durationMs: Distribution;
}

interface Counted {
  readonly requests: number;
  readonly durationMs: Distribution;
}

/** The counts that a proxy last told, to see what each report adds. */
export class SeriesMemory {
  #startedAt: number | undefined;
  #counted = new Map<string, Counted>();

  /**
   * What is new since the last report. A proxy that started before `since` and was never heard counts from now on:
   * nobody knows when its earlier traffic was.
   */
  grow(report: ProxyReport, since: number): Growth[] {
    const sameProcess = report.startedAt === this.#startedAt;
    const unheard = this.#startedAt === undefined && report.startedAt < since;
    const before = sameProcess ? this.#counted : new Map<string, Counted>();
    const all = seriesOf(report);
    this.#startedAt = report.startedAt;
    this.#counted = new Map(all.map((one) => [labelKey(one.labels), one]));
    if (unheard) return [];
    return all
      .map((one) => ({ ...one, ...difference(one, before.get(labelKey(one.labels))) }))
      .filter(({ requests }) => requests > 0);
  }
}

/** Labels of connections tell another protocol, so that keys never meet. */
function seriesOf({ traffic, connections }: ProxyReport): Growth[] {
  const requests = traffic.map(({ labels, requests, durationMs }) => ({ labels, requests, durationMs }));
  const opened = connections.map(({ labels, opened }) => ({
    labels,
    requests: opened,
    durationMs: { counts: [], sum: 0 },
  }));
  return [...requests, ...opened];
}

/** Counts never go back within a process; if they do, they began anew. */
function difference(now: Counted, before: Counted | undefined): Counted {
  if (!before || before.requests > now.requests) return now;
  const counts = now.durationMs.counts.map((value, index) =>
    Math.max(0, value - (before.durationMs.counts[index] ?? 0)),
  );
  const sum = Math.max(0, now.durationMs.sum - before.durationMs.sum);
  return { requests: now.requests - before.requests, durationMs: { counts, sum } };
}
