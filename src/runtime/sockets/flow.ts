import type { Socket } from 'node:net';
import { pauseSocket, resumeSocket } from './socket-flow.ts';

/** Whether a socket is read; saying the same twice costs nothing. */
export class Flow {
  readonly #socket: Socket;
  #paused = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    pauseSocket(this.#socket);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    resumeSocket(this.#socket);
  }
}
