import type { Route } from '../../../snapshot/route.ts';
import type { Resource } from '../../resource/resource.ts';
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
  const attached = [...resources.of('HTTPRoute'), ...resources.of('GRPCRoute')].filter((route) =>
    names(route, resource, port),
  );
  for (const namespace of [target.namespace, service.namespace]) {
    const own = attached.filter((route) => route.namespace === namespace);
    if (own.length > 0) return inOrder(own.flatMap((route) => rankedRoutes(route, scope)));
  }
  return [];
}

function names(route: RequestRoute, { name, namespace }: Resource<'Service'>, port: number): boolean {
  return route.spec.parentRefs.some(
    (ref) =>
      ref.group === '' &&
      ref.kind === 'Service' &&
      ref.name === name &&
      (ref.namespace ?? route.namespace) === namespace &&
      (ref.port === undefined || ref.port === port),
  );
}
