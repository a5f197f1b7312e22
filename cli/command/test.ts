import type { GatewayKind } from '../../src/proxy/explain/mesh-path.ts';
import { printDiagnostics } from '../diagnostics.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { type MeshView, meshOfManifests, runningMesh } from '../explain/mesh-view.ts';
import { type ManifestFile, readManifests } from '../manifest-files.ts';
import { coverageOf, percentText } from '../test/coverage.ts';
import { isTestText, readTestFile } from '../test/read-test-file.ts';
import { runCases } from '../test/run-cases.ts';
import { type TestFormat, testReport } from '../test/test-report.ts';
import { virtualServiceMesh } from '../test/virtual-service-mesh.ts';
import { writtenRules } from '../test/written-rules.ts';

/** Options of `weft test`. */
export interface TestFlags {
  readonly filename: readonly string[];
  readonly state: string;
  readonly output: TestFormat;
  readonly failUnder?: number;
  readonly gateway: GatewayKind;
}

/**
 * `weft test`: requests with expectations, judged by the very snapshots that the proxies would run. Exit 80 when a
 * case fails or the coverage is too low, 65 when a file of tests or of configuration has a mistake.
 */
export async function testCommand(paths: readonly string[], flags: TestFlags): Promise<void> {
  const given = readManifests(flags.filename);
  const view = await viewOf(
    given.filter(({ text }) => !isTestText(text)),
    flags,
  );
  const files = testFiles(paths, given);
  const ruleOf = writtenRules(view.resources);
  const read = files.map((file) => readTestFile(file, ruleOf));
  if (
    printDiagnostics(
      read.flatMap(({ diagnostics }) => diagnostics),
      files,
    )
  )
    throw new CommandError('the tests have mistakes; none was run', exitCode.badInput);
  const hits = new Set<string>();
  const started = performance.now();
  const results = runCases(
    read.flatMap(({ cases }) => cases),
    {
      mesh: view.snapshots,
      virtualServices: () => virtualServiceMesh(view.resources),
      gateway: flags.gateway,
    },
    (source) => hits.add(source),
  );
  const ms = performance.now() - started;
  const coverage = coverageOf(view.sources, view.resources, hits);
  process.stdout.write(`${testReport(results, coverage, ms, flags.output)}\n`);
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  if (failed > 0) throw new CommandError(`${failed} of ${results.length} cases failed`, exitCode.testsFailed);
  const { failUnder } = flags;
  if (failUnder !== undefined && coverage.percent < failUnder)
    throw new CommandError(
      `coverage is ${percentText(coverage.percent)}, less than --fail-under ${failUnder}`,
      exitCode.testsFailed,
    );
}

function viewOf(
  manifests: readonly ManifestFile[],
  { filename, state }: TestFlags,
): MeshView | Promise<MeshView> {
  return filename.length > 0 ? meshOfManifests(manifests) : runningMesh(state);
}

/** Files that are named are tests; of a directory, and of what `-f` gives, those that hold tests. */
function testFiles(paths: readonly string[], given: readonly ManifestFile[]): ManifestFile[] {
  const named = paths.flatMap((path) => {
    const files = readManifests([path]);
    return files.length === 1 && files[0]?.file === path
      ? files
      : files.filter(({ text }) => isTestText(text));
  });
  const files = paths.length > 0 ? named : given.filter(({ text }) => isTestText(text));
  if (files.length > 0) return files;
  const where = paths.length > 0 ? paths.join(', ') : '-f';
  throw new CommandError(
    `no file with cases in ${where || 'nothing'}; name the files of tests`,
    exitCode.usage,
  );
}
