import type { HttpMatch } from '../compile/spec-parts.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** More than this costs a request more than all the rest of its way through a proxy. */
const MANY = 50;

/** WFT0510: match items that no path, method or header value tells apart, which every request tries in order. */
export const linearRoutes: AnalysisRule = () => ({
  VirtualService: (owner) => {
    const tried = owner.spec.http.reduce((sum, { match }) => sum + match.filter(isTried).length, 0);
    if (tried <= MANY) return [];
    const message = `${tried} match items name no exact or prefix uri, no exact method and no exact header: every request tries them one by one`;
    const remedy = 'give them a uri prefix, or an exact method or header, and use regex within that';
    return [finding('WFT0510', owner, ['spec', 'http'], message, remedy)];
  },
});

function isTried({ uri, ignoreUriCase, method, headers }: HttpMatch): boolean {
  const path = uri?.exact ?? uri?.prefix;
  if (path !== undefined && path !== '' && path !== '/' && !ignoreUriCase) return false;
  if (method?.exact !== undefined) return false;
  return ![...(headers ?? [])].some(
    ([name, { exact }]) => exact !== undefined && !/^(?:host|:authority)$/i.test(name),
  );
}
