import type { Resource } from '../resource/resource.ts';
import { finding, resourceName } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0108: one resource is written twice; which one was meant cannot be told. */
export const duplicateResource: AnalysisRule = ({ all }) => {
  const first = new Map<string, Resource>();
  return all.flatMap((resource) => {
    const name = resourceName(resource);
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, resource);
      return [];
    }
    const { file, line } = earlier.origin.at([]);
    const message = `${name} is already defined at ${file}:${line}`;
    return [finding('WFT0108', resource, ['metadata', 'name'], message, 'remove one of them')];
  });
};
