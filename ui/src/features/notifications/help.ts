// Where a browser keeps its permission to show notifications: they all hide it somewhere else.

export type Help =
  'ios' | 'android_chrome' | 'android_firefox' | 'android_other' | 'edge' | 'chrome' | 'firefox' | 'safari' | 'other';

/** `touches`: an iPad says that it is a Mac, but no Mac has a screen to touch. */
export function helpFor(userAgent: string, touches = 0): Help {
  const is = (pattern: RegExp) => pattern.test(userAgent);
  // Every browser of iOS is Safari underneath.
  if (is(/iPhone|iPad|iPod/) || (is(/Macintosh/) && touches > 1)) return 'ios';
  if (is(/Android/)) {
    if (is(/Firefox\//)) return 'android_firefox';
    return is(/Chrome\//) && !is(/SamsungBrowser|EdgA|OPR\/|; wv\)/) ? 'android_chrome' : 'android_other';
  }
  if (is(/Edg\//)) return 'edge';
  if (is(/Firefox\//)) return 'firefox';
  if (is(/OPR\/|Vivaldi|YaBrowser/)) return 'other';
  if (is(/Chrome\/|Chromium\//)) return 'chrome';
  return is(/Safari\//) ? 'safari' : 'other';
}
