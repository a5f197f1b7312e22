import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, exitCode } from './exit-code.ts';

/** Where a running control writes how to reach it. */
export interface ControlAddress {
  readonly url: string;
  readonly adminToken: string;
}

/** Speaks to the control of the mesh whose state directory this is. */
export class ControlClient {
  readonly #address: ControlAddress;

  constructor(address: ControlAddress) {
    this.#address = address;
  }

  /** Reads `control.json`; exit 69 when no mesh runs there. */
  static fromState(state: string): ControlClient {
    const file = join(state, 'control.json');
    if (!existsSync(file)) {
      throw new CommandError(
        `no mesh is running here: ${file} is not there. Start one with: npm start`,
        exitCode.unavailable,
      );
    }
    return new ControlClient(parseAddress(file, readFileSync(file, 'utf8')));
  }

  get url(): string {
    return this.#address.url;
  }

  /** The dashboard, with the token where no server and no log sees it. */
  get dashboardUrl(): string {
    return `${this.#address.url}/dashboard/#token=${this.#address.adminToken}`;
  }

  get<T>(path: string): Promise<T> {
    return this.#request<T>('GET', path, undefined);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.#request<T>('POST', path, body);
  }

  async #request<T>(method: string, path: string, body: unknown): Promise<T> {
    const headers = {
      authorization: `Bearer ${this.#address.adminToken}`,
      'content-type': 'application/json',
    };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(new URL(path, this.#address.url), init).catch(() => {
      throw new CommandError(
        `control does not answer at ${this.#address.url}. Is the mesh still running?`,
        exitCode.unavailable,
      );
    });
    if (!response.ok)
      throw new CommandError(
        `control refused ${method} ${path}: ${response.status} ${await response.text()}`,
      );
    return (await response.json()) as T;
  }
}

function parseAddress(file: string, text: string): ControlAddress {
  try {
    const { url, adminToken } = JSON.parse(text) as Partial<ControlAddress>;
    if (typeof url === 'string' && typeof adminToken === 'string') return { url, adminToken };
  } catch {
    // Told below, as for any other content.
  }
  throw new CommandError(
    `${file} does not say how to reach control. Stop the mesh and start it again`,
    exitCode.unavailable,
  );
}
