import { describe, expect, test } from 'vitest';
import { addPanel, duplicate, editable, newDashboard, place, remove, type RawFile } from './arrange';
import { uidOf } from './library';
import { readDashboard } from './model';

const panel = (id: number, x: number, y: number, w: number, h: number) => ({ id, type: 'stat', title: `p${id}`, gridPos: { x, y, w, h } });
const file = (...panels: ReturnType<typeof panel>[]): RawFile => ({ title: 't', schemaVersion: 41, strange: { kept: true }, panels });
const places = (one: RawFile) => one.panels.map(({ id, gridPos: { x, y, w, h } }) => `${id}: ${x},${y} ${w}x${h}`);

describe('placing', () => {
  const start = file(panel(1, 0, 0, 12, 4), panel(2, 12, 0, 12, 4), panel(3, 0, 4, 24, 4));
  test('what is covered moves down, and what that covers too', () => expect(places(place(start, 1, { x: 12, y: 0, w: 12, h: 4 }))).toEqual(['1: 12,0 12x4', '2: 12,4 12x4', '3: 0,8 24x4']));
  test('nothing is covered, nothing moves', () => expect(places(place(start, 3, { x: 0, y: 6, w: 12, h: 2 }))).toEqual(['1: 0,0 12x4', '2: 12,0 12x4', '3: 0,6 12x2']));
  test('the grid has edges', () => expect(places(place(file(panel(1, 0, 0, 4, 4)), 1, { x: 30, y: -3, w: 90, h: 0 }))).toEqual(['1: 0,0 24x1']));
  test('no two panels ever lie on each other', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    let now = file(...Array.from({ length: 12 }, (_, i) => panel(i, (i % 4) * 6, Math.floor(i / 4) * 4, 6, 4)));
    for (let i = 0; i < 300; ++i) now = place(now, random(12), { x: random(24), y: random(20), w: 1 + random(24), h: 1 + random(8) });
    const taken = new Set<string>();
    for (const { gridPos: { x, y, w, h } } of now.panels) for (let a = x; a < x + w; ++a) for (let b = y; b < y + h; ++b) {
      expect(taken.has(`${a},${b}`)).toBe(false);
      taken.add(`${a},${b}`);
    }
  });
  test('the file that came in is not changed', () => expect(places(start)).toEqual(['1: 0,0 12x4', '2: 12,0 12x4', '3: 0,4 24x4']));
});

describe('panels', () => {
  test('are added below, copied beside, taken out', () => {
    const start = file(panel(1, 0, 0, 12, 4));
    expect(places(addPanel(start))).toEqual(['1: 0,0 12x4', '2: 0,4 12x9']);
    expect(places(duplicate(start, 1))).toEqual(['1: 0,0 12x4', '2: 12,0 12x4']);
    expect(places(duplicate(file(panel(1, 0, 0, 24, 4)), 1))).toEqual(['1: 0,0 24x4', '2: 0,4 24x4']);
    expect(remove(start, 1).panels).toEqual([]);
    expect(duplicate(start, 99)).toBe(start);
  });
  test('without ids, or with the same, get their own', () => expect(editable({ panels: [{}, { id: 3 }, { id: 3 }] }).panels.map((one) => one.id)).toEqual([4, 3, 5]));
  test('what is not understood stays', () => expect(editable(file(panel(1, 0, 0, 1, 1))).strange).toEqual({ kept: true }));
});

test('a new dashboard can be read', () => expect(readDashboard(newDashboard('x', 'X')).panels[0]!.title).toBe('New panel'));
test('uids follow titles and are not taken twice', () => expect([uidOf('LLM serving (copy)', []), uidOf('GPU', ['gpu', 'gpu-2']), uidOf('日本', [])]).toEqual(['llm-serving-copy', 'gpu-3', 'dashboard']));
