import type { SlowWork } from '../call-time.ts';
import { bareSignature, type SigningMaterial, signedHop } from './signing-work.ts';

/** The sides of the comparison of signatures. */
export const SIGNING_SIDES: ReadonlyMap<string, (material: SigningMaterial) => Promise<SlowWork>> = new Map([
  ['signed-hop', signedHop],
  ['bare-ed25519', bareSignature],
]);

/** A Worker that does the work of a side as often as `/SIDE?calls=N` says; its clock stands still meanwhile. */
export function signingWorker(material: SigningMaterial): { fetch(request: Request): Promise<Response> } {
  let work: Promise<SlowWork> | undefined;
  return {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      work ??= SIGNING_SIDES.get(pathname.slice(1))?.(material);
      const calls = Number(searchParams.get('calls'));
      await (await work)?.(calls);
      return new Response(String(calls));
    },
  };
}
