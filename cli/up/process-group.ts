import { CommandError } from '../exit-code.ts';
import { Child, type ChildSpec } from './child.ts';

/** All processes of a running mesh. */
export class ProcessGroup {
  readonly #children: Child[] = [];
  #stopping = false;
  readonly #onLost: (child: Child, code: number | null) => void;

  /** `onLost` hears of a process that ended although nobody stopped it. */
  constructor(onLost: (child: Child, code: number | null) => void) {
    this.#onLost = onLost;
  }

  get children(): readonly Child[] {
    return this.#children;
  }

  /** Throws once the group is being stopped: a boot that was interrupted must not leave a process behind. */
  start(spec: ChildSpec): Child {
    if (this.#stopping) throw new CommandError(`${spec.name} is not started: the mesh is stopping`);
    const child = new Child(spec, (ended, code) => {
      if (!ended.stopping) this.#onLost(ended, code);
    });
    this.#children.push(child);
    return child;
  }

  /** Stops everything; the first that was started, on which the others lean, goes last. */
  async stopAll(graceMs: number): Promise<void> {
    this.#stopping = true;
    for (const child of this.#children) child.stopping = true;
    const [first, ...rest] = this.#children;
    await Promise.all(rest.map((child) => child.stop(graceMs)));
    await first?.stop(graceMs);
  }
}
