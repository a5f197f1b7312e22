import { clusterText } from '../../src/proxy/compare/differences.ts';

/** A destination of a route as it was decided. */
export interface ActualShare {
  readonly cluster: string;
  readonly weight: number;
}

/** A destination as a test names it. */
export interface WantedDestination {
  /** FQDN, or a part of it from the left: `reviews`, `reviews.default`. */
  readonly service: string;
  /** Undefined = whichever; empty = none. */
  readonly subset?: string | undefined;
  readonly port?: number | undefined;
  /** Percent; undefined = whatever, but one that stands alone gets everything. */
  readonly weight?: number | undefined;
}

/** Why the shares are not those: each must be named, and none may be named in vain. */
export function destinationMismatch(
  wanted: readonly WantedDestination[],
  actual: readonly ActualShare[],
): string[] {
  const total = actual.reduce((sum, { weight }) => sum + weight, 0);
  const shares = actual.map(({ cluster, weight }) => ({
    cluster,
    percent: actual.length === 1 ? 100 : (weight / total) * 100,
  }));
  const only = wanted.length === 1 ? wanted[0] : undefined;
  // One destination with a weight is a part of the route; everything else must be named in full.
  const partial = only?.weight !== undefined;
  const left = partial ? [] : shares.filter((share) => !wanted.some((one) => isMet(one, share)));
  const missing = wanted.filter((one) => !shares.some((share) => isMet(one, share)));
  if (left.length === 0 && missing.length === 0) return [];
  const got = shares.map(
    ({ cluster, percent }) => `${Math.round(percent * 10) / 10} % ${clusterText(cluster)}`,
  );
  return [`expected ${wanted.map(wantedText).join(' + ')}, got ${got.join(' + ')}`];
}

function isMet(
  wanted: WantedDestination,
  { cluster, percent }: { cluster: string; percent: number },
): boolean {
  const [, port = '', subset = '', service = ''] = cluster.split('|');
  const { weight } = wanted;
  return (
    isService(service, wanted.service, cluster) &&
    (wanted.subset === undefined || wanted.subset === subset) &&
    (wanted.port === undefined || String(wanted.port) === port) &&
    (weight === undefined || Math.abs(weight - percent) < 0.1)
  );
}

function isService(fqdn: string, wanted: string, cluster: string): boolean {
  return fqdn === wanted || cluster === wanted || fqdn.startsWith(`${wanted}.`);
}

function wantedText({ service, subset, port, weight }: WantedDestination): string {
  const parts = [
    weight === undefined ? '' : `${weight} %`,
    `${service}${port ? `:${port}` : ''}`,
    subset ?? '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}
