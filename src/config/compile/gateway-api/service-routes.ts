import type { Route } from '../../../snapshot/route.ts';
import type { Resource } from '../../resource/resource.ts';
import { groupBy } from '../group-by.ts';
import type { ResourceSet } from '../resource-set.ts';
import type { Scope } from '../scope.ts';
import type { RegistryService } from '../service-registry.ts';
import { inOrder } from './precedence.ts';
import { type RequestRoute, rankedRoutes } from './rule-routes.ts';

/**
 * The routes of HTTPRoutes and GRPCRoutes whose parent is a Service (GAMMA), in order: those of the client's
 * namespace (consumer routes), or else those of the Service's own (producer routes).
 */
export function serviceRoutes(service: RegistryService, port: number, scope: Scope): readonly Route[] {
  const { resource } = service;
  if (resource.kind !== 'Service') return [];
  const { resources, target } = scope;
  const attached = routesOf(resource, resources).filter(({ ports }) =>
    ports.some((one) => one === undefined || one === port),
  );
  for (const namespace of [target.namespace, service.namespace]) {
    const own = attached.filter(({ route }) => route.namespace === namespace);
    if (own.length > 0) return inOrder(own.flatMap(({ route }) => rankedRoutes(route, scope)));
  }
  return [];
}

/** A route that a Service is the parent of, with the ports that it names; undefined stands for all. */
interface MeshRoute {
  readonly service: string;
  readonly route: RequestRoute;
  readonly ports: readonly (number | undefined)[];
}

const indexes = new WeakMap<ResourceSet, ReadonlyMap<string, readonly MeshRoute[]>>();

function routesOf({ namespace, name }: Resource<'Service'>, resources: ResourceSet): readonly MeshRoute[] {
  const routes = () => [...resources.of('HTTPRoute'), ...resources.of('GRPCRoute')].flatMap(meshRoutes);
  const index = indexes.get(resources) ?? groupBy(routes(), ({ service }) => service);
  indexes.set(resources, index);
  return index.get(`${namespace}/${name}`) ?? [];
}

function meshRoutes(route: RequestRoute): readonly MeshRoute[] {
  const refs = route.spec.parentRefs.filter(({ group, kind }) => group === '' && kind === 'Service');
  const byService = groupBy(refs, ({ namespace, name }) => `${namespace ?? route.namespace}/${name}`);
  return [...byService].map(([service, own]) => ({ service, route, ports: own.map(({ port }) => port) }));
}
