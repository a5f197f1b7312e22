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
