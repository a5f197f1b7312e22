import { MESH } from '../compile/gateway-name.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

type Owner = Resource<'VirtualService'>;

interface Retrying {
  readonly owner: Owner;
  readonly rule: number;
  readonly tries: number;
}

/** More tries than this for one request make an outage worse. */
const MANY = 9;

/** WFT0505: requests are retried at the gateway and once more between services; the tries multiply. */
export const multipliedRetries: AnalysisRule = () => {
  let inner: Retrying | undefined;
  const outside: Retrying[] = [];
  return {
    VirtualService: (owner) => {
      const own = retrying(owner);
      if (owner.spec.gateways.includes(MESH)) inner = most(inner ? [inner, ...own] : own);
      if (owner.spec.gateways.some((name) => name !== MESH)) outside.push(...own);
      return [];
    },
    end: () => multiplied(outside, inner),
  };
};

function multiplied(outside: readonly Retrying[], inner: Retrying | undefined): Diagnostic[] {
  if (!inner) return [];
  return outside
    .filter((outer) => outer.tries * inner.tries >= MANY && !leadsTo(outer, inner))
    .map((outer) => {
      const where = `VirtualService ${inner.owner.namespace}/${inner.owner.name}`;
      const message = `up to ${outer.tries} tries here and ${inner.tries} behind it (${where}): one request can become ${outer.tries * inner.tries} when a service of the chain fails`;
      const path = ['spec', 'http', outer.rule, 'retries', 'attempts'];
      const remedy = 'retry in one place of a chain: nearest to what fails, attempts: 0 elsewhere';
      return finding('WFT0505', outer.owner, path, message, remedy);
    });
}

function retrying(owner: Owner): Retrying[] {
  return owner.spec.http.flatMap(({ retries }, rule) =>
    retries?.attempts ? [{ owner, rule, tries: retries.attempts + 1 }] : [],
  );
}

function most(all: readonly Retrying[]): Retrying | undefined {
  return all.reduce<Retrying | undefined>(
    (best, one) => (best && best.tries >= one.tries ? best : one),
    undefined,
  );
}

/** A gateway goes to the host itself: what sidecars do with requests for it does not come on top. */
function leadsTo(outer: Retrying, { owner }: Retrying): boolean {
  const hosts = new Set(owner.spec.hosts.map((host) => fullHost(host, owner.namespace)));
  const route = outer.owner.spec.http[outer.rule]?.route ?? [];
  return (
    outer.owner === owner ||
    route.some(({ destination }) => hosts.has(fullHost(destination.host, outer.owner.namespace)))
  );
}
