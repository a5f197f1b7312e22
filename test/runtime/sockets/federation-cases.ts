import assert from 'node:assert/strict';
import type { Bundle } from '../../../src/identity/svid.ts';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import {
  attemptTo,
  openPort,
  readBody,
  SERVER_NAME,
  TestCa,
  testCluster,
  text,
} from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const federate = (bundle: Bundle, ...others: readonly Bundle[]): Bundle => ({ ...bundle, federated: others });

const reviewsOf = (trustDomain: string) =>
  testCluster({
    mode: 'mesh',
    sni: SERVER_NAME,
    sans: [`spiffe://${trustDomain}/ns/default/sa/reviews`],
    required: false,
  });

export const FEDERATION_CASES: readonly Case[] = [
  {
    name: 'identity: workloads of a federated trust domain come and are called by its own roots, while it is one',
    run: async () => {
      const [here, there] = [await TestCa.create(), await TestCa.create('partner.example')];
      // The roots of the partner vouch for nobody of ours.
      const thief = await TestCa.create();
      const connections: Connection[] = [];
      const listening = await openPort(async ({ connection }) => {
        connections.push(connection);
        return text('here');
      });
      listening.setIdentity(await here.svid('reviews'), federate(here.bundle, there.bundle));
      const ask = async (ca: TestCa, cluster = reviewsOf('cluster.local')): Promise<string> => {
        const transport = new SocketsTransport();
        transport.setIdentity(await ca.svid('client'), federate(ca.bundle, here.bundle));
        const answer = transport.send(attemptTo(listening.port, { cluster }), undefined);
        return answer
          .then(
            ({ body }) => readBody(body),
            () => 'refused',
          )
          .finally(() => transport.close());
      };
      assert.equal(await ask(there), 'here');
      assert.equal(connections[0]?.peer?.id.trustDomain, 'partner.example');
      // The server has another identity than the cluster expects.
      assert.equal(await ask(there, reviewsOf('partner.example')), 'refused');
      const taken = { trustDomain: 'partner.example', rootsPem: thief.bundle.rootsPem };
      listening.setIdentity(await here.svid('reviews'), federate(here.bundle, there.bundle, taken));
      assert.equal(await ask(thief), 'refused');
      listening.setIdentity(await here.svid('reviews'), here.bundle);
      assert.equal(await ask(there), 'refused');
      assert.equal(await ask(here), 'here');
      assert.equal(connections.length, 2);
      await listening.close();
    },
  },
  {
    name: 'identity: an alias of the trust domain is believed by its roots, and no longer when it is none',
    run: async () => {
      const ca = await TestCa.create();
      const alias = await ca.named('old.example');
      const listening = await openPort(async () => text('here'));
      const ask = async (): Promise<string> => {
        const transport = new SocketsTransport();
        transport.setIdentity(await alias.svid('client'), ca.bundle);
        const answer = transport.send(
          attemptTo(listening.port, { cluster: reviewsOf('cluster.local') }),
          undefined,
        );
        return answer
          .then(
            ({ body }) => readBody(body),
            () => 'refused',
          )
          .finally(() => transport.close());
      };
      const svid = await ca.svid('reviews');
      listening.setIdentity(svid, { ...ca.bundle, aliases: ['old.example'] });
      assert.equal(await ask(), 'here');
      listening.setIdentity(svid, ca.bundle);
      assert.equal(await ask(), 'refused');
      await listening.close();
    },
  },
];
