/** Lines around a change that are shown with it. */
const contextLines = 3;

/** Beyond this many comparisons two texts are shown as wholly different. */
const maxCells = 4_000_000;

type Mark = ' ' | '-' | '+';
type Line = readonly [mark: Mark, text: string];

/** The unified diff of two texts, hunks only; empty when they are the same. */
export function textDiff(before: string, after: string): string {
  const lines = diffLines(linesOf(before), linesOf(after));
  return hunksOf(lines)
    .map(([from, to]) => hunkText(lines, from, to))
    .join('\n');
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const same = (lines: readonly string[]) => lines.map((line): Line => [' ', line]);
  return [
    ...same(before.slice(0, head)),
    ...changedLines(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
}

/** The middle, where the texts begin and end differently. */
function changedLines(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length * after.length > maxCells) {
    return [...before.map((line): Line => ['-', line]), ...after.map((line): Line => ['+', line])];
  }
  const width = after.length + 1;
  const common = commonLengths(before, after, width);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]];
    if (old !== undefined && old === now) {
      lines.push([' ', old]);
      i++;
      j++;
    } else if (now === undefined || (old !== undefined && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push(['-', old ?? '']);
      i++;
    } else {
      lines.push(['+', now]);
      j++;
    }
  }
  return lines;

  function at(table: Uint32Array, row: number, column: number): number {
    return table[row * width + column] ?? 0;
  }
}

/** Length of the longest common subsequence of the rests that begin at `[i, j]`, row by row. */
function commonLengths(before: readonly string[], after: readonly string[], width: number): Uint32Array {
  const table = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const here = i * width + j;
      const [below, right, across] = [
        table[here + width] ?? 0,
        table[here + 1] ?? 0,
        table[here + width + 1] ?? 0,
      ];
      table[here] = before[i] === after[j] ? across + 1 : Math.max(below, right);
    }
  }
  return table;
}

/** Where hunks begin and end: changes with their context, joined where those touch. */
function hunksOf(lines: readonly Line[]): [from: number, to: number][] {
  const hunks: [number, number][] = [];
  for (const [index, [mark]] of lines.entries()) {
    if (mark === ' ') continue;
    const [from, to] = [Math.max(0, index - contextLines), Math.min(lines.length, index + contextLines + 1)];
    const last = hunks.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

function hunkText(lines: readonly Line[], from: number, to: number): string {
  const count = (part: readonly Line[], mark: Mark) => part.filter(([other]) => other !== mark).length;
  const [earlier, shown] = [lines.slice(0, from), lines.slice(from, to)];
  const range = (mark: Mark) => {
    const length = count(shown, mark);
    return `${count(earlier, mark) + (length > 0 ? 1 : 0)},${length}`;
  };
  return [`@@ -${range('+')} +${range('-')} @@`, ...shown.map(([mark, text]) => mark + text)].join('\n');
}
