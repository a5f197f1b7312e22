/** sysexits and istioctl's numbers, as fingers and scripts know them. */
export const exitCode = {
  error: 1,
  usage: 64,
  badInput: 65,
  unavailable: 69,
  foundIssues: 79,
  testsFailed: 80,
  regression: 81,
  notConverged: 82,
  certificateExpiring: 83,
} as const;

/** An error whose text is for the user as it stands. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, code: number = exitCode.error) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = code;
  }
}
