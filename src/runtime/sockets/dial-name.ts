import type { Socket } from 'node:net';
import { TransportError } from '../../proxy/forward/transport.ts';
import type { Cancellation } from '../ports.ts';
import type { DialTarget } from './dial.ts';
import type { HostAddresses } from './host-addresses.ts';
import { race } from './race.ts';

/** Connects to the one address of a target. */
export type DialAddress = (target: DialTarget, signal: Cancellation | undefined) => Promise<Socket>;

/** Addresses of one name that are tried at most. */
const MAX_ADDRESSES = 8;

/**
 * Connects to whichever address of a name answers first (RFC 8305). Looking up, connecting and TLS have the target's
 * timeout together. Rejects with a TransportError that says nothing was sent.
 */
export async function dialName(
  target: DialTarget,
  signal: Cancellation | undefined,
  names: HostAddresses,
  dialAddress: DialAddress,
): Promise<Socket> {
  const until = performance.now() + target.timeoutMs;
  const found = names.resolve(target.address).catch((cause: unknown) => {
    throw new TransportError('connect-failure', false, `cannot resolve ${target.address}`, { cause });
  });
  const addresses = await within(found, target.timeoutMs, signal);
  const attempt = (address: string, abandoned: Cancellation) => {
    // A timer of 0 ms would not wait for a connection that is there at once.
    const timeoutMs = Math.max(1, until - performance.now());
    return dialAddress({ ...target, address, timeoutMs }, abandoned);
  };
  try {
    return await race(addresses.slice(0, MAX_ADDRESSES), attempt, discard, signal);
  } catch (error) {
    throw reasonOf(error, signal);
  }
}

/** A promise bounded by a time and a signal; what it gives later is dropped. */
function within<T>(promise: Promise<T>, ms: number, signal: Cancellation | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (failure: TransportError['failure'], message: string) => {
      settle();
      reject(new TransportError(failure, false, message));
    };
    const onAbort = () => fail('aborted', 'the exchange was abandoned');
    const timer = setTimeout(() => fail('connect-failure', 'name lookup timeout'), ms);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    promise.finally(settle).then(resolve, reject);
  });
}

/** A TLS failure says more than a missing connection: somebody was there. */
function reasonOf(error: unknown, signal: Cancellation | undefined): unknown {
  if (signal?.aborted) return new TransportError('aborted', false, 'the exchange was abandoned');
  if (!(error instanceof AggregateError)) return error;
  const all = error.errors.filter((one) => one instanceof TransportError);
  return all.find(({ failure }) => failure === 'tls-failure') ?? all[0] ?? error;
}

function discard(late: Socket): void {
  late.destroy();
}
