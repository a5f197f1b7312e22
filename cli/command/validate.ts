import { analyze } from '../../src/config/analyze/analyze.ts';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { readManifests } from '../manifest-files.ts';

export interface ValidateFlags {
  readonly filename: string[];
}

/** `weft validate -f`: parses, validates, analyses and compiles without touching a mesh. Exit 79 on errors. */
export async function validate({ filename }: ValidateFlags): Promise<void> {
  const files = readManifests(filename);
  const { resources, diagnostics } = readConfiguration(files);
  const across = [...analyze([...resources]), ...compileMesh(resources, defaultMeshSettings).diagnostics];
  const failed = printDiagnostics([...diagnostics, ...across], files);
  if (failed) throw new CommandError('the configuration has errors', exitCode.foundIssues);
  process.stdout.write(`✔ ${resources.length} resources in ${files.length} files are valid\n`);
}
