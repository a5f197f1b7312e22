/** One behaviour of the sockets runtime, told in a sentence; rejects when it does not hold. */
export interface Case {
  readonly name: string;
  run(): Promise<void>;
}

const TIMEOUT_MS = 15_000;

/** Runs a case, with a bound on its time. */
export async function runCase(one: Case): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), TIMEOUT_MS);
  });
  try {
    await Promise.race([one.run(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
