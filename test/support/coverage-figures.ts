/** A reporter of node:test that gives nothing but what was covered, as JSON. */

interface FileCoverage {
  readonly path: string;
  readonly coveredLinePercent: number;
  readonly coveredBranchPercent: number;
}

/** The part of an event of node:test that is read here. */
interface CoverageEvent {
  readonly type: string;
  readonly data?: {
    readonly summary?: {
      readonly workingDirectory: string;
      readonly files: readonly FileCoverage[];
      readonly totals: Omit<FileCoverage, 'path'>;
    };
  };
}

// node:test takes a reporter from the default export of its module.
export default async function* report(events: AsyncIterable<CoverageEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (type !== 'test:coverage' || data?.summary === undefined) continue;
    const { workingDirectory, files, totals } = data.summary;
    const rows = files.map((file) => [file.path.slice(workingDirectory.length + 1), percents(file)] as const);
    yield `${JSON.stringify({ total: percents(totals), files: Object.fromEntries(rows) }, null, 2)}\n`;
  }
}

function percents({ coveredLinePercent, coveredBranchPercent }: Omit<FileCoverage, 'path'>) {
  return { lines: Math.round(coveredLinePercent), branches: Math.round(coveredBranchPercent) };
}
