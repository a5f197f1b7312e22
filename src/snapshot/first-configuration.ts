import type { Clock, Log } from '../runtime/ports.ts';
import type { Subscriber } from './subscribe.ts';

/** A start that has its last known good waits no longer for the store, ms. */
const patienceMs = 2000;

/**
 * Puts the first configuration in force: the last known good, from which a store may only lead forward, then what the
 * store has. Rejects when there is neither; `what` names the reader.
 */
export async function firstConfiguration(
  subscriber: Pick<Subscriber, 'restore' | 'refresh' | 'revision'>,
  { clock, log, what }: { readonly clock: Clock; readonly log: Log; readonly what: string },
): Promise<void> {
  await subscriber.restore();
  const restored = subscriber.revision;
  const refreshed = subscriber.refresh();
  const waited = new AbortController();
  const patience = clock.sleep(patienceMs, waited.signal).catch(() => undefined);
  const result = await (restored === 0 ? refreshed : Promise.race([refreshed, patience]));
  waited.abort();
  if (subscriber.revision === 0) throw new Error(`control has no configuration for this ${what}`);
  // What was refused, or who did not answer, the subscriber tells by itself.
  if (result === undefined) log.warn('serving last known good', { revision: subscriber.revision });
}
