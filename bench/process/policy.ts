/** One side of the policy comparison, on the runtime that runs this. */
import { callTime, type Work, warm } from '../call-time.ts';
import { policyWork } from '../policy/policy-work.ts';
import { answerQuestions } from './question-lines.ts';

/** Asks for one sample, in nanoseconds per decision over `ms`. */
export interface PolicyQuestion {
  readonly side: string;
  readonly ms: number;
}

let work: Work | undefined;

answerQuestions(async ({ side, ms }: PolicyQuestion) => {
  if (work === undefined) {
    work = await policyWork(side);
    warm(work);
  }
  return { ns: callTime(work, ms) };
});
