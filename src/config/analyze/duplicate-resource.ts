import { finding, resourceName } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0108: one resource is written twice; which one was meant cannot be told. */
export const duplicateResource: AnalysisRule = ({ all }) => {
  const first = new Map<string, string>();
  return all.flatMap((resource) => {
    const name = resourceName(resource);
    const { file, line } = resource.origin.at([]);
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, `${file}:${line}`);
      return [];
    }
    const message = `${name} is already defined at ${earlier}`;
    return [finding('WFT0108', resource, ['metadata', 'name'], message, 'remove one of them')];
  });
};
