import type { Destination, Route, VirtualHost } from '../../snapshot/route.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { retryText } from '../decide/resilience-trace.ts';

/** A destination and its part of the requests. */
export interface Share {
  /** Cluster name. */
  readonly cluster: string;
  /** 0 to 100. */
  readonly percent: number;
}

/** What a route does that one decision alone does not show, in words; empty where there is nothing. */
export interface RouteTraits {
  readonly shares: readonly Share[];
  readonly retry: string;
  readonly fault: string;
  readonly mirrors: string;
  readonly cors: string;
}

/** The traits of the routes of a snapshot, by source key. */
export class TraitTable {
  readonly #routes = new Map<string, Route[]>();
  readonly #known = new Map<string, RouteTraits>();

  constructor(snapshot: Snapshot) {
    for (const { routes } of virtualHostsOf(snapshot))
      for (const route of routes) {
        const same = this.#routes.get(route.source);
        if (same === undefined) this.#routes.set(route.source, [route]);
        else same.push(route);
      }
  }

  /** Of the route that this source key names; the one of several places is known by the cluster it chose. */
  of(source: string, cluster: string): RouteTraits {
    const key = `${cluster} ${source}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const routes = this.#routes.get(source) ?? [];
    const chosen = routes.find((one) => destinationsOf(one).some((to) => to.cluster === cluster));
    // Routes of services themselves have no key: only their cluster tells them apart.
    const route = chosen ?? (source === '' ? undefined : routes[0]);
    const traits = route === undefined ? withoutRoute(cluster) : traitsOf(route, cluster);
    this.#known.set(key, traits);
    return traits;
  }
}

/** Every virtual host that the target routes by; those of gateway servers may stand twice. */
export function virtualHostsOf({ gateway, outbound }: Snapshot): VirtualHost[] {
  const servers = gateway?.servers.flatMap((one) => ('virtualHosts' in one ? one.virtualHosts : [])) ?? [];
  return [...(gateway?.virtualHosts ?? []), ...servers, ...outbound.flatMap((one) => one.virtualHosts)];
}

/** Shares of their sum, to a tenth of a percent; those of weight 0 get nothing, and one alone everything. */
export function sharesOf(destinations: readonly Destination[]): Share[] {
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0);
  if (destinations.length === 1) return destinations.map(({ cluster }) => ({ cluster, percent: 100 }));
  return destinations
    .filter(({ weight }) => weight > 0)
    .map(({ cluster, weight }) => ({ cluster, percent: Math.round((weight / total) * 1000) / 10 }));
}

function destinationsOf({ action }: Route): readonly Destination[] {
  return action.kind === 'forward' ? action.destinations : [];
}

function traitsOf(route: Route, cluster: string): RouteTraits {
  const { action, cors } = route;
  const forward = action.kind === 'forward' ? action : undefined;
  const shares = sharesOf(destinationsOf(route));
  return {
    // A cluster that no destination of the route names was not chosen by it (a service's own route).
    shares: cluster === '' || shares.some((one) => one.cluster === cluster) ? shares : all(cluster),
    retry: forward?.retry === undefined ? '' : retryText(forward.retry),
    fault: faultText(route),
    mirrors: (forward?.mirrors ?? []).map((one) => `${one.percent} % to ${one.cluster}`).join(', '),
    cors: cors === undefined ? '' : JSON.stringify(cors),
  };
}

function withoutRoute(cluster: string): RouteTraits {
  return { shares: all(cluster), retry: '', fault: '', mirrors: '', cors: '' };
}

function all(cluster: string): Share[] {
  return cluster === '' ? [] : [{ cluster, percent: 100 }];
}

function faultText({ fault }: Route): string {
  const delay = fault?.delay && `${fault.delay.percent} % wait ${fault.delay.ms} ms`;
  const abort = fault?.abort && `${fault.abort.percent} % get ${fault.abort.status}`;
  return [delay, abort].filter((text) => text !== undefined).join(', ');
}
