import { MESH } from '../compile/gateway-name.ts';
import { visibleFrom } from '../compile/visibility.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import { HostMap } from './host-map.ts';
import type { AnalysisRule } from './inventory.ts';

interface Claim {
  readonly owner: Resource<'VirtualService'>;
  readonly index: number;
}

/** IST0109: several VirtualServices of the mesh have one host; sidecars use the oldest and ignore the rest. */
export const duplicateMeshHost: AnalysisRule = () => {
  const first = new HostMap<Claim>();
  const several = new Map<string, Claim[]>();
  const claim = (host: string, own: Claim): void => {
    const known = first.get(host);
    const claims = several.get(host);
    if (known === undefined) first.set(host, own);
    else if (claims) claims.push(own);
    else several.set(host, [known, own]);
  };
  return {
    VirtualService: (owner) => {
      if (!owner.spec.gateways.includes(MESH)) return [];
      for (const [index, host] of owner.spec.hosts.entries())
        claim(fullHost(host, owner.namespace), { owner, index });
      return [];
    },
    end: () => [...several].flatMap(([host, claims]) => conflicts(host, claims)),
  };
};

/** More rivals than a message can name; each is compared with these only, so that many cost no more than few. */
const RIVALS = 50;

function conflicts(host: string, claims: readonly Claim[]) {
  return claims.flatMap((claim) => {
    const rivals = claims
      .slice(0, RIVALS)
      .filter(({ owner }) => owner !== claim.owner && meet(owner, claim.owner));
    if (rivals.length === 0) return [];
    const names = [claim, ...rivals].map(({ owner }) => `${owner.namespace}/${owner.name}`).sort();
    const message = `The VirtualServices ${names.join(', ')} associated with mesh gateway define the same host ${host}`;
    const remedy = 'put their routes into one VirtualService: sidecars use the oldest and ignore the others';
    return [finding('IST0109', claim.owner, ['spec', 'hosts', claim.index], message, remedy)];
  });
}

/** Whether some namespace can see both: private ones of two namespaces never meet. */
function meet(left: Claim['owner'], right: Claim['owner']): boolean {
  if (left.namespace === right.namespace) return true;
  const clients = [left, right].flatMap(({ namespace, spec }) =>
    spec.exportTo.map((to) => (to === '.' ? namespace : to)).filter((to) => to !== '~'),
  );
  return clients.some(
    (client) =>
      visibleFrom(client, left.namespace, left.spec.exportTo) &&
      visibleFrom(client, right.namespace, right.spec.exportTo),
  );
}
