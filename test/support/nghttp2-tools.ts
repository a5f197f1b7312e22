import { execFile, spawnSync } from 'node:child_process';

type Tool = 'nghttp' | 'h2load';

const LIMIT_MS = 120_000;

/** What h2load tells of its requests at the end. */
export interface LoadFigures {
  readonly succeeded: number;
  readonly failed: number;
  /** Answers by class: 2xx, 3xx, 4xx, 5xx. */
  readonly statuses: readonly number[];
}

/** Why nghttp2's own clients cannot run here, or false. Where CI is set they are demanded. */
export function missingNghttp2(): string | false {
  if (process.env.CI) return false;
  const missing = (['nghttp', 'h2load'] as const).filter((tool) => spawnSync(tool, ['--version']).error);
  return missing.length === 0 ? false : `not installed: ${missing.join(', ')} (Debian: nghttp2-client)`;
}

/** Runs a tool to its end; its output, both streams together. Rejects when it fails. */
export function runTool(tool: Tool, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(tool, [...args], { timeout: LIMIT_MS, maxBuffer: 16_777_216 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${tool} ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`));
      else resolve(stdout + stderr);
    });
  });
}

/** Reads `requests: …` and `status codes: …` of h2load. Throws where they are missing. */
export function readLoadFigures(output: string): LoadFigures {
  const requests = /^requests: .* (\d+) succeeded, (\d+) failed/m.exec(output);
  const codes = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/m.exec(output);
  if (requests === null || codes === null) throw new Error(`no figures of h2load in: ${output.slice(-500)}`);
  const [succeeded = Number.NaN, failed = Number.NaN] = requests.slice(1).map(Number);
  return { succeeded, failed, statuses: codes.slice(1).map(Number) };
}
