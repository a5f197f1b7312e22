import type { Diagnostic } from '../diagnostic.ts';
import type { Code } from '../diagnostic-codes.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

type Filter = Resource<'EnvoyFilter'>;
type Patch = Filter['spec']['configPatches'][number];

const RELATIVE = new Set(['INSERT_BEFORE', 'INSERT_AFTER', 'REPLACE', 'MERGE', 'REMOVE']);
const FILTERS = new Set(['HTTP_FILTER', 'NETWORK_FILTER']);
const ROUTES = new Set(['ROUTE_CONFIGURATION', 'HTTP_ROUTE']);

const ADVICE =
  'This EnvoyFilter does not have a priority and has a relative patch operation set which can cause the EnvoyFilter not to be applied.';

const MESSAGES: ReadonlyMap<Code, string> = new Map<Code, string>([
  [
    'IST0151',
    `${ADVICE} Using the INSERT_FIRST or ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.`,
  ],
  ['IST0152', 'The REPLACE operation is only valid for HTTP_FILTER and NETWORK_FILTER.'],
  ['IST0153', 'The ADD operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.'],
  [
    'IST0154',
    'The REMOVE operation will be ignored when applyTo is set to ROUTE_CONFIGURATION, or HTTP_ROUTE.',
  ],
  [
    'IST0155',
    `${ADVICE} With proxyVersion set this happens during an upgrade. Using the INSERT_FIRST or ADD option or setting the priority may help in ensuring the EnvoyFilter is applied correctly.`,
  ],
]);

/** IST0151–IST0155: patches of an EnvoyFilter that Istio would not apply, or not reliably. */
export const envoyPatch: AnalysisRule = ({ resources }) =>
  resources.of('EnvoyFilter').flatMap((filter) => {
    const said = new Set<Code>();
    return filter.spec.configPatches.flatMap((patch, index): Diagnostic[] =>
      codesOf(patch, filter).flatMap((code) => {
        if (said.has(code)) return [];
        said.add(code);
        const path = ['spec', 'configPatches', index, 'patch', 'operation'];
        return [finding(code, filter, path, MESSAGES.get(code) ?? '')];
      }),
    );
  });

function codesOf({ applyTo = 'INVALID', patch, match }: Patch, { spec }: Filter): Code[] {
  const operation = patch?.operation ?? '';
  const codes: Code[] = [];
  if (operation === 'REPLACE' && !FILTERS.has(applyTo)) codes.push('IST0152');
  if (operation === 'ADD' && ROUTES.has(applyTo)) codes.push('IST0153');
  if (operation === 'REMOVE' && ROUTES.has(applyTo)) codes.push('IST0154');
  if (spec.priority || !RELATIVE.has(operation) || !FILTERS.has(applyTo)) return codes;
  codes.push('IST0151');
  const version = match?.proxy && Reflect.get(match.proxy, 'proxyVersion');
  if (version) codes.push('IST0155');
  return codes;
}
