import type { ReportedTrust } from '../../src/proxy/telemetry/report.ts';
import type { Heard } from '../observe/proxy-table.ts';

/** A proxy whose word is awaited, and for what. */
export interface Awaited {
  /** `workload.namespace`. */
  readonly proxy: string;
  readonly instance: string;
  readonly reason: string;
}

/** What every proxy must have before the next phase. */
export type Wanted = { readonly kind: 'root' | 'certificate'; readonly hash: string };

/** A proxy that was heard of, and how long it has been silent, ms. */
export interface Known {
  readonly heard: Heard;
  readonly silentMs: number;
}

/** Proxies report every five seconds; one that is silent for longer may be away. */
const silenceMs = 15_000;
/** Leaves are back-dated by so much: a clock that is further behind refuses them. */
const skewMs = 2 * 60 * 1000;

/** Those who have not said that they believe a root, or that their certificate leads to it; also who may be away. */
export function awaited(known: readonly Known[], wanted: Wanted): Awaited[] {
  return known.flatMap(({ heard, silentMs }) => {
    const reason = reasonOf(heard, silentMs, wanted);
    if (reason === undefined) return [];
    const { namespace, workload, report } = heard;
    return [{ proxy: `${workload}.${namespace}`, instance: report.instance, reason }];
  });
}

/** Proxies whose clocks differ so much that they may refuse what was just issued. */
export function skewed(known: readonly Known[]): string[] {
  const off = known.filter(({ heard }) => Math.abs(heard.skewMs) > skewMs);
  return off.map(({ heard }) => `${heard.workload}.${heard.namespace}`);
}

function reasonOf({ report }: Heard, silentMs: number, wanted: Wanted): string | undefined {
  const { trust, certificate } = report;
  // A gateway Worker shows no certificate and judges none by the mesh's roots.
  if (trust === undefined && certificate === undefined) return undefined;
  if (trust === undefined) return 'its version tells nothing of its roots';
  if (has(trust, wanted)) return undefined;
  if (silentMs > silenceMs) return `silent for ${Math.round(silentMs / 1000)} s`;
  return wanted.kind === 'root' ? 'has not got the root' : 'shows a certificate of another root';
}

function has({ roots, certificateRoot }: ReportedTrust, { kind, hash }: Wanted): boolean {
  return kind === 'root' ? roots.includes(hash) : certificateRoot === hash;
}
