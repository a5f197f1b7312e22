import { readdirSync, readFileSync } from 'node:fs';

/** The variable by which the processes of a mesh are known again. */
export const stateVariable = 'WEFT_MESH_STATE';

/**
 * Ends what an earlier `weft up` of this state directory left running because it was killed outright.
 * Returns how many. Linux only: elsewhere there is no /proc to know them by.
 */
export function endLeftovers(state: string): number {
  const mark = `${stateVariable}=${state}\0`;
  const left = processes().filter((pid) => pid !== process.pid && environment(pid).includes(mark));
  for (const pid of left) kill(pid);
  return left.length;
}

function processes(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Empty for processes of others, and for those that are gone. */
function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
