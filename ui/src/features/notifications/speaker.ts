// Of all tabs of a browser one speaks: the one that was used last. A lock finds it; a tab that is looked at takes the lock
// from the one before, and when it closes another gets it. Without locks each tab speaks for itself.

/** The part of `navigator.locks` used here. */
export interface SpeakerLocks {
  request: (name: string, options: LockOptions, work: () => Promise<void> | undefined) => Promise<unknown>;
}

export class Speaker {
  private mine = false;
  private ended = false;
  private waiting = new AbortController();
  private release: (() => void) | undefined;

  constructor(
    private readonly name: string,
    private readonly locks: SpeakerLocks | null,
  ) {}

  get speaks(): boolean {
    return !this.ended && (this.mine || !this.locks);
  }

  start(used: boolean): void {
    this.request(used);
  }

  /** This tab is looked at now. */
  used(): void {
    if (!this.mine && !this.ended) this.request(true);
  }

  stop(): void {
    this.ended = true;
    this.waiting.abort();
    this.release?.();
  }

  private request(steal: boolean): void {
    if (!this.locks) return;
    this.waiting.abort();
    const waiting = (this.waiting = new AbortController());
    const hold = () => {
      if (this.ended || waiting.signal.aborted) return undefined;
      this.mine = true;
      return new Promise<void>((resolve) => (this.release = resolve));
    };
    this.locks.request(this.name, steal ? { steal } : { signal: waiting.signal }, hold).catch(() => {
      if (this.ended || waiting !== this.waiting) return;
      if (this.mine) {
        // Taken by a tab that is used now: wait for its end.
        this.mine = false;
        this.request(false);
      } else {
        // Never given to us: locks don't work here.
        this.mine = true;
      }
    });
  }
}
