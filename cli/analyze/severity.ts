import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { CommandError, exitCode } from '../exit-code.ts';

type Severity = Diagnostic['severity'];

const RANKS: Readonly<Record<Severity, number>> = { notice: 0, warning: 1, error: 2 };

/** Istio's names, in any case, and ours. */
const NAMES: ReadonlyMap<string, Severity> = new Map([
  ['info', 'notice'],
  ['notice', 'notice'],
  ['warning', 'warning'],
  ['error', 'error'],
]);

/** Info, Warning or Error. Throws CommandError (64) on anything else. */
export function parseSeverity(text: string, option: string): Severity {
  const severity = NAMES.get(text.toLowerCase());
  if (severity === undefined)
    throw new CommandError(`${option} must be Info, Warning or Error, not ${text}`, exitCode.usage);
  return severity;
}

/** Whether a diagnostic is at least this severe. */
export function isAtLeast({ severity }: Diagnostic, threshold: Severity): boolean {
  return RANKS[severity] >= RANKS[threshold];
}
