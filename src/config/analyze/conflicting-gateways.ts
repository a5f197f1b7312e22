import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import { selectorText } from './gateway-workload.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

interface Serving {
  readonly gateway: Resource<'Gateway'>;
  readonly index: number;
}

/** IST0145: two Gateways of one workload serve one host on one port. */
export const conflictingGateways: AnalysisRule = (inventory) => {
  const byPlace = new Map<string, Serving[]>();
  for (const gateway of inventory.resources.of('Gateway')) {
    for (const [index, { port, hosts, bind }] of gateway.spec.servers.entries()) {
      for (const host of hosts) {
        const key = `${port.number} ${bind ?? ''} ${host.toLowerCase()}`;
        const known = byPlace.get(key);
        if (known) known.push({ gateway, index });
        else byPlace.set(key, [{ gateway, index }]);
      }
    }
  }
  return [...byPlace.values()].filter(({ length }) => length > 1).flatMap((one) => conflicts(one, inventory));
};

/** More rivals than a message can name; each is compared with these only, so that many cost no more than few. */
const RIVALS = 50;

function conflicts(servings: readonly Serving[], inventory: Inventory) {
  return servings.flatMap(({ gateway, index }) => {
    const rivals = servings
      .slice(0, RIVALS)
      .map((other) => other.gateway)
      .filter((other) => other !== gateway && meet(gateway, other, inventory));
    if (rivals.length === 0) return [];
    const names = [...new Set(rivals.map(({ namespace, name }) => `${namespace}/${name}`))].sort().join(',');
    const server = gateway.spec.servers[index];
    const message = `Conflict with gateways ${names} (workload selector ${selectorText(gateway.spec.selector)}, port ${server?.port.number}, hosts [${server?.hosts.join(' ')}]).`;
    const remedy = 'let one Gateway serve the host on this port, or give them different hosts';
    return [finding('IST0145', gateway, ['spec', 'servers', index], message, remedy)];
  });
}

/** Whether some workload runs both; or would, because what one selects the other does too. */
function meet(left: Resource<'Gateway'>, right: Resource<'Gateway'>, { pods }: Inventory): boolean {
  const [one, other] = [left.spec.selector ?? new Map(), right.spec.selector ?? new Map()];
  const within = (inner: ReadonlyMap<string, string>, outer: ReadonlyMap<string, string>) =>
    [...inner].every(([key, value]) => outer.get(key) === value);
  if (within(one, other) || within(other, one)) return true;
  const both = new Map([...one, ...other]);
  return within(one, both) && pods.select(both).length > 0;
}
