import assert from 'node:assert/strict';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { sendEdge } from '../../support/edge-client.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { gatewayOf, withGateway } from '../../support/socket-gateway.ts';
import type { Case } from './case.ts';

/** A server outside the mesh on a port of this machine. */
const external = (name: string, port: number) => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${name}, namespace: default }
spec:
  hosts: [${name}.upstream]
  resolution: STATIC
  ports: [{ number: 7000, name: tcp, protocol: TCP }]
  endpoints: [{ address: 127.0.0.1, ports: { tcp: ${port} } }]
---
`;

const routes = (name: string, rules: string) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: default }
spec:
  hosts: ["*.example"]
  gateways: [edge]
  ${rules}
---
`;

const bySni = (sni: string, upstream: string) =>
  `    - { match: [{ sniHosts: ["${sni}"] }], route: [{ destination: { host: ${upstream}.upstream } }] }\n`;

async function opened(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Says its name at the first bytes, over TLS with its own certificate, then ends. */
function tlsServer(name: string, { cert, key }: { cert: string; key: string }): Server {
  return createTls({ cert, key }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => socket.end(`${name} heard ${chunk}`));
  });
}

/** Answers with what it heard once the client has ended its side. */
function halfCloseServer(name: string): Server {
  return createTcp({ allowHalfOpen: true }, (socket) => {
    let heard = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard += chunk;
    });
    socket.on('end', () => socket.end(`${name} heard ${heard}`));
  });
}

const passthrough = `
    - { port: { number: 443, name: tls, protocol: TLS }, hosts: ["*.example"], tls: { mode: PASSTHROUGH } }`;

export const GATEWAY_TCP_CASES: readonly Case[] = [
  {
    name: 'PASSTHROUGH goes by the best server name, and the upstream ends TLS itself',
    run: () =>
      withGateway(async (gateway, ca) => {
        const one = tlsServer('one', await ca.server('one.upstream'));
        const two = tlsServer('two', await ca.server('two.upstream'));
        const upstreams = external('one', await opened(one)) + external('two', await opened(two));
        const rules = `tls:\n${bySni('*.example', 'one')}${bySni('a.example', 'two')}`;
        await gateway.apply(gatewayOf(passthrough) + routes('sni', rules) + upstreams);
        const ask = (servername: string) => sendEdge(gateway.port(443), 'hello', { servername });
        assert.deepEqual(await ask('b.example'), { text: 'one heard hello', names: ['one.upstream'] });
        assert.deepEqual(await ask('a.example'), { text: 'two heard hello', names: ['two.upstream'] });
        assert.deepEqual(await ask('a.elsewhere'), { text: '', names: [] });
        one.close();
        two.close();
      }),
  },
  {
    name: 'one port passes some names through and ends TLS for others',
    run: () =>
      withGateway(async (gateway, ca) => {
        const one = tlsServer('one', await ca.server('one.upstream'));
        const ended = `
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: [a.example]
      tls: { mode: SIMPLE, serverCertificate: FOLDER/a.crt, privateKey: FOLDER/a.key }`;
        await gateway.apply(
          gatewayOf(passthrough + ended) +
            routes('sni', `tls:\n${bySni('b.example', 'one')}`) +
            external('one', await opened(one)),
        );
        const ask = (servername: string) =>
          sendEdge(gateway.port(443), `GET / HTTP/1.0\r\nHost: ${servername}\r\n\r\n`, { servername });
        assert.deepEqual((await ask('b.example')).names, ['one.upstream']);
        const answer = await ask('a.example');
        assert.deepEqual(answer.names, ['a.example']);
        assert.match(answer.text, /^HTTP\/1\.1 404 /);
        assert.deepEqual((await ask('c.example')).names, []);
        one.close();
      }),
  },
  {
    name: 'TCP passes bytes and the end of either side; TLS in front of it is ended',
    run: () =>
      withGateway(async (gateway) => {
        const server = halfCloseServer('echo');
        const servers = `
    - { port: { number: 9000, name: tcp, protocol: TCP }, hosts: ["*"] }
    - port: { number: 9443, name: tls, protocol: TLS }
      hosts: [a.example]
      tls: { mode: SIMPLE, serverCertificate: FOLDER/a.crt, privateKey: FOLDER/a.key }`;
        const rules = 'tcp:\n    - { route: [{ destination: { host: echo.upstream } }] }';
        await gateway.apply(
          gatewayOf(servers) + routes('bytes', rules) + external('echo', await opened(server)),
        );
        const peer = await RawPeer.connect(gateway.port(9000));
        peer.write('hello');
        peer.socket.end();
        assert.equal(await peer.untilEnd(), 'echo heard hello');
        const instant = createTcp((socket) => socket.on('error', () => undefined).end('first'));
        await gateway.apply(
          gatewayOf(servers) + routes('bytes', rules) + external('echo', await opened(instant)),
        );
        assert.equal(await (await RawPeer.connect(gateway.port(9000))).untilEnd(), 'first');
        const { text, names } = await sendEdge(gateway.port(9443), 'hello', { servername: 'a.example' });
        assert.deepEqual([text, names], ['first', ['a.example']]);
        server.close();
        instant.close();
      }),
  },
  {
    name: 'a TCP port without a route is not opened, and one without a server behind it or denied by policy is closed',
    run: () =>
      withGateway(async (gateway) => {
        const server = halfCloseServer('echo');
        const port = await opened(server);
        const tcp = gatewayOf('    - { port: { number: 9000, name: tcp, protocol: TCP }, hosts: ["*"] }');
        const rules = 'tcp:\n    - { route: [{ destination: { host: echo.upstream } }] }';
        const deny = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: deny, namespace: istio-system }
spec: { action: DENY, rules: [{ to: [{ operation: { ports: ["9000"] } }] }] }
`;
        const ask = async () => {
          const peer = await RawPeer.connect(gateway.port(9000));
          peer.write('hello');
          peer.socket.end();
          return peer.untilEnd();
        };
        await gateway.apply(tcp);
        assert.throws(() => gateway.port(9000), /not open/);
        await gateway.apply(tcp + routes('bytes', rules) + external('echo', port));
        assert.equal(await ask(), 'echo heard hello');
        await gateway.apply(tcp + routes('bytes', rules) + external('echo', port) + deny);
        assert.equal(await ask(), '');
        await gateway.apply(tcp + routes('bytes', rules) + external('echo', 1));
        assert.equal(await ask(), '');
        server.close();
      }),
  },
];
