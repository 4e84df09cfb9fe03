// Time ranges as Grafana writes them: `now`, `now-6h`, `now-1d/d`, Unix milliseconds, ISO dates.

export interface TimeRange {
  /** As in the URL. */
  from: string;
  to: string;
}
export interface Span {
  fromMs: number;
  toMs: number;
}

export const defaultRange: TimeRange = { from: 'now-1h', to: 'now' };

const unitMs: Record<string, number> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5, M: 2592e6, y: 31536e6 };

function roundDown(ms: number, unit: string, up: boolean): number {
  const date = new Date(ms);
  const set: Record<string, () => void> = {
    m: () => date.setSeconds(up ? 59 : 0, up ? 999 : 0),
    h: () => date.setMinutes(up ? 59 : 0, up ? 59 : 0, up ? 999 : 0),
    d: () => date.setHours(up ? 23 : 0, up ? 59 : 0, up ? 59 : 0, up ? 999 : 0),
    w: () => {
      date.setDate(date.getDate() - ((date.getDay() + 6) % 7) + (up ? 6 : 0));
      date.setHours(up ? 23 : 0, up ? 59 : 0, up ? 59 : 0, up ? 999 : 0);
    },
    M: () => {
      date.setMonth(date.getMonth() + (up ? 1 : 0), up ? 0 : 1);
      date.setHours(up ? 23 : 0, up ? 59 : 0, up ? 59 : 0, up ? 999 : 0);
    },
    y: () => {
      date.setMonth(up ? 11 : 0, up ? 31 : 1);
      date.setHours(up ? 23 : 0, up ? 59 : 0, up ? 59 : 0, up ? 999 : 0);
    },
  };
  set[unit]?.();
  return date.getTime();
}

/** undefined for text that is no time. `isEnd` rounds `/d` up. */
export function parseTime(text: string, nowMs: number, isEnd = false): number | undefined {
  const trimmed = text.trim();
  if (/^\d{9,11}$/.test(trimmed)) return Number(trimmed) * 1000;
  if (/^\d{12,14}$/.test(trimmed)) return Number(trimmed);
  const relative = /^now((?:[+-]\d+[smhdwMy])*)(?:\/([mhdwMy]))?$/.exec(trimmed);
  if (relative) {
    let ms = nowMs;
    for (const [, sign, count, unit] of relative[1]!.matchAll(/([+-])(\d+)([smhdwMy])/g)) ms += (sign === '-' ? -1 : 1) * Number(count) * unitMs[unit!]!;
    return relative[2] ? roundDown(ms, relative[2], isEnd) : ms;
  }
  if (!/^\d{4}-\d\d-\d\d/.test(trimmed)) return undefined;
  const parsed = Date.parse(trimmed.includes('T') || !trimmed.includes(':') ? trimmed : trimmed.replace(' ', 'T'));
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** A range that cannot be read, or is empty, is the default one. */
export function resolveRange(range: TimeRange, nowMs: number): Span {
  const fromMs = parseTime(range.from, nowMs);
  const toMs = parseTime(range.to, nowMs, true);
  if (fromMs === undefined || toMs === undefined || toMs <= fromMs) return resolveRange(defaultRange, nowMs);
  return { fromMs, toMs };
}

export const isLive = (range: TimeRange) => range.to.startsWith('now');

const names: [string, string][] = [
  ['now-5m', 'Last 5 minutes'], ['now-15m', 'Last 15 minutes'], ['now-30m', 'Last 30 minutes'], ['now-1h', 'Last hour'], ['now-3h', 'Last 3 hours'],
  ['now-6h', 'Last 6 hours'], ['now-12h', 'Last 12 hours'], ['now-24h', 'Last 24 hours'], ['now-2d', 'Last 2 days'], ['now-7d', 'Last 7 days'],
];
export const quickRanges = names.map(([from, name]) => ({ name, range: { from, to: 'now' } }));

export function formatStamp(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function rangeName(range: TimeRange): string {
  const quick = quickRanges.find((one) => one.range.from === range.from && one.range.to === range.to);
  if (quick) return quick.name;
  const show = (text: string) => (/^\d+$/.test(text) ? formatStamp(parseTime(text, 0)!) : text);
  return `${show(range.from)} to ${show(range.to)}`;
}

/** Moves by half its width (`parts` = 0.5), as absolute times. */
export function shiftRange(range: TimeRange, parts: number, nowMs: number): TimeRange {
  const { fromMs, toMs } = resolveRange(range, nowMs);
  const by = Math.round((toMs - fromMs) * parts);
  const clipped = Math.min(by, Math.max(0, nowMs - toMs));
  return { from: String(Math.round(fromMs + (by > 0 ? clipped : by))), to: String(Math.round(toMs + (by > 0 ? clipped : by))) };
}

export function zoomOut(range: TimeRange, nowMs: number): TimeRange {
  const { fromMs, toMs } = resolveRange(range, nowMs);
  const half = (toMs - fromMs) / 2;
  const end = Math.min(nowMs, toMs + half);
  return { from: String(Math.round(end - half * 4)), to: String(Math.round(end)) };
}

/** "15s", "1h30m", "500ms" to milliseconds; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const found = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g)];
  if (!found.length || found.map((one) => one[0]).join('') !== text.trim()) return undefined;
  return found.reduce((sum, [, count, unit]) => sum + Number(count) * (unit === 'ms' ? 1 : unitMs[unit!]!), 0);
}

/** The largest units first, exactly: 90000 is "1m30s". */
export function printDuration(ms: number): string {
  let rest = Math.max(1, Math.round(ms));
  let out = '';
  for (const [unit, size] of [['d', 864e5], ['h', 36e5], ['m', 6e4], ['s', 1e3], ['ms', 1]] as const) {
    const count = Math.floor(rest / size);
    if (count) out += `${count}${unit}`;
    rest -= count * size;
  }
  return out;
}
