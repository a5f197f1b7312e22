import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { BackOff } from '../control/back-off.ts';
import { systemRandom } from '../system.ts';
import type { RedisAddress } from './redis-address.ts';
import { RedisError, RedisReplies, type RedisReply } from './redis-reply.ts';

/** An answer later than this means that Redis is gone, ms. */
const SILENCE_MS = 1000;
/** Pauses before it is tried again, ms. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** Commands that may wait for their replies. */
const MAX_WAITING = 10_000;

/** It answers, and does not work for us. */
const UNUSABLE = /^(?:NOAUTH|WRONGPASS|LOADING|MASTERDOWN)\b/;

interface Waiting {
  readonly since: number;
  readonly resolve: (reply: RedisReply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection to one Redis, made when it is first needed and again after it broke. While Redis is known to be away,
 * commands fail at once; one of them at a time tries it again.
 */
export class RedisClient {
  readonly #address: RedisAddress;
  readonly #pauses = new BackOff(systemRandom, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
  #socket: Socket | undefined;
  /** Why it is taken to be away. */
  #broken: string | undefined;
  #retryAt = 0;
  /** In the order in which they were sent. */
  #waiting: Waiting[] = [];
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(address: RedisAddress) {
    this.#address = address;
  }

  /** Sends a command. Rejects with RedisError for an error reply, and with another Error when there is none. */
  call(command: readonly string[]): Promise<RedisReply> {
    const away = this.#away();
    if (away !== undefined) return Promise.reject(new Error(`Redis is away: ${away}`));
    const socket = this.#socket ?? this.#connect();
    return this.#send(socket, command);
  }

  close(): void {
    this.#drop(new Error('closed'));
  }

  #away(): string | undefined {
    if (this.#waiting.length >= MAX_WAITING) return 'too much waits for it';
    if (this.#broken === undefined) return undefined;
    const trying = this.#waiting.length > 0;
    return trying || performance.now() < this.#retryAt ? this.#broken : undefined;
  }

  #connect(): Socket {
    const { host, port, tls, user, password, database } = this.#address;
    const socket = tls ? connectTls({ host, port, servername: host }) : createConnection({ host, port });
    const replies = new RedisReplies();
    const failed = (error: Error) => {
      if (this.#socket === socket) this.#drop(error);
    };
    socket.setNoDelay(true);
    socket.on('error', failed);
    socket.on('close', () => failed(new Error('Redis closed the connection')));
    socket.on('data', (chunk: Buffer) => {
      if (this.#socket !== socket) return;
      try {
        for (const reply of replies.push(chunk)) this.#settle(reply);
      } catch (error) {
        failed(error instanceof Error ? error : new Error(String(error)));
      }
    });
    this.#socket = socket;
    this.#watch = setInterval(() => this.#checkSilence(), SILENCE_MS / 2);
    this.#watch.unref?.();
    const greet = (command: readonly string[]) => void this.#send(socket, command).catch(failed);
    if (password !== '') greet(['AUTH', ...(user === '' ? [] : [user]), password]);
    if (database !== 0) greet(['SELECT', String(database)]);
    return socket;
  }

  #send(socket: Socket, command: readonly string[]): Promise<RedisReply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ since: performance.now(), resolve, reject });
      socket.write(encode(command));
    });
  }

  #settle(reply: RedisReply): void {
    const refused = reply instanceof RedisError && UNUSABLE.test(reply.message);
    if (!refused) {
      this.#broken = undefined;
      this.#pauses.reset();
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) throw new Error('Redis answers what was not asked');
    if (reply instanceof RedisError) waiting.reject(reply);
    else waiting.resolve(reply);
  }

  #checkSilence(): void {
    const [oldest] = this.#waiting;
    if (oldest !== undefined && performance.now() - oldest.since > SILENCE_MS)
      this.#drop(new Error(`no answer for ${SILENCE_MS} ms`));
  }

  #drop(error: Error): void {
    clearInterval(this.#watch);
    const socket = this.#socket;
    this.#socket = undefined;
    // Of a host with several addresses Node says only in a code what became of it.
    this.#broken = error.message || String(Reflect.get(error, 'code'));
    this.#retryAt = performance.now() + this.#pauses.next();
    socket?.destroy();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}

function encode(command: readonly string[]): string {
  let text = `*${command.length}\r\n`;
  for (const part of command) text += `$${Buffer.byteLength(part)}\r\n${part}\r\n`;
  return text;
}
