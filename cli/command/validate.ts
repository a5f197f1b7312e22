import { analyze } from '../../src/config/analyze/analyze.ts';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { parseResources } from '../../src/config/parse.ts';
import { defaultMesh } from '../default-mesh.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { readManifests } from '../manifest-files.ts';

export interface ValidateFlags {
  readonly filename: string[];
}

/** `weft validate -f`: parses, validates, analyses and compiles without touching a mesh. Exit 79 on errors. */
export async function validate({ filename }: ValidateFlags): Promise<void> {
  const files = readManifests(filename);
  const parsed = files.map(({ file, text }) => parseResources(text, file));
  const resources = parsed.flatMap((result) => result.resources);
  const own = parsed.flatMap((result) => result.diagnostics);
  const across = [...analyze(resources), ...compileMesh(resources, defaultMesh).diagnostics];
  const failed = printDiagnostics([...own, ...across], files);
  if (failed) throw new CommandError('the configuration has errors', exitCode.foundIssues);
  process.stdout.write(`✔ ${resources.length} resources in ${files.length} files are valid\n`);
}
