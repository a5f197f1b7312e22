import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { CommandError } from '../exit-code.ts';

/** Whether `port` of the loopback address can be listened on; 0 asks for any. */
function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

/** Below those that systems give to whoever asks for any, so that nobody gets it before it is used. */
const QUIET_PORTS = { from: 20_000, to: 32_000 };
const TRIES = 50;

/** A port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (let i = 0; i < TRIES; i++) {
    const quiet = await tryListen(randomInt(QUIET_PORTS.from, QUIET_PORTS.to));
    if (quiet !== undefined) return quiet;
  }
  const port = await tryListen(0);
  if (port === undefined) throw new CommandError('no free port on 127.0.0.1');
  return port;
}

/** The gateway's port: the one asked for (0 = any) or an error; without a wish 8080, or any when that is taken. */
export async function gatewayPort(wish: number | undefined): Promise<number> {
  if (wish !== undefined) {
    const port = await tryListen(wish);
    if (port !== undefined) return port;
    throw new CommandError(`port ${wish} is in use. Choose another with --port, or stop what listens there`);
  }
  return (await tryListen(8080)) ?? (await freePort());
}
