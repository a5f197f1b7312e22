import { createSocket, type Socket } from 'node:dgram';

/** What a name server answers: addresses by name, all with one TTL in seconds. Other names do not exist. */
export interface NameServer {
  /** `address:port`, as resolvers take it. */
  readonly address: string;
  /** Questions so far, as `name type`. */
  readonly asked: string[];
  close(): void;
}

const TYPES = new Map([
  [1, 'A'],
  [28, 'AAAA'],
]);

/** A DNS server (RFC 1035) on a free UDP port of loopback. IPv6 addresses are written in full. */
export function nameServer(names: ReadonlyMap<string, readonly string[]>, ttl: number): Promise<NameServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query: Buffer, from) => {
    const answer = answerTo(query, names, ttl, asked);
    socket.send(answer, from.port, from.address);
  });
  return new Promise((resolve) => {
    socket.bind(0, '127.0.0.1', () =>
      resolve({ address: addressOf(socket), asked, close: () => socket.close() }),
    );
  });
}

function addressOf(socket: Socket): string {
  const { address, port } = socket.address();
  return `${address}:${port}`;
}

function answerTo(
  query: Buffer,
  names: ReadonlyMap<string, readonly string[]>,
  ttl: number,
  asked: string[],
): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.subarray(at + 1, at + 1 + length).toString('latin1'));
    at += 1 + length;
  }
  const type = TYPES.get(query.readUInt16BE(at + 1)) ?? '';
  const name = labels.join('.').toLowerCase();
  asked.push(`${name} ${type}`);
  const known = names.get(name);
  const records = (known ?? []).filter((one) => (one.includes(':') ? 'AAAA' : 'A') === type);
  const head = Buffer.from(query.subarray(0, at + 5));
  // A response, recursion available; NXDOMAIN for strangers; one question, no authority, no additional.
  head.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records.map((record) => recordOf(record, ttl))]);
}

function recordOf(address: string, ttl: number): Buffer {
  const six = address.includes(':');
  const data = six
    ? Buffer.from(
        address
          .split(':')
          .map((part) => part.padStart(4, '0'))
          .join(''),
        'hex',
      )
    : Buffer.from(address.split('.').map(Number));
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(six ? 28 : 1, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
