import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Trust } from '../../../src/identity/trust.ts';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import { dial } from '../../../src/runtime/sockets/dial.ts';
import { type FoundAddress, HostAddresses } from '../../../src/runtime/sockets/host-addresses.ts';
import { MeshDials } from '../../../src/runtime/sockets/mesh-dials.ts';
import { nameLookup } from '../../../src/runtime/sockets/name-lookup.ts';
import { nameServer } from '../../support/name-server.ts';
import { openPort, SERVER_NAME, TestCa, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

/** A name for these addresses, without a name server. */
function named(...addresses: string[]): HostAddresses {
  return new HostAddresses(async () => addresses.map((address) => ({ address, ttlMs: undefined })));
}

function silentServer(address: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.resume();
  });
  return new Promise((resolve) => server.listen({ host: address, port: 0 }, () => resolve(server)));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function failureOf(dialled: Promise<unknown>): Promise<[string, boolean]> {
  try {
    await dialled;
  } catch (error) {
    assert.ok(error instanceof TransportError, String(error));
    return [error.failure, error.sent];
  }
  throw new Error('it connected');
}

export const NAME_CASES: readonly Case[] = [
  {
    name: 'DNS tells addresses of both families with their TTL',
    run: async () => {
      const names = new Map([
        ['both.test', ['127.0.0.1', '127.0.0.2', '0:0:0:0:0:0:0:1']],
        ['four.test', ['127.0.0.3']],
      ]);
      const server = await nameServer(names, 42);
      const resolver = new Resolver({ timeout: 2_000, tries: 1 });
      resolver.setServers([server.address]);
      const lookup = nameLookup(resolver);
      const found = async (name: string) =>
        (await lookup(name)).map(({ address, ttlMs }: FoundAddress) => [address, ttlMs]);
      assert.deepEqual((await found('both.test')).sort(), [
        ['127.0.0.1', 42_000],
        ['127.0.0.2', 42_000],
        ['::1', 42_000],
      ]);
      assert.deepEqual(await found('four.test'), [['127.0.0.3', 42_000]]);
      await assert.rejects(found('nobody.invalid'));
      const before = server.asked.length;
      for (const [address, ttl] of await found('localhost')) {
        assert.ok(['127.0.0.1', '::1'].includes(String(address)), String(address));
        assert.equal(ttl, undefined);
      }
      assert.equal(server.asked.length, before, 'localhost is nobody’s business');
      server.close();
    },
  },
  {
    name: 'a refused address gives way to the next at once',
    run: async () => {
      const server = await silentServer('127.0.0.2');
      const target = { address: 'name.test', port: portOf(server), timeoutMs: 5_000 };
      const socket = await dial(target, undefined, named('::1', '127.0.0.1', '127.0.0.2'));
      assert.equal(socket.remoteAddress, '127.0.0.2');
      socket.destroy();
      server.close();
    },
  },
  {
    name: 'an address that is silent in the handshake loses the race, and its connection is closed',
    run: async () => {
      const ca = await TestCa.create();
      const silent = await silentServer('127.0.0.1');
      let gone: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => {
        gone = resolve;
      });
      silent.on('connection', (socket) => socket.on('close', () => gone()).on('end', () => gone()));
      const port = portOf(silent);
      const listening = await openPort(async () => text('here'), { address: '127.0.0.2', port });
      listening.setIdentity(await ca.svid('reviews'), ca.bundle);
      const { chainPem, keyPem } = await ca.svid('productpage');
      const dials = new MeshDials();
      dials.setTrust(new Trust(ca.bundle));
      const tls = {
        serverName: SERVER_NAME,
        sans: ['spiffe://cluster.local/ns/default/sa/reviews'],
        dials,
        chain: chainPem,
        key: keyPem,
        roots: [ca.bundle.rootsPem],
      };
      const target = { address: 'name.test', port, timeoutMs: 10_000, tls };
      const socket = await dial(target, undefined, named('127.0.0.1', '127.0.0.2'));
      assert.equal(listening.connections, 1);
      await closed;
      socket.destroy();
      silent.close();
      await listening.close();
    },
  },
  {
    name: 'a name that leads nowhere fails as a connection that was never made',
    run: async () => {
      const server = await silentServer('127.0.0.1');
      const port = portOf(server);
      await new Promise((resolve) => server.close(resolve));
      const target = { address: 'name.test', port, timeoutMs: 2_000 };
      const failed = ['connect-failure', false];
      assert.deepEqual(await failureOf(dial(target, undefined, named('127.0.0.1', '127.0.0.2'))), failed);
      assert.deepEqual(await failureOf(dial(target, undefined, named())), failed);
      const never = new HostAddresses(() => new Promise(() => undefined));
      assert.deepEqual(await failureOf(dial({ ...target, timeoutMs: 20 }, undefined, never)), failed);
      const abandon = new AbortController();
      const abandoned = failureOf(dial(target, abandon.signal, never));
      abandon.abort();
      assert.deepEqual(await abandoned, ['aborted', false]);
    },
  },
];
