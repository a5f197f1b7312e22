import type {
  Answers,
  CheckAnswer,
  CheckAnswers,
  LimitAnswers,
  LimitVerdict,
  TokenAnswers,
} from './decide/answers.ts';
import type { Ask, AskCheck, AskLimits, AskSnapshot, Taking, TokenQuestion } from './decide/decision.ts';

/** Who answers what decisions ask for. */
export interface Answerers {
  /** Loads what the ask lacks of the snapshot; false when it cannot be had. */
  readonly resolve: (ask: AskSnapshot) => Promise<boolean>;
  /** Absent = tokens cannot be verified here, and requests with one are given up. */
  readonly tokens?: TokenSource | undefined;
  /** Absent = requests cannot be counted here, and those that must be are given up. */
  readonly limits?: LimitSource | undefined;
}

/** Counts requests. */
export interface LimitSource {
  /** Takes a token for each, until one has none. Never rejects. */
  take(takings: readonly Taking[]): LimitVerdict | Promise<LimitVerdict>;
}

/** Judges tokens. */
export interface TokenSource extends TokenAnswers {
  /** Judges what was asked. Never rejects: a token that cannot be judged is refused. */
  learn(questions: readonly TokenQuestion[]): Promise<TokenAnswers>;
}

/** What is known before anything is asked; made once, not for each request. */
export function knownAnswers({ tokens }: Answerers): Answers | undefined {
  return tokens === undefined ? undefined : { tokens };
}

/** Asks the authorizer of one request. Never rejects: one that cannot be asked has failed. */
export type AskAuthorizer = (ask: AskCheck) => Promise<CheckAnswer>;

/** Learns what a decision asks for, and adds it to what is known; undefined when it cannot be had. */
export async function learn(
  ask: Ask,
  known: Answers | undefined,
  from: Answerers,
  askAuthorizer: AskAuthorizer,
): Promise<Answers | undefined> {
  switch (ask.need) {
    case 'snapshot':
      return (await from.resolve(ask)) ? (known ?? {}) : undefined;
    case 'token':
      return from.tokens && { ...known, tokens: await from.tokens.learn(ask.questions) };
    case 'check':
      return { ...known, checks: withCheck(known?.checks, ask, await askAuthorizer(ask)) };
    case 'limits':
      return (
        from.limits && { ...known, limits: counted(known?.limits, ask, await from.limits.take(ask.takings)) }
      );
  }
}

function withCheck(
  known: CheckAnswers | undefined,
  { authorizer }: AskCheck,
  answer: CheckAnswer,
): CheckAnswers {
  const { name } = authorizer.settings;
  return { get: (asked) => (asked === name ? answer : known?.get(asked)) };
}

function counted(known: LimitAnswers | undefined, { stage }: AskLimits, verdict: LimitVerdict): LimitAnswers {
  return { get: (asked) => (asked === stage ? verdict : known?.get(asked)) };
}

/** The detail of an answer to a request whose question nobody answered. */
export function unansweredDetails({ need }: Ask): string {
  return need === 'snapshot' ? 'no_snapshot' : `unanswered_${need}`;
}
