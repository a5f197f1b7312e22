import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { EdgeCa, writePair } from '../../support/edge-certificate.ts';
import { askEdge, EdgePeer } from '../../support/edge-client.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { gatewayOf, withGateway } from '../../support/socket-gateway.ts';
import { until } from '../../support/until.ts';
import type { Case } from './case.ts';

/** A host that answers with its own name. */
const hostOf = (name: string) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name.split('.')[0]}, namespace: default }
spec:
  hosts: [${name}]
  gateways: [edge]
  http: [{ directResponse: { status: 200, body: { string: this is ${name} } } }]
---
`;

const https = (name: string, mode = 'SIMPLE', more = '') => `
    - port: { number: 443, name: ${name}, protocol: HTTPS }
      hosts: [${name}.example]
      tls: { mode: ${mode}, serverCertificate: FOLDER/${name}.crt, privateKey: FOLDER/${name}.key${more} }`;

async function get(port: number, host: string, path = '/'): Promise<string> {
  const peer = await RawPeer.connect(port);
  peer.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  return peer.untilEnd();
}

const status = (text: string) => /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'closed';

export const GATEWAY_CASES: readonly Case[] = [
  {
    name: 'a gateway port serves its own hosts, and 404 for others',
    run: () =>
      withGateway(async (gateway) => {
        const http = (port: number, host: string) =>
          `    - { port: { number: ${port}, name: http-${port}, protocol: HTTP }, hosts: [${host}] }\n`;
        await gateway.apply(
          gatewayOf(http(80, 'a.example') + http(8080, 'b.example')) +
            hostOf('a.example') +
            hostOf('b.example'),
        );
        assert.match(await get(gateway.port(80), 'a.example'), /this is a\.example/);
        assert.match(await get(gateway.port(80), 'a.example:80'), /this is a\.example/);
        assert.equal(status(await get(gateway.port(80), 'b.example')), '404');
        assert.equal(status(await get(gateway.port(8080), 'a.example')), '404');
        assert.match(await get(gateway.port(8080), 'b.example'), /this is b\.example/);
      }),
  },
  {
    name: 'httpsRedirect answers 301, and only to its hosts',
    run: () =>
      withGateway(async (gateway) => {
        await gateway.apply(
          `${gatewayOf(`
    - { port: { number: 80, name: redirect, protocol: HTTP }, hosts: [a.example], tls: { httpsRedirect: true } }
    - { port: { number: 80, name: plain, protocol: HTTP }, hosts: [b.example] }${https('a')}`)}${hostOf('a.example')}${hostOf('b.example')}`,
        );
        const redirect = await get(gateway.port(80), 'a.example:80', '/x?y=1');
        assert.equal(status(redirect), '301');
        assert.match(redirect, /^location: https:\/\/a\.example\/x\?y=1\r$/im);
        assert.match(await get(gateway.port(80), 'b.example'), /this is b\.example/);
        const { text } = await askEdge(gateway.port(443), 'a.example', { servername: 'a.example' });
        assert.match(text, /this is a\.example/);
      }),
  },
  {
    name: 'the server name chooses certificate and hosts; an unknown one, none, and plaintext are closed',
    run: () =>
      withGateway(async (gateway) => {
        await gateway.apply(gatewayOf(https('a') + https('b')) + hostOf('a.example') + hostOf('b.example'));
        const port = gateway.port(443);
        for (const host of ['a.example', 'b.example']) {
          const { text, names } = await askEdge(port, host, { servername: host });
          assert.deepEqual(names, [host]);
          assert.match(text, new RegExp(`this is ${host}`));
        }
        const crossed = await askEdge(port, 'b.example', { servername: 'a.example' });
        assert.equal(status(crossed.text), '421');
        assert.deepEqual(await askEdge(port, 'a.example', { servername: 'c.example' }), {
          text: '',
          names: [],
        });
        assert.deepEqual(await askEdge(port, 'a.example'), { text: '', names: [] });
        assert.equal(status(await get(port, 'a.example')), 'closed');
      }),
  },
  {
    name: 'a server for every name also takes clients that send none',
    run: () =>
      withGateway(async (gateway) => {
        await gateway.apply(
          gatewayOf(https('a').replace('hosts: [a.example]', 'hosts: ["*"]')) + hostOf('a.example'),
        );
        assert.match((await askEdge(gateway.port(443), 'a.example')).text, /this is a\.example/);
      }),
  },
  {
    name: 'HTTPS speaks HTTP/2 to those that offer it',
    run: () =>
      withGateway(async (gateway) => {
        await gateway.apply(gatewayOf(https('a')) + hostOf('a.example'));
        const session = connectHttp2(`https://127.0.0.1:${gateway.port(443)}`, {
          servername: 'a.example',
          rejectUnauthorized: false,
        });
        const stream = session.request({ ':path': '/', ':authority': 'a.example' });
        let text = '';
        for await (const chunk of stream) text += String(chunk);
        assert.equal(text, 'this is a.example');
        session.destroy();
      }),
  },
  {
    name: 'MUTUAL wants a certificate of its CA with one of its names',
    run: () =>
      withGateway(async (gateway, ca) => {
        const only = ', caCertificates: FOLDER/ca.pem, subjectAltNames: [client.example, "urn:client"]';
        await gateway.apply(
          `${gatewayOf(https('a', 'MUTUAL', only) + https('b', 'MUTUAL', ', caCertificates: FOLDER/ca.pem'))}${hostOf('a.example')}${hostOf('b.example')}`,
        );
        const other = await EdgeCa.create('other');
        const ask = async (host: string, client: object = {}) =>
          status((await askEdge(gateway.port(443), host, { servername: host, ...client })).text);
        const known = await ca.server('client.example');
        assert.equal(await ask('a.example', known), '200');
        assert.equal(await ask('a.example', await ca.issue({ type: 'url', value: 'urn:client' })), '200');
        assert.equal(await ask('a.example', await ca.server('x.client.example')), 'closed');
        assert.equal(await ask('a.example'), 'closed');
        assert.equal(await ask('a.example', await other.server('client.example')), 'closed');
        assert.equal(await ask('b.example', await ca.server('anybody.example')), '200');
        assert.equal(await ask('b.example'), 'closed');
      }),
  },
  {
    name: 'OPTIONAL_MUTUAL takes no certificate or a verified one',
    run: () =>
      withGateway(async (gateway, ca) => {
        const ask = async (client: object = {}) =>
          status(
            (await askEdge(gateway.port(443), 'a.example', { servername: 'a.example', ...client })).text,
          );
        await gateway.apply(
          gatewayOf(https('a', 'OPTIONAL_MUTUAL', ', caCertificates: FOLDER/ca.pem')) + hostOf('a.example'),
        );
        assert.equal(await ask(), '200');
        assert.equal(await ask(await ca.server('client.example')), '200');
        const other = await EdgeCa.create('other');
        assert.equal(await ask(await other.server('client.example')), 'closed');
      }),
  },
  {
    name: 'TLS versions are those of the server',
    run: () =>
      withGateway(async (gateway) => {
        const ask = async (host: string, maxVersion: 'TLSv1.2' | 'TLSv1.3') =>
          status((await askEdge(gateway.port(443), host, { servername: host, maxVersion })).text);
        const strict = https('a', 'SIMPLE', ', minProtocolVersion: TLSV1_3');
        await gateway.apply(gatewayOf(strict + https('b')) + hostOf('a.example') + hostOf('b.example'));
        assert.equal(await ask('a.example', 'TLSv1.3'), '200');
        assert.equal(await ask('a.example', 'TLSv1.2'), 'closed');
        assert.equal(await ask('b.example', 'TLSv1.2'), '200');
      }),
  },
  {
    name: 'a certificate file that is replaced counts for the next handshake; a broken one never',
    run: () =>
      withGateway(async (gateway) => {
        const names = async () =>
          (await askEdge(gateway.port(443), 'a.example', { servername: 'a.example' })).names;
        await gateway.apply(gatewayOf(https('a')) + hostOf('a.example'));
        assert.deepEqual(await names(), ['a.example']);
        const next = await EdgeCa.create('next');
        const renewed = await next.issue(
          { type: 'dns', value: 'a.example' },
          { type: 'dns', value: 'renewed.example' },
        );
        writeFileSync(join(gateway.folder, 'a.crt'), renewed.cert);
        const refused = () => gateway.events.includes('certificate not usable, nothing is changed');
        await until('the half that was replaced is refused', async () => {
          assert.deepEqual(await names(), ['a.example']);
          return refused() ? true : undefined;
        });
        writePair(gateway.folder, 'a', renewed);
        await until('the new certificate is shown', async () =>
          (await names()).includes('renewed.example') ? true : undefined,
        );
      }),
  },
  {
    name: 'stricter TLS closes what was let in before, a port that is gone closes for everybody',
    run: () =>
      withGateway(async (gateway, ca) => {
        await gateway.apply(gatewayOf(https('a')) + hostOf('a.example'));
        const port = gateway.port(443);
        const kept = await EdgePeer.connect(port, 'a.example');
        assert.match(await kept.get('a.example'), /this is a\.example/);
        await gateway.apply(gatewayOf(https('a')) + hostOf('a.example') + hostOf('b.example'));
        assert.match(await kept.get('a.example', 2), /this is a\.example/);
        await gateway.apply(
          gatewayOf(https('a', 'MUTUAL', ', caCertificates: FOLDER/ca.pem')) + hostOf('a.example'),
        );
        await kept.peer.untilEnd();
        const client = { servername: 'a.example', ...(await ca.server('client.example')) };
        assert.match((await askEdge(port, 'a.example', client)).text, /this is a\.example/);
        await gateway.apply(hostOf('a.example'));
        assert.deepEqual(gateway.serverPorts, []);
        await assert.rejects(RawPeer.connect(port));
      }),
  },
];
