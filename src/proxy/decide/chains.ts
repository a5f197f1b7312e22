import type { JwtRule } from '../../snapshot/jwt-rule.ts';
import type { InboundListener } from '../../snapshot/snapshot.ts';
import { type AcceptedListener, accept, acceptInbound } from './accept.ts';
import { authenticate } from './authenticate.ts';
import { type Authorization, type Authorized, authorise } from './authorise.ts';
import { canonicalise } from './canonicalise.ts';
import { Chain, type Terminal } from './chain.ts';
import type { Edit } from './decision.ts';
import type { Arrival } from './evidence.ts';
import { checkExternally } from './external-check.ts';
import { clientCertEdits } from './forwarded-client-cert.ts';
import { gatewayEdits } from './gateway-headers.ts';
import { identityEdits } from './identity-headers.ts';
import { type CompiledLimit, limitRate } from './limit-rate.ts';
import { type GatewayRoutes, type OutboundRoutes, routeGateway, routeOutbound } from './route.ts';
import { routePolicy } from './route-policy.ts';
import { toApplication, toUpstream } from './terminal.ts';

/** From the mesh to the application behind one workload port; `self` is the workload's own SPIFFE ID. */
export function inboundChain(
  listener: AcceptedListener & Pick<InboundListener, 'jwtRules'>,
  policies: Authorization,
  self: string,
  limits: readonly CompiledLimit[] = [],
): Terminal<Arrival> {
  return Chain.from<Arrival>()
    .through(acceptInbound(listener))
    .through(canonicalise(clientCertEdits(self)))
    .through(limitRate(limits, 'arrival'))
    .through(checkExternally(policies.external))
    .through(authenticate(listener.jwtRules))
    .through(authorise(policies))
    .through(limitRate(limits, 'authorized'))
    .to(toApplication(listener.cluster));
}

/** From the local application to the mesh. */
export function outboundChain(routes: OutboundRoutes): Terminal<Arrival> {
  return Chain.from<Arrival>()
    .through(accept('outbound'))
    .through(canonicalise(identityEdits))
    .through(routeOutbound(routes))
    .through(routePolicy)
    .to(toUpstream);
}

/** From the outside world into the mesh, for bytes that nobody reads; `route` draws where they go. */
export function gatewayTcpChain(
  policies: Authorization,
  route: Terminal<Authorized<'gateway'>>,
): Terminal<Arrival> {
  return Chain.from<Arrival>()
    .through(accept('gateway'))
    .through(canonicalise(() => noEdits))
    .through(checkExternally(policies.external))
    .through(authorise(policies))
    .to(route);
}

const noEdits: readonly Edit[] = [];

/** From the outside world into the mesh. */
export function gatewayChain(
  jwtRules: readonly JwtRule[] | undefined,
  policies: Authorization,
  routes: GatewayRoutes,
  trustedProxies = 0,
  limits: readonly CompiledLimit[] = [],
): Terminal<Arrival> {
  return Chain.from<Arrival>()
    .through(accept('gateway'))
    .through(canonicalise(gatewayEdits(trustedProxies)))
    .through(limitRate(limits, 'arrival'))
    .through(checkExternally(policies.external))
    .through(authenticate(jwtRules))
    .through(authorise(policies))
    .through(limitRate(limits, 'authorized'))
    .through(routeGateway(routes))
    .through(routePolicy)
    .to(toUpstream);
}
