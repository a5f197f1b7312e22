import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../cli/up/free-port.ts';

/** Why Redis cannot run here, or false. Where CI is set it is demanded. */
export function missingRedis(): string | false {
  if (process.env.CI) return false;
  return spawnSync('redis-server', ['--version']).error === undefined ? false : 'not installed: redis-server';
}

/** A Redis of its own on loopback, that keeps nothing. */
export class RedisServer {
  readonly port: number;
  readonly #password: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'weft-redis-'));
  #child: ChildProcess | undefined;

  private constructor(port: number, password: string) {
    this.port = port;
    this.#password = password;
  }

  /** Resolves when it takes connections; an empty password is none. */
  static async start(password = ''): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), password);
    await server.resume();
    return server;
  }

  get url(): string {
    return `redis://${this.#password === '' ? '' : `:${this.#password}@`}127.0.0.1:${this.port}`;
  }

  /** Starts it again on the same port, empty. */
  async resume(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.#folder];
    const secret = this.#password === '' ? [] : ['--requirepass', this.#password];
    this.#child = spawn('redis-server', [...own, '--appendonly', 'no', ...secret], { stdio: 'ignore' });
    while (!(await this.#isOpen())) {
      if (this.#child.exitCode !== null) throw new Error(`redis-server ended with ${this.#child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends it without a word to its clients. */
  async pause(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.pause();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #isOpen(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }
}
