import type { Store } from '../runtime/ports.ts';
import { importVerifyingKey, type PublicJwk, thumbprint, type VerifyingKey } from './signing-key.ts';

/**
 * Those of a key set (`{"keys": [jwk, …]}`, as control hands it out to anybody) whose thumbprints are pinned, as a join
 * bundle does. Rejects when it has none of them: nothing could ever be verified.
 */
export async function pinnedKeys(
  keySet: unknown,
  thumbprints: readonly string[],
): Promise<readonly VerifyingKey[]> {
  const { keys } = keySet as { readonly keys: readonly PublicJwk[] };
  const pinned: VerifyingKey[] = [];
  for (const jwk of keys) {
    if (thumbprints.includes(await thumbprint(jwk))) pinned.push(await importVerifyingKey(jwk));
  }
  if (pinned.length === 0) throw new Error('control has none of the signing keys that the join bundle pins');
  return pinned;
}

/** Where a reader keeps the key set in its own store. */
const keysKey = 'keys';

/**
 * The pinned keys: from the reader's own store while it has all of them, otherwise asked for and kept. Their
 * thumbprints prove them, so that it does not matter where they come from.
 */
export async function keptKeys(
  own: Store | undefined,
  ask: () => Promise<unknown>,
  thumbprints: readonly string[],
): Promise<readonly VerifyingKey[]> {
  const kept = await readKept(own, thumbprints);
  if (kept.length === thumbprints.length) return kept;
  const keySet = await ask();
  const keys = await pinnedKeys(keySet, thumbprints);
  await own?.put(keysKey, new TextEncoder().encode(JSON.stringify(keySet)));
  return keys;
}

/** Empty where there are none, or none that can be read. */
async function readKept(
  own: Store | undefined,
  thumbprints: readonly string[],
): Promise<readonly VerifyingKey[]> {
  const bytes = await own?.get(keysKey).catch(() => undefined);
  if (bytes === undefined) return [];
  try {
    return await pinnedKeys(JSON.parse(new TextDecoder().decode(bytes)), thumbprints);
  } catch {
    return [];
  }
}
