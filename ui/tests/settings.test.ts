import { describe, expect, it } from 'vitest';
import { centred, moved, zoomed } from '../src/lib/crop';
import { qrPath } from '../src/lib/qr';

describe('a crop', () => {
  const wide = { width: 400, height: 200 };

  it('begins with the middle, as much as fits', () => {
    expect(centred(wide, 100)).toEqual({ x: -50, y: 0, scale: 0.5 });
    expect(centred({ width: 10, height: 30 }, 90)).toEqual({ x: 0, y: -90, scale: 9 });
  });

  it('never shows what is beside the picture', () => {
    const middle = centred(wide, 100);
    expect(moved(middle, wide, 100, 500, 500)).toEqual({ x: 0, y: 0, scale: 0.5 });
    expect(moved(middle, wide, 100, -500, -5)).toEqual({ x: -100, y: 0, scale: 0.5 });
    const corner = moved(zoomed(middle, wide, 100, 2), wide, 100, 500, 500);
    expect(zoomed(corner, wide, 100, 1)).toEqual({ x: 0, y: 0, scale: 0.5 });
  });

  it('grows around what is in the middle', () => {
    const middle = centred(wide, 100);
    expect(zoomed(middle, wide, 100, 2)).toEqual({ x: -150, y: -50, scale: 1 });
    expect(zoomed(zoomed(middle, wide, 100, 3), wide, 100, 1)).toEqual(middle);
  });
});

describe('a QR code', () => {
  it('is drawn run by run', () => {
    expect(qrPath(['1101', '0000', '0110'])).toBe('M0 0h2v1h-2zM3 0h1v1h-1zM1 2h2v1h-2z');
  });
});
