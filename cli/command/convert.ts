import { stringify } from 'yaml';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { convert, type Form } from '../../src/config/convert/convert.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { readManifests } from '../manifest-files.ts';

export interface ConvertFlags {
  readonly filename: readonly string[];
  readonly namespace?: string;
  readonly to: Form;
}

/**
 * `weft convert -f … --to istio|gateway-api`: prints the files with what the gateway serves in the other form. What
 * has no counterpart goes to stderr; then the exit code is 79.
 */
export function convertCommand(paths: readonly string[], flags: ConvertFlags): void {
  const named = [...paths, ...flags.filename];
  if (named.length === 0) throw new CommandError('name the files to convert (-f FILE)', exitCode.usage);
  const files = readManifests(named);
  const read = readConfiguration(files, flags.namespace ? { defaultNamespace: flags.namespace } : {});
  const errors = read.diagnostics.filter(({ severity }) => severity === 'error');
  if (printDiagnostics(errors, files)) throw new CommandError('nothing was converted', exitCode.badInput);
  const { documents, kept, diagnostics } = convert(read.resources, flags.to, defaultMeshSettings);
  const texts = [
    ...kept.map(({ origin }) => origin.text.trim()),
    ...documents.map((one) => stringify(one).trim()),
  ];
  process.stdout.write(`${texts.join('\n---\n')}\n`);
  printDiagnostics(diagnostics, files);
  if (diagnostics.length > 0)
    throw new CommandError('some of it has no counterpart; the output is not the same', exitCode.foundIssues);
}
