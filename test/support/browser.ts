import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** An answer or an event of the DevTools protocol. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

interface Waiting {
  readonly resolve: (result: Readonly<Record<string, unknown>>) => void;
  readonly reject: (error: Error) => void;
}

const startMs = 30_000;

/** Headless Chromium, spoken to over the DevTools protocol. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #pages = new Map<string, Page>();
  #sent = 0;

  private constructor(process: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as Message));
    socket.addEventListener('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the browser is gone'));
    });
  }

  static async start(): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'weft-browser-'));
    const flags = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
    ];
    const quiet = [
      '--disable-background-networking',
      '--disable-extensions',
      '--hide-scrollbars',
      '--mute-audio',
    ];
    const place = [`--user-data-dir=${profile}`, '--remote-debugging-port=0', 'about:blank'];
    const child = spawn('chromium', [...flags, ...quiet, ...place], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    process.once('exit', () => kill(child));
    const socket = new WebSocket(await address(child));
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', () => reject(new Error('the browser does not answer')), {
        once: true,
      });
    });
    return new Browser(child, profile, socket);
  }

  /** A tab of its own, of this size in CSS pixels. */
  async open(width = 1440, height = 900): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, String(sessionId));
    this.#pages.set(String(sessionId), page);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
    // Other tabs do not make it a hidden one.
    await page.send('Emulation.setFocusEmulationEnabled', { enabled: true });
    await page.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    return page;
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#sent;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#socket.close();
    kill(this.#process);
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #receive({ id, result, error, method, params, sessionId }: Message): void {
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id !== undefined) this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result ?? {});
    if (method && sessionId) this.#pages.get(sessionId)?.hear(method, params ?? {});
  }
}

/** A tab, and everything that went wrong in it. */
export class Page {
  /** Errors of the console, of scripts, and of the network. */
  readonly problems: string[] = [];
  /** Every URL that it asked for. */
  readonly requested: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#browser.send(method, params, this.#session);
  }

  async go(url: string): Promise<void> {
    const { errorText } = await this.send('Page.navigate', { url });
    if (typeof errorText === 'string') throw new Error(`${url}: ${errorText}`);
  }

  close(): Promise<unknown> {
    return this.send('Page.close');
  }

  /** The value of an expression in the page; promises are awaited. Must be JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(`in the page: ${JSON.stringify(exceptionDetails)}`);
    return Object(result).value as T;
  }

  /** Resolves with the expression's value once it is neither undefined, null, false nor empty. */
  until<T>(expression: string): Promise<NonNullable<T>> {
    return until(`${expression} in the page`, async () => {
      // A page that is just being left has no answer.
      const value = await this.evaluate<T | null>(expression).catch(() => undefined);
      return value ? value : undefined;
    });
  }

  /** The text that a reader sees in the first element of the selector. */
  text(selector: string): Promise<string> {
    return this.until<string>(`document.querySelector(${JSON.stringify(selector)})?.textContent`);
  }

  /** Clicks on the middle of the first element of the selector, as a mouse does. */
  async click(selector: string): Promise<void> {
    const found = `document.querySelector(${JSON.stringify(selector)})`;
    const [x, y] = await this.until<[number, number]>(
      `(() => { const e = ${found}; e?.scrollIntoView({ block: 'center' }); const r = e?.getBoundingClientRect(); return r && [r.x + r.width / 2, r.y + r.height / 2]; })()`,
    );
    for (const type of ['mousePressed', 'mouseReleased'])
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
  }

  /** What `prefers-color-scheme` says. */
  async prefer(scheme: 'light' | 'dark'): Promise<void> {
    await this.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    });
  }

  /** PNG of what is to be seen. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(String(data), 'base64');
  }

  /** Takes an event of the protocol in. */
  hear(method: string, params: Readonly<Record<string, unknown>>): void {
    if (method === 'Runtime.exceptionThrown') this.problems.push(JSON.stringify(params.exceptionDetails));
    if (method === 'Log.entryAdded' && Object(params.entry).level === 'error')
      this.problems.push(`${Object(params.entry).text} ${Object(params.entry).url ?? ''}`);
    if (method === 'Runtime.consoleAPICalled' && (params.type === 'error' || params.type === 'warning'))
      this.problems.push(JSON.stringify(params.args));
    if (method === 'Network.requestWillBeSent') this.requested.push(String(Object(params.request).url));
  }
}

/** The whole group: Chromium is many processes. */
function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`chromium does not start:\n${output}`)), startMs);
    child.stderr?.on('data', (chunk) => {
      output = (output + String(chunk)).slice(-10_000);
      const found = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`chromium ended with ${code}:\n${output}`)));
  });
}
