import { ControlClient } from '../control-client.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { caPath } from './ca-state.ts';

export interface RevokeFlags {
  readonly state: string;
  readonly reason?: string;
  readonly undo?: boolean;
}

/** `weft ca revoke`: nobody in the mesh believes a certificate, or any of a SPIFFE ID, any more; `--undo` ends that. */
export async function revoke(subject: string, { state, reason, undo }: RevokeFlags): Promise<void> {
  const control = ControlClient.fromState(state);
  if (undo) {
    const { value, found } = await control.post<{ value: string; found: boolean }>(`${caPath}/allow`, {
      subject,
    });
    if (!found) throw new CommandError(`${value} is not revoked`);
    process.stdout.write(`${value} is believed again\n`);
    return;
  }
  if (!reason) throw new CommandError('say why with --reason TEXT: it is written down', exitCode.usage);
  const { kind, value } = await control.post<{ kind: string; value: string }>(`${caPath}/deny`, {
    subject,
    reason,
  });
  const what = kind === 'id' ? `every certificate of ${value}` : `the certificate ${value}`;
  process.stdout.write(
    `${what} is revoked; proxies hear of it at once, and connections that stand on it end\n`,
  );
  if (kind === 'serial')
    process.stdout.write('what was renewed from it before is not: where its key was stolen, revoke the ID\n');
}
