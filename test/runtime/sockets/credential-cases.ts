import assert from 'node:assert/strict';
import type { DeliveredCredential } from '../../../src/snapshot/credential.ts';
import { EdgeCa, type PemPair } from '../../support/edge-certificate.ts';
import { askEdge, EdgePeer } from '../../support/edge-client.ts';
import { gatewayOf, withGateway } from '../../support/socket-gateway.ts';
import type { Case } from './case.ts';

const NAME = 'Secret/istio-system/shop';

const gateway = (mode: string) => `${gatewayOf(`
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: [a.example]
      tls: { mode: ${mode}, credentialName: shop }`)}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: a, namespace: default }
spec:
  hosts: [a.example]
  gateways: [edge]
  http: [{ directResponse: { status: 200, body: { string: this is a.example } } }]
`;

const secretOf = (cert: string, key: string, roots: string): string => `
---
apiVersion: v1
kind: Secret
metadata: { name: shop, namespace: istio-system }
stringData: ${JSON.stringify({ cert, key, ...(roots && { cacert: roots }) })}
`;

const delivered = (
  { cert, key }: PemPair,
  versions: Partial<DeliveredCredential> = {},
): DeliveredCredential => ({
  certificate: NAME,
  authority: '',
  version: '1',
  authorityVersion: '',
  chain: cert,
  key,
  roots: '',
  ...versions,
});

const options = { servername: 'a.example' };

export const CREDENTIAL_CASES: readonly Case[] = [
  {
    name: 'the certificate of a Secret is shown once it is there, replaced while connections live, and gone with it',
    run: () =>
      withGateway(async (edge, ca) => {
        const [first, second] = [await ca.server('a.example'), await ca.server('b.example')];
        await edge.apply(gateway('SIMPLE') + secretOf(first.cert, first.key, ''));
        const port = edge.port(443);
        const shown = async () => (await askEdge(port, 'a.example', options)).names;
        assert.deepEqual(await shown(), [], 'named, and not there yet');
        edge.credentials.set(NAME, delivered(first));
        assert.match((await askEdge(port, 'a.example', options)).text, /this is a\.example/);
        const kept = await EdgePeer.connect(port, 'a.example');
        edge.credentials.set(NAME, delivered(second));
        assert.deepEqual(await shown(), ['b.example']);
        await kept.get('a.example');
        edge.credentials.set(NAME, delivered({ cert: first.cert, key: second.key }));
        assert.deepEqual(await shown(), ['b.example'], 'a key of another certificate never takes effect');
        assert.ok(edge.events.includes('certificate not usable, nothing is changed'));
        edge.credentials.delete(NAME);
        assert.deepEqual(await shown(), []);
        edge.credentials.set(NAME, delivered(first));
        assert.deepEqual(await shown(), ['a.example']);
      }),
  },
  {
    name: 'clients of MUTUAL are let in by the authority that the configuration means, and by no earlier one',
    run: () =>
      withGateway(async (edge, ca) => {
        const [pair, stranger] = [await ca.server('a.example'), await EdgeCa.create('another')];
        const [own, foreign] = [await ca.server('client'), await stranger.server('client')];
        const put = async (roots: string) => {
          await edge.apply(gateway('MUTUAL') + secretOf(pair.cert, pair.key, roots));
          const server = edge.snapshot?.gateway?.servers[0];
          const tls = server && 'tls' in server && server.tls.mode !== 'PASSTHROUGH' ? server.tls : undefined;
          assert.ok(tls?.credential);
          return (shown = pair) => edge.credentials.set(NAME, delivered(shown, { ...tls.credential, roots }));
        };
        const isIn = async (client: object) =>
          /this is a\.example/.test(
            (await askEdge(edge.port(443), 'a.example', { ...options, ...client })).text,
          );
        (await put(ca.pem))();
        assert.deepEqual([await isIn(own), await isIn(foreign), await isIn({})], [true, false, false]);
        const kept = await EdgePeer.connect(edge.port(443), 'a.example', own);
        await kept.get('a.example');
        const arrive = await put(stranger.pem);
        assert.deepEqual(
          [await isIn(own), await isIn(foreign)],
          [false, false],
          'the new authority is awaited',
        );
        await kept.peer.untilEnd();
        arrive();
        assert.deepEqual([await isIn(own), await isIn(foreign)], [false, true]);
        (await put(ca.pem))({ cert: pair.cert, key: own.key });
        assert.deepEqual(
          [await isIn(own), await isIn(foreign)],
          [false, false],
          'fail open: with a certificate that cannot be used the authority before it does not stay',
        );
        (await put(ca.pem))();
        assert.deepEqual([await isIn(own), await isIn(foreign)], [true, false]);
      }),
  },
];
