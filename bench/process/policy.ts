/** One side of the policy comparison, on the runtime that runs this. */
import { callTime, slowCallTime, warm, warmSlow } from '../call-time.ts';
import { NOW, policyWork } from '../policy/policy-work.ts';
import { tokenWork } from '../policy/token-work.ts';
import { answerQuestions } from './question-lines.ts';

/** Asks for one sample, in nanoseconds per decision or token over `ms`. */
export interface PolicyQuestion {
  readonly side: string;
  readonly ms: number;
}

type Sample = (ms: number) => number | Promise<number>;
let sample: Sample | undefined;

answerQuestions(async ({ side, ms }: PolicyQuestion) => {
  sample ??= await prepare(side);
  return { ns: await sample(ms) };
});

async function prepare(side: string): Promise<Sample> {
  const slow = await tokenWork(side, NOW);
  if (slow !== undefined) {
    await warmSlow(slow);
    return (ms) => slowCallTime(slow, ms);
  }
  const work = await policyWork(side);
  warm(work);
  return (ms) => callTime(work, ms);
}
