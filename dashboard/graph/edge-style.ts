import type { GraphEdge } from '../control-api.ts';
import { formatLatency, formatRate, formatShare } from '../format.ts';

/** What stands on an edge. */
export type EdgeLabel = 'all' | 'rate' | 'errors' | 'p95';

export const edgeLabels: readonly (readonly [label: EdgeLabel, title: string])[] = [
  ['all', 'Rate · errors · p95'],
  ['rate', 'Rate'],
  ['errors', 'Errors'],
  ['p95', 'p95 latency'],
];

/** A trace of errors is worth a look; this share of them is an outage. */
const badShare = 0.05;

/** How an edge fares. */
export function edgeHealth({ requests, errorRate }: GraphEdge): 'idle' | 'ok' | 'warn' | 'bad' {
  if (requests === 0) return 'idle';
  return errorRate === 0 ? 'ok' : errorRate < badShare ? 'warn' : 'bad';
}

/** The words on an edge. */
export function edgeText(edge: GraphEdge, label: EdgeLabel): string {
  if (edge.requests === 0) return 'idle';
  const parts: Readonly<Record<EdgeLabel, readonly string[]>> = {
    rate: [formatRate(edge.rate)],
    errors: [formatShare(edge.errorRate)],
    p95: [formatLatency(edge.p95)],
    all: [formatRate(edge.rate), formatShare(edge.errorRate), formatLatency(edge.p95)],
  };
  return parts[label].join(' · ');
}

/** How the hop is proven, in words. */
export function securityText(security: string): string {
  if (security === 'mutual_tls') return 'mutual TLS, both ends proven by SVID';
  if (security === 'signed_request') return 'TLS, every request signed by a certified key';
  if (security === 'service_binding') return 'service binding between Workers';
  return 'no proof of identity';
}

/** Stroke width in pixels: wider by each tenfold of the rate. */
export function edgeWidth({ rate }: GraphEdge): number {
  return rate <= 0 ? 1 : Math.min(5, Math.max(1.25, 1.75 + Math.log10(rate) * 0.75));
}
