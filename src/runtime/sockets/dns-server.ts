import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { answerQuery } from '../../dns/answer-query.ts';
import type { NameTable } from '../../dns/name-table.ts';
import { SERVER_FAILURE } from '../../dns/query.ts';
import { writeRefusal } from '../../dns/write-answer.ts';
import type { Log } from '../ports.ts';
import { readDnsStream, writeDnsStream } from './dns-stream.ts';
import type { DnsUpstream } from './dns-upstream.ts';

export interface DnsServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** The names of the moment; undefined = none are known. */
  readonly table: () => NameTable | undefined;
  /** Asked for all other names. */
  readonly upstream: Pick<DnsUpstream, 'ask'>;
  readonly log: Log;
}

/** Answers the names of the mesh over UDP and TCP, on 127.0.0.1 and where there is one on ::1, and passes others on. */
export class DnsServer {
  readonly #options: DnsServerOptions;
  readonly #datagrams: UdpSocket[] = [];
  readonly #streams: Server[] = [];
  readonly #clients = new Set<Socket>();
  #port = 0;

  private constructor(options: DnsServerOptions) {
    this.#options = options;
  }

  /** Rejects where 127.0.0.1 cannot be bound. */
  static async open(options: DnsServerOptions): Promise<DnsServer> {
    const server = new DnsServer(options);
    await server.#listenFirst('127.0.0.1');
    await server.#listen('::1', server.port).catch((error: unknown) => {
      options.log.warn('DNS is not answered over IPv6', { error: String(error) });
    });
    return server;
  }

  get port(): number {
    return this.#port;
  }

  close(): void {
    for (const socket of this.#datagrams.splice(0)) socket.close();
    for (const server of this.#streams.splice(0)) server.close();
    for (const client of this.#clients) client.destroy();
  }

  /** A port that is free for UDP may be taken for TCP: then another is drawn. */
  async #listenFirst(address: string): Promise<void> {
    const { port } = this.#options;
    for (let draws = port === 0 ? DRAWS : 1; draws > 1; draws--) {
      const isOpen = await this.#listen(address, port).then(
        () => true,
        () => false,
      );
      if (isOpen) return;
    }
    await this.#listen(address, port);
  }

  async #listen(address: string, port: number): Promise<void> {
    const socket = await bindDatagrams(address, port);
    const { port: taken } = socket.address();
    try {
      this.#streams.push(await bindStreams(address, taken, (client) => this.#accept(client)));
    } catch (error) {
      socket.close();
      throw error;
    }
    this.#port = taken;
    this.#datagrams.push(socket);
    socket.on('message', (message, from) => this.#datagram(socket, message, from));
  }

  #datagram(socket: UdpSocket, message: Uint8Array, { port, address }: RemoteInfo): void {
    const send = (bytes: Uint8Array) => {
      if (this.#datagrams.includes(socket)) socket.send(bytes, port, address);
    };
    this.#answer(message, 'udp', send);
  }

  #accept(client: Socket): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      client.destroy();
      return;
    }
    this.#clients.add(client);
    client.on('error', () => undefined);
    client.once('close', () => this.#clients.delete(client));
    client.setTimeout(IDLE_MS, () => client.destroy());
    const send = (bytes: Uint8Array) => {
      if (!client.writable) return;
      writeDnsStream(client, bytes);
      // Who takes no answers gets no more of them.
      if (client.writableLength > MAX_UNSENT) client.destroy();
    };
    readDnsStream(client, (message) => this.#answer(message, 'tcp', send), MAX_QUERY);
  }

  #answer(message: Uint8Array, transport: 'udp' | 'tcp', send: (bytes: Uint8Array) => void): void {
    const answer = answerQuery(message, this.#options.table(), transport);
    if (answer.kind === 'answer') send(answer.bytes);
    if (answer.kind !== 'forward') return;
    void this.#options.upstream
      .ask(message, answer.query, transport)
      .then((found) => send(found ?? writeRefusal(message, SERVER_FAILURE)));
  }
}

const DRAWS = 10;
/** TCP clients at a time, and how long one may say nothing, ms. */
const MAX_CLIENTS = 256;
const IDLE_MS = 10_000;
/** No question is longer, whatever EDNS adds to it. */
const MAX_QUERY = 4096;
const MAX_UNSENT = 1024 * 1024;
/** Bytes of questions that wait while the process is at something else. */
const RECEIVE_BUFFER = 1024 * 1024;

function bindDatagrams(address: string, port: number): Promise<UdpSocket> {
  const socket = createSocket(address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.removeListener('error', reject);
      // One client that is gone is none of the others' business.
      socket.on('error', () => undefined);
      widen(socket);
      resolve(socket);
    });
  });
}

/** Not every runtime can; then the buffer is the system's. Deno would make one of that size for each datagram. */
function widen(socket: UdpSocket): void {
  if ('Deno' in globalThis) return;
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    return;
  }
}

function bindStreams(address: string, port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, accept);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port }, () => {
      server.removeListener('error', reject);
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}
