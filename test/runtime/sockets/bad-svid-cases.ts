import 'reflect-metadata';
import assert from 'node:assert/strict';
import { KeyObject } from 'node:crypto';
import { ExtendedKeyUsageExtension } from '@peculiar/x509';
import { encodePem } from '../../../src/identity/pem.ts';
import type { Bundle, Svid } from '../../../src/identity/svid.ts';
import { Purpose } from '../../../src/identity/x509/extensions.ts';
import { runtimeName } from '../../../src/runtime/runtime-name.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import {
  type GoodMesh,
  goodId,
  goodMesh,
  goodRoot,
  seenBy,
  signs,
  withExtensions,
} from '../../support/bad-svid/bad-svid.ts';
import { badSvids } from '../../support/bad-svid/bad-svids.ts';
import { answerTo, believed, minted } from '../../support/bad-svid/believed.ts';
import type { RawChain } from '../../support/raw-tls/raw-tls.ts';
import { RawTlsServer } from '../../support/raw-tls/raw-tls-server.ts';
import { attemptTo, meshCluster, openPort, readBody, SERVER_NAME, text } from '../../support/socket-mesh.ts';
import { uriNames } from '../../support/test-certificate.ts';
import type { Case } from './case.ts';

const cases = seenBy(runtimeName(), badSvids);

/** Bad for a server as a leaf for servers is for a client. */
const forClients = withExtensions(
  'a purpose for clients only',
  'certificate_usage',
  uriNames(goodId),
  signs,
  new ExtendedKeyUsageExtension([Purpose.client]),
);

/** What both ends have: a mesh of now, and its good leaf as the SVID of the proxy under test. */
async function meshOfNow(): Promise<{ mesh: GoodMesh; svid: Svid; bundle: Bundle }> {
  const root = await goodRoot(Math.floor(Date.now() / 1000) * 1000);
  const mesh = await goodMesh(root);
  const { leaf, middle } = mesh;
  const key = KeyObject.from(leaf.keys.privateKey);
  const svid = {
    id: { trustDomain: 'cluster.local', path: '/ns/default/sa/reviews' },
    chainPem: [leaf, middle].map(({ der }) => encodePem('CERTIFICATE', der)).join(''),
    keyPem: String(key.export({ type: 'pkcs8', format: 'pem' })),
    notBefore: root.now - 60_000,
    notAfter: root.now + 3_600_000,
  };
  const bundle = { trustDomain: 'cluster.local', rootsPem: encodePem('CERTIFICATE', root.der) };
  return { mesh, svid, bundle };
}

export const BAD_SVID_CASES: readonly Case[] = [
  {
    name: 'identity: no client with a bad SVID reaches a handler, one with a good SVID does',
    run: async () => {
      const { mesh, svid, bundle } = await meshOfNow();
      let served = 0;
      const listening = await openPort(async () => {
        served++;
        return text('here');
      });
      listening.setIdentity(svid, bundle);
      const { port } = listening;
      const good = [mesh.leaf, mesh.middle];
      assert.match(await answerTo(port, SERVER_NAME, good), /^HTTP\/1\.1 200 /);
      assert.deepEqual(
        await believed(await minted(mesh, cases), (chain) => answerTo(port, SERVER_NAME, chain), 4),
        [],
      );
      const others = await goodMesh(mesh.root);
      const chains = [
        [...good, mesh.root],
        [others.leaf, others.leaf, others.middle],
      ];
      for (const chain of chains) assert.match(await answerTo(port, SERVER_NAME, chain), /^HTTP\/1\.1 200 /);
      assert.equal(served, 3);
      await listening.close();
    },
  },
  {
    name: 'identity: no server with a bad SVID gets a request, one with a good SVID does',
    run: async () => {
      const { mesh, svid, bundle } = await meshOfNow();
      const server = await RawTlsServer.open();
      const ask = async (chain: RawChain): Promise<string> => {
        const transport = new SocketsTransport();
        transport.setIdentity(svid, bundle);
        server.chain = chain;
        const attempt = attemptTo(server.port, { cluster: meshCluster('reviews') });
        const answer = transport.send(attempt, undefined).then(({ body }) => readBody(body));
        return answer.catch(() => '').finally(() => transport.close());
      };
      const good = [mesh.leaf, mesh.middle];
      assert.equal(await ask(good), 'here');
      const servers = [...cases.filter(({ what }) => !what.includes('purpose for servers')), forClients];
      assert.deepEqual(await believed(await minted(mesh, servers), ask), []);
      assert.equal(await ask([...good, mesh.root]), 'here');
      assert.equal(server.requests.length, 2);
      server.close();
    },
  },
];
