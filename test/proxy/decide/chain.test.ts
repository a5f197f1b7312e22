import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AcceptedListener, accept, acceptInbound } from '../../../src/proxy/decide/accept.ts';
import { authorise, compileAuthorization } from '../../../src/proxy/decide/authorise.ts';
import { canonicalise } from '../../../src/proxy/decide/canonicalise.ts';
import { Chain, type Step } from '../../../src/proxy/decide/chain.ts';
import type { Reply } from '../../../src/proxy/decide/decision.ts';
import type { Arrival } from '../../../src/proxy/decide/evidence.ts';
import { identityEdits } from '../../../src/proxy/decide/identity-headers.ts';
import { localReply } from '../../../src/proxy/decide/reply.ts';
import { routeGateway, routeOutbound } from '../../../src/proxy/decide/route.ts';
import { routePolicy } from '../../../src/proxy/decide/route-policy.ts';
import { toApplication, toUpstream } from '../../../src/proxy/decide/terminal.ts';
import { buildConnection, buildRequest, fixedInputs } from '../../support/snapshot.ts';

const listener: AcceptedListener = { mtls: 'PERMISSIVE', mtlsSource: '', cluster: 'inbound|8080||' };
const policies = compileAuthorization([], 'cluster.local');
const routes = { ports: new Map(), undeclared: undefined };
const start = Chain.from<Arrival>();
const arrival: Arrival = { request: buildRequest('a/'), connection: buildConnection('inbound') };
const context = { inputs: fixedInputs(), trace: undefined };

/** Never called: the compiler judges the lines in it. */
export function orders(): void {
  const authenticated = start.through(acceptInbound(listener)).through(canonicalise(identityEdits));
  authenticated.through(authorise(policies)).to(toApplication('app'));
  // @ts-expect-error an inbound request must be authorised before the application sees it
  authenticated.to(toApplication('app'));
  // @ts-expect-error a peer must be authenticated before policies judge it
  start.through(acceptInbound(listener)).through(authorise(policies));
  // @ts-expect-error nothing comes before accepting
  start.through(canonicalise(identityEdits));
  // @ts-expect-error nothing comes before accepting
  start.to(toApplication('app'));
  const outbound = start.through(accept('outbound')).through(routeOutbound(routes));
  outbound.through(routePolicy).to(toUpstream);
  // @ts-expect-error a route's own answers come before forwarding
  outbound.to(toUpstream);
  // @ts-expect-error a request must be routed before its route's policy
  start.through(accept('outbound')).through(routePolicy);
  const edge = start.through(accept('gateway')).through(canonicalise(identityEdits));
  edge.through(authorise(policies)).through(routeGateway(undefined)).through(routePolicy).to(toUpstream);
  // @ts-expect-error a gateway authorises before it routes
  edge.through(routeGateway(undefined));
  // @ts-expect-error what was authorised at the gateway is not authorised at the application
  edge.through(authorise(policies)).to(toApplication('app'));
  // @ts-expect-error a sidecar's outbound route is not for requests from outside
  edge.through(authorise(policies)).through(routeOutbound(routes));
}

describe('chain', () => {
  const refuse: Step<Arrival> = () => localReply(418, '-', 'refused');

  test('runs the steps in order and hands the last evidence to the terminal', () => {
    const seen: string[] = [];
    const note = (name: string): Step<Arrival> => {
      return (evidence) => {
        seen.push(name);
        return evidence;
      };
    };
    const run = start
      .through(note('first'))
      .through(note('second'))
      .to(() => localReply(200, '-', 'end'));
    assert.equal((run(arrival, context) as Reply).details, 'end');
    assert.deepEqual(seen, ['first', 'second']);
  });

  test('a reply ends the chain', () => {
    const run = start.through(refuse).to(() => assert.fail('the terminal was reached'));
    assert.equal((run(arrival, context) as Reply).status, 418);
  });

  test('an ask ends the chain', () => {
    const ask: Step<Arrival> = () => ({ kind: 'ask', need: 'snapshot' });
    const run = start
      .through(ask)
      .through(refuse)
      .to(() => assert.fail('the terminal was reached'));
    assert.equal(run(arrival, context).kind, 'ask');
  });

  test('an absent step is not there', () => {
    assert.equal(start.through(undefined), start);
  });
});
