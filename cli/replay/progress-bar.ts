/** Where a bar is drawn; standard error. */
export interface BarStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const WIDTH = 24;
/** Milliseconds between two drawings. */
const INTERVAL = 100;

/** A bar on a terminal; elsewhere it draws nothing. */
export class ProgressBar {
  readonly #stream: BarStream;
  readonly #clock: () => number;
  readonly #total: number;
  #drawn = Number.NEGATIVE_INFINITY;

  /** `total` is in bytes; 0 = not known. `clock` is in milliseconds. */
  constructor(total: number, stream: BarStream = process.stderr, clock = () => performance.now()) {
    this.#total = total;
    this.#stream = stream;
    this.#clock = clock;
  }

  /** Draws, but not too often. */
  update(bytes: number, text: string): void {
    const now = this.#clock();
    if (!this.#stream.isTTY || now - this.#drawn < INTERVAL) return;
    this.#drawn = now;
    const share = this.#total === 0 ? undefined : Math.min(1, bytes / this.#total);
    const filled = Math.round((share ?? 0) * WIDTH);
    const bar =
      share === undefined
        ? ''
        : `[${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)} %  `;
    this.#stream.write(`\r\u001b[2K${(bar + text).slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#stream.isTTY && this.#drawn !== Number.NEGATIVE_INFINITY) this.#stream.write('\r\u001b[2K');
  }
}
