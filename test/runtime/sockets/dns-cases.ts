import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';
import { NameTable } from '../../../src/dns/name-table.ts';
import { DnsServer } from '../../../src/runtime/sockets/dns-server.ts';
import { DnsUpstream } from '../../../src/runtime/sockets/dns-upstream.ts';
import type { ServerAddress } from '../../../src/runtime/sockets/name-servers.ts';
import { systemRandom as random } from '../../../src/runtime/system.ts';
import { askDatagram, askStream, dnsQuery } from '../../support/dns-client.ts';
import { nameServer } from '../../support/name-server.ts';
import { SILENT } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const MANY = Array.from({ length: 100 }, (_, i) => `10.9.0.${i + 1}`);
const TABLE = new NameTable(
  [
    { host: 'reviews.default.svc.cluster.local', addresses: ['240.240.1.2', '2001:2::f0f0:102'] },
    { host: 'many.example', addresses: MANY },
  ],
  'default',
);

const serverAddress = (text: string): ServerAddress => {
  const [address = '', port] = text.split(':');
  return { address, port: Number(port) };
};

async function withDns(
  servers: readonly ServerAddress[],
  run: (port: number) => Promise<void>,
  limits: { readonly timeoutMs?: number; readonly maxQuestions?: number } = {},
): Promise<void> {
  const upstream = new DnsUpstream({ servers, random, timeoutMs: 300, ...limits });
  const server = await DnsServer.open({ port: 0, table: () => TABLE, upstream, log: SILENT });
  try {
    await run(server.port);
  } finally {
    server.close();
  }
}

/** A resolver that does with each question what it is told. */
async function resolver(onQuestion: (question: Buffer, socket: Socket, port: number) => void) {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port }) => onQuestion(question, socket, port));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { socket, address: { address: '127.0.0.1', port: socket.address().port } };
}

/** An answer to it that says NXDOMAIN. */
function denial(question: Buffer): Buffer {
  const answer = Buffer.from(question);
  answer[2] = 0x81;
  answer[3] = 0x83;
  return answer;
}

export const DNS_CASES: readonly Case[] = [
  {
    name: 'DNS answers names of the mesh over UDP and TCP, whatever the case of their letters',
    run: () =>
      withDns([], async (port) => {
        const four = await askDatagram(port, dnsQuery('Reviews.default', 'A', 7));
        assert.deepEqual(four, {
          id: 7,
          code: 0,
          truncated: false,
          question: 'Reviews.default',
          addresses: ['240.240.1.2'],
          ttl: 30,
        });
        const [six, none] = await askStream(port, dnsQuery('reviews', 'AAAA'), dnsQuery('reviews', 'MX'));
        assert.deepEqual(six?.addresses, ['2001:2:0:0:0:0:f0f0:102']);
        assert.deepEqual([none?.code, none?.addresses], [0, []]);
      }),
  },
  {
    name: 'DNS that does not fit says so over UDP, and is whole over TCP or for who takes more',
    run: () =>
      withDns([], async (port) => {
        const cut = await askDatagram(port, dnsQuery('many.example', 'A'));
        assert.deepEqual([cut.truncated, cut.addresses], [true, []]);
        assert.deepEqual((await askStream(port, dnsQuery('many.example', 'A')))[0]?.addresses, MANY);
        const wide = await askDatagram(port, dnsQuery('many.example', 'A', 1, 4096));
        assert.deepEqual([wide.truncated, wide.addresses], [false, MANY]);
      }),
  },
  {
    name: 'DNS passes other names on, and what is said of them back, NXDOMAIN included',
    run: async () => {
      const server = await nameServer(new Map([['known.test', ['192.0.2.1']]]), 60);
      await withDns([serverAddress(server.address)], async (port) => {
        const known = await askDatagram(port, dnsQuery('known.test', 'A', 9));
        assert.deepEqual([known.id, known.addresses, known.ttl], [9, ['192.0.2.1'], 60]);
        assert.equal((await askDatagram(port, dnsQuery('nobody.test', 'A'))).code, 3);
        assert.deepEqual(server.asked, ['known.test A', 'nobody.test A']);
      });
      server.close();
    },
  },
  {
    name: 'DNS over TCP is passed on over TCP',
    run: async () => {
      const server = createServer((client) =>
        client.on('data', (bytes: Buffer) => {
          const answer = denial(bytes.subarray(2));
          client.write(Buffer.concat([bytes.subarray(0, 2), answer]));
        }),
      );
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port: own } = server.address() as AddressInfo;
      await withDns([{ address: '127.0.0.1', port: own }], async (port) => {
        const [reply] = await askStream(port, dnsQuery('nobody.test', 'A', 11));
        assert.deepEqual([reply?.id, reply?.code], [11, 3]);
      });
      server.close();
    },
  },
  {
    name: 'DNS believes no answer with another id, to another question, or from another port',
    run: async () => {
      const stranger = createSocket('udp4');
      const { socket, address } = await resolver((question, own, port) => {
        const forged = denial(question);
        stranger.send(forged, port, '127.0.0.1', () => {
          const otherId = denial(question);
          otherId.writeUInt16BE(question.readUInt16BE(0) ^ 1, 0);
          own.send(otherId, port, '127.0.0.1');
          const otherName = denial(question);
          otherName[13] = 0x7a;
          own.send(otherName, port, '127.0.0.1');
          const right = denial(question);
          right[3] = 0x85;
          setTimeout(() => own.send(right, port, '127.0.0.1'), 50);
        });
      });
      await withDns([address], async (port) => {
        assert.equal((await askDatagram(port, dnsQuery('a.test', 'A'))).code, 5);
      });
      socket.close();
      stranger.close();
    },
  },
  {
    name: 'DNS asks the next resolver when one is silent, and says SERVFAIL when all are, or too much is asked',
    run: async () => {
      const silent = await resolver(() => undefined);
      const speaking = await resolver((question, own, port) => own.send(denial(question), port, '127.0.0.1'));
      await withDns([silent.address, speaking.address], async (port) => {
        assert.equal((await askDatagram(port, dnsQuery('a.test', 'A'))).code, 3);
      });
      await withDns(
        [silent.address],
        async (port) => {
          const waiting = askDatagram(port, dnsQuery('a.test', 'A'));
          const [first, second] = [await askDatagram(port, dnsQuery('b.test', 'A')), await waiting];
          assert.deepEqual([first.code, second.code], [2, 2]);
        },
        { maxQuestions: 1 },
      );
      for (const { socket } of [silent, speaking]) socket.close();
    },
  },
];
