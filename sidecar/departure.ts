import type { ProxyState } from '../src/proxy/proxy-state.ts';
import type { Clock, Log } from '../src/runtime/ports.ts';
import type { Listening } from '../src/runtime/sockets/listener.ts';
import type { Registration } from './registration.ts';

/** Control that does not answer holds nobody up for longer, ms. */
const withdrawMs = 2000;
/** For exchanges under way, ms. */
const drainMs = 5000;

export interface Departing {
  readonly state: ProxyState;
  readonly registration: Registration | undefined;
  readonly inbound: Listening | undefined;
  readonly outbound: Listening | undefined;
  /** Until the other proxies have heard of the withdrawal, ms. */
  readonly hearsayMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Leaves without losing a request: not ready any more → out of the endpoints → clients are asked not to come back,
 * those who have not heard are still served → exchanges end → closed. The outbound port goes last, because the
 * exchanges of the inbound one need it.
 */
export async function depart({
  state,
  registration,
  inbound,
  outbound,
  hearsayMs,
  clock,
  log,
}: Departing): Promise<void> {
  state.leave();
  const withdrawn = registration?.withdraw().then(
    () => true,
    (error: unknown) => {
      log.warn('not withdrawn', { error: String(error) });
      return false;
    },
  );
  const told = await Promise.race([withdrawn, clock.sleep(withdrawMs).then(() => false)]);
  inbound?.retire();
  // Where control is gone nobody will hear of it, however long we wait.
  if (told) await clock.sleep(hearsayMs);
  await inbound?.drain(drainMs);
  await outbound?.drain(drainMs);
}
