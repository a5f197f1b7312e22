import type { Target } from '../../snapshot/target.ts';
import type { DestinationRules } from './destination-rules.ts';
import type { MeshSettings } from './mesh-settings.ts';
import type { Report } from './report.ts';
import type { ResourceSet } from './resource-set.ts';
import type { ServiceRegistry } from './service-registry.ts';

/** Everything that compiling one target looks at. */
export interface Scope {
  readonly target: Target;
  readonly mesh: MeshSettings;
  readonly resources: ResourceSet;
  readonly registry: ServiceRegistry;
  readonly destinationRules: DestinationRules;
  readonly report: Report;
}
