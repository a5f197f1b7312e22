import { buildHostIndex } from '../../match/host-match.ts';
import type { JwtRule } from '../../snapshot/jwt-rule.ts';
import type { Policy } from '../../snapshot/policy.ts';
import type { RateLimit } from '../../snapshot/rate-limit.ts';
import type { GatewayListener } from '../../snapshot/snapshot.ts';
import type { Terminal } from './chain.ts';
import type { Arrival } from './evidence.ts';

/** What may be attached to Gateways. */
type Attached = Pick<Policy, 'gateways'>;

/** The chain of what is attached to one Gateway, or to none. */
export type ChainOf = (
  policies: readonly Policy[],
  jwtRules?: readonly JwtRule[],
  limits?: readonly RateLimit[],
) => Terminal<Arrival>;

/**
 * A chain for each Gateway that policies are attached to (targetRefs), chosen by the host of the request: such policies
 * hold for the hosts of their Gateway alone. One chain where none is.
 */
export function chainByGateway(
  {
    policies,
    jwtRules,
    limits,
    owners,
  }: Pick<GatewayListener, 'policies' | 'jwtRules' | 'limits' | 'owners'>,
  chainOf: ChainOf,
): Terminal<Arrival> {
  if (owners === undefined) return chainOf(policies, jwtRules, limits);
  const holdsFor =
    (owner?: string) =>
    ({ gateways }: Attached) =>
      gateways === undefined || (owner !== undefined && gateways.includes(owner));
  const ownChain = (owner?: string) =>
    chainOf(
      policies.filter(holdsFor(owner)),
      jwtRules?.filter(holdsFor(owner)),
      limits?.filter(holdsFor(owner)),
    );
  const chains = new Map(
    [...new Set(owners.map(({ gateway }) => gateway))].map((owner) => [owner, ownChain(owner)]),
  );
  const others = ownChain();
  const index = buildHostIndex(owners.map(({ hosts, gateway }) => ({ domains: hosts, value: gateway })));
  return (arrival, context) => {
    const owner = index.find(arrival.request.host)?.value;
    const chain = owner === undefined ? undefined : chains.get(owner);
    return (chain ?? others)(arrival, context);
  };
}
