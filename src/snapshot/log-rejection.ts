import type { Log } from '../runtime/ports.ts';
import type { SnapshotErrorCode } from './snapshot-error.ts';

/** Tells of what a subscriber refused. With something in force a store that is away is no refusal, only an outage. */
export function logRejection(log: Log, revision: number, code: SnapshotErrorCode, detail: string): void {
  if (code === 'E_STORE' && revision > 0) log.warn('serving last known good', { revision, detail });
  else log.warn('configuration refused', { code, detail });
}
