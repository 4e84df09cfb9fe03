import { describe, expect, test } from 'vitest';
import { parseDuration, parseTime, printDuration, rangeName, resolveRange, shiftRange, zoomOut } from './range';

const now = new Date(2026, 0, 14, 15, 30, 45, 500).getTime();

describe('times', () => {
  const f = (text: string, isEnd = false) => parseTime(text, now, isEnd);
  test('relative', () => expect([f('now'), f('now-1h'), f('now-1d-2h'), f('now+5m')]).toEqual([now, now - 36e5, now - 864e5 - 72e5, now + 3e5]));
  test('rounded', () => {
    expect(f('now/d')).toBe(new Date(2026, 0, 14).getTime());
    expect(f('now/d', true)).toBe(new Date(2026, 0, 14, 23, 59, 59, 999).getTime());
    expect(f('now-1M/M')).toBe(new Date(2025, 11, 1).getTime());
    expect(f('now/w')).toBe(new Date(2026, 0, 12).getTime());
  });
  test('absolute', () => expect([f('1700000000000'), f('1700000000'), f('2026-01-14 15:30'), f('2026-01-14T15:30:00Z')]).toEqual([17e11, 17e11, new Date(2026, 0, 14, 15, 30).getTime(), Date.UTC(2026, 0, 14, 15, 30)]));
  test('what is no time', () => {
    for (const text of ['', 'yesterday', 'now-', 'now-1x', 'now-1h/q', '12', '2026-13-40', '<script>']) expect(f(text), text).toBeUndefined();
  });
});

describe('ranges', () => {
  test('one that makes no sense is the default', () => {
    for (const range of [{ from: 'x', to: 'now' }, { from: 'now', to: 'now-1h' }, { from: 'now', to: 'now' }]) expect(resolveRange(range, now)).toEqual({ fromMs: now - 36e5, toMs: now });
  });
  test('shifting never goes past now', () => {
    expect(shiftRange({ from: 'now-1h', to: 'now' }, -0.5, now)).toEqual({ from: String(now - 54e5), to: String(now - 18e5) });
    expect(shiftRange({ from: String(now - 54e5), to: String(now - 18e5) }, 1, now)).toEqual({ from: String(now - 36e5), to: String(now) });
  });
  test('zooming out doubles', () => expect(zoomOut({ from: String(now - 4e6), to: String(now - 3e6) }, now)).toEqual({ from: String(now - 45e5), to: String(now - 25e5) }));
  test('names', () => expect([rangeName({ from: 'now-1h', to: 'now' }), rangeName({ from: 'now-90m', to: 'now' })]).toEqual(['Last hour', 'now-90m to now']));
});

describe('durations', () => {
  test('both ways', () => {
    for (const text of ['15s', '1h30m', '500ms', '2d', '1m']) expect(printDuration(parseDuration(text)!)).toBe(text);
  });
  test('what is none', () => expect(['', 'x', '5', '5s x', '-5s'].map(parseDuration)).toEqual([undefined, undefined, undefined, undefined, undefined]));
});
