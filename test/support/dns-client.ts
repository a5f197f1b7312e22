import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/** A DNS message as a client sees it. Shares no code with what it tests. */
export interface DnsReply {
  readonly id: number;
  readonly code: number;
  readonly truncated: boolean;
  readonly question: string;
  /** Of A and AAAA records; IPv6 as eight groups. */
  readonly addresses: readonly string[];
  readonly ttl: number | undefined;
}

const TYPES = { A: 1, AAAA: 28, MX: 15, HTTPS: 65 } as const;
export type DnsType = keyof typeof TYPES;

/** A question with recursion wanted; `udpBytes` adds EDNS. */
export function dnsQuery(name: string, type: DnsType, id = 0x1234, udpBytes?: number): Buffer {
  const labels = name.split('.').filter(Boolean);
  const written = labels.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
  );
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head[2] = 1;
  head[5] = 1;
  head[11] = udpBytes === undefined ? 0 : 1;
  const tail = Buffer.from([0, 0, TYPES[type], 0, 1]);
  const edns = Buffer.from([0, 0, 41, 0, 0, 0, 0, 0, 0, 0, 0]);
  edns.writeUInt16BE(udpBytes ?? 0, 3);
  return Buffer.concat([head, ...written, tail, ...(udpBytes === undefined ? [] : [edns])]);
}

/** Reads a response; throws on one that is not whole. */
export function dnsReply(message: Buffer): DnsReply {
  let at = 12;
  const labels: string[] = [];
  if (message.readUInt16BE(4) === 1) {
    for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
      labels.push(message.subarray(at + 1, at + 1 + length).toString('latin1'));
      at += 1 + length;
    }
    at += 5;
  }
  const addresses: string[] = [];
  let ttl: number | undefined;
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    if (message.readUInt16BE(at) !== 0xc00c) throw new Error('a record of another name');
    const length = message.readUInt16BE(at + 10);
    ttl = message.readUInt32BE(at + 6);
    const data = message.subarray(at + 12, at + 12 + length);
    if (data.length !== length) throw new Error('a record that is not whole');
    addresses.push(addressText(data));
    at += 12 + length;
  }
  return {
    id: message.readUInt16BE(0),
    code: message.readUInt8(3) & 15,
    truncated: (message.readUInt8(2) & 2) !== 0,
    question: labels.join('.'),
    addresses,
    ttl,
  };
}

/** Asks over UDP; rejects when nothing comes in two seconds. */
export function askDatagram(port: number, query: Buffer, host = '127.0.0.1'): Promise<DnsReply> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), 2_000);
    socket.once('message', (message) => {
      clearTimeout(timer);
      socket.close();
      resolve(dnsReply(message));
    });
    socket.bind(0, () => socket.send(query, port, host));
  });
}

/** Asks over TCP, several questions on one connection; answers in the order in which they come. */
export function askStream(port: number, ...queries: readonly Buffer[]): Promise<readonly DnsReply[]> {
  const socket = connect(port, '127.0.0.1', () => {
    for (const query of queries) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    }
  });
  const replies: DnsReply[] = [];
  let unread = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.on('data', (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      while (unread.length >= 2 && unread.length >= 2 + unread.readUInt16BE(0)) {
        const end = 2 + unread.readUInt16BE(0);
        replies.push(dnsReply(unread.subarray(2, end)));
        unread = unread.subarray(end);
      }
      if (replies.length < queries.length) return;
      resolve(replies);
      socket.destroy();
    });
  });
}

function addressText(data: Buffer): string {
  if (data.length === 4) return [...data].join('.');
  return Array.from({ length: 8 }, (_, i) => data.readUInt16BE(i * 2).toString(16)).join(':');
}
