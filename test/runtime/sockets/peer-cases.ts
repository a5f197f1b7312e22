import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { attemptTo, meshCluster, openPort, TestCa, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

export const PEER_CASES: readonly Case[] = [
  {
    name: 'a verified client comes with the hash and the subject of its certificate',
    run: async () => {
      const ca = await TestCa.create();
      const connections: Connection[] = [];
      const listening = await openPort(async ({ connection }) => {
        connections.push(connection);
        return text('here');
      });
      listening.setIdentity(await ca.svid('reviews'), ca.bundle);
      const svid = await ca.svid('productpage');
      const transport = new SocketsTransport();
      transport.setIdentity(svid, ca.bundle);
      const clusters = [meshCluster('reviews'), undefined];
      for (const cluster of clusters)
        await transport.send(attemptTo(listening.port, cluster && { cluster }), undefined);
      const leaf = new X509Certificate(svid.chainPem);
      const certificateHash = createHash('sha256').update(leaf.raw).digest('hex');
      const { notAfter } = svid;
      assert.deepEqual(connections[0]?.peer, { id: svid.id, certificateHash, subject: '', notAfter });
      assert.equal(connections[1]?.peer, undefined);
      transport.close();
      await listening.close();
    },
  },
];
