import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Query } from '../../dns/query.ts';
import type { Random } from '../ports.ts';
import { readDnsStream, writeDnsStream } from './dns-stream.ts';
import type { ServerAddress } from './name-servers.ts';

export interface DnsUpstreamOptions {
  /** Asked in this order. */
  readonly servers: readonly ServerAddress[];
  readonly random: Pick<Random, 'bytes'>;
  /** For one server, ms. */
  readonly timeoutMs?: number;
  /** Questions under way at a time; further ones are not asked. */
  readonly maxQuestions?: number;
}

const TIMEOUT_MS = 2_000;
const MAX_QUESTIONS = 512;

/**
 * Asks the resolvers of the system, each question by a socket of its own, whose port the kernel draws, and with an id of
 * its own: an answer counts that comes from whom was asked, with both, to the very question (RFC 5452 §9).
 */
export class DnsUpstream {
  readonly #options: DnsUpstreamOptions;
  #questions = 0;

  constructor(options: DnsUpstreamOptions) {
    this.#options = options;
  }

  /** The answer as it came, with the client's id; undefined where nobody gave one. */
  async ask(message: Uint8Array, query: Query, transport: 'udp' | 'tcp'): Promise<Uint8Array | undefined> {
    const { servers, maxQuestions = MAX_QUESTIONS } = this.#options;
    if (this.#questions >= maxQuestions) return undefined;
    this.#questions++;
    try {
      for (const server of servers) {
        const answer = await this.#askOne(message, query, transport, server);
        if (answer !== undefined) return withId(answer, message[0], message[1]);
      }
      return undefined;
    } finally {
      this.#questions--;
    }
  }

  #askOne(
    message: Uint8Array,
    { questionEnd }: Query,
    transport: 'udp' | 'tcp',
    server: ServerAddress,
  ): Promise<Uint8Array | undefined> {
    const [high = 0, low = 0] = this.#options.random.bytes(2);
    const asked = withId(message, high, low);
    const ask = transport === 'udp' ? askDatagram : askStream;
    const isOurs = (answer: Uint8Array) => answers(answer, asked, questionEnd);
    return ask(asked, server, isOurs, this.#options.timeoutMs ?? TIMEOUT_MS);
  }
}

type Ask = (
  message: Uint8Array,
  server: ServerAddress,
  isOurs: (answer: Uint8Array) => boolean,
  timeoutMs: number,
) => Promise<Uint8Array | undefined>;

const askDatagram: Ask = (message, { address, port }, isOurs, timeoutMs) =>
  new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (answer: Uint8Array | undefined) => {
      clearTimeout(timer);
      socket.removeAllListeners('message');
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    socket.once('error', () => end(undefined));
    socket.on('message', (answer, from) => {
      if (from.port === port && from.address === address && isOurs(answer)) end(answer);
    });
    socket.bind(0, () => socket.send(message, port, address));
  });

const askStream: Ask = (message, { address, port }, isOurs, timeoutMs) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, noDelay: true }, () => writeDnsStream(socket, message));
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    readDnsStream(socket, (answer) => {
      if (isOurs(answer)) resolve(answer);
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });

/** A response with the id and the question of the message; servers may write letters as they like. */
function answers(answer: Uint8Array, asked: Uint8Array, questionEnd: number): boolean {
  if (answer.length < questionEnd || ((answer[2] ?? 0) & 0x80) === 0) return false;
  if (answer[0] !== asked[0] || answer[1] !== asked[1] || answer[4] !== 0 || answer[5] !== 1) return false;
  for (let at = 12; at < questionEnd; at++) if (folded(answer[at]) !== folded(asked[at])) return false;
  return true;
}

function folded(octet: number | undefined): number | undefined {
  return octet !== undefined && octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}

function withId(message: Uint8Array, high: number | undefined, low: number | undefined): Uint8Array {
  const copy = Uint8Array.from(message);
  copy[0] = high ?? 0;
  copy[1] = low ?? 0;
  return copy;
}
