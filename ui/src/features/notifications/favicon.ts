// The sign in the browser's tab, with how much waits to be read. Drawn, because a page can't change a picture file.

const SIZE = 64;
const UNIT = SIZE / 32;
const BUBBLE =
  'M8 9.5A2.5 2.5 0 0 1 10.5 7h11A2.5 2.5 0 0 1 24 9.5v8a2.5 2.5 0 0 1-2.5 2.5H16l-4.3 4.2c-.5.5-1.2.1-1.2-.5V20A2.5 2.5 0 0 1 8 17.5z';

/** What stands in the badge: a number up to 9, a dot for what has no number; null: no badge. */
export function badgeOf(unread: number, told: number): string | null {
  if (unread > 0) return unread > 9 ? '9+' : String(unread);
  return told > 0 ? '' : null;
}

let shown: string | null = null;

/** Puts the badge into the tab; null takes it away. */
export function wearBadge(badge: string | null): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link || badge === shown) return;
  const picture = badge === null ? null : draw(badge);
  link.type = picture ? 'image/png' : 'image/svg+xml';
  link.href = picture ?? '/favicon.svg';
  shown = badge;
}

function draw(badge: string): string | null {
  const canvas = Object.assign(document.createElement('canvas'), { width: SIZE, height: SIZE });
  const paper = canvas.getContext('2d');
  if (!paper) return null;
  paper.scale(UNIT, UNIT);
  paper.fillStyle = '#1f6bd0';
  paper.beginPath();
  paper.roundRect(0, 0, 32, 32, 8);
  paper.fill();
  paper.fillStyle = '#ffffff';
  paper.fill(new Path2D(BUBBLE));
  paper.fillStyle = '#d42f36';
  paper.strokeStyle = '#ffffff';
  paper.lineWidth = 2;
  paper.beginPath();
  const [at, radius] = badge === '' ? [25, 6] : [21.5, 10];
  paper.arc(at, 32 - at, radius, 0, 2 * Math.PI);
  paper.fill();
  paper.stroke();
  paper.fillStyle = '#ffffff';
  paper.font = `bold ${badge.length > 1 ? 12 : 15}px sans-serif`;
  paper.textAlign = 'center';
  paper.textBaseline = 'middle';
  paper.fillText(badge, at, 32 - at + 1);
  return canvas.toDataURL('image/png');
}
