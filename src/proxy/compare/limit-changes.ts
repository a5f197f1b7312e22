import type { RateLimit } from '../../snapshot/rate-limit.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { type AtProxies, changesAtProxies, fieldChanges, type SettingChange } from './setting-changes.ts';

/**
 * A rate limit that is not the same: which requests it refuses depends on those before, so that no single one shows
 * it. The field is `limit` where only one of the two has it.
 */
export interface LimitChange extends SettingChange, AtProxies {
  /** `namespace/resource/limit`. */
  readonly limit: string;
}

/** Every setting of a rate limit that is not the same, limits that only one of the two has included. */
export function limitChanges(
  before: ReadonlyMap<string, Snapshot>,
  after: ReadonlyMap<string, Snapshot>,
): LimitChange[] {
  return changesAtProxies(before, after, (old, own) => {
    const [was, is] = [limitsOf(old), limitsOf(own)];
    const ids = [...new Set([...was.keys(), ...is.keys()])];
    return ids.flatMap((id) => between(was.get(id), is.get(id)).map((change) => ({ limit: id, ...change })));
  });
}

/** What a limit does, without where it is written. */
type Setting = Omit<RateLimit, 'source' | 'id' | 'rules'> & { readonly rules: readonly unknown[] };

/** By id; the ports of a sidecar have the same. */
function limitsOf({ inbound, inboundPassthrough, gateway }: Snapshot): ReadonlyMap<string, Setting> {
  const listeners = [...inbound, inboundPassthrough, gateway];
  const all = listeners.flatMap((listener) => listener?.limits ?? []);
  return new Map(
    all.map(({ source: _, id, rules, ...limit }) => [
      id,
      { ...limit, rules: rules.map(({ from, to, when }) => ({ from, to, when })) },
    ]),
  );
}

function between(was: Setting | undefined, is: Setting | undefined): SettingChange[] {
  if (was && is) return fieldChanges(was, is);
  const [before, after] = [was, is].map((one) => (one ? JSON.stringify(one) : 'none'));
  return [{ field: 'limit', before: before ?? 'none', after: after ?? 'none' }];
}
