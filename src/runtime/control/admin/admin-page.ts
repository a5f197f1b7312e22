/** What an admin page is asked. */
export interface AdminRequest {
  readonly method: 'GET' | 'POST';
  readonly query: URLSearchParams;
  /** Whether a tool of this machine asks: from loopback, and not for a web page. */
  readonly local: boolean;
}

/** What it answers. */
export interface AdminAnswer {
  readonly status: number;
  /** Media type. */
  readonly type: string;
  readonly body: string;
}

/** A page under its path, as Envoy's `/help` lists it. */
export interface AdminPage {
  readonly path: string;
  /** One line for `/help`. */
  readonly about: string;
  /** `POST` for what changes something, which a GET must not. */
  readonly method: 'GET' | 'POST' | 'any';
  answer(request: AdminRequest): AdminAnswer | Promise<AdminAnswer>;
}

/** Plain text. */
export function text(body: string, status = 200): AdminAnswer {
  return { status, type: 'text/plain; charset=UTF-8', body };
}

/** Indented JSON. */
export function json(value: unknown, status = 200): AdminAnswer {
  return { status, type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` };
}
