import { constants, fstatSync, openSync } from 'node:fs';
import process from 'node:process';
import type { AccessLog, AccessLogFormat } from '../proxy/telemetry/access-log.ts';
import { LineWriter } from './line-writer.ts';

const STDOUT = 1;
/** A log whose reader stands still holds up nobody's leaving for longer, ms. */
const FLUSH_MS = 500;

let writer: LineWriter | undefined;

/** An access log on the process's stdout; its reader may be slow or gone. Undefined for no format. */
export function stdoutAccessLog(format: AccessLogFormat | undefined): AccessLog | undefined {
  if (format === undefined) return undefined;
  writer ??= new LineWriter(patientDescriptor(STDOUT));
  const lines = writer;
  return { format, write: lines.write, dropped: () => lines.dropped };
}

/** Resolves when stdout has all lines, or does not take them. */
export async function stdoutFlushed(): Promise<void> {
  if (writer === undefined) return;
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, FLUSH_MS);
  await Promise.race([writer.flushed(), patience.promise]);
  clearTimeout(timer);
}

/**
 * A pipe opened once more, so that a full one refuses a write: a write that waits in a thread would keep the process
 * from leaving. Where there is no such way (another platform, no permission) the descriptor itself has to do.
 */
function patientDescriptor(descriptor: number): number {
  try {
    // Node makes a socket non-blocking when it is first looked at as a stream; under Deno one can still wait.
    if (process.stdout.destroyed || !fstatSync(descriptor).isFIFO()) return descriptor;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return descriptor;
  }
}
