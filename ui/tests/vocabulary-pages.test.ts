import { describe, expect, it } from 'vitest';
import { Failure } from '../src/api/failure';
import { TAG_COLORS, type CustomField } from '../src/api/types';
import { choicesOf, inPlace, placeAfter } from '../src/console/fields/choices';
import { colorName, nextColor } from '../src/console/tags/colors';
import { nameFault, onlyName } from '../src/console/tags/faults';
import { hueOfColor } from '../src/features/tags/colors';

const field = (id: string, position: number): CustomField => ({
  id,
  name: id,
  kind: 'text',
  choices: [],
  position,
  version: 1,
});

describe('the colours of tags', () => {
  it('are all different, and gray has no hue', () => {
    expect(hueOfColor('gray')).toBeUndefined();
    expect(new Set(TAG_COLORS.map(hueOfColor)).size).toBe(TAG_COLORS.length);
    expect(new Set(TAG_COLORS.map(colorName)).size).toBe(TAG_COLORS.length);
  });

  it('are offered the least used first', () => {
    expect(nextColor([])).toBe('red');
    expect(nextColor(['red', 'orange'])).toBe('yellow');
    expect(nextColor([...TAG_COLORS, 'red'])).toBe('orange');
  });
});

describe('a name that is refused', () => {
  const inUse = new Failure('invalid', 422, {}, [{ field: 'name', code: 'in_use' }]);

  it('says that another has it, in the words of the place', () => {
    expect(nameFault(inUse, 'Taken.')).toBe('Taken.');
    expect(onlyName(inUse)).toBe(true);
  });

  it('says what else is wrong with it', () => {
    const long = new Failure('invalid', 422, {}, [{ field: 'name', code: 'too_long', params: { max: 40 } }]);
    expect(nameFault(long, 'Taken.')).toBe('At most 40 characters.');
    expect(nameFault(new Failure('network'), 'Taken.')).toBeUndefined();
    expect(onlyName(new Failure('network'))).toBe(false);
    expect(onlyName(null)).toBe(false);
  });
});

describe('the fields of customers', () => {
  it('have one choice a line', () => {
    expect(choicesOf(' Gold \n\nSilver\r\nGold\n')).toEqual(['Gold', 'Silver']);
    expect(choicesOf(' \n ')).toEqual([]);
  });

  it('stand in their places, and move to a neighbour’s', () => {
    const fields = inPlace([field('c', 9), field('a', 1), field('b', 4)]);
    expect(fields.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(placeAfter(fields, 'b', -1)).toBe(1);
    expect(placeAfter(fields, 'b', 1)).toBe(9);
    expect(placeAfter(fields, 'a', -1)).toBeNull();
    expect(placeAfter(fields, 'gone', 1)).toBeNull();
  });
});
