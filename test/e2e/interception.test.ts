import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { ControlProcess } from '../support/control-process.ts';
import { InterceptedWorkload, interceptedService, sidecarFiles } from '../support/intercepted-workload.ts';
import { NetworkNamespace, noNamespaces, SIDECAR_USER } from '../support/network-namespace.ts';

/** The commands of the page: how a sidecar starts, and then what is done with it. */
const [START = '', ...COMMANDS] = [
  ...readFileSync('docs/interception.md', 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm),
].flatMap(([, block = '']) => block.trim().split('\n'));

const STRICT = `{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: default, namespace: istio-system},
 spec: {mtls: {mode: STRICT}}}`;

/** An ordinary program: it knows a name and a port. */
const GET = `
require('node:http').get(process.argv[1], (response) => response.pipe(process.stdout)).on('error', (e) => console.error(String(e)));`;

/** It says something and prints what comes back. */
const SAY = `
const [host, port] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port, family: Number(process.argv[3]) }, () => socket.write('hello'));
socket.pipe(process.stdout);
socket.on('error', (error) => console.error(String(error)));`;

describe('an application whose connections are intercepted', { skip: noNamespaces() ?? false }, () => {
  let control: ControlProcess;
  let places: readonly NetworkNamespace[] = [];
  let pages: InterceptedWorkload;
  let reviews: InterceptedWorkload;

  before(async () => {
    control = await ControlProcess.start(
      interceptedService('pages') + interceptedService('reviews') + STRICT,
    );
    const [first, second] = NetworkNamespace.pair();
    places = [first, second];
    [pages, reviews] = await Promise.all([
      InterceptedWorkload.start(first, 'pages', 'bun', control),
      InterceptedWorkload.start(second, 'reviews', 'deno', control),
    ]);
  });
  after(async () => {
    for (const place of places) place.remove();
    await control?.stop();
  });

  /** Each calls the other: both ways in and out of both runtimes. */
  const ways = (): readonly (readonly [from: InterceptedWorkload, own: string, other: string])[] => [
    [pages, 'pages', 'reviews'],
    [reviews, 'reviews', 'pages'],
  ];

  test('speaks HTTP with mutual TLS when it is curl, over IPv4 and IPv6', async () => {
    for (const [{ place, log }, own, other] of ways())
      for (const [family, url] of [
        ['-4', `http://${other}.default.svc.cluster.local:9080/`],
        ['-6', `http://${other}.default:9080/`],
      ] as const) {
        const { stdout, stderr } = await place.run(['curl', '-sS', '-m', '8', family, url]);
        assert.match(stdout, new RegExp(`URI=spiffe://cluster.local/ns/default/sa/${own}"`), stderr + log());
        assert.equal(JSON.parse(stdout).host, new URL(url).host);
      }
  });

  test('speaks HTTP with mutual TLS when it is a program for Node', async () => {
    for (const [{ place, log }, own, other] of ways()) {
      const url = `http://${other}.default.svc.cluster.local:9080/`;
      const { stdout, stderr } = await place.run([process.execPath, '-e', GET, url]);
      assert.match(stdout, new RegExp(`URI=spiffe://cluster.local/ns/default/sa/${own}"`), stderr + log());
    }
  });

  test('speaks TCP, over IPv4 and IPv6', async () => {
    for (const [{ place, log }, , other] of ways())
      for (const family of ['4', '6']) {
        const { stdout, stderr } = await place.run([process.execPath, '-e', SAY, other, '9000', family]);
        assert.equal(stdout, 'HELLO', stderr + log());
      }
  });

  test('is reached by its virtual address alone, whatever the request calls it', async () => {
    const { stdout: found } = await pages.place.run(['getent', 'ahostsv4', 'reviews']);
    const address = found.split(' ')[0] ?? '';
    assert.match(address, /^240\.240\./);
    const { stdout } = await pages.place.run(['curl', '-sS', '-m', '8', `http://${address}:9080/`]);
    assert.match(stdout, /URI=spiffe:\/\/cluster.local\/ns\/default\/sa\/pages"/);
  });

  test('is not reached around its sidecar: STRICT refuses whoever comes without mutual TLS', async () => {
    for (const address of ['10.77.0.3', '[fd77::3]'])
      for (const port of [9080, 9000]) {
        const url = `http://${address}:${port}/`;
        const { code, stdout } = await pages.place.run(['curl', '-sS', '-m', '8', url], SIDECAR_USER);
        assert.deepEqual([stdout, code === 0], ['', false]);
      }
  });

  test('does not reach addresses of the mesh on ports that nobody declared', async () => {
    const { code } = await pages.place.run(['curl', '-sS', '-m', '8', 'http://reviews:9999/']);
    assert.equal(code, 52);
  });

  test('`weft intercept show` tells the rules and why, and after `remove` nothing is left', async () => {
    const { stdout } = await reviews.intercept('show');
    assert.match(stdout, /^table inet weft \{/);
    assert.match(stdout, /redirect to :15006 comment "to the application through the sidecar"/);
    assert.match(stdout, /redirect to :15053 comment "names of the mesh are answered by the sidecar"/);
    assert.equal((await reviews.intercept('remove')).stdout, 'interception removed\n');
    assert.equal((await reviews.place.run(['nft', 'list', 'ruleset'])).stdout, '');
    assert.equal((await reviews.intercept('show')).stdout, 'no interception in this network namespace\n');
    const around = await pages.place.run(['curl', '-sS', '-m', '8', 'http://10.77.0.3:9080/'], SIDECAR_USER);
    assert.equal(around.code, 0, 'nothing stands before the application any more');
  });

  test('reaches what nobody declared where it is, in plaintext', async () => {
    const { stdout } = await pages.place.run(['curl', '-sS', '-m', '8', 'http://10.77.0.3:9080/']);
    assert.deepEqual(JSON.parse(stdout), { host: '10.77.0.3:9080', by: '' });
    for (const [address, family] of [
      ['10.77.0.3', '4'],
      ['fd77::3', '6'],
    ] as const) {
      const said = await pages.place.run([process.execPath, '-e', SAY, address, '9000', family]);
      assert.equal(said.stdout, 'HELLO', said.stderr);
    }
  });

  test('has a sidecar on Node as the page says, and every command of the page prints what it should', async () => {
    const { join, state } = await sidecarFiles('pages', control);
    const command = START.replace('/etc/weft/join.json', join)
      .replace('/var/lib/weft', state)
      .replace('10.0.0.5', pages.place.ipv4)
      .replace(' node ', ` ${process.execPath} `);
    const { place, log } = await pages.exchangeSidecar(command);
    assert.equal(COMMANDS.length, 6);
    for (const line of COMMANDS) {
      const { code, stdout, stderr } = await place.run(['bash', '-c', line]);
      assert.equal(code, 0, `${line}: ${stderr}${log()}`);
      if (line.startsWith('curl')) assert.match(stdout, /\/sa\/pages"/);
      if (line.startsWith('getent')) assert.match(stdout, /^240\.240\.|^2001:2::/);
      assert.notEqual(stdout.trim(), '', line);
    }
  });
});
