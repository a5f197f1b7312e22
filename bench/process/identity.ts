/** One side of the identity comparison, on the runtime that runs this. */
import { type SlowWork, slowCallTime } from '../call-time.ts';
import { bareMint, mint } from '../identity/minting-work.ts';
import { signingMaterial } from '../identity/signing-material.ts';
import { SIGNING_SIDES } from '../identity/signing-worker.ts';
import { answerQuestions } from './question-lines.ts';

/** Asks for one sample, in nanoseconds per piece of work over `ms`. */
export interface IdentityQuestion {
  readonly side: string;
  readonly ms: number;
}

const SIDES: ReadonlyMap<string, () => Promise<SlowWork>> = new Map([
  ['mint', mint],
  ['bare-mint', bareMint],
  ...[...SIGNING_SIDES].map(([side, work]) => [side, async () => work(await signingMaterial())] as const),
]);

/** A leaf takes milliseconds. */
const WARM_CALLS = 200;

let work: SlowWork | undefined;

answerQuestions(async ({ side, ms }: IdentityQuestion) => {
  work ??= await prepare(side);
  return { ns: await slowCallTime(work, ms) };
});

async function prepare(side: string): Promise<SlowWork> {
  const made = await SIDES.get(side)?.();
  if (made === undefined) throw new RangeError(`no side ${side}`);
  await made(WARM_CALLS);
  return made;
}
