import type { Diagnostic } from '../src/config/diagnostic.ts';
import { renderDiagnostic } from '../src/config/diagnostic-text.ts';
import type { ManifestFile } from './manifest-files.ts';

/** Prints diagnostics to stderr with their source lines, and a count; true when one is an error. */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: readonly ManifestFile[],
): boolean {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  for (const diagnostic of diagnostics) {
    process.stderr.write(`${renderDiagnostic(diagnostic, texts.get(diagnostic.position.file))}\n`);
  }
  const count = (severity: Diagnostic['severity']) =>
    diagnostics.filter((one) => one.severity === severity).length;
  const [errors, warnings, notices] = [count('error'), count('warning'), count('notice')];
  if (diagnostics.length > 0) {
    process.stderr.write(
      `${errors > 0 ? '✖' : '✔'} ${counted(errors, 'error')}, ${counted(warnings, 'warning')}, ${counted(notices, 'notice')}\n`,
    );
  }
  return errors > 0;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
