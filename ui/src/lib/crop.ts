// Which part of a picture a square shows: pure sums.

export interface Size {
  width: number;
  height: number;
}

/** The corner of the picture, in pixels of the square, and how large a pixel of it is there. */
export interface Crop {
  x: number;
  y: number;
  scale: number;
}

/** The picture's middle, as much of it as fits. */
export function centred(picture: Size, side: number): Crop {
  return zoomed({ x: 0, y: 0, scale: 0 }, picture, side, 1);
}

/** Larger by `zoom` (1: as much as fits), around what is in the middle. */
export function zoomed(crop: Crop, picture: Size, side: number, zoom: number): Crop {
  const scale = (side / Math.min(picture.width, picture.height)) * zoom;
  if (crop.scale === 0) {
    const [x, y] = [(side - picture.width * scale) / 2, (side - picture.height * scale) / 2];
    return { x, y, scale };
  }
  const ratio = scale / crop.scale;
  const around = (corner: number) => side / 2 - (side / 2 - corner) * ratio;
  return kept({ x: around(crop.x), y: around(crop.y), scale }, picture, side);
}

export function moved(crop: Crop, picture: Size, side: number, dx: number, dy: number): Crop {
  return kept({ ...crop, x: crop.x + dx, y: crop.y + dy }, picture, side);
}

/** So that the square is always full. */
function kept(crop: Crop, picture: Size, side: number): Crop {
  const within = (corner: number, length: number) => Math.min(0, Math.max(side - length * crop.scale, corner));
  return { ...crop, x: within(crop.x, picture.width), y: within(crop.y, picture.height) };
}
