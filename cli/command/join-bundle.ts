import { closeSync, openSync, writeFileSync } from 'node:fs';
import { ControlClient } from '../control-client.ts';
import { CommandError, exitCode } from '../exit-code.ts';

export interface JoinBundleFlags {
  readonly state: string;
  readonly namespace: string;
  /** False: for a workload that is attested by something else. */
  readonly token: boolean;
  /** File to write, which must not be there; absent = stdout. */
  readonly output?: string;
}

/** `weft join-bundle`: what a sidecar of this workload starts from. */
export async function joinBundle(workload: string, flags: JoinBundleFlags): Promise<void> {
  const { namespace, token, output } = flags;
  const control = ControlClient.fromState(flags.state);
  const bundle = await control.post<object>('/v1/admin/join-bundles', { namespace, workload, token });
  const text = `${JSON.stringify(bundle, null, 2)}\n`;
  if (output === undefined) return void process.stdout.write(text);
  writeNew(output, text);
  process.stdout.write(
    `${output}: ${token ? 'one token, good for ten minutes' : 'no token'}, for ${namespace}/${workload}\n`,
  );
}

/** For its owner alone, and never over another file: whoever made that could read what is written. */
function writeNew(path: string, text: string): void {
  try {
    const descriptor = openSync(path, 'wx', 0o600);
    writeFileSync(descriptor, text);
    closeSync(descriptor);
  } catch (error) {
    const isThere = Object(error).code === 'EEXIST';
    const why = isThere ? 'is there already' : `cannot be written: ${String(error)}`;
    throw new CommandError(`${path} ${why}`, isThere ? exitCode.usage : exitCode.error);
  }
}
