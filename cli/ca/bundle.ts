import { writeFileSync } from 'node:fs';
import { ControlClient } from '../control-client.ts';
import { caPath } from './ca-state.ts';

export interface BundleFlags {
  readonly state: string;
  readonly out?: string;
}

/** `weft ca bundle`: the roots that the mesh believes now, PEM. */
export async function bundle({ state, out }: BundleFlags): Promise<void> {
  const { pem } = await ControlClient.fromState(state).get<{ pem: string }>(`${caPath}/bundle`);
  if (out === undefined) process.stdout.write(pem);
  else writeFileSync(out, pem);
}
