import type { Diagnostic } from '../diagnostic.ts';
import { occurrences } from '../reading/unsupported.ts';
import { finding } from './finding.ts';
import type { Inventory } from './inventory.ts';
import type { Platform } from './platform.ts';
import { PLATFORM_LIMITS } from './platform-limit.ts';

/** WFT0508: what the resources ask for and the platforms that are meant cannot do. */
export function platformLimits({ resources }: Inventory, targets: readonly Platform[]): Diagnostic[] {
  return PLATFORM_LIMITS.flatMap((limit) => {
    const on = limit.platforms.filter((platform) => targets.includes(platform));
    if (on.length === 0) return [];
    const pattern = limit.path.split('.');
    return resources.of(limit.kind).flatMap((resource) =>
      occurrences(resource.spec, pattern, ['spec'])
        .filter(({ value }) => value !== undefined && (limit.when?.(value) ?? true))
        .map(({ path }) => {
          const message = `not on ${on.join(', ')}: ${limit.why}`;
          return finding('WFT0508', resource, path, message, limit.remedy);
        }),
    );
  });
}
