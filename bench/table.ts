import type { JudgedRow } from './bound.ts';

const HEADERS = ['name', 'metric', 'median', 'min', 'max', 'unit', 'ratio', 'peer', 'bound', 'verdict'];
/** Columns of figures stand right. */
const RIGHT: ReadonlySet<number> = new Set([2, 3, 4, 6]);

/** The rows as text in columns. */
export function formatTable(rows: readonly JudgedRow[]): string {
  const lines = [HEADERS, ...rows.map(cells)];
  const widths = HEADERS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) => formatLine(line, widths)).join('\n');
}

/** Three significant digits, and no more than a reader can compare. */
export function formatFigure(value: number): string {
  if (value >= 100) return String(Math.round(value));
  return value.toFixed(value >= 10 ? 1 : 2);
}

function cells(row: JudgedRow): string[] {
  const { name, metric, unit, median, min, max, peer, ratio, bound, verdict } = row;
  const figures = [median, min, max].map(formatFigure);
  const times = ratio === null ? '–' : `${ratio.toFixed(2)}×`;
  return [name, metric, ...figures, unit, times, peer ?? '–', bound ?? '–', verdict ?? '–'];
}

function formatLine(line: readonly string[], widths: readonly number[]): string {
  const padded = line.map((cell, column) => {
    const width = widths[column] ?? 0;
    return RIGHT.has(column) ? cell.padStart(width) : cell.padEnd(width);
  });
  return padded.join('  ').trimEnd();
}
