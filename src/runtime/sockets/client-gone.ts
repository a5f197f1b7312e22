/** Tells that the client of a connection is gone; one signal for all its exchanges, made when somebody asks. */
export class ClientGone {
  #controller: AbortController | undefined;
  #gone = false;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#gone) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  tell(): void {
    this.#gone = true;
    this.#controller?.abort();
  }
}
