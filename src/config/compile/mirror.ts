import type { Mirror } from '../../snapshot/route.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { destinationCluster } from './destination.ts';
import type { RoutePlace } from './route-place.ts';
import type { Scope } from './scope.ts';
import type { HttpRule, RouteDestination } from './spec-parts.ts';

/** VirtualService mirror with mirrorPercentage, or mirrors; without a percentage everything is mirrored. */
export function mirrors(
  rule: HttpRule,
  owner: Resource<'VirtualService'>,
  path: FieldPath,
  place: RoutePlace,
  scope: Scope,
): Mirror[] {
  return specs(rule)
    .filter(({ percent }) => percent > 0)
    .map(({ destination, percent, at }) => ({
      cluster: destinationCluster(destination, owner, [...path, ...at], place, scope),
      percent,
    }));
}

interface Spec {
  readonly destination: RouteDestination['destination'];
  readonly percent: number;
  readonly at: FieldPath;
}

function specs({ mirror, mirrors: list, mirrorPercentage, mirrorPercent, mirror_percent: proto }: HttpRule) {
  const percent = mirrorPercentage?.value ?? mirrorPercent ?? proto ?? 100;
  const several = list.map(
    ({ destination, percentage }, i): Spec => ({
      destination,
      percent: percentage?.value ?? 100,
      at: ['mirrors', i, 'destination'],
    }),
  );
  return mirror ? [{ destination: mirror, percent, at: ['mirror'] }, ...several] : several;
}
