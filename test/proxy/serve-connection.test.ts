import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeaderList } from '../../src/http/header-list.ts';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import { TransportError } from '../../src/proxy/forward/transport.ts';
import { keepsConnection, serveConnection } from '../../src/proxy/serve-connection.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import type { Authorizer } from '../../src/snapshot/authorizer.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildPolicy,
  buildSnapshot,
  condition,
  exact,
} from '../support/snapshot.ts';

const anAuthorizer: Authorizer = {
  name: 'gate',
  cluster: 'outbound|80||gate',
  timeoutMs: 1000,
  pathPrefix: '',
  failOpen: false,
  statusOnError: 403,
  requestHeaders: [],
  addedHeaders: [],
  headersToUpstream: [],
  headersOnDeny: [],
  headersOnAllow: [],
};

const ratings = condition('source.principal', [exact('cluster.local/ns/default/sa/ratings')]);

/** A TCP listener that lets these principals in. */
function withPolicies(...allowed: (typeof ratings)[]): ActiveSnapshot {
  const policies = allowed.map((one) => buildPolicy('ALLOW', [{ from: [[one]] }]));
  const listener = buildListener({ protocol: 'tcp', policies });
  return activate(buildSnapshot({ inbound: [listener], clusters: [buildCluster(listener.cluster)] }));
}

test('a connection is passed on when its authorizer says so, and closed when nobody can be asked', async () => {
  const authorizer = { ...anAuthorizer, headersToUpstream: [exact('x-user')] };
  const policy = buildPolicy('CUSTOM', [{ from: [[ratings]] }], { authorizer });
  const listener = buildListener({ protocol: 'tcp', policies: [policy] });
  const active = activate(buildSnapshot({ inbound: [listener], clusters: [buildCluster(listener.cluster)] }));
  const asked: string[] = [];
  const closed: string[] = [];
  const connect = (status: number | undefined, peer: string) =>
    serveConnection<string>({
      active: () => active,
      endpoints: new EndpointTable(),
      streams: { open: () => Promise.reject(new TransportError('connect-failure', false, 'refused')) },
      clock,
      random,
      onConnection: ({ details }) => void closed.push(details),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      ...(status !== undefined && {
        check: async ({ authorizer: { settings } }) => {
          asked.push(settings.name);
          return { kind: 'answered', status, headers: new HeaderList(), body: '' };
        },
      }),
    })({
      connection: buildConnection('inbound', { port: listener.port, peer }),
      body: '',
      signal: new AbortController().signal,
    });
  const known = 'cluster.local/ns/default/sa/ratings';
  await connect(undefined, known);
  await connect(403, known);
  await connect(200, known);
  await connect(403, 'cluster.local/ns/default/sa/other');
  assert.deepEqual(asked, ['gate', 'gate']);
  assert.deepEqual(closed.slice(0, 2), [
    'unanswered_check',
    'ext_authz_denied{ns[default]-policy[policy]-rule[0]}',
  ]);
  assert.ok(
    closed.slice(2).every((details) => !details.includes('authz')),
    closed.join(),
  );
  const keeps = keepsConnection({ active: () => active, clock, random });
  assert.ok(
    keeps(buildConnection('inbound', { port: listener.port, peer: known })),
    'it was judged when it came',
  );
});

test('a connection is kept for as long as the policy of now would let it through', () => {
  let active: ActiveSnapshot | undefined;
  const keeps = keepsConnection({ active: () => active, clock, random });
  const { port } = buildListener();
  const known = buildConnection('inbound', { port, peer: 'cluster.local/ns/default/sa/ratings' });
  const stranger = buildConnection('inbound', { port });
  const kept = () => [keeps(known), keeps(stranger)];
  assert.deepEqual(kept(), [true, true]);
  active = withPolicies();
  assert.deepEqual(kept(), [true, true]);
  active = withPolicies(ratings);
  assert.deepEqual(kept(), [true, false]);
  active = activate(buildSnapshot({}));
  assert.deepEqual(kept(), [false, false]);
});
