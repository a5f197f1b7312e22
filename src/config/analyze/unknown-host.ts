import { destinationsOf, serviceOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0101: a route leads to a host that no Service or ServiceEntry has. */
export const unknownHost: AnalysisRule = (inventory) =>
  destinationsOf(inventory)
    .filter(({ host }) => serviceOf(host, inventory) === undefined)
    .map(({ owner, path, host }) =>
      finding(
        'IST0101',
        owner,
        [...path, 'host'],
        `Referenced host not found: "${host}"`,
        `add a Service or a ServiceEntry for ${host}, or name one that exists`,
      ),
    );
