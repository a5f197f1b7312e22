/** Only what must not happen is told. */
export const benchLog = {
  info: () => undefined,
  warn: () => undefined,
  error: (event: string, fields?: unknown) =>
    void process.stderr.write(`${event} ${JSON.stringify(fields)}\n`),
};
