import { differenceData, differenceReport } from '../compare/difference-report.ts';
import { readSides, type Side, type SideFlags } from '../compare/side.ts';
import { CommandError, exitCode } from '../exit-code.ts';
import { parsePrincipal } from '../explain/question.ts';
import { jsonText } from '../mesh-state.ts';
import { ProgressBar } from '../replay/progress-bar.ts';
import { readRecording, recordingSize } from '../replay/recording.ts';
import { Replay, type ReplayCount, type Sender, unseenHeaders } from '../replay/replay.ts';

/** Options of `weft replay`. */
export interface ReplayFlags extends SideFlags {
  readonly from?: string;
  readonly target?: string;
  readonly as?: string;
  readonly failOn: 'regression' | 'change' | 'never';
  readonly output: string;
}

/**
 * `weft replay`: recorded requests through two configurations, only what differs is told. Exit 81 when a request
 * that was served is served no more, 65 when nothing in the recording is a request.
 */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<void> {
  const size = recordingSize(file);
  const sides = await readSides(flags);
  const replay = new Replay(file, sides, senderOf(flags));
  await run(replay, file, size);
  const { count } = replay;
  process.stdout.write(`${flags.output === 'json' ? json(count, sides) : text(count, sides, file)}\n`);
  for (const { number, reason } of count.samples)
    process.stderr.write(`${file}:${number}  skipped: ${reason}\n`);
  judge(count, flags.failOn, file);
}

function senderOf({ from, target, as }: ReplayFlags): Sender {
  return {
    ...(from !== undefined && { from }),
    ...(target !== undefined && { target }),
    ...(as !== undefined && { principal: parsePrincipal(as) }),
  };
}

async function run(replay: Replay, file: string, size: number): Promise<void> {
  const bar = new ProgressBar(size);
  const started = performance.now();
  let bytes = 0;
  let items = 0;
  const tell = () => {
    const rate = items / Math.max(0.001, (performance.now() - started) / 1000);
    bar.update(bytes, `${items} requests, ${Math.round(rate)}/s`);
  };
  try {
    for await (const batch of readRecording(file, (length) => (bytes += length))) {
      for (const item of batch) replay.add(item);
      items += batch.length;
      tell();
    }
  } finally {
    bar.clear();
  }
}

function text(count: ReplayCount, sides: readonly [Side, Side], file: string): string {
  const { differences, malformed, others } = count;
  const parts = [differenceReport(differences, sides, 'request')];
  if (malformed > 0) parts.push(`${malformed} malformed lines were left out`);
  if (others > 0) parts.push(`${others} lines are about something else than a request`);
  const unseen = file.endsWith('.har') ? [] : unseenHeaders(sides);
  if (unseen.length > 0)
    parts.push(`an access log does not show headers that routes or policies look at: ${unseen.join(', ')}`);
  return parts.join('\n\n');
}

function json(
  { differences, malformed, others, samples }: ReplayCount,
  sides: readonly [Side, Side],
): string {
  return jsonText({ ...differenceData(differences, sides), malformed, others, samples });
}

function judge({ differences, malformed }: ReplayCount, failOn: ReplayFlags['failOn'], file: string): void {
  if (differences.compared === 0 && malformed > 0)
    throw new CommandError(`${file}: none of ${malformed} lines tells of a request`, exitCode.badInput);
  const regressions = differences.count('regression');
  const counted = failOn === 'regression' ? regressions : failOn === 'change' ? differences.differing : 0;
  if (counted === 0) return;
  const what = failOn === 'regression' ? 'are served no more' : 'differ';
  throw new CommandError(`${counted} of ${differences.compared} requests ${what}`, exitCode.regression);
}
