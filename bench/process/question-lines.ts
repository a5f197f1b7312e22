import { createInterface } from 'node:readline';

/** Answers each line of JSON on stdin by one on stdout, in order; ends the process when stdin ends. */
export function answerQuestions<Question>(answer: (question: Question) => Promise<unknown>): void {
  let last: Promise<void> = Promise.resolve();
  createInterface(process.stdin)
    .on('line', (line) => {
      last = last.then(async () => {
        process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
      });
      last.catch((error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      });
    })
    .on('close', () => process.exit(0));
}
