import type { Snapshot } from '../../snapshot/snapshot.ts';
import { targetName } from '../../snapshot/target.ts';

/** A setting that is not the same, whatever a request asks for. */
export interface SettingChange {
  readonly field: string;
  /** JSON, or `none`. */
  readonly before: string;
  readonly after: string;
}

/** Where a change is found: target names. */
export interface AtProxies {
  readonly proxies: readonly string[];
}

/** What changes in the snapshots of proxies that both configurations have; the same change of several told once. */
export function changesAtProxies<T extends SettingChange>(
  before: ReadonlyMap<string, Snapshot>,
  after: ReadonlyMap<string, Snapshot>,
  changesOf: (before: Snapshot, after: Snapshot) => readonly T[],
): (T & AtProxies)[] {
  const found = new Map<string, T & { proxies: string[] }>();
  for (const [name, old] of before) {
    const other = after.get(name);
    for (const change of other ? changesOf(old, other) : []) {
      const key = JSON.stringify(change);
      const known = found.get(key);
      if (known) known.proxies.push(targetName(old.target));
      else found.set(key, { ...change, proxies: [targetName(old.target)] });
    }
  }
  return [...found.values()];
}

/** Fields that are not the same. */
export function fieldChanges<T extends object>(before: T, after: T): SettingChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields.flatMap((field) => {
    const [was, is] = [text(before, field), text(after, field)];
    return was === is ? [] : [{ field, before: was, after: is }];
  });
}

function text(of: object, field: string): string {
  return JSON.stringify(Reflect.get(of, field)) ?? 'none';
}
