import { formatSpiffeId } from '../../identity/spiffe.ts';
import type { SvidSource } from '../../identity/svid-source.ts';
import type { ConnectionSeries, RequestSeries } from './series.ts';

/** What a proxy tells control every few seconds (`PUT /v1/reports/:instance`), and a gateway Worker when asked. */
export interface ProxyReport {
  /** Of the process, unique among those of the mesh; the same in every report. */
  readonly instance: string;
  /** Milliseconds since the epoch; a new value means that counting began anew. */
  readonly startedAt: number;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** Of the snapshot in force; 0 = none. */
  readonly revision: number;
  /** The newest configuration, when it was refused. */
  readonly rejected?: RejectedConfiguration;
  /** The one that the proxy shows now; absent where it has none (Workers). */
  readonly certificate?: ReportedCertificate;
  /** Whom it believes; absent where it judges nobody by the mesh's roots (Workers). */
  readonly trust?: ReportedTrust;
  /** E.g. `deno 2.9.6` or `workerd`. */
  readonly runtime: string;
  /** Weft's. */
  readonly version: string;
  /** Cumulative since `startedAt`. */
  readonly traffic: readonly RequestSeries[];
  readonly connections: readonly ConnectionSeries[];
}

/** Why a configuration was refused. */
export interface RejectedConfiguration {
  readonly revision?: number;
  /** A SnapshotError's, e.g. `E_SIG`. */
  readonly code: string;
  readonly detail: string;
}

/** Hashes are SHA-256 of a root's DER, hexadecimal. */
export interface ReportedTrust {
  /** Of the trust record in force; 0 = none. */
  readonly sequence: number;
  readonly roots: readonly string[];
  /** The root that its certificate leads to; empty where it knows of none. */
  readonly certificateRoot: string;
}

/** Times are milliseconds since the epoch. */
export interface ReportedCertificate {
  /** SPIFFE ID. */
  readonly id: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The certificate of the moment, as a report tells it. */
export function reportedCertificate(svids: SvidSource | undefined): ReportedCertificate | undefined {
  const svid = svids?.current();
  return svid && { id: formatSpiffeId(svid.id), notBefore: svid.notBefore, notAfter: svid.notAfter };
}
