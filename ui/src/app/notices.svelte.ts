// Short words at the edge of the page, and what screen readers are told.

export interface Notice {
  id: number;
  text: string;
  tone: 'info' | 'error';
}

class Notices {
  shown = $state.raw<readonly Notice[]>([]);
  /** The last thing said to screen readers. */
  spoken = $state('');
  private count = 0;

  say(text: string, tone: Notice['tone'] = 'info'): void {
    const notice = { id: (this.count += 1), text, tone };
    // The same trouble said twice is one trouble.
    this.shown = [...this.shown.filter((one) => one.text !== text), notice].slice(-3);
    setTimeout(() => this.dismiss(notice.id), tone === 'error' ? 9_000 : 5_000);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((notice) => notice.id !== id);
  }

  speak(text: string): void {
    // A trailing space makes the same words a change, which alone is read out.
    this.spoken = text === this.spoken ? `${text}\u00a0` : text;
  }
}

export const notices = new Notices();
