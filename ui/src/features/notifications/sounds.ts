// Two sounds, made here: a rising pair for a new session, one soft tone for everything else.

export type Sound = 'session' | 'message';

const TONES: Record<Sound, readonly { pitch: number; after: number; long: number; loud: number }[]> = {
  session: [
    { pitch: 659, after: 0, long: 0.16, loud: 0.09 },
    { pitch: 988, after: 0.13, long: 0.26, loud: 0.09 },
  ],
  message: [{ pitch: 523, after: 0, long: 0.14, loud: 0.06 }],
};

let context: AudioContext | null = null;

/** Whether the browser will play. None does before the page was touched, and some have no sound at all. */
export function sounding(): 'ready' | 'untouched' | 'missing' {
  if (typeof AudioContext !== 'function') return 'missing';
  if (context) return context.state === 'running' ? 'ready' : 'untouched';
  return navigator.userActivation?.hasBeenActive ? 'ready' : 'untouched';
}

/** Called while a person is doing something: from then on there may be sounds. */
export function wakeSounds(): void {
  try {
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume().catch(() => undefined);
  } catch {
    // No sound device: there are other ways to notice.
  }
}

/** Whether it could be played. */
export function play(sound: Sound): boolean {
  if (sounding() !== 'ready') return false;
  wakeSounds();
  if (!context) return false;
  try {
    for (const { pitch, after, long, loud } of TONES[sound]) {
      const start = context.currentTime + after;
      const tone = new OscillatorNode(context, { type: 'sine', frequency: pitch });
      const volume = new GainNode(context, { gain: 0.0001 });
      // In and out without a click.
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.linearRampToValueAtTime(loud, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + long);
      tone.connect(volume).connect(context.destination);
      tone.start(start);
      tone.stop(start + long);
    }
    return true;
  } catch {
    return false;
  }
}
