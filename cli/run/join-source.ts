import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JoinBundle } from '../../src/identity/join-bundle.ts';
import { ControlClient } from '../control-client.ts';
import { CommandError, exitCode } from '../exit-code.ts';

/** How the user says who the application is. */
export interface JoinFlags {
  /** State directory of the mesh on this machine. */
  readonly state: string;
  /** File of a join bundle. */
  readonly join?: string;
  /** A workload of the mesh on this machine, which hands out the bundle. */
  readonly workload?: string;
  readonly namespace: string;
  /** Where the sidecar keeps what a restart needs. */
  readonly proxyState?: string;
}

/** What the sidecar starts from. */
export interface JoinPlace {
  readonly join: string | undefined;
  readonly state: string;
  /** Removes what is of no use after the run. */
  dispose(): void;
}

/** Asks control of this machine for a bundle, or takes the one that there is. Rejects where there is neither. */
export async function joinSource(flags: JoinFlags): Promise<JoinPlace> {
  const { join: bundle, workload, proxyState } = flags;
  if (workload !== undefined && bundle === undefined) return localJoin(flags, workload);
  if (bundle === undefined && proxyState === undefined) {
    const how =
      '--join FILE, --workload NAME of the mesh on this machine, or --proxy-state DIR of an earlier run';
    throw new CommandError(`who the application is must be said: ${how}`, exitCode.usage);
  }
  if (proxyState !== undefined) return { join: bundle, state: proxyState, dispose: () => undefined };
  const scratch = mkdtempSync(join(tmpdir(), 'weft-run-'));
  return { join: bundle, state: scratch, dispose: () => rmSync(scratch, { recursive: true, force: true }) };
}

async function localJoin({ state, namespace, proxyState }: JoinFlags, workload: string): Promise<JoinPlace> {
  const control = ControlClient.fromState(state);
  const bundle = await control.post<JoinBundle>('/v1/admin/join-bundles', { namespace, workload });
  const folder = join(state, 'join');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const run = randomBytes(6).toString('hex');
  const file = join(folder, `${namespace}-${workload}-${run}.json`);
  writeFileSync(file, JSON.stringify(bundle), { mode: 0o600 });
  // Several instances of one workload may run here, each with a certificate of its own.
  const own = join(state, 'proxies', `${namespace}.${workload}.${run}`);
  const dispose = (): void => {
    rmSync(file, { force: true });
    if (proxyState === undefined) rmSync(own, { recursive: true, force: true });
  };
  return { join: file, state: proxyState ?? own, dispose };
}
